import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { CHROMIUM } from './chromium.ts';
import { contextOf, createPerson, type Person, type PersonOptions } from './support/person.ts';

/** A card file of the demonstration (`data/demo.json`). */
export interface CardFile {
  readonly file: string;
  readonly pin: string;
}

/** Somebody at a workstation with one card in its reader, or none: a browser with certificates of its own. */
export interface Workstation extends Person {
  close(): Promise<void>;
}

/** Where Chromium reads the rules of an administrator: here, to choose the certificate without asking. */
const POLICIES = '/etc/chromium/policies/managed';
const PREFIX = 'trousseau-card-tests-';
/** Of this process: another run beside it has its own, which says the same, and takes only its own away. */
const POLICY = path.join(POLICIES, `${PREFIX}${process.pid}.json`);

/** What the machine lacks for these tests, or `undefined`. */
export function findLack(): string | undefined {
  for (const tool of ['certutil', 'pk12util'])
    if (spawnSync(tool, ['-H']).error) return `${tool} (libnss3-tools)`;
  try {
    mkdirSync(POLICIES, { recursive: true });
    const rule = { pattern: 'https://localhost', filter: {} };
    for (const file of readdirSync(POLICIES))
      if (isLeft(file)) rmSync(path.join(POLICIES, file), { force: true });
    // However the process ends, but for a kill that leaves it no time: then the next run clears it away.
    process.once('exit', forgetPolicy);
    writeFileSync(POLICY, JSON.stringify({ AutoSelectCertificateForUrls: [JSON.stringify(rule)] }));
    return undefined;
  } catch {
    return `the right to write ${POLICIES}`;
  }
}

/** A rule of a run that is over. */
function isLeft(file: string): boolean {
  const [, pid] = new RegExp(`^${PREFIX}(\\d+)\\.json$`, 'u').exec(file) ?? [];
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

export function forgetPolicy(): void {
  rmSync(POLICY, { force: true });
}

export async function openWorkstation(card: CardFile | null, how: PersonOptions = {}): Promise<Workstation> {
  const home = mkdtempSync(path.join(tmpdir(), 'trousseau-workstation-'));
  const database = path.join(home, '.pki', 'nssdb');
  mkdirSync(database, { recursive: true });
  run('certutil', ['-N', '-d', `sql:${database}`, '--empty-password']);
  if (card) run('pk12util', ['-i', card.file, '-d', `sql:${database}`, '-W', card.pin, '-K', '']);
  const context: BrowserContext = await chromium.launchPersistentContext(path.join(home, 'profile'), {
    ...contextOf(how),
    executablePath: CHROMIUM,
    env: { ...process.env, HOME: home },
    // The host's certificate is one of the demonstration's own authorities.
    ignoreHTTPSErrors: true,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  return {
    ...createPerson(page, { shots: `card-${how.width ?? 1280}`, ...how }),
    async close() {
      await context.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}
