import { setTimeout as delay } from 'node:timers/promises';
import { createPatientKeyRing } from '#access/index.ts';
import { createOutbox } from '#notify/index.ts';
import { clearCollections, keyDisclosed, keyInUse } from '#operation/index.ts';
import {
  KEY_REFRESH_MS,
  createSigningKeys,
  endEverySession,
  issuedCollections,
  oidcSection,
} from '#oidc/index.ts';
import { signinSection } from '#signin/index.ts';
import { DONE, type CommandContext } from '../command.ts';
import { withRows } from '../rows.ts';
import { withServices } from '../services.ts';
import { reseal } from './reseal.ts';

/** Every running instance has looked for new keys by then, once more than it must. */
const FOLLOWED_MS = KEY_REFRESH_MS + 5000;

/**
 * The signing key of tokens may be in other hands: another one signs at once, and everything that was issued ends,
 * beside running instances. `followedMs` is for tests whose service follows by itself.
 */
export async function disclosedTokens(
  context: CommandContext,
  isConfirmed: boolean,
  followedMs: number = FOLLOWED_MS,
): Promise<number> {
  const { output } = context;
  if (!isConfirmed) {
    const issued = await clearIssued(context, false);
    output.out('a new key would sign at once, and the former ones be published no more');
    output.out(`every session would end, and applications be told; ${issued} grants, tokens and codes go`);
    return DONE;
  }
  await withServices(context, async services => {
    const { retiredKeySeconds } = services.config.of(oidcSection);
    const tokens = createSigningKeys({ ...services, retiredSeconds: retiredKeySeconds });
    const { kid, replaced } = await tokens.replace();
    output.out(`${kid} signs; published no more: ${replaced.join(', ')}`);
    output.out(`running instances follow within ${followedMs / 1000} s; sessions are ended then`);
    // ORDER: what an instance that has not followed yet still issues under the former key is ended too.
    await delay(followedMs);
    return DONE;
  });
  const sessions = await endSessions(context);
  const issued = await clearIssued(context, true);
  output.out(`${sessions} sessions ended, ${issued} grants, tokens and codes taken away`);
  for (const line of FOR_APPLICATIONS) output.out(line);
  return DONE;
}

/**
 * A sealing key may be in other hands: nothing is left that it opens, and what it may have opened is replaced where
 * that can be done for people. Throws `operation.key_in_use` while it is the one that seals.
 */
export async function disclosedSeal(
  context: CommandContext,
  keyId: string,
  isConfirmed: boolean,
  followedMs?: number,
): Promise<number> {
  await withRows(context, async (_rows, sealer) => {
    if (sealer.keyId === keyId) throw keyInUse(keyId);
    return Promise.resolve();
  });
  const code = await reseal(context, isConfirmed);
  await disclosedTokens(context, isConfirmed, followedMs);
  if (isConfirmed)
    await withServices(context, async services => {
      const version = await createPatientKeyRing(services).rotate();
      context.output.out(`pk${version}- makes the keys of patients from now on`);
      const data = { key: keyId };
      await services.audit.record(keyDisclosed, { actor: 'operator', outcome: 'success', data });
      return DONE;
    });
  else context.output.out('another secret would make the keys of patients');
  for (const line of BY_HAND) context.output.out(line.replace('ID', keyId));
  return code;
}

async function endSessions(context: CommandContext): Promise<number> {
  let count = 0;
  await withServices(context, async services => {
    const outbox = createOutbox(services);
    // This process sends nothing: what is queued from here on is for an instance that serves.
    await outbox.close();
    const sessionSettings = services.config.of(signinSection);
    count = await endEverySession({ ...services, outbox, sessionSettings, reason: 'key_disclosed' });
    return DONE;
  });
  return count;
}

async function clearIssued(context: CommandContext, write: boolean): Promise<number> {
  const counts = await withRows(context, rows => clearCollections(rows, issuedCollections, { write }));
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Said each time, because it is read at night. */
const FOR_APPLICATIONS = [
  'now tell every application: read the keys again (restart what keeps them), and end the sessions that it opened itself',
];

const BY_HAND = [
  'by hand: take ID out of TROUSSEAU_SEAL_KEYS and restart each instance in turn; make a new backup, destroy those made under ID or keep their key with them in a safe',
  'by hand, at /admin: new secrets of webhooks; if a copy of the store or a backup may be in the same hands, also the means by code generator and recovery code of everybody, and their passwords',
];
