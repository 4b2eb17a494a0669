import { acrRank } from '#kernel/index.ts';
import type { WorkPlace } from '#signin/index.ts';
import type { Session } from 'oidc-provider';

/** What a session carries besides oidc-provider's own fields. */
export interface SessionExtras {
  /** Epoch seconds of the first sign-in. */
  startedAt?: number;
  /** Epoch seconds after which it is over, whatever happens. */
  endsAt?: number;
  /** Ends it after as long without activity, where that is less than otherwise. */
  idleSeconds?: number;
  /** Ids of the methods shown. */
  methods?: readonly string[];
  /** The organisation chosen as situation d'exercice. */
  situation?: string;
  /** What it is, when no membership says so. */
  place?: WorkPlace;
  /** Opaque names of sessions elsewhere: what ends one of them ends this one. */
  origins?: readonly string[];
  /** The account's `sessionsEpoch` when the session was opened. */
  epoch?: number;
  /** The level and the means of all its sign-ins so far: oidc-provider's own fields are those of the last one. */
  proven?: { readonly acr: string | undefined; readonly amr: readonly string[] };
}

export type TrousseauSession = Session & SessionExtras;

export const SESSION_EXTRAS: readonly (keyof SessionExtras)[] = [
  'startedAt',
  'endsAt',
  'idleSeconds',
  'methods',
  'situation',
  'place',
  'origins',
  'epoch',
  'proven',
];

/** What a finished sign-in hands to the authorization, beside oidc-provider's own `login`. */
export interface SigninResult {
  readonly methods: readonly string[];
  readonly maxSeconds: number;
  readonly idleSeconds?: number;
  readonly situation?: string;
  readonly place?: WorkPlace;
  readonly origins?: readonly string[];
  /** The account's `sessionsEpoch`. */
  readonly epoch: number;
}

/**
 * Writes a finished sign-in into the session. INVARIANT: what was proven once is never lowered by a weaker sign-in of
 * the same person that is finished later (an older tab): level, means and absolute end are those of both together.
 */
export function applySignin(session: TrousseauSession, result: SigninResult, now: number): void {
  // SECURITY: only a session that begins takes the epoch: a step-up must not carry one over a suspension.
  if (session.startedAt === undefined) session.epoch = result.epoch;
  const startedAt = session.startedAt ?? now;
  session.startedAt = startedAt;
  session.endsAt = Math.max(session.endsAt ?? 0, startedAt + result.maxSeconds);
  // SECURITY: said once of a workstation, it holds: no later sign-in of the session takes it back.
  if (result.idleSeconds !== undefined)
    session.idleSeconds = Math.min(session.idleSeconds ?? Infinity, result.idleSeconds);
  session.methods = union(session.methods, result.methods);
  const { proven } = session;
  if (proven && acrRank(proven.acr) > acrRank(session.acr)) session.acr = proven.acr;
  session.amr = union(proven?.amr, session.amr);
  session.proven = { acr: session.acr, amr: session.amr };
  if (result.situation === undefined) delete session.situation;
  else session.situation = result.situation;
  if (result.place === undefined) delete session.place;
  else session.place = result.place;
  if (result.origins) session.origins = union(session.origins, result.origins);
}

function union(before: readonly string[] = [], after: readonly string[] = []): string[] {
  return [...new Set([...before, ...after])];
}

/** Seconds that a session lives from now: its idle time, never past its absolute end. At least 1, as oidc-provider asks. */
export function sessionTtl(extras: SessionExtras, idleSeconds: number, now: number): number {
  const { endsAt = Infinity, idleSeconds: own = Infinity } = extras;
  return Math.max(1, Math.min(idleSeconds, own, endsAt - now));
}

/** True once the absolute end has come: no activity brings such a session back. */
export function isOver(payload: object, now: number): boolean {
  const { endsAt } = payload as SessionExtras;
  return endsAt !== undefined && endsAt <= now;
}
