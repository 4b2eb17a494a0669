import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '#config/index.ts';
import { createShiftedClock, type ShiftedClock } from '#kernel/index.ts';
import pino from 'pino';
import { createApp, type App } from '../../src/app.ts';
import { sections } from '../../src/sections.ts';
import { freePort } from './ports.ts';
import { isOfTwoInstances, openTwoInstances } from './instances.ts';
import { newStoreUrl, removeStored } from './store.ts';

/** The real service on a free port, with a region of its own and a clock that can be moved. */
export interface TestApp extends App {
  readonly issuer: string;
  readonly clock: ShiftedClock;
  readonly dataDir: string;
  /** What the service wrote to its log. */
  log(): string;
  /** Text of the newest mail to this address, once there is one. */
  mailTo(address: string): Promise<string>;
  /** Every mail kept, newest first. */
  mails(): Promise<readonly { readonly to: string; readonly subject: string; readonly text: string }[]>;
  destroy(): Promise<void>;
}

export interface TestAppOptions {
  /** The region document; `exampleRegion()` by default. */
  readonly region?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: ShiftedClock;
}

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { clock = createShiftedClock() } = options;
  const dataDir = await mkdtemp(path.join(tmpdir(), 'trousseau-app-'));
  const regionFile = path.join(dataDir, 'region.json');
  await writeFile(regionFile, JSON.stringify(options.region ?? exampleRegion()));
  const port = await freePort();
  const storeUrl = await newStoreUrl();
  const issuer = `http://localhost:${port}`;
  const settings = {
    TROUSSEAU_MODE: 'demo',
    TROUSSEAU_PORT: String(port),
    TROUSSEAU_DATA_DIR: dataDir,
    TROUSSEAU_STORE_URL: storeUrl,
    TROUSSEAU_REGION_FILE: regionFile,
    TROUSSEAU_DEMO_DCC: 'off',
    TROUSSEAU_DEMO_PSC: 'off',
    // Tests of behaviour, not of hashing strength: the pool and the format stay real.
    TROUSSEAU_HASH_MEMORY_KIB: '8',
    TROUSSEAU_HASH_PASSES: '1',
    // Each thread costs its start; that hashes run side by side is proven by the pool's own tests.
    TROUSSEAU_HASH_THREADS: '1',
    TROUSSEAU_CODE_PER_HOUR: '1000',
    TROUSSEAU_CODE_PER_DAY: '10000',
    TROUSSEAU_CODE_PER_ADDRESS_DAY: '10000',
    ...options.env,
  };
  let log = '';
  const logger = pino({ level: 'info' }, { write: (line: string) => void (log += line) });
  const open = (env: Readonly<Record<string, string>>) =>
    createApp({ config: loadConfig(sections, env, { cwd: dataDir }), logger, clock });
  const importRegion = async (first: App) =>
    void (await first.region.importFile(regionFile, { dryRun: false }));
  const app = isOfTwoInstances
    ? await openTwoInstances({ settings, open, importRegion })
    : await open(settings).then(async only => {
        await importRegion(only);
        await only.start();
        return only;
      });

  async function mails() {
    await app.outbox.drain();
    const answer = await fetch(`${issuer}/demo/outbox.json`);
    return (await answer.json()) as { to: string; subject: string; text: string }[];
  }

  return {
    ...app,
    issuer,
    clock,
    dataDir,
    log: () => log,
    mails,
    async mailTo(address) {
      const mail = (await mails()).find(({ to }) => to === address);
      if (!mail) throw new Error(`no mail to ${address}`);
      return mail.text;
    },
    async destroy() {
      await app.stop();
      await removeStored(storeUrl);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export const PASSWORD = 'Girafe-2026!';
export const CLIENT = { id: 'dcc', secret: 'flow-secret-0123456789abcdef0123456789abcdef' };
export const REDIRECT_URI = 'http://localhost:9/callback';

/**
 * A small region: two people, one network, one application at `…:code`, one open to a password, one batch client; and
 * a person of the tests for each of `colleagues`, logins like `jean.voisin`, so that tests can share a service.
 */
export function exampleRegion({ colleagues = [] }: { readonly colleagues?: readonly string[] } = {}) {
  const membership = { network: 'cancerologie', organisation: 'chu', profile: 'utilisateur_cancerologie' };
  const person = (sub: string, login: string, more: object = {}) => ({
    sub,
    login,
    given_name: login.split('.')[0],
    family_name: login.split('.')[1],
    profession: '10',
    email: `${login}@chu.example`,
    password: PASSWORD,
    terms_accepted: '2026-1',
    memberships: [membership],
    ...more,
  });
  return {
    version: 1,
    region: { name: 'Région d’essai', support: 'Assistance : 02 00 00 00 00' },
    networks: [
      { id: 'cancerologie', name: 'Cancérologie', regime: 'consentement' },
      { id: 'perinatalite', name: 'Périnatalité', regime: 'information_opposition' },
    ],
    organisations: [
      { id: 'chu', name: 'CHU', finess: '370000481', networks: ['cancerologie', 'perinatalite'] },
      { id: 'clinique', name: 'Clinique', networks: ['cancerologie'] },
    ],
    accounts: [
      person('acc-claire', 'claire.dupont', { national_ids: ['899700366240'] }),
      person('acc-marc', 'marc.lefevre', { profession: undefined, national_ids: ['3370000481/ML1'] }),
      person('acc-neuf', 'neuf.nouveau', { must_change_password: true, terms_accepted: undefined }),
      person('acc-sans', 'sans.mdp', { password: undefined }),
      person('acc-clos', 'clos.ferme', { status: 'closed' }),
      person('acc-deux', 'deux.lieux', {
        memberships: [membership, { ...membership, organisation: 'clinique' }],
      }),
      ...colleagues.map(login => person(`acc-${login.replace('.', '-')}`, login)),
    ],
    applications: [
      {
        client_id: CLIENT.id,
        name: 'DCC',
        client_secret: CLIENT.secret,
        redirect_uris: [REDIRECT_URI],
        post_logout_redirect_uris: ['http://localhost:9/bye'],
        minimum_acr: 'urn:trousseau:acr:code',
        network: 'cancerologie',
        scopes: [
          'openid',
          'profile',
          'email',
          'professional',
          'habilitations',
          'scope_all',
          'offline_access',
          'access:evaluate',
        ],
      },
      {
        client_id: 'docs',
        name: 'Documents',
        client_secret: CLIENT.secret,
        redirect_uris: [REDIRECT_URI],
        network: 'cancerologie',
        scopes: ['openid', 'profile'],
      },
      {
        client_id: 'perinat',
        name: 'Périnatalité',
        client_secret: CLIENT.secret,
        redirect_uris: [REDIRECT_URI],
        network: 'perinatalite',
        scopes: ['openid'],
      },
      {
        client_id: 'batch',
        name: 'Batch',
        client_secret: CLIENT.secret,
        redirect_uris: [],
        network: 'cancerologie',
        grant_types: ['client_credentials'],
        scopes: ['access:evaluate', 'access:consents'],
      },
    ],
    terms: [
      {
        version: '2026-1',
        title: 'Règlement',
        text: 'Article 1. Bien faire.',
        from: '2026-01-01T00:00:00+01:00',
      },
    ],
    records: [],
  };
}
