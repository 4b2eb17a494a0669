/**
 * The back ends of docs/integrer-une-application.md, in three languages, against a running Trousseau. Usage: as
 * interop.ts. Prints one line per check, then `N passed, N failed`; exits 1 when one failed. A language that the machine
 * lacks is a failure: an example that nobody runs is wrong before long.
 */
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../test/support/ports.ts';
import type { InteropTarget } from './checks.ts';

const target = JSON.parse(process.env.INTEROP_TARGET ?? '{}') as InteropTarget & {
  readonly demoFile: string;
};
const FOLDER = path.join(import.meta.dirname, 'guards');
const START_MS = 30_000;
const STRONGER = 'urn:trousseau:acr:mfa';

interface Guard {
  readonly language: string;
  readonly command: (port: number) => readonly [program: string, ...args: string[]];
}

const GUARDS: readonly Guard[] = [
  { language: 'Node', command: () => [process.execPath, path.join(FOLDER, 'guard.mjs')] },
  { language: 'Java', command: () => ['java', path.join(FOLDER, 'Guard.java')] },
  {
    language: 'PHP',
    command: port => ['php', '-d', 'log_errors=0', '-S', `127.0.0.1:${port}`, path.join(FOLDER, 'guard.php')],
  },
];

interface Person {
  readonly account: string;
  readonly sid: string;
}

type Get = (patientKey: string, person: Person) => Promise<Response>;

interface Check {
  readonly title: string;
  readonly run: (get: Get, person: Person) => Promise<void>;
}

const CHECKS: readonly Check[] = [
  {
    title: 'answers the record that is open to the person',
    async run(get, person) {
      const answer = await get('pk-demo-1', person);
      assert.equal(answer.status, 200);
      assert.deepEqual(await answer.json(), { dossier: 'pk-demo-1' });
    },
  },
  {
    title: 'shows the sentence of a refusal, the same for a patient whom nobody knows',
    async run(get, person) {
      const answers = [await get('pk-demo-2', person), await get('pk-inconnu', person)];
      const messages = await Promise.all(answers.map(async answer => (await answer.json()) as object));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [403, 403],
      );
      assert.deepEqual(messages[0], messages[1]);
      assert.match(JSON.stringify(messages[0]), /patient/u);
    },
  },
  {
    title: 'opens nothing for a session that is none',
    async run(get, person) {
      assert.equal((await get('pk-demo-1', { ...person, sid: 'ended' })).status, 403);
    },
  },
  {
    title: 'opens nothing when it does not know who asks',
    async run(get, person) {
      assert.equal((await get('pk-demo-1', { ...person, account: '' })).status, 503);
    },
  },
];

/** The account and the session of an ID token, by the command that the guide gives. */
async function signedIn(): Promise<Person> {
  const command = [path.join(import.meta.dirname, 'demo-session.ts'), target.person.login, target.demoFile];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  const [, account, sid] = /^ACCOUNT=(.+)\nSID=(.+)\n$/u.exec(stdout) ?? [];
  assert(account !== undefined && sid !== undefined);
  return { account, sid };
}

/** Runs the guard against `trousseauUrl` while `use` lasts. */
async function withGuard(
  { command }: Guard,
  trousseauUrl: string,
  use: (get: Get) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const [program, ...args] = command(port);
  const child = spawn(program, args, {
    env: {
      ...process.env,
      TROUSSEAU_URL: trousseauUrl,
      CLIENT_ID: target.service.clientId,
      CLIENT_SECRET: target.service.clientSecret,
      PORT: String(port),
    },
    stdio: 'ignore',
  });
  const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
  const get: Get = (patientKey, { account, sid }) =>
    fetch(`http://127.0.0.1:${port}/dossiers/${patientKey}`, {
      headers: { 'X-Account': account, 'X-Sid': sid },
    });
  try {
    await Promise.race([answering(child, `http://127.0.0.1:${port}/`), failed]);
    await use(get);
  } finally {
    if (child.pid !== undefined && child.exitCode === null && child.kill()) await once(child, 'exit');
  }
}

async function answering(child: ChildProcess, url: string): Promise<void> {
  const until = Date.now() + START_MS;
  while (child.exitCode === null && Date.now() < until) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.status === 404) return;
    await delay(100);
  }
  throw new Error('the guard did not start');
}

let [passed, failed] = [0, 0];
async function report(title: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    passed++;
    console.log(`  ok    ${title}`);
  } catch (error) {
    failed++;
    console.log(`  FAIL  ${title}\n        ${error instanceof Error ? error.stack : String(error)}`);
  }
}

/** A decision point that asks for a stronger sign-in, or answers what nobody understands. */
async function withStandIn(use: (url: string) => Promise<void>): Promise<void> {
  const server = createHttpServer((request, response) => {
    let body = '';
    request.on('data', chunk => (body += String(chunk)));
    request.on('end', () => {
      const isTooLow = body.includes('pk-demo-1');
      const context = { reason_user: { fr: 'Reconnectez-vous.' }, acr_values: [STRONGER] };
      response.end(isTooLow ? JSON.stringify({ decision: false, context }) : '<html>true</html>');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const person = await signedIn();
const nobody = `http://127.0.0.1:${await freePort()}`;
for (const guard of GUARDS) {
  const name = `guard in ${guard.language}`;
  await report(`${name}: runs to the end`, () =>
    withGuard(guard, target.issuer, async get => {
      for (const { title, run } of CHECKS) await report(`${name}: ${title}`, () => run(get, person));
    }),
  );
  await report(`${name}: opens nothing while Trousseau is away`, () =>
    withGuard(guard, nobody, async get => assert.equal((await get('pk-demo-1', person)).status, 503)),
  );
  await report(
    `${name}: asks for the level that is missing, and opens nothing on what it does not understand`,
    () =>
      withStandIn(url =>
        withGuard(guard, url, async get => {
          const tooLow = await get('pk-demo-1', person);
          assert.equal(tooLow.status, 401);
          assert.match(
            tooLow.headers.get('WWW-Authenticate') ?? '',
            new RegExp(`acr_values="${STRONGER}"`, 'u'),
          );
          assert.deepEqual(await tooLow.json(), { message: 'Reconnectez-vous.' });
          assert.equal((await get('pk-demo-2', person)).status, 503);
        }),
      ),
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
