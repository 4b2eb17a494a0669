import type { Audit } from '#audit/index.ts';
import { AppError, checkIns, isAppError, type Clock } from '#kernel/index.ts';
import type { Directory } from '#directory/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { Caller } from '../caller.ts';
import { patientKeyMade, patientKeysLinked } from '../events.ts';
import { malformed } from '../malformed.ts';
import { keyLinksSpec, type KeyLinkDoc } from './collections.ts';
import type { Collected, Guards } from './guards.ts';
import { isoOf } from './instants.ts';
import { createKeyMaker } from './key-ring.ts';
import { createMadeKeys } from './made-keys.ts';
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
  ofIns(caller: Caller, ins: { value: string; oid: string }): Promise<string>;
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
  readonly guards: Guards;
  readonly mode: 'demo' | 'production';
  readonly settings: { readonly patientKeysPerMinute: number };
}): PatientKeys {
  const { store, clock, audit, mode, settings } = deps;
  const quotas = store.collection(quotaSpec);
  const links = store.collection(keyLinksSpec);
  const maker = createKeyMaker(deps);
  const made = createMadeKeys(deps);

  /**
   * The patient's key under the newest secret. After a rotation, what was known under the former ones is joined to it.
   * ORDER: noted before the secrets are looked at again: of two callers on both sides of a rotation, one sees the other.
   */
  async function keyOf(caller: Caller, kind: 'ins' | 'traits', text: string): Promise<string> {
    for (;;) {
      const keys = await maker.keysOf(kind, text);
      const newest = keys.at(-1) ?? '';
      await made.note(newest);
      if ((await maker.keysOf(kind, text)).at(-1) !== newest) continue;
      await made.succeed(keys.slice(0, -1), newest);
      for (const older of await made.before(newest)) await joinOlder(caller, newest, older);
      return newest;
    }
  }

  /** In the network of the application, or in every one: whoever has the older key finds what is told of the newer. */
  async function joinOlder(caller: Caller, newest: string, older: string): Promise<void> {
    const { network } = caller.application;
    const networks =
      network === undefined ? (await deps.directory.networks.all()).map(({ id }) => id) : [network];
    for (const each of networks) {
      const id = linkId(each, [newest, older]);
      if (await links.get(id)) continue;
      await audit.record(patientKeysLinked, {
        actor: 'system',
        client: caller.clientId,
        patientKey: newest,
        outcome: 'success',
        data: { network: each, linkedKey: older },
      });
      await keep({
        id,
        network: each,
        ends: [newest, older],
        client: caller.clientId,
        linkedAt: clock.now(),
      });
    }
  }

  async function keep(link: KeyLinkDoc): Promise<void> {
    try {
      await links.insert(link);
    } catch (error) {
      if (!isAppError(error, 'store.conflict')) throw error;
    }
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
      return traced(caller, 'ins', await keyOf(caller, 'ins', `${ins.oid}\n${ins.value}`));
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
      await keep({
        id: linkId(network, [first, second]),
        network,
        ends: [first, second],
        client: caller.clientId,
        linkedAt: clock.now(),
        by: act.by,
        method: act.method,
        collectedAtMs: act.at,
        ...(act.document !== undefined && { document: act.document }),
      });
    },
  };
}

/** The same two keys are joined once, in whatever order they are told. */
const linkId = (network: string, ends: readonly [string, string]): string =>
  `${network}/${ends.toSorted().join('~')}`;
