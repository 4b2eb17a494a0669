/**
 * Starts the real service as a process of its own, in demo mode, on free ports and with an empty data folder, for
 * scripts and browser tests that meet it as a stranger does. Owns the process and the folder, and ends both.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../test/support/ports.ts';

export interface DemoInstance {
  readonly issuer: string;
  readonly dccUrl: string;
  readonly outboxUrl: string;
  /** Where `demo.json` lies, with the cards that it lists. */
  readonly dataDir: string;
  /** Client id → secret. */
  readonly clients: Readonly<Record<string, string>>;
  /** Login → password. */
  readonly passwords: Readonly<Record<string, string>>;
  /** What the service logged so far. */
  readonly log: () => string;
  stop(): Promise<void>;
}

interface RegionFile {
  readonly networks: readonly { readonly id: string }[];
  readonly accounts: readonly { readonly login: string; readonly password: string }[];
  readonly applications: readonly { readonly client_id: string; readonly client_secret: string }[];
}

export interface DemoInstanceOptions {
  /** More applications than those of the demo region, in the form of the region file (contract §3). */
  readonly applications?: readonly object[];
  /** Network → `sub`s of those who answer for it when somebody asks for an account. */
  readonly validators?: Readonly<Record<string, readonly string[]>>;
  /** More settings of the service. */
  readonly settings?: Readonly<Record<string, string>>;
}

const ROOT = path.resolve(import.meta.dirname, '../..');
const START_SECONDS = 90;
const STOP_SECONDS = 10;

export async function startDemoInstance(options: DemoInstanceOptions = {}): Promise<DemoInstance> {
  const [port, dccPort, cardPort, pscPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-'));
  const region = await writeRegion(folder, `localhost:${dccPort}`, options);
  const child = spawn(process.execPath, ['--import', './scripts/compile-cache.mjs', 'src/main.ts', 'serve'], {
    cwd: ROOT,
    // A clean environment: the settings of whoever runs the tests must not reach the instance.
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TROUSSEAU_MODE: 'demo',
      TROUSSEAU_PORT: String(port),
      TROUSSEAU_CARD_PORT: String(cardPort),
      TROUSSEAU_DEMO_DCC: 'on',
      TROUSSEAU_DEMO_DCC_PORT: String(dccPort),
      TROUSSEAU_DEMO_PSC_PORT: String(pscPort),
      TROUSSEAU_DATA_DIR: path.join(folder, 'data'),
      TROUSSEAU_REGION_FILE: region.file,
      ...options.settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const dataDir = path.join(folder, 'data');
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (log += String(chunk)));
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  const isRunning = () => child.exitCode === null && child.signalCode === null;

  async function stop(): Promise<void> {
    if (isRunning()) child.kill('SIGTERM');
    const late = delay(STOP_SECONDS * 1000, undefined, { ref: false }).then(() => child.kill('SIGKILL'));
    await Promise.race([ended, late]);
    await rm(folder, { recursive: true, force: true });
  }

  const issuer = `http://localhost:${port}`;
  for (let waited = 0; waited < START_SECONDS * 10; waited++) {
    if (!isRunning()) break;
    if (await isReady(`${issuer}/health/ready`)) {
      const outboxUrl = `${issuer}/demo/outbox.json`;
      const dccUrl = `http://localhost:${dccPort}`;
      const { clients, passwords } = region;
      return { issuer, dccUrl, outboxUrl, dataDir, clients, passwords, log: () => log, stop };
    }
    await delay(100);
  }
  await stop();
  throw new Error(`the service did not become ready:\n${log}`);
}

/** A copy of the demo region whose DCC lives at `dccHost`. */
async function writeRegion(
  folder: string,
  dccHost: string,
  { applications: more = [], validators = {} }: DemoInstanceOptions,
) {
  const demo = path.join(ROOT, 'scripts/demo');
  const text = await readFile(path.join(demo, 'region.json'), 'utf8');
  const region = JSON.parse(text.replaceAll('localhost:3001', dccHost)) as RegionFile;
  const applications = [...region.applications, ...(more as typeof region.applications)];
  const file = path.join(folder, 'region.json');
  await cp(path.join(demo, 'terms'), path.join(folder, 'terms'), { recursive: true });
  const networks = region.networks.map(network => ({
    ...network,
    ...(validators[network.id] && { validators: validators[network.id] }),
  }));
  await writeFile(file, JSON.stringify({ ...region, networks, applications }));
  const clients = Object.fromEntries(
    applications.map(({ client_id, client_secret }) => [client_id, client_secret]),
  );
  const passwords = Object.fromEntries(region.accounts.map(({ login, password }) => [login, password]));
  return { file, clients, passwords };
}

async function isReady(url: string): Promise<boolean> {
  return fetch(url).then(
    response => response.ok,
    () => false,
  );
}
