import type { Audit } from '#audit/index.ts';
import type { SectionValues } from '#config/index.ts';
import { AppError, type Clock } from '#kernel/index.ts';
import type { AttemptPlace, Challenge, Method, Person, Verdict } from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Store } from '#store/index.ts';
import { bucketOf, createCounters, type Bound } from './counters.ts';
import { attemptAccepted, attemptLocked, attemptRefused, challengeWithheld } from './events.ts';
import type { signinSection } from './section.ts';

/** Who asks for something, as far as it is known before any proof is looked at. */
export interface Asker {
  /** As typed; unknown logins are counted like known ones. */
  readonly login: string;
  readonly person: Person;
  readonly source: string;
  readonly client: string;
  /** The device's id when this person has signed in on it before. */
  readonly knownDevice: string | null;
}

/** What is known of an attempt before its proof is looked at. */
export interface Attempt extends Asker {
  readonly method: Method;
}

export interface Locked {
  readonly ok: false;
  readonly code: 'signin.locked';
  readonly retryAfterSeconds: number;
}

export interface Admitted<T> {
  readonly ok: true;
  readonly value: T;
}

export type GuardedVerdict = Verdict | Locked;

export interface Guard {
  /** Counts, then judges, then records. Every proof of identity passes here and nowhere else. */
  attempt(attempt: Attempt, verify: () => Promise<Verdict>): Promise<GuardedVerdict>;
  /**
   * The challenge of a means, `undefined` for one that needs none. What would leave the house (a mail) is counted per
   * account, destination and source; beyond its limits nothing leaves, and the answer to a stranger stays the same.
   */
  begin(attempt: Attempt, place: AttemptPlace, renew: boolean): Promise<Challenge | undefined>;
  /**
   * Runs costly work of somebody who has been identified (a new password is hashed up to seven times): as often
   * as attempts, per account, kind of work and device. Work that throws is not counted.
   */
  admit<T>(asker: Asker, subject: string, work: () => Promise<T>): Promise<Admitted<T> | Locked>;
}

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/**
 * The guard around every attempt: caps per account and means and per source, a temporary lockout that a
 * stranger cannot use against a known device, the same answers for known and unknown logins, and the trail.
 */
export function createGuard(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly notify: Notify;
  readonly settings: SectionValues<typeof signinSection>;
}): Guard {
  const { clock, audit, notify, settings } = deps;
  const counters = createCounters(deps);
  const windowSeconds = settings.attemptWindowSeconds;

  function accountBound({ login, knownDevice }: Asker, subject: string): Bound {
    const id = `${subject}:${bucketOf(login)}:${knownDevice ?? 'unknown'}`;
    return { name: 'account', id, max: settings.attemptsPerAccount, windowSeconds };
  }

  function trailOf({ person, source, client }: Asker) {
    const who = person ? { account: person.account.id, actor: person.account.id } : {};
    return { ...who, source, client };
  }

  function aboutOf({ client, knownDevice }: Asker, method: string) {
    return { method, device: knownDevice ? 'known' : 'unknown', client };
  }

  async function lock(asker: Asker, subject: string, bound: Bound): Promise<Locked> {
    await audit.record(attemptLocked, {
      ...trailOf(asker),
      outcome: 'refused',
      data: { ...aboutOf(asker, subject), bound: bound.name },
    });
    return { ok: false, code: 'signin.locked', retryAfterSeconds: await counters.secondsLeft(bound) };
  }

  /** SECURITY: for nobody the same is written, or the time of the answer that locks would tell who exists. */
  async function warnHolder(person: Person, { id }: Bound): Promise<void> {
    const to = person?.professional.email;
    const mail = {
      channel: 'email',
      template: 'account-locked',
      data: {
        givenName: person?.professional.givenName ?? 'Personne',
        minutes: String(Math.ceil(windowSeconds / 60)),
      },
      id: `locked:${id}:${Math.floor(clock.now() / windowSeconds)}`,
    } as const;
    await (to === undefined ? notify.pretend(mail) : notify.send({ ...mail, to }));
  }

  /** SECURITY: what strangers ask for never spends the budget of a known device, nor of who has shown a first proof. */
  function sendBounds(
    attempt: Attempt,
    { purpose }: AttemptPlace,
    destination: string | null,
  ): readonly Bound[] {
    const { method, login, source, knownDevice } = attempt;
    const limits = method.sendLimits;
    if (!limits) return [];
    const asker = purpose === 'second' ? 'second' : (knownDevice ?? 'unknown');
    const name = `sent:${method.id}:${asker}`;
    const who = bucketOf(login);
    const where = bucketOf(destination ?? login);
    return [
      { name: 'hour', id: `${name}:hour:${who}`, max: limits.perHour, windowSeconds: HOUR_SECONDS },
      { name: 'day', id: `${name}:day:${who}`, max: limits.perDay, windowSeconds: DAY_SECONDS },
      {
        name: 'destination',
        id: `${name}:to:${where}`,
        max: limits.perDestinationDay,
        windowSeconds: DAY_SECONDS,
      },
      {
        name: 'source',
        id: `sent:${method.id}:source:${source}`,
        max: limits.perSourceDay,
        windowSeconds: DAY_SECONDS,
        isLenient: asker !== 'unknown',
      },
    ];
  }

  return {
    async attempt(attempt, verify) {
      const { method, person, source, knownDevice } = attempt;
      method.assertReady?.();
      const trail = trailOf(attempt);
      const about = aboutOf(attempt, method.id);
      // SECURITY: a means that identifies is tried for nobody in particular. One counter for all would let a stranger
      // shut everybody out; what it asks for cannot be guessed.
      const account = method.identifies && !person ? null : accountBound(attempt, method.id);
      const fromSource: Bound = {
        name: 'source',
        id: `source:${source}`,
        max: settings.attemptsPerSource,
        windowSeconds,
      };

      const [tries, sourceTries] = await Promise.all([
        account ? counters.count(account) : 0,
        counters.count(fromSource),
      ]);
      const refundAccount = async () => account && counters.refund(account);
      // A known device is never shut out by what others do from the same address.
      if (tries === null || (sourceTries === null && !knownDevice)) {
        if (sourceTries !== null) await counters.refund(fromSource);
        if (tries !== null) await refundAccount();
        return lock(attempt, method.id, account && tries === null ? account : fromSource);
      }

      let verdict: Verdict;
      try {
        verdict = await verify();
      } catch (error) {
        // A proof that could not be judged (busy hashing, store away) is not a refused one.
        await Promise.allSettled([refundAccount(), counters.refund(fromSource)]);
        throw error instanceof AppError ? error : new AppError(unjudged(error));
      }
      if (verdict.ok) {
        const proven = verdict.accountId;
        // SECURITY: only this attempt is given back. Emptying the counter of unknown devices would hand a
        // guesser a fresh budget each time the victim signs in.
        await Promise.all([
          knownDevice && account ? counters.forget(account) : refundAccount(),
          ...(sourceTries === null ? [] : [counters.refund(fromSource)]),
          audit.record(attemptAccepted, {
            ...trail,
            ...(proven === undefined ? {} : { account: proven, actor: proven }),
            outcome: 'success',
            data: about,
          }),
        ]);
        return verdict;
      }
      await audit.record(attemptRefused, {
        ...trail,
        outcome: 'refused',
        data: { ...about, reason: verdict.code },
      });
      if (account && tries >= settings.attemptsPerAccount) await warnHolder(person, account);
      return verdict;
    },

    async begin(attempt, place, renew) {
      const { method, person } = attempt;
      return method.begin?.(person, place, renew, async destination => {
        const reached = await counters.countAll(sendBounds(attempt, place, destination));
        if (!reached) return true;
        await audit.record(challengeWithheld, {
          ...trailOf(attempt),
          outcome: 'refused',
          data: { ...aboutOf(attempt, method.id), purpose: place.purpose, bound: reached.name },
        });
        return false;
      });
    },

    async admit(asker, subject, work) {
      const bound = accountBound(asker, subject);
      if ((await counters.count(bound)) === null) return lock(asker, subject, bound);
      try {
        return { ok: true, value: await work() };
      } catch (error) {
        await counters.refund(bound).catch(() => undefined);
        throw error;
      }
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
