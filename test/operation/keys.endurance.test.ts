import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPatientKeyRing } from '#access/index.ts';
import { exportAudit } from '#audit/index.ts';
import { createFactors } from '#methods/index.ts';
import { loadConfig } from '#config/index.ts';
import { isAppError, systemClock } from '#kernel/index.ts';
import { createSigningKeys } from '#oidc/index.ts';
import { expect } from 'chai';
import pino from 'pino';
import { auditVerify } from '../../src/cli/audit.ts';
import { disclosedSeal } from '../../src/cli/keys/disclosed.ts';
import { keys } from '../../src/cli/keys/index.ts';
import { LOSSES } from '../../src/operation/losses.ts';
import { sections } from '../../src/sections.ts';
import { openServices, type Services } from '../../src/services.ts';
import { newStoreUrl, removeStored } from '../support/store.ts';
import { command } from './command.ts';

const PASSWORD = 'Girafe-2026!';
const SUB = 'acc-claire';
const WRITERS = 50;
const keyLine = (id: string) => `${id}:${randomBytes(32).toString('base64url')}`;
const OLD = keyLine('old');
const NEW = keyLine('new');

describe('keys that seal', () => {
  let dataDir: string;
  let storeUrl: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'trousseau-keys-'));
    storeUrl = await newStoreUrl();
    await withServices(OLD, async services => {
      await services.accounts.create({
        sub: SUB,
        names: { givenName: 'Claire', familyName: 'Dupont' },
        password: PASSWORD,
        mustChangePassword: false,
        actor: 'system',
        origin: 'test',
      });
      await add(services, SUB, 'planted');
      await signingKeysOf(services).load();
    });
  });
  afterEach(async () => {
    await removeStored(storeUrl);
    await rm(dataDir, { recursive: true, force: true });
  });

  const env = (ring: string) => ({
    TROUSSEAU_MODE: 'demo',
    TROUSSEAU_DATA_DIR: dataDir,
    TROUSSEAU_STORE_URL: storeUrl,
    TROUSSEAU_SEAL_KEYS: ring,
    TROUSSEAU_HASH_MEMORY_KIB: '8',
    TROUSSEAU_HASH_PASSES: '1',
    TROUSSEAU_HASH_THREADS: '1',
  });

  async function withServices<R>(ring: string, run: (services: Services) => Promise<R>): Promise<R> {
    const config = loadConfig(sections, env(ring));
    const services = await openServices({ config, clock: systemClock, logger: pino({ level: 'silent' }) });
    try {
      return await run(services);
    } finally {
      await services.close();
    }
  }

  const factorsOf = ({ store, clock }: Services) =>
    createFactors({ store, clock, settings: { coolDownSeconds: 0, windowSeconds: 0 } }).kind<{
      seed: string;
    }>('totp', 5);
  const add = (services: Services, account: string, seed: string) =>
    factorsOf(services).add({ account, name: 'Téléphone', countsAt: 0, data: { seed } });
  const signingKeysOf = (services: Services) => createSigningKeys({ ...services, retiredSeconds: 60 });

  it('are told with what each seals, and one that is not at hand is told and fails', async () => {
    const both = await command(keys, env(`${NEW},${OLD}`));
    expect(both.code).to.equal(0);
    expect(both.out)
      .to.match(/^seal new: seals, 0 values$/mu)
      .and.match(/^seal old: opens, \d{1,2} values$/mu);
    expect(both.out).to.match(/^tokens .*, signs$/mu);
    const missing = await command(keys, env(NEW));
    expect(missing.code).to.equal(1);
    expect(missing.err).to.match(/^seal old: NOT at hand, .*accounts/mu);
  });

  it('give way to a newer one, without which nothing opens then, and nothing that is written meanwhile is lost', async () => {
    const ring = `${NEW},${OLD}`;
    const dry = await command(keys, env(ring), 'reseal');
    expect(dry.code).to.equal(0);
    await withServices(OLD, async ({ accounts }) => expect(await accounts.get(SUB)).not.to.equal(null));
    await withServices(ring, async services => {
      const writes = Array.from({ length: WRITERS }, (_, at) => add(services, `acc-${at}`, `seed ${at}`));
      const [done] = await Promise.all([command(keys, env(ring), 'reseal', '--confirm'), ...writes]);
      expect(done).to.include({ code: 0, err: '' });
    });
    await withServices(NEW, async services => {
      const account = await services.accounts.get(SUB);
      expect(await services.accounts.verifyPassword(account, PASSWORD)).to.equal(true);
      expect((await factorsOf(services).all(SUB)).map(({ data }) => data.seed)).to.deep.equal(['planted']);
      for (let at = 0; at < WRITERS; at += 1)
        expect((await factorsOf(services).all(`acc-${at}`))[0]?.data.seed).to.equal(`seed ${at}`);
      expect((await signingKeysOf(services).load()).jwks).to.have.length(1);
    });
    const listed = await command(keys, env(ring));
    expect(listed.out).to.match(/^seal old: opens, 0 values$/mu);
  });

  it('that are disclosed open nothing any more, and what they may have opened is replaced', async () => {
    const ring = `${NEW},${OLD}`;
    const former = await withServices(ring, async services => {
      await createPatientKeyRing(services).versions();
      return signingKeysOf(services).load();
    });
    expect((await command(keys, env(ring), 'disclosed', 'seal', 'old')).out).to.include('dry run');
    await withServices(ring, async services =>
      expect((await signingKeysOf(services).load()).version).to.equal(former.version),
    );
    const config = () => loadConfig(sections, env(ring));
    const context = { args: [], config, output: { out() {}, err() {} } };
    expect(await disclosedSeal(context, 'old', true, 0)).to.equal(0);
    expect((await command(keys, env(ring))).out).to.match(/^seal old: opens, 0 values$/mu);
    await withServices(NEW, async services => {
      const { jwks } = await signingKeysOf(services).load();
      expect(jwks).to.have.length(1);
      expect(former.jwks.map(({ kid }) => kid)).not.to.include(jwks[0]?.kid);
      expect(await createPatientKeyRing(services).versions()).to.have.length(2);
      const account = await services.accounts.get(SUB);
      expect(await services.accounts.verifyPassword(account, PASSWORD), 'people keep theirs').to.equal(true);
      const file = path.join(dataDir, 'log.jsonl');
      await exportAudit(services.store, file);
      expect(await readFile(file, 'utf8'))
        .to.include('operation.keys.disclosed')
        .and.include('oidc.keys.replaced');
    });
  });

  it('that are lost take with them what they alone opened, and the service serves again', async () => {
    const former = await withServices(OLD, services => signingKeysOf(services).load());
    const refused = await withServices(NEW, () => Promise.resolve()).catch((error: unknown) => error);
    expect(isAppError(refused, 'kernel.seal_broken')).to.equal(true);
    const dry = await command(keys, env(NEW), 'lost', 'seal', 'old');
    expect(dry.out).to.include('accounts: 1').and.include('method_factors: 1').and.include('dry run');
    const done = await command(keys, env(NEW), 'lost', 'seal', 'old', '--confirm');
    expect(done.code).to.equal(0);
    await withServices(NEW, async services => {
      const account = await services.accounts.get(SUB);
      expect(account?.login).to.equal('claire.dupont');
      expect(account?.passwordHash, 'so that a link can be asked for').to.be.a('string');
      expect(await services.accounts.verifyPassword(account, PASSWORD)).to.equal(false);
      expect(await factorsOf(services).all(SUB)).to.deep.equal([]);
      expect((await signingKeysOf(services).load()).version).not.to.equal(former.version);
    });
    expect((await command(keys, env(NEW))).code).to.equal(0);
  });

  it('of the trail may change: what a former one signed is proven with its public half', async () => {
    const former = await withServices(OLD, ({ audit }) => audit.publicKey());
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const changed = { ...env(OLD), TROUSSEAU_AUDIT_KEY: pem };
    expect((await command(auditVerify, changed)).out).to.include('NOT whole');
    const file = path.join(dataDir, 'former.pem');
    await writeFile(file, former);
    expect((await command(auditVerify, changed, '--key', file)).code).to.equal(0);
  });

  it('that are at hand are not lost, and one that seals is given up for no other', async () => {
    for (const act of ['lost', 'disclosed']) {
      const refused = await command(keys, env(OLD), act, 'seal', 'old', '--confirm').catch(
        (error: unknown) => error,
      );
      expect(isAppError(refused, 'operation.key_in_use'), act).to.equal(true);
    }
    for (const args of [
      ['lost'],
      ['lost', 'tokens'],
      ['--confirm'],
      ['reseal', 'old'],
      ['disclosed', 'seal'],
    ])
      expect((await command(keys, env(OLD), ...args)).code, args.join(' ')).to.equal(2);
  });

  it('have a rule for every collection with sealed fields: what becomes of it when they are lost', () => {
    const root = path.resolve(import.meta.dirname, '..', '..', 'src');
    const names = globSync('**/*.ts', { cwd: root }).flatMap(file => {
      const source = readFileSync(path.join(root, file), 'utf8');
      return [...source.matchAll(/name: '(?<name>[a-z_]+)',(?:(?!name: ')[\s\S])*?\n\s+sealed: \[/gu)].map(
        found => found.groups?.['name'] ?? '',
      );
    });
    expect(names).to.include.members(['accounts', 'method_factors', 'oidc_signing_keys']);
    // Made of a part of its name.
    expect(Object.keys(LOSSES).toSorted()).to.deep.equal([...names, 'oidc_interactions'].toSorted());
  });
});
