import type { Audit } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import { AppError, fold, hashToken, type Clock } from '#kernel/index.ts';
import type { Method, Person, Verdict } from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import { attemptAccepted, attemptLocked, attemptRefused } from './events.ts';
import type { signinSection } from './section.ts';

interface AttemptCounter extends Doc {
  readonly count: number;
}

const attempts: CollectionSpec<AttemptCounter> = { name: 'signin_attempts', version: 1, indexes: {} };

/** What is known of an attempt before its proof is looked at. */
export interface Attempt {
  readonly method: Method;
  /** As typed; unknown logins are counted like known ones. */
  readonly login: string;
  readonly person: Person;
  readonly source: string;
  readonly client: string;
  /** The device's id when this person has signed in on it before. */
  readonly knownDevice: string | null;
}

export type GuardedVerdict =
  Verdict | { readonly ok: false; readonly code: 'signin.locked'; readonly retryAfterSeconds: number };

export interface Guard {
  /** Counts, then judges, then records. Every proof of identity passes here and nowhere else. */
  attempt(attempt: Attempt, verify: () => Promise<Verdict>): Promise<GuardedVerdict>;
}

/**
 * The guard around every attempt: caps per account and means and per source, a temporary lockout that a
 * stranger cannot turn against a known device, the same answers for known and unknown logins, and the trail.
 */
export function createGuard(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly notify: Notify;
  readonly settings: SectionValues<typeof signinSection>;
}): Guard {
  const { clock, audit, notify, settings } = deps;
  const counters = deps.store.collection(attempts);

  /** INVARIANT: counted before it is judged, in one atomic statement: parallel guesses never pass the cap. */
  async function count(id: string, max: number): Promise<number | null> {
    const expiresAt = clock.now() + settings.attemptWindowSeconds;
    return counters.increment(id, 'count', 1, { max, expiresAt });
  }

  const refund = (id: string) => counters.increment(id, 'count', -1, { expiresAt: clock.now() + 1 });

  async function warnHolder(person: Person, bucket: string): Promise<void> {
    if (!person?.professional.email) return;
    await notify.send({
      channel: 'email',
      to: person.professional.email,
      template: 'account-locked',
      data: {
        givenName: person.professional.givenName,
        minutes: String(Math.ceil(settings.attemptWindowSeconds / 60)),
      },
      id: `locked:${bucket}:${Math.floor(clock.now() / settings.attemptWindowSeconds)}`,
    });
  }

  return {
    async attempt(attempt, verify) {
      const { method, person, source, client, knownDevice } = attempt;
      method.assertReady?.();
      const device = knownDevice ?? 'unknown';
      const bucket = `${method.id}:${hashToken(fold(attempt.login))}:${device}`;
      const sourceBucket = `source:${source}`;
      const trail = {
        ...(person ? { account: person.account.id, actor: person.account.id } : {}),
        source,
        client,
      };
      const about = { method: method.id, device: knownDevice ? 'known' : 'unknown', client };

      const [tries, sourceTries] = await Promise.all([
        count(bucket, settings.attemptsPerAccount),
        count(sourceBucket, settings.attemptsPerSource),
      ]);
      // A known device is never shut out by what others do from the same address.
      if (tries === null || (sourceTries === null && !knownDevice)) {
        if (sourceTries !== null) await refund(sourceBucket);
        if (tries !== null) await refund(bucket);
        const bound = tries === null ? bucket : sourceBucket;
        await audit.record(attemptLocked, {
          ...trail,
          outcome: 'refused',
          data: { ...about, bound: tries === null ? 'account' : 'source' },
        });
        const counter = await counters.get(bound);
        const retryAfterSeconds = Math.max(1, (counter?.expiresAt ?? clock.now() + 1) - clock.now());
        return { ok: false, code: 'signin.locked', retryAfterSeconds };
      }

      let verdict: Verdict;
      try {
        verdict = await verify();
      } catch (error) {
        // A proof that could not be judged (busy hashing, store away) is not a refused one.
        await Promise.allSettled([refund(bucket), refund(sourceBucket)]);
        throw error instanceof AppError ? error : new AppError(unjudged(error));
      }
      if (verdict.ok) {
        // SECURITY: only this attempt is given back. Emptying the counter of unknown devices would hand a
        // guesser a fresh budget each time the victim signs in.
        await Promise.all([
          knownDevice ? counters.remove(bucket) : refund(bucket),
          ...(sourceTries === null ? [] : [refund(sourceBucket)]),
          audit.record(attemptAccepted, { ...trail, outcome: 'success', data: about }),
        ]);
        return verdict;
      }
      await audit.record(attemptRefused, {
        ...trail,
        outcome: 'refused',
        data: { ...about, reason: verdict.code },
      });
      if (tries >= settings.attemptsPerAccount) await warnHolder(person, bucket);
      return verdict;
    },
  };
}

function unjudged(cause: unknown) {
  return {
    code: 'signin.unavailable',
    status: 503,
    publicMessage: 'La connexion est momentanément indisponible.',
    hint: 'Patientez quelques instants puis recommencez.',
    retryAfterSeconds: 5,
    cause,
  };
}
