import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand, type CommandProcess } from '../cli/process.ts';
import { CLIENT, exampleRegion } from '../support/app.ts';
import { freePort } from '../support/ports.ts';
import type { Reached } from '../support/relying-party.ts';

/** The service in a process of its own, so that it can be killed; and the commands beside it. */
export interface TestService extends Reached {
  readonly folder: string;
  /** The settings of a place: another one is another machine. `more` goes over those of the service. */
  place(name: string, more?: Readonly<Record<string, string>>): Place;
  destroy(): Promise<void>;
}

export interface Place {
  readonly dataDir: string;
  readonly database: string;
  /** Starts the server (within a `ulimit` of the shell, when one is given) and resolves when it serves. */
  serve(limit?: string): Promise<CommandProcess>;
  /** Runs a command to its end; throws what it said when it fails. */
  run(...args: string[]): Promise<string>;
  /** Runs a command that need not succeed. */
  attempt(...args: string[]): Promise<{ readonly code: number | null; readonly err: string }>;
}

/** Prepares a service of the example region in a new folder; nothing runs yet. */
export async function prepareService(more: Readonly<Record<string, string>> = {}): Promise<TestService> {
  const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-service-'));
  const regionFile = path.join(folder, 'region.json');
  await writeFile(regionFile, JSON.stringify(exampleRegion()));
  const port = await freePort();
  const cardPort = await freePort();
  const issuer = more['TROUSSEAU_ISSUER'] ?? `http://localhost:${port}`;
  const sealKeys = `k1:${randomBytes(32).toString('base64url')}`;
  const started: CommandProcess[] = [];

  function place(name: string, own: Readonly<Record<string, string>> = {}): Place {
    const dataDir = path.join(folder, name);
    const start = (args: readonly string[], limit?: string): CommandProcess => {
      const settings = {
        TROUSSEAU_MODE: 'demo',
        TROUSSEAU_PORT: String(port),
        TROUSSEAU_CARD_PORT: String(cardPort),
        TROUSSEAU_DATA_DIR: dataDir,
        TROUSSEAU_SEAL_KEYS: sealKeys,
        TROUSSEAU_REGION_FILE: regionFile,
        TROUSSEAU_DEMO_DCC: 'off',
        TROUSSEAU_DEMO_PSC: 'off',
        TROUSSEAU_HASH_MEMORY_KIB: '8',
        TROUSSEAU_HASH_PASSES: '1',
        TROUSSEAU_HASH_THREADS: '1',
        TROUSSEAU_LOG_LEVEL: 'error',
        ...more,
        ...own,
      };
      const command = runCommand(args, settings, limit);
      started.push(command);
      return command;
    };
    const attempt = async (...args: string[]) => {
      const command = start(args);
      return { code: await command.ended, err: command.err(), out: command.out() };
    };
    return {
      dataDir,
      database: path.join(dataDir, 'trousseau.db'),
      attempt,
      async serve(limit) {
        const server = start(['serve'], limit);
        await server.said('demonstration');
        return server;
      },
      async run(...args) {
        const { code, err, out } = await attempt(...args);
        if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${err}`);
        return out;
      },
    };
  }

  return {
    folder,
    issuer,
    place,
    async mailTo(address) {
      // The outbox is emptied by a job: the mail comes within seconds, and is waited for.
      for (const startedMs = performance.now(); performance.now() - startedMs < 20_000;) {
        const answer = await fetch(`${issuer}/demo/outbox.json`);
        const mails = (await answer.json()) as { readonly to: string; readonly text: string }[];
        const mail = mails.find(({ to }) => to === address);
        if (mail) return mail.text;
        await new Promise(resolve => setTimeout(resolve, 100));
      }
      throw new Error(`no mail to ${address}`);
    },
    async destroy() {
      for (const { child, ended } of started) {
        child.kill('SIGKILL');
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Notes that a patient was informed, as an application does; resolves to whether the service acknowledged it. */
export async function noteInformation({ issuer }: Reached, patientKey: string): Promise<boolean> {
  try {
    const answer = await fetch(`${issuer}/access/v1/records/${patientKey}/information`, {
      method: 'PUT',
      headers: { Authorization: asClient('batch'), 'Content-Type': 'application/json' },
      body: JSON.stringify({ by: 'acc-claire', method: 'papier', at: new Date().toISOString() }),
      signal: AbortSignal.timeout(20_000),
    });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}

/** Whether the service knows that the patient was informed. */
export async function isInformed({ issuer }: Reached, patientKey: string): Promise<boolean> {
  const answer = await fetch(`${issuer}/access/v1/records/${patientKey}?network=cancerologie`, {
    headers: { Authorization: asClient('batch') },
  });
  const body = (await answer.json()) as { readonly informed_at?: unknown };
  return answer.status === 200 && body.informed_at != null;
}

/** Which of the acknowledged acts the service does not know of. */
export async function missingOf(service: Reached, patientKeys: readonly string[]): Promise<string[]> {
  const left = [...patientKeys];
  const missing: string[] = [];
  const ask = async (): Promise<void> => {
    for (let key = left.pop(); key !== undefined; key = left.pop())
      if (!(await isInformed(service, key))) missing.push(key);
  };
  await Promise.all(Array.from({ length: 16 }, ask));
  return missing;
}

const asClient = (id: string): string => `Basic ${Buffer.from(`${id}:${CLIENT.secret}`).toString('base64')}`;
