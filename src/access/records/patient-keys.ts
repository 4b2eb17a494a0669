import type { Audit } from '#audit/index.ts';
import { AppError, type Clock } from '#kernel/index.ts';
import type { Directory } from '#directory/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { Caller } from '../caller.ts';
import { patientKeyMade, patientKeysLinked } from '../events.ts';
import { malformed } from '../malformed.ts';
import type { Collected, Guards } from './guards.ts';
import { canonicalIns, type Ins } from './ins.ts';
import { isoOf } from './instants.ts';
import { createKeyIssuer } from './key-issuer.ts';
import { canonicalTraits, type Traits } from './traits.ts';

/**
 * Opaque keys of patients: HMAC-SHA256 of the INS or of the strict traits. SECURITY: neither is stored, logged,
 * traced or echoed; without the secret a key tells nothing, with it an INS can be enumerated.
 */
export interface PatientKeys {
  /**
   * The same INS gives the same key until the secret is rotated, and afterwards one that is joined to it. Throws `access.malformed_request` (400) for an INS that fails its
   * checks, `access.test_ins_refused` (400) in production, `access.too_many_keys` (429).
   */
  ofIns(caller: Caller, ins: Ins): Promise<string>;
  ofTraits(caller: Caller, traits: Traits): Promise<string>;
  /**
   * Joins two keys of one patient in one network, for ever: what is known under one holds under the other. Idempotent.
   * Throws as `Guards.enter` and `Guards.collector` (a link opens what was known under the other key), and
   * `access.malformed_request` (400) for twice the same key.
   */
  link(caller: Caller, joined: { network: string; keys: readonly string[] }, act: Collected): Promise<void>;
}

interface QuotaDoc extends Doc {
  readonly count: number;
}

const quotaSpec: CollectionSpec<QuotaDoc> = { name: 'access_key_quotas', version: 1, indexes: {} };

export function createPatientKeys(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly directory: Pick<Directory, 'networks'>;
  readonly guards: Pick<Guards, 'enter' | 'collector'>;
  readonly mode: 'demo' | 'production';
  readonly settings: { readonly patientKeysPerMinute: number };
}): PatientKeys {
  const { store, clock, audit, mode, settings } = deps;
  const quotas = store.collection(quotaSpec);
  const issuer = createKeyIssuer(deps);

  const keyOf = ({ clientId, application }: Caller, kind: 'ins' | 'traits', text: string) =>
    issuer.issue({ client: clientId, network: application.network }, kind, text);

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
    async ofIns(caller, ins) {
      await spend(caller);
      return traced(caller, 'ins', await keyOf(caller, 'ins', canonicalIns(ins, mode)));
    },

    async ofTraits(caller, traits) {
      await spend(caller);
      return traced(caller, 'traits', await keyOf(caller, 'traits', canonicalTraits(traits)));
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
      await issuer.join({
        network,
        ends: [first, second],
        client: caller.clientId,
        by: act.by,
        method: act.method,
        collectedAtMs: act.at,
        ...(act.document !== undefined && { document: act.document }),
      });
    },
  };
}
