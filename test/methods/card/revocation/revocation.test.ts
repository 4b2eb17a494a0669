import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createShiftedClock } from '#kernel/index.ts';
import {
  createRevocation,
  findListProblem,
  type Revocation,
  type RevocationSettings,
} from '../../../../src/methods/card/revocation/index.ts';
import { readCardCertificate } from '../../../../src/methods/card/certificate.ts';
import { revocationSettings } from '../../../../src/methods/card/revocation/settings.ts';
import { createIgc, type OcspResponder } from '../../../../scripts/demo/igc/index.ts';
import { Extension } from '../../../../scripts/demo/igc/x509.ts';
import { serving, startListServer, type ListServer } from './list-server.ts';

const DAY = 24 * 3600;
/** Of the service and of the authorities, so that the responder answers of the same day. */
let clock = createShiftedClock();
const igc = createIgc({ clock: { now: () => clock.now(), nowMs: () => clock.nowMs() } });
const FORT = 'TEST AC IGC-SANTE FORT PERSONNES';
const settings: RevocationSettings = {
  crls: undefined,
  crlGraceSeconds: DAY,
  crlAlarmSeconds: DAY,
  crlRefreshSeconds: 3600,
  crlTimeoutSeconds: 5,
  crlMaxMiB: 1,
  ocspUrl: undefined,
  ocspUse: 'fallback',
  ocspNonce: true,
};

describe('methods/card/revocation: whether a card was opposed', () => {
  let fort: X509Certificate;
  let standard: X509Certificate;
  let server: ListServer;
  let responder: OcspResponder;
  let folder: string;
  let lines: { level: string; fields: object }[] = [];
  const open: Revocation[] = [];

  before(async () => {
    const certificateOf = async (name: 'fort' | 'standard') =>
      new X509Certificate(Buffer.from((await igc.authority(name)).certificate.rawData));
    [fort, standard] = await Promise.all([certificateOf('fort'), certificateOf('standard')]);
    server = await startListServer((_request, response) => response.writeHead(404).end());
    responder = await igc.startOcsp('fort', serial => (serial.startsWith('40c0') ? 'revoked' : 'good'));
  });
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trousseau-card-'));
    clock = createShiftedClock();
    lines = [];
    server.answer = serving(await igc.crl('fort', ['40c0ffee']));
    responder.behave('answer');
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map(revocation => revocation.stop()));
    await rm(folder, { recursive: true, force: true });
  });
  after(() => Promise.all([server.close(), responder.close()]));

  async function start(changes: Partial<RevocationSettings>): Promise<Revocation> {
    const log = (level: string) => (fields: object) => void lines.push({ level, fields });
    const revocation = createRevocation({
      settings: { ...settings, ...changes },
      issuers: [fort, standard],
      dataDir: folder,
      clock,
      logger: { info: log('info'), warn: log('warn'), error: log('error') },
    });
    open.push(revocation);
    await revocation.start();
    await revocation.refresh();
    return revocation;
  }

  const withList = () => ({ crls: [{ ca: FORT, from: server.url }] });
  const withOcsp = () => ({ ocspUrl: responder.url });
  const statusOf = async (revocation: Revocation, serial: string, issuer = fort, points: string[] = []) => {
    const found = await revocation.statusOf({ issuer, serial, points });
    return found.status === 'unknown' ? found.reason : `${found.status} by ${found.source}`;
  };

  it('answers by the list alone', async () => {
    const revocation = await start(withList());
    expect(await statusOf(revocation, '40C0FFEE')).to.equal('revoked by crl');
    expect(await statusOf(revocation, '0040c0ffee')).to.equal('revoked by crl');
    expect(await statusOf(revocation, '40c0ffef')).to.equal('good by crl');
  });

  it('takes a list of one distribution point for the cards that name it, and for no others', async () => {
    const card = readCardCertificate((await igc.issue('cps')).certificate.der);
    const points = [...(card?.distributionPoints ?? [])];
    expect(points.map(point => Buffer.from(point, 'hex').subarray(2).toString())).to.deep.equal([
      'http://igc-sante.invalid/CRL/ACI-FO-PP.crl',
    ]);
    const [point = ''] = points;
    // IssuingDistributionPoint { distributionPoint [0] { fullName [0] { that very name } } }
    const frames = ['30', 'a0', 'a0'].reduceRight(
      (inner, tag) => `${tag}${(inner.length / 2).toString(16).padStart(2, '0')}${inner}`,
      point,
    );
    const scope = new Extension('2.5.29.28', true, Buffer.from(frames, 'hex'));
    server.answer = serving(await igc.crl('fort', ['40c0ffee'], { moreExtensions: [scope] }));
    const alone = await start(withList());
    expect(await statusOf(alone, '40c0ffef', fort, points)).to.equal('good by crl');
    expect(await statusOf(alone, '40c0ffef', fort, ['860161', ...points])).to.equal('good by crl');
    for (const others of [[], ['860161']]) {
      expect(await statusOf(alone, '40c0ffef', fort, others)).to.equal('card.crl_partial');
      expect(await statusOf(alone, '40c0ffee', fort, others)).to.equal('revoked by crl');
    }
    const beside = await start({ ...withList(), ...withOcsp() });
    expect(await statusOf(beside, '02', fort, ['860161'])).to.equal('good by ocsp');
  });

  it('answers by OCSP alone', async () => {
    const revocation = await start(withOcsp());
    expect(await statusOf(revocation, '40c00001')).to.equal('revoked by ocsp');
    expect(await statusOf(revocation, '01')).to.equal('good by ocsp');
  });

  it('knows nothing of an authority without list and responder, and of one that is not configured', async () => {
    const revocation = await start(withList());
    expect(await statusOf(revocation, '01', standard)).to.equal('card.crl_missing');
    expect(revocation.health().uncovered).to.deep.equal(['TEST AC IGC-SANTE STANDARD PERSONNES']);
    const root = new X509Certificate(Buffer.from((await igc.authority('racineFort')).certificate.rawData));
    expect(await statusOf(revocation, '01', root)).to.equal('card.crl_missing');
  });

  it('does not ask the responder while a list is believed, and asks it afterwards', async () => {
    const before = responder.requests();
    const revocation = await start({ ...withList(), ...withOcsp() });
    expect(await statusOf(revocation, '40c00001')).to.equal('good by crl');
    expect(responder.requests()).to.equal(before);
    clock.advance(9 * DAY);
    expect(await statusOf(revocation, '40c00001')).to.equal('revoked by ocsp');
  });

  it('asks the responder always when told so, the list answering when it is silent', async () => {
    const revocation = await start({ ...withList(), ...withOcsp(), ocspUse: 'always' });
    expect(await statusOf(revocation, '40c00001')).to.equal('revoked by ocsp');
    responder.behave('failure');
    expect(await statusOf(revocation, '02')).to.equal('good by crl');
    clock.advance(9 * DAY);
    expect(await statusOf(revocation, '02')).to.equal('card.ocsp_unreachable');
  });

  it('fails closed after the grace, with the code of the contract', async () => {
    const revocation = await start(withList());
    clock.advance(7 * DAY + DAY - 60);
    expect(await statusOf(revocation, '01')).to.equal('good by crl');
    clock.advance(120);
    expect(await statusOf(revocation, '01')).to.equal('card.crl_expired');
    const found = await revocation.statusOf({ issuer: fort, serial: '01', points: [] });
    expect(found).to.include({ status: 'unknown', code: 'card.revocation_unknown' });
  });

  it('raises the alarm once when a list nears its end, and says when it is over', async () => {
    const revocation = await start(withList());
    const alarms = (level: string) =>
      lines.filter(line => line.level === level && 'state' in line.fields).length;
    expect(alarms('error')).to.equal(0);
    clock.advance(6 * DAY + 60);
    await revocation.refresh();
    await revocation.refresh();
    expect(alarms('error')).to.equal(1);
    expect(revocation.health().lists[0]?.isAlarming).to.equal(true);
    server.answer = serving(await igc.crl('fort', [], { thisUpdateMs: clock.nowMs() }), '"next"');
    await revocation.refresh();
    expect(alarms('info')).to.equal(1);
  });

  it('shows administrators and metrics the age of each list', async () => {
    const revocation = await start({ ...withList(), ...withOcsp() });
    const [list] = revocation.health().lists;
    expect(list).to.include({ ca: FORT, state: 'in_force', entries: 1, origin: new URL(server.url).host });
    clock.advance(600);
    const read = (name: string) => revocation.gauges.find(gauge => gauge.name.startsWith(name))?.read() ?? -1;
    expect(read('card_crl_age_seconds_test_ac_igc_sante_fort')).to.be.within(600, 660);
    expect(read('card_crl_left_seconds')).to.be.within(7 * DAY - 660, 7 * DAY - 600);
    expect(read('card_crl_entries')).to.equal(1);
    expect(read('card_crl_alarm')).to.equal(0);
  });

  it('tells the operator of lists that fit no authority', () => {
    const problemOf = (...names: string[]) =>
      findListProblem({ crls: names.map(ca => ({ ca, from: 'x.crl' })) }, [fort, standard]);
    expect(problemOf(FORT)).to.equal(undefined);
    expect(problemOf(fort.fingerprint256)).to.equal(undefined);
    expect(problemOf('AC NOBODY')).to.be.a('string');
    expect(problemOf(FORT, fort.fingerprint256)).to.be.a('string');
    expect(findListProblem({ crls: [{ ca: FORT, from: 'x.crl' }] }, [fort, fort])).to.be.a('string');
  });

  it('reads lists from the configuration, names of authorities being what they are', () => {
    const parse = (text: string) => revocationSettings.crls.schema.safeParse(text);
    expect(parse('AC A B=http://x.example/a.crl, AC C = lists/c.crl').data).to.deep.equal([
      { ca: 'AC A B', from: 'http://x.example/a.crl' },
      { ca: 'AC C', from: 'lists/c.crl' },
    ]);
    for (const wrong of ['', 'AC A', '=http://x.example/', 'AC A=ftp://x.example/a', 'AC A=a,AC A=b'])
      expect(parse(wrong).success, wrong).to.equal(false);
  });
});
