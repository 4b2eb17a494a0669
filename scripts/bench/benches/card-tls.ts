import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSecureContext } from 'node:tls';
import { planOf, speedRow, type Bench } from '../harness/bench.ts';
import { freePort } from '../../../test/support/ports.ts';
import { startNode } from '../harness/child.ts';
import { startService } from '../harness/ours.ts';
import { compare } from '../harness/rounds.ts';

const WORKERS = 16;
/** A sign-in by card reads it twice: once to show whom it names, once with the holder's word. */
const READS_PER_SIGNIN = 2;
/** Volumes to plan for: 20 sign-ins a second, all of them by card. */
const AIM_PER_SECOND = 20 * READS_PER_SIGNIN;
const PIN = '1234';

/** Issue 5: a card is read (handshake with its signature, judgement, list, page), against a bare handshake. */
export const cardTls: Bench = {
  name: 'card-tls',
  title: `A card is read over TLS 1.3, each time by a new connection (${WORKERS} at once)`,
  async run(run) {
    const folder = await mkdtemp(path.join(tmpdir(), 'trousseau-bench-'));
    const igc = path.join(folder, 'igc');
    const [cardPort, barePort] = [await freePort(), await freePort()];
    try {
      const ours = await startService({
        dataFolder: folder,
        env: { TROUSSEAU_CARD_PORT: String(cardPort) },
        ...(run.profileFolder === undefined ? {} : { profileFolder: run.profileFolder }),
      });
      const bare = startNode(['scripts/bench/harness/bare-tls.ts', igc, String(barePort)], {
        env: {},
        onLine: () => undefined,
      });
      try {
        const pfx = await readFile(path.join(igc, 'claire.dupont.p12'));
        // What is measured is the server: the client reads its file once, and trusts any name.
        const card = new Agent({
          secureContext: createSecureContext({ pfx, passphrase: PIN }),
          rejectUnauthorized: false,
          maxCachedSessions: 0,
        });
        await Promise.race([bare.ended, untilRead(barePort, card, 'yes')]);
        // Ready is said by the main host; the card host listens a moment later.
        await Promise.race([ours.child.ended, untilRead(cardPort, card, 'Claire DUPONT')]);
        const comparison = await compare(
          {
            ours: { pid: ours.child.pid, operation: () => read(cardPort, card, 'Claire DUPONT') },
            peer: { pid: bare.pid, operation: () => read(barePort, card, 'yes') },
          },
          planOf(run, WORKERS),
        );
        const perSecond = comparison.ours.perSecond / READS_PER_SIGNIN;
        return [
          speedRow('card read (beside: bare node:https with a client certificate)', comparison, 0.5),
          {
            what: 'sign-ins by card that this makes',
            ours: `${perSecond.toFixed(0)}/s`,
            aim: `≥ ${AIM_PER_SECOND / READS_PER_SIGNIN}/s`,
            reached: `${perSecond.toFixed(0)}/s`,
            isMet: comparison.ours.perSecond >= AIM_PER_SECOND,
            figures: { perSecond },
          },
        ];
      } finally {
        await bare.stop();
        await ours.child.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Reads the card once; rejects on any other answer than the right one. */
function read(port: number, card: Agent, expected: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        path: '/poste',
        agent: card,
        headers: { host: `localhost:${port}`, accept: 'text/html' },
      },
      answer => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () =>
          text.includes(expected)
            ? resolve()
            : reject(new Error(`the card was not read: ${answer.statusCode}`)),
        );
      },
    );
    asked.on('error', reject).end();
  });
}

async function untilRead(port: number, card: Agent, expected: string): Promise<void> {
  const TRIES = 200;
  let last: unknown;
  for (let turn = 0; turn < TRIES; turn += 1) {
    const problem = await read(port, card, expected).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (problem === undefined) return;
    last = problem;
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  throw new Error(`nobody reads cards on port ${port}`, { cause: last });
}
