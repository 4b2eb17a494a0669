import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHasher } from '#accounts/index.ts';
import { freePort } from '../../../test/support/ports.ts';
import { startNode, type Child } from './child.ts';
import { createMailbox, readConsoleMail } from './mailbox.ts';
import { benchRegion } from './region.ts';
import { HASHING, PASSWORD, benchAccounts, discover, type BenchAccount, type Subject } from './subject.ts';
import { createWire } from './wire.ts';

export interface OurServer extends Subject {
  /** The bearer token of `/metrics`. */
  readonly metricsToken: string;
}

const METRICS_TOKEN = 'bench-metrics-token';

/** The product as a deployment runs it, durable SQLite store included, with the bench region and wider attempt caps. */
export async function startOurs(options: {
  readonly accounts: number;
  /** The first account administers the region. */
  readonly hasAdministrator?: boolean;
  /** Writes a processor profile into this folder when the server ends. */
  readonly profileFolder?: string | undefined;
  /** Settings over those of the bench. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sees what the server prints, besides its mails. */
  readonly onLine?: (line: string) => void;
}): Promise<OurServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-bench-'));
  const accounts = benchAccounts(options.accounts);
  const regionFile = path.join(folder, 'region.json');
  await writeFile(
    regionFile,
    JSON.stringify(await filledRegion(accounts, options.hasAdministrator ?? false)),
  );
  const mailbox = createMailbox();
  const readMail = readConsoleMail(mailbox);
  const server = await startService({
    dataFolder: path.join(folder, 'data'),
    onLine(line) {
      readMail(line);
      options.onLine?.(line);
    },
    profileFolder: options.profileFolder,
    env: {
      TROUSSEAU_REGION_FILE: regionFile,
      TROUSSEAU_MAIL_CHANNEL: 'console',
      TROUSSEAU_METRICS_TOKEN: METRICS_TOKEN,
      // All virtual users come from one address, as no hospital does.
      TROUSSEAU_ATTEMPTS_PER_SOURCE: '100000',
      TROUSSEAU_CODE_PER_HOUR: '1000',
      TROUSSEAU_CODE_PER_DAY: '10000',
      TROUSSEAU_CODE_PER_ADDRESS_DAY: '10000',
      ...options.env,
    },
  });
  const { wire, endpoints } = await discover(server.origin);
  return {
    name: 'ours',
    pid: server.child.pid,
    wire,
    endpoints,
    mailbox,
    accounts,
    metricsToken: METRICS_TOKEN,
    async stop() {
      wire.close();
      await server.child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface Service {
  readonly child: Child;
  readonly origin: string;
  /** From the start of the process to the first 200 of `/health/ready`. */
  readonly readyMs: number;
}

/** As `npm start` does. */
const COMPILED = ['--import', './scripts/compile-cache.mjs'];

/** Starts `serve` in demo mode on free ports and waits until it is ready. */
export async function startService(options: {
  readonly dataFolder: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
  readonly profileFolder?: string | undefined;
}): Promise<Service> {
  const [port, cardPort] = [await freePort(), await freePort()];
  const origin = `http://localhost:${port}`;
  const profiling =
    options.profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileFolder}`];
  const startedMs = performance.now();
  const child = startNode([...profiling, ...COMPILED, 'src/main.ts', 'serve'], {
    onLine: options.onLine ?? (() => undefined),
    env: {
      TROUSSEAU_MODE: 'demo',
      TROUSSEAU_PORT: String(port),
      TROUSSEAU_CARD_PORT: String(cardPort),
      TROUSSEAU_DATA_DIR: options.dataFolder,
      TROUSSEAU_DEMO_DCC: 'off',
      TROUSSEAU_DEMO_PSC: 'off',
      TROUSSEAU_LOG_LEVEL: 'warn',
      ...options.env,
    },
  });
  await Promise.race([child.ended, untilReady(origin)]);
  return { child, origin, readyMs: performance.now() - startedMs };
}

const POLL_MS = 5;
const PATIENCE_MS = 120_000;

async function untilReady(origin: string): Promise<void> {
  const wire = createWire(origin);
  const endsMs = performance.now() + PATIENCE_MS;
  try {
    while (performance.now() < endsMs) {
      // Refused connections are what one meets before it listens.
      const answer = await wire.ask('/health/ready').catch(() => undefined);
      if (answer?.status === 200) return;
      await new Promise(resolve => setTimeout(resolve, POLL_MS));
    }
  } finally {
    wire.close();
  }
  throw new Error(`${origin} was not ready within ${PATIENCE_MS} ms`);
}

async function filledRegion(accounts: readonly BenchAccount[], hasAdministrator: boolean): Promise<object> {
  const hasher = createHasher(HASHING);
  try {
    // One hash for all: what a verification costs does not depend on its salt.
    const hash = await hasher.hash(PASSWORD);
    return benchRegion(accounts, hash, new Date(), hasAdministrator ? accounts[0]?.sub : undefined);
  } finally {
    await hasher.close();
  }
}
