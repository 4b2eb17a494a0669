import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { createShiftedClock } from '#kernel/index.ts';
import { createCrlLoader, type CrlLoader } from '../../../../src/methods/card/revocation/crl-loader.ts';
import { readCrl } from '../../../../src/methods/card/revocation/crl-reader.ts';
import {
  createCrlSource,
  type CrlSource,
  type CrlSourceSettings,
} from '../../../../src/methods/card/revocation/crl-source.ts';
import { readIssuingCa, type IssuingCa } from '../../../../src/methods/card/revocation/issuing-ca.ts';
import { createIgc } from '../../../../scripts/demo/igc/index.ts';
import { inPieces, serving, startListServer, type ListServer } from './list-server.ts';

const HOUR = 3600;
const igc = createIgc();
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
// As the service reads lists: a thread for each, which costs more than all else that a test here does. Most tests are
// about what is done with a list, however it was read.
const threads = createCrlLoader();
const here: CrlLoader = {
  load: async (file, issuer) => readCrl(inPieces(await readFile(file), 65_536), issuer),
  close: () => Promise.resolve(),
};
const settings: CrlSourceSettings = {
  crlGraceSeconds: 24 * HOUR,
  crlAlarmSeconds: 24 * HOUR,
  crlRefreshSeconds: HOUR,
  crlTimeoutSeconds: 5,
  crlMaxMiB: 1,
};
const OPPOSED = Buffer.from('40c0ffee', 'hex');
const OTHER = Buffer.from('40c0ffef', 'hex');

describe('methods/card/revocation: the list of an authority', () => {
  let ca: IssuingCa;
  let server: ListServer;
  let folder: string;
  const sources: CrlSource[] = [];

  before(async () => {
    const { certificate } = await igc.authority('fort');
    ca = readIssuingCa(new X509Certificate(Buffer.from(certificate.rawData)));
    server = await startListServer((_request, response) => response.writeHead(404).end());
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-crl-'));
    server.requests.length = 0;
  });
  afterEach(async () => {
    await Promise.all(sources.splice(0).map(source => source.stop()));
    await rm(folder, { recursive: true, force: true });
  });
  after(async () => {
    await server.close();
    await threads.close();
  });

  /** Started, and its first fetch ended. */
  async function open(
    changes: Partial<CrlSourceSettings> = {},
    from = server.url,
    clock = createShiftedClock(),
    loader = here,
  ) {
    const source = createCrlSource({
      ca,
      from,
      folder,
      settings: { ...settings, ...changes },
      clock,
      loader,
      logger: silent,
      fetch,
    });
    sources.push(source);
    source.start();
    await source.refresh();
    return { source, clock };
  }

  const codeOf = ({ source }: { source: CrlSource }) => source.health().lastError?.code ?? null;
  const listAt = (offsetSeconds: number, number?: number, revoked = ['40c0ffee']) =>
    igc.crl('fort', revoked, {
      thisUpdateMs: Date.now() + offsetSeconds * 1000,
      ...(number === undefined ? {} : { number }),
    });

  it('answers from what the server has, and asks afterwards only whether it changed', async () => {
    server.answer = serving(await listAt(-HOUR));
    const { source } = await open();
    expect(source.isListed(OPPOSED, [])).to.equal(true);
    expect(source.isListed(OTHER, [])).to.equal(false);
    expect(source.health()).to.include({ state: 'in_force', isAlarming: false, entries: 1, lastError: null });
    await source.refresh();
    expect(server.requests.length).to.equal(2);
    expect(server.requests[1]?.headers['if-none-match']).to.be.a('string');
    expect(codeOf({ source })).to.equal(null);
    expect(source.isListed(OPPOSED, [])).to.equal(true);
  });

  it('answers the same from a list that a thread has read, and after a refusal by it', async () => {
    server.answer = serving(await listAt(-HOUR));
    const { source } = await open({}, server.url, createShiftedClock(), threads);
    expect(source.isListed(OPPOSED, [])).to.equal(true);
    expect(source.isListed(OTHER, [])).to.equal(false);
    server.answer = serving(await igc.crl('standard', []), '"standard"');
    await source.refresh();
    expect(codeOf({ source })).to.equal('card.crl_issuer');
    expect(source.isListed(OPPOSED, [])).to.equal(true);
  });

  it('swaps a newer list for the older one', async () => {
    server.answer = serving(await listAt(-HOUR, 1));
    const { source } = await open();
    server.answer = serving(await listAt(0, 2, []), '"second"');
    await source.refresh();
    expect(source.isListed(OPPOSED, [])).to.equal(false);
  });

  it('answers at once after a restart, without the server', async () => {
    server.answer = serving(await listAt(-HOUR));
    const first = await open();
    await first.source.stop();
    server.answer = request => request.socket.destroy();
    const { source } = await open();
    expect(source.isListed(OPPOSED, [])).to.equal(true);
    expect(codeOf({ source })).to.equal('card.crl_unreachable');
    expect(source.health().state).to.equal('in_force');
  });

  it('believes no list that was changed on the disk', async () => {
    server.answer = serving(await listAt(-HOUR));
    const first = await open();
    await first.source.stop();
    const [kept = ''] = (await readdir(folder)).filter(name => name.endsWith('.crl'));
    await writeFile(path.join(folder, kept), await igc.crl('impostor', []));
    server.answer = request => request.socket.destroy();
    const { source } = await open();
    expect(source.isListed(OTHER, [])).to.equal(null);
    expect(source.health()).to.include({ state: 'missing', isAlarming: true });
  });

  it('is believed to its end, then for the grace, then no longer', async () => {
    server.answer = serving(await listAt(0));
    const { source, clock } = await open();
    server.answer = (_request, response) => response.writeHead(503).end();
    clock.advance(6 * 24 * HOUR + 1);
    expect(source.health()).to.include({ state: 'in_force', isAlarming: true });
    clock.advance(24 * HOUR);
    expect(source.health().state).to.equal('in_grace');
    expect(source.isListed(OTHER, [])).to.equal(false);
    clock.advance(24 * HOUR);
    expect(source.health().state).to.equal('expired');
    expect(source.isListed(OTHER, [])).to.equal(null);
    expect(source.isListed(OPPOSED, [])).to.equal(null);
  });

  it('goes back neither in time nor in number, also after a restart', async () => {
    server.answer = serving(await listAt(-HOUR, 10));
    const first = await open();
    server.answer = serving(await listAt(-2 * HOUR, 11, []), '"older"');
    await first.source.refresh();
    expect(codeOf(first)).to.equal('card.crl_rollback');
    expect(first.source.isListed(OPPOSED, [])).to.equal(true);
    await first.source.stop();
    server.answer = serving(await listAt(0, 9, []), '"smaller"');
    const second = await open();
    expect(codeOf(second)).to.equal('card.crl_rollback');
    expect(second.source.isListed(OPPOSED, [])).to.equal(true);
  });

  it('refuses lists of the future and lists whose grace is past', async () => {
    server.answer = serving(await listAt(HOUR));
    expect(codeOf(await open())).to.equal('card.crl_not_yet_valid');
    server.answer = serving(await listAt(-9 * 24 * HOUR));
    expect(codeOf(await open())).to.equal('card.crl_expired');
  });

  it('refuses the list of another authority and a forged one, and keeps its own', async () => {
    server.answer = serving(await listAt(-HOUR));
    const { source } = await open();
    server.answer = serving(await igc.crl('standard', []), '"standard"');
    await source.refresh();
    expect(codeOf({ source })).to.equal('card.crl_issuer');
    const { privateKey } = (await igc.authority('standard')).keys;
    server.answer = serving(await igc.crl('fort', [], { signWith: privateKey }), '"forged"');
    await source.refresh();
    expect(codeOf({ source })).to.equal('card.crl_signature');
    expect(source.isListed(OPPOSED, [])).to.equal(true);
    expect((await readdir(folder)).filter(name => name.endsWith('.arriving'))).to.deep.equal([]);
  });

  it('tells apart a server that is down, slow, redirecting, failing, cut off, too large or compressing', async () => {
    const list = Buffer.from(await listAt(-HOUR));
    server.answer = (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end();
    expect(codeOf(await open())).to.equal('card.crl_redirected');
    server.answer = (_request, response) => response.writeHead(500).end();
    expect(codeOf(await open())).to.equal('card.crl_http_status');
    server.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': list.length });
      response.write(list.subarray(0, 100), () => response.destroy());
    };
    expect(codeOf(await open())).to.equal('card.crl_unreachable');
    server.answer = (_request, response) => response.end(list.subarray(0, 300));
    expect(codeOf(await open())).to.equal('card.crl_malformed');
    server.answer = (_request, response) => response.writeHead(200, { 'content-length': 2 ** 31 }).end();
    expect(codeOf(await open())).to.equal('card.crl_too_large');
    server.answer = (_request, response) => response.end(Buffer.alloc(2 * 1024 * 1024));
    expect(codeOf(await open())).to.equal('card.crl_too_large');
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    server.answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    expect(codeOf(await open())).to.equal('card.crl_encoded');
    server.answer = (_request, response) => {
      response.writeHead(200);
      response.write(list.subarray(0, 100));
    };
    expect(codeOf(await open({ crlTimeoutSeconds: 0.2 }))).to.equal('card.crl_timeout');
    const gone = await startListServer(() => undefined);
    await gone.close();
    expect(codeOf(await open({}, gone.url))).to.equal('card.crl_unreachable');
  });

  it('reads a file, and reads it again when it was replaced', async () => {
    const file = path.join(folder, 'given.crl');
    await writeFile(file, await listAt(-HOUR));
    const { source } = await open({}, file);
    expect(source.isListed(OPPOSED, [])).to.equal(true);
    await writeFile(file, await listAt(0, undefined, ['40c0ffee', '40c0ffef']));
    await source.refresh();
    expect(source.isListed(OTHER, [])).to.equal(true);
    await rm(file);
    await source.refresh();
    expect(codeOf({ source })).to.equal('card.crl_unreachable');
    expect(source.isListed(OTHER, [])).to.equal(true);
  });

  it('fetches once for all who ask at the same time, and nothing after its end', async () => {
    server.answer = serving(await listAt(-HOUR));
    const { source } = await open();
    await Promise.all(Array.from({ length: 50 }, () => source.refresh()));
    expect(server.requests.length).to.equal(2);
    await source.stop();
    await source.refresh();
    expect(server.requests.length).to.equal(2);
  });

  it('ends at once in the midst of a transfer', async function () {
    // The bound is ours, the machine is shared: an unlucky pause of the whole process is not a failure.
    this.retries(2);
    const begun = new Promise<void>(resolve => {
      server.answer = (_request, response) => response.writeHead(200).write('x', () => resolve());
    });
    const opening = open();
    await begun;
    const startedMs = performance.now();
    await Promise.all(sources.splice(0).map(source => source.stop()));
    await opening;
    expect(performance.now() - startedMs).to.be.lessThan(3000);
  });
});
