import { hashToken, isAppError, type Clock } from '#kernel/index.ts';
import type { Collection, Doc, Store } from '#store/index.ts';
import { errors, type Adapter, type AdapterFactory, type AdapterPayload } from 'oidc-provider';
import { endedSessionsSpec, endOf, keptUntil, modelSpecs, type OidcDoc } from './collections.ts';
import type { RevokeReplayed } from './replays.ts';
import { beforeTheAnswer } from './request-writes.ts';
import { isOver } from './session.ts';
import { isRevoked, type Standing } from './standing.ts';

/** Resolves a relying party to oidc-provider's metadata; `undefined` for an unknown one. */
export type FindClient = (clientId: string) => Promise<AdapterPayload | undefined>;

/**
 * oidc-provider's storage. Values are kept under their hash, never in clear; `consume` is compare-and-set, because
 * oidc-provider looks before it consumes; replay detection is an insert whose conflict refuses.
 */
export function createAdapterFactory(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly findClient: FindClient;
  readonly revokeReplayed: RevokeReplayed;
  readonly standing: Standing;
}): AdapterFactory {
  const { store, clock, findClient, revokeReplayed, standing } = deps;
  const ended = store.collection(endedSessionsSpec);
  return model => {
    if (model === 'Client') return clientAdapter(findClient);
    const spec = modelSpecs[model];
    if (!spec) throw new TypeError(`oidc-provider asked to store ${model}, a feature that is off`);
    const collection = store.collection(spec);
    const base = modelAdapter(model, { collection, clock, revokeReplayed });
    if (model === 'Session') return sessionAdapter(base, { sessions: collection, ended, clock, standing });
    if (model === 'ReplayDetection') return { ...base, upsert: insertOnce(collection, clock) };
    return base;
  };
}

function modelAdapter(
  model: string,
  deps: {
    readonly collection: Collection<OidcDoc>;
    readonly clock: Clock;
    readonly revokeReplayed: RevokeReplayed;
  },
): Adapter {
  const { collection, clock, revokeReplayed } = deps;
  return {
    upsert: (id, payload, expiresIn) => beforeTheAnswer(collection.put(toDoc(id, payload, clock, expiresIn))),
    async find(id) {
      const doc = await collection.get(hashToken(id));
      return doc ? { ...doc.payload, jti: id } : undefined;
    },
    async findByUid(uid) {
      return (await collection.findOne('uid', uid))?.payload;
    },
    async findByUserCode() {
      throw new TypeError('the device flow is off');
    },
    async consume(id) {
      // INVARIANT: of many callers exactly one consumes; the others are told that it was used.
      let isWinner = false;
      const consumed = clock.now();
      const doc = await collection.update(hashToken(id), before => {
        isWinner = before.payload.consumed === undefined;
        return isWinner ? { ...before, payload: { ...before.payload, consumed } } : before;
      });
      if (doc && isWinner) return;
      // Used twice at the same instant: oidc-provider saw it unused both times, so the replay is found here.
      if (doc) await revokeReplayed(doc.payload);
      throw alreadyUsed(model);
    },
    async destroy(id) {
      await collection.remove(hashToken(id));
    },
    async revokeByGrantId() {
      // The grant itself is removed next to this call, and every use of a token looks for its grant.
    },
  };
}

/**
 * INVARIANT: an ended session never comes back. Ending one leaves a tombstone and then removes; saving one writes
 * and then looks for the tombstone, and at the account: whichever comes last sees the other.
 */
function sessionAdapter(
  base: Adapter,
  deps: {
    readonly sessions: Collection<OidcDoc>;
    readonly ended: Collection<Doc>;
    readonly clock: Clock;
    readonly standing: Standing;
  },
): Adapter {
  const { sessions, ended, clock, standing } = deps;
  async function save(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const plain = toDoc(id, payload, clock, expiresIn);
    const { expiresAt } = plain;
    const doc = expiresAt === undefined ? plain : { ...plain, expiresAt: keptUntil(payload, expiresAt) };
    // Several applications may open at once, each request with the session as it found it: what the others added stays.
    const written = await sessions.update(doc.id, before => ({
      ...doc,
      payload: {
        ...doc.payload,
        authorizations: { ...before.payload.authorizations, ...doc.payload.authorizations },
      },
    }));
    if (!written) await sessions.put(doc);
    const isEnded = payload.uid !== undefined && (await ended.get(payload.uid)) !== null;
    if (!isEnded && !(await isRevoked(payload, standing))) return;
    await sessions.remove(hashToken(id));
    // A closed account needs no error of its own here: the checks of the request under way find it closed.
    if (isEnded) throw new errors.SessionNotFound('the session has ended');
  }
  async function alive(doc: OidcDoc | null): Promise<AdapterPayload | undefined> {
    const now = clock.now();
    if (!doc || endOf(doc) <= now || isOver(doc.payload, now)) return undefined;
    return (await isRevoked(doc.payload, standing)) ? undefined : doc.payload;
  }
  return {
    ...base,
    async find(id) {
      const payload = await alive(await sessions.get(hashToken(id)));
      return payload && { ...payload, jti: id };
    },
    findByUid: async uid => alive(await sessions.findOne('uid', uid)),
    upsert: (id, payload, expiresIn) => beforeTheAnswer(save(id, payload, expiresIn)),
  };
}

function clientAdapter(findClient: FindClient): Adapter {
  const refuse = async (): Promise<never> => {
    throw new TypeError('relying parties are kept by directory/, not by oidc-provider');
  };
  return {
    find: findClient,
    upsert: refuse,
    findByUid: refuse,
    findByUserCode: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}

function insertOnce(collection: Collection<OidcDoc>, clock: Clock): Adapter['upsert'] {
  return async (id, payload, expiresIn) => {
    try {
      await collection.insert(toDoc(id, payload, clock, expiresIn));
    } catch (error) {
      if (isAppError(error, 'store.conflict'))
        throw new errors.InvalidClient('the assertion was already used');
      throw error;
    }
  };
}

/** SECURITY: the value of a token is a key to a record; only its hash is written. */
function toDoc(id: string, payload: AdapterPayload, clock: Clock, expiresIn?: number): OidcDoc {
  const { jti: _value, ...kept } = payload;
  const doc = { id: hashToken(id), payload: kept };
  return expiresIn === undefined ? doc : { ...doc, expiresAt: clock.now() + expiresIn };
}

function alreadyUsed(model: string): Error {
  return model === 'PushedAuthorizationRequest'
    ? new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used')
    : new errors.InvalidGrant('already used');
}
