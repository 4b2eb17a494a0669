import type { Audit } from '#audit/index.ts';
import { hashToken, normaliseAcr, type Acr, type Clock } from '#kernel/index.ts';
import type { WorkPlace } from '#signin/index.ts';
import type { Store } from '#store/index.ts';
import {
  endedSessionsSpec,
  endOf,
  grantsSpec,
  keptUntil,
  sessionsSpec,
  type OidcDoc,
} from './collections.ts';
import { sessionEnded } from './events.ts';
import { isOver, sessionTtl, type SessionExtras } from './session.ts';
import { isOfEpoch, isRevoked, type Standing } from './standing.ts';

/** A session that is alive now. */
export interface LiveSession {
  readonly uid: string;
  readonly accountId: string;
  readonly acr: Acr | undefined;
  readonly amr: readonly string[];
  readonly methods: readonly string[];
  /** Epoch seconds. */
  readonly authTime: number;
  readonly startedAt: number;
  /** Epoch seconds: when it ends if nothing happens any more. */
  readonly expiresAt: number;
  /** Every `sid` that a relying party knows it by. */
  readonly sids: readonly string[];
  /** Relying parties opened with it. */
  readonly clients: readonly string[];
  /** Its own idle time, on a shared workstation. */
  readonly idleSeconds?: number;
  /** Epoch seconds: when it is over, whatever happens. */
  readonly endsAt?: number;
  readonly situation?: string;
  /** What it is, when no membership says so. */
  readonly place?: WorkPlace;
}

export interface Sessions {
  findBySid(sid: string): Promise<LiveSession | null>;
  findByUid(uid: string): Promise<LiveSession | null>;
  /** All of them, in no particular order. */
  list(accountId: string): Promise<readonly LiveSession[]>;
  /** Counts as activity: the idle time starts again, never past the absolute end. Written at most once a minute, and ten times an idle time. */
  touch(uid: string): Promise<void>;
  /** Ends it now: tokens die, relying parties are told by back-channel logout. Idempotent. */
  end(uid: string, reason: string): Promise<void>;
  /**
   * Ends every session of an account as `end` does, but for the one to keep; resolves to how many. A sign-in that is
   * finished meanwhile may open another one.
   */
  endAll(
    accountId: string,
    reason: string,
    options?: { readonly exceptUid?: string | undefined },
  ): Promise<number>;
  /** Ends those that count no more, because the status of the account has changed since; resolves to how many. */
  endRevoked(accountId: string): Promise<number>;
  /** Ends those that came from that session elsewhere, as `end` does; resolves to how many. */
  endByOrigin(origin: string, reason: string): Promise<number>;
  /** Ends those of everybody, as `end` does; resolves to how many. */
  endEvery(reason: string): Promise<number>;
  /** Ends, as `end` does, those that have run out: without activity, or at their absolute end. */
  endOver(): Promise<void>;
  /** Removes what is stored of it, under whatever identifier. */
  remove(uid: string): Promise<void>;
  /** Leaves the mark that keeps a request under way from writing the session back. */
  bury(uid: string): Promise<void>;
}

/** Sessions of one account read at a time. */
const PAGE = 100;
/** Longer than any request under way. */
const TOMBSTONE_SECONDS = 3600;
const MOST_BETWEEN_TOUCHES_SECONDS = 60;
/** Bounds what this process remembers of touches; forgetting one costs a read. */
const MOST_TOUCHED = 20_000;

export function createSessions(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly idleSeconds: number;
  readonly standing: Standing;
  /** Queues the back-channel logout of one relying party, durably. */
  readonly notifyLogout: (clientId: string, accountId: string, sid: string) => Promise<void>;
}): Sessions {
  const { clock, audit, idleSeconds, standing, notifyLogout } = deps;
  const sessions = deps.store.collection(sessionsSpec);
  const grants = deps.store.collection(grantsSpec);
  const ended = deps.store.collection(endedSessionsSpec);

  /** Epoch seconds before which a touch by this process says nothing new. */
  const touchedUntil = new Map<string, number>();

  const bury = (uid: string) => ended.put({ id: uid, expiresAt: clock.now() + TOMBSTONE_SECONDS });

  async function liveOf(doc: OidcDoc | null): Promise<LiveSession | null> {
    const live = toLive(doc, clock.now());
    return live && doc && !(await isRevoked(doc.payload, standing)) ? live : null;
  }

  /** Every session that the store has under a key of that index, live or revoked; stable while they are being removed. */
  async function* storedOf(
    index: 'account' | 'origin' | 'end',
    range: { readonly key: string } | { readonly prefix: string },
  ): AsyncGenerator<OidcDoc> {
    let after: string | undefined;
    do {
      const page = await sessions.list(index, { ...range, limit: PAGE, ...(after && { after }) });
      yield* page.items;
      after = page.next;
    } while (after !== undefined);
  }

  async function end(uid: string, reason: string): Promise<void> {
    // INVARIANT: the tombstone first: a request that is giving the session a new identifier finds it when it saves.
    await bury(uid);
    const doc = await sessions.findOne('uid', uid);
    // One that was revoked or ran out is no longer live, and yet relying parties are to be told of its end.
    const known = describe(doc);
    if (!doc || !known) return void (await sessions.removeBy('uid', uid));
    const opened = Object.entries(doc.payload.authorizations ?? {});
    await audit.record(sessionEnded, {
      account: known.accountId,
      outcome: 'success',
      data: { reason, applications: opened.map(([clientId]) => clientId).join(' ') },
    });
    // ORDER: relying parties are told (durably queued) before the session goes: a crash between the two leaves
    // a session that is still to be ended, never an application that nobody will tell.
    for (const [clientId, { sid }] of opened) if (sid) await notifyLogout(clientId, known.accountId, sid);
    await sessions.removeBy('uid', uid);
    const grantIds = opened.flatMap(([, { grantId }]) => grantId ?? []);
    await Promise.all(grantIds.map(grantId => grants.remove(hashToken(grantId))));
  }

  async function endThose(
    stored: AsyncIterable<OidcDoc>,
    reason: string,
    isMeant: (doc: OidcDoc) => boolean = () => true,
  ): Promise<number> {
    let count = 0;
    for await (const doc of stored) {
      if (doc.payload.uid === undefined || !isMeant(doc)) continue;
      await end(doc.payload.uid, reason);
      count += 1;
    }
    return count;
  }

  return {
    bury,
    end,
    endAll: (accountId, reason, { exceptUid } = {}) =>
      endThose(storedOf('account', { key: accountId }), reason, ({ payload }) => payload.uid !== exceptUid),
    async endRevoked(accountId) {
      const epoch = await standing(accountId);
      return endThose(
        storedOf('account', { key: accountId }),
        'account_inactive',
        ({ payload }) => !isOfEpoch(payload, epoch),
      );
    },
    endEvery: reason => endThose(storedOf('end', { prefix: '' }), reason),
    endByOrigin: (origin, reason) => endThose(storedOf('origin', { key: origin }), reason),
    async endOver() {
      const now = clock.now();
      let after: string | undefined;
      do {
        const page = await sessions.list('end', { prefix: '', limit: PAGE, ...(after && { after }) });
        const over = page.items.filter(doc => endOf(doc) <= now);
        for (const { payload } of over)
          if (payload.uid !== undefined) await end(payload.uid, isOver(payload, now) ? 'max_age' : 'idle');
        after = over.length < page.items.length ? undefined : page.next;
      } while (after !== undefined);
    },
    findBySid: async sid => liveOf(await sessions.findOne('sid', sid)),
    findByUid: async uid => liveOf(await sessions.findOne('uid', uid)),
    async list(accountId) {
      const epoch = await standing(accountId);
      const live: LiveSession[] = [];
      for await (const doc of storedOf('account', { key: accountId })) {
        const found = isOfEpoch(doc.payload, epoch) ? toLive(doc, clock.now()) : null;
        if (found) live.push(found);
      }
      return live;
    },
    async touch(uid) {
      const now = clock.now();
      if ((touchedUntil.get(uid) ?? 0) > now) return;
      if (touchedUntil.size >= MOST_TOUCHED) touchedUntil.clear();
      touchedUntil.set(uid, now + 1);
      const doc = await sessions.findOne('uid', uid);
      if (!doc) return;
      const { idleSeconds: own = Infinity } = extrasOf(doc);
      const between = Math.min(MOST_BETWEEN_TOUCHES_SECONDS, Math.min(idleSeconds, own) / 10);
      touchedUntil.set(uid, now + between);
      const endsAt = now + sessionTtl(extrasOf(doc), idleSeconds, now);
      if (endOf(doc) <= now || endsAt < endOf(doc) + between) return;
      await sessions.update(doc.id, before => ({
        ...before,
        expiresAt: keptUntil(before.payload, endsAt),
        payload: { ...before.payload, exp: endsAt },
      }));
    },
    remove: async uid => void (await sessions.removeBy('uid', uid)),
  };
}

function extrasOf(doc: OidcDoc): SessionExtras {
  return doc.payload as SessionExtras;
}

function toLive(doc: OidcDoc | null, now: number): LiveSession | null {
  return !doc || endOf(doc) <= now || isOver(doc.payload, now) ? null : describe(doc);
}

function describe(doc: OidcDoc | null): LiveSession | null {
  if (!doc) return null;
  const { uid, accountId, acr, amr, loginTs, authorizations, iat } = doc.payload;
  if (uid === undefined || accountId === undefined) return null;
  const { methods, startedAt, endsAt, idleSeconds, situation, place } = extrasOf(doc);
  const opened = Object.entries(authorizations ?? {});
  return {
    uid,
    accountId,
    acr: normaliseAcr(acr),
    amr: amr ?? [],
    methods: methods ?? [],
    authTime: loginTs ?? iat ?? 0,
    startedAt: startedAt ?? loginTs ?? 0,
    expiresAt: endOf(doc),
    sids: opened.flatMap(([, { sid }]) => sid ?? []),
    clients: opened.map(([clientId]) => clientId),
    ...(idleSeconds === undefined ? {} : { idleSeconds }),
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(situation === undefined ? {} : { situation }),
    ...(place === undefined ? {} : { place }),
  };
}
