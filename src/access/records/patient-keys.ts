import { createHmac, randomBytes } from 'node:crypto';
import type { Audit } from '#audit/index.ts';
import { AppError, checkIns, isAppError, type Clock } from '#kernel/index.ts';
import type { Collection, CollectionSpec, Doc, Store } from '#store/index.ts';
import type { Caller } from '../caller.ts';
import { patientKeyMade, patientKeysLinked } from '../events.ts';
import { malformed } from '../malformed.ts';
import { keyLinksSpec } from './collections.ts';
import type { Collected, Guards } from './guards.ts';
import { isoOf } from './instants.ts';
import { canonicalTraits, type Traits } from './traits.ts';

/**
 * Opaque keys of patients: HMAC-SHA256 of the INS or of the strict traits. SECURITY: neither is stored, logged,
 * traced or echoed; without the secret a key tells nothing, with it an INS can be enumerated.
 */
export interface PatientKeys {
  /**
   * The same INS gives the same key for ever. Throws `access.malformed_request` (400) for an INS that fails its
   * checks, `access.test_ins_refused` (400) in production, `access.too_many_keys` (429).
   */
  ofIns(caller: Caller, ins: { value: string; oid: string }): Promise<string>;
  ofTraits(caller: Caller, traits: Traits): Promise<string>;
  /**
   * Joins two keys of one patient in one network, for ever: what is known under one holds under the other. Idempotent.
   * Throws as `Guards.enter` and `Guards.collector` (a link opens what was known under the other key), and
   * `access.malformed_request` (400) for twice the same key.
   */
  link(caller: Caller, joined: { network: string; keys: readonly string[] }, act: Collected): Promise<void>;
}

/**
 * The secret of the keys, of its own: the sealing keys may rotate without changing any patient's key. Its version
 * stands in every key made with it.
 */
interface KeySecretDoc extends Doc {
  readonly secret: string;
  readonly createdAt: number;
}

const secretsSpec: CollectionSpec<KeySecretDoc> = {
  name: 'access_key_secrets',
  version: 1,
  indexes: {},
  sealed: ['secret'],
};

interface QuotaDoc extends Doc {
  readonly count: number;
}

const quotaSpec: CollectionSpec<QuotaDoc> = { name: 'access_key_quotas', version: 1, indexes: {} };

const VERSION = '1';

export function createPatientKeys(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly guards: Guards;
  readonly mode: 'demo' | 'production';
  readonly settings: { readonly patientKeysPerMinute: number };
}): PatientKeys {
  const { store, clock, audit, mode, settings } = deps;
  const secrets = store.collection(secretsSpec);
  const quotas = store.collection(quotaSpec);
  const links = store.collection(keyLinksSpec);
  let secret: Promise<Buffer> | undefined;

  async function keyOf(kind: 'ins' | 'traits', text: string): Promise<string> {
    secret ??= openSecret(secrets, clock.now()).catch((error: unknown) => {
      // A failure is not kept: the next request tries again.
      secret = undefined;
      throw error;
    });
    const mac = createHmac('sha256', await secret)
      .update(`${kind}\n${text}`)
      .digest('base64url');
    return `pk${VERSION}-${mac}`;
  }

  async function spend({ clientId }: Caller): Promise<void> {
    const minute = Math.floor(clock.now() / 60);
    const endsAt = (minute + 1) * 60;
    const spent = await quotas.increment(`${clientId} ${minute}`, 'count', 1, {
      max: settings.patientKeysPerMinute,
      expiresAt: endsAt + 60,
    });
    if (spent !== null) return;
    throw new AppError({
      code: 'access.too_many_keys',
      status: 429,
      publicMessage: 'L’application a demandé trop de clés de patient en une minute.',
      retryAfterSeconds: endsAt - clock.now(),
    });
  }

  async function traced(caller: Caller, from: 'ins' | 'traits', patientKey: string): Promise<string> {
    await audit.record(patientKeyMade, {
      actor: `client:${caller.clientId}`,
      client: caller.clientId,
      patientKey,
      outcome: 'success',
      data: { from },
    });
    return patientKey;
  }

  return {
    async ofIns(caller, { value, oid }) {
      await spend(caller);
      const checked = checkIns(value, oid);
      if (!checked.ok) {
        const isOid = checked.problem === 'oid_unknown';
        throw isOid
          ? malformed('ins.oid', 'invalid_value', 'Attendu : un OID de l’INS.')
          : malformed('ins.value', 'invalid_format', 'Attendu : un INS, clé comprise.');
      }
      const { id: ins } = checked;
      if (mode === 'production' && (ins.kind === 'test' || ins.kind === 'demo'))
        throw new AppError({
          code: 'access.test_ins_refused',
          status: 400,
          publicMessage: 'Un INS de test ou de démonstration n’est pas accepté en production.',
          errors: [{ path: 'ins.oid', code: 'invalid_value', message: 'Attendu : un OID de production.' }],
        });
      return traced(caller, 'ins', await keyOf('ins', `${ins.oid}\n${ins.value}`));
    },

    async ofTraits(caller, traits) {
      await spend(caller);
      return traced(caller, 'traits', await keyOf('traits', canonicalTraits(traits)));
    },

    async link(caller, { network, keys }, act) {
      await deps.guards.enter(caller, { network });
      await deps.guards.collector(act, { network }, 'opens');
      const [first, second] = keys.toSorted();
      if (first === undefined || second === undefined || first === second)
        throw malformed('keys', 'invalid_value', 'Attendu : deux clés différentes.');
      await audit.record(patientKeysLinked, {
        actor: act.by,
        client: caller.clientId,
        patientKey: first,
        outcome: 'success',
        data: { network, linkedKey: second, method: act.method, collectedAt: isoOf(act.at) },
      });
      try {
        await links.insert({
          id: `${network}/${first}~${second}`,
          network,
          ends: [first, second],
          client: caller.clientId,
          linkedAt: clock.now(),
          by: act.by,
          method: act.method,
          collectedAtMs: act.at,
          ...(act.document !== undefined && { document: act.document }),
        });
      } catch (error) {
        if (!isAppError(error, 'store.conflict')) throw error;
      }
    },
  };
}

/** Made by the first who needs it; the others read that one. */
async function openSecret(secrets: Collection<KeySecretDoc>, now: number): Promise<Buffer> {
  const known = await secrets.get(VERSION);
  if (known) return Buffer.from(known.secret, 'base64url');
  try {
    await secrets.insert({ id: VERSION, secret: randomBytes(32).toString('base64url'), createdAt: now });
  } catch (error) {
    if (!isAppError(error, 'store.conflict')) throw error;
  }
  return openSecret(secrets, now);
}
