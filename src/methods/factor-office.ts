import type { Accounts } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import { frenchDateTime, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Holder } from './enrolment.ts';
import { factorAdded, factorRemoved, factorRenamed, resetCancelled, resetEnded } from './events.ts';
import type { FactorReset } from './factor-resets.ts';
import type { EnrolledFactor, Factors } from './factors.ts';

/** As long as a line of the page. */
const MAX_NAME = 60;

/** How an act of a person came. */
export interface FactorAct {
  readonly holder: Holder;
  readonly source: string;
  /** Who acts, where it is not the holder. */
  readonly actor?: string;
}

/**
 * What happens around the factors of people: when one that is added begins to count, who may add one while signing in,
 * the mails to their owner and the trail. Judges no proof and no right: its callers have.
 */
export interface FactorOffice {
  /** A name as it is kept; `''` for one that is none. */
  readName(typed: string): string;
  /**
   * Epoch seconds from which on what this person adds now counts. SECURITY: at once only for who has shown a second
   * means (`isProven`) or is in a window for it; else after the cool-down, of which they are told: a stolen password
   * alone never makes an account stronger for the thief.
   */
  countsAt(holder: Holder, isProven: boolean): Promise<number>;
  /** True while somebody without a second means may add one at sign-in: at the very first, or after a loss. */
  isWindowOpen(holder: Holder): Promise<boolean>;
  /** True for who has enrolled something that counts, of whatever means. */
  hasFactors(holder: Holder): Promise<boolean>;
  added(act: FactorAct, factor: EnrolledFactor): Promise<void>;
  rename(act: FactorAct, ref: string, name: string): Promise<boolean>;
  /** Takes one away; the recovery codes go with the last means that they recover. */
  remove(act: FactorAct, ref: string): Promise<boolean>;
  /** Notes a loss and tells the person. The administrator’s act has been recorded by the caller. */
  beginReset(professional: Professional, by: string): Promise<FactorReset>;
  /** The person takes it back: what was set aside counts again, and what was added since is gone. */
  cancelReset(act: FactorAct): Promise<boolean>;
  /** Ends the cool-downs that are over; returns how many. The periodic work of this module. */
  endResets(): Promise<number>;
  /**
   * Removes what people of closed accounts had enrolled; returns how much. Keys and seeds are of no use to anybody then
   * (GDPR art. 5.1.e); the trail keeps which means there was. A calculette goes back into stock.
   */
  forgetClosed(): Promise<number>;
}

export function createFactorOffice(deps: {
  readonly clock: Clock;
  readonly audit: Audit;
  readonly notify: Notify;
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly factors: Factors;
  /** Our own address, for the mails. */
  readonly address: string;
  readonly settings: { readonly coolDownSeconds: number };
}): FactorOffice {
  const { clock, audit, notify, accounts, directory, factors, address, settings } = deps;
  const { resets } = factors;
  const words = (at: number) => frenchDateTime(at * 1000);

  async function isWindowOpen({ account }: Holder): Promise<boolean> {
    return (await accounts.isAtFirstSignIn(account)) || (await resets.isOpen(account.id));
  }

  async function record(
    event: typeof factorRemoved,
    { holder: { account }, source }: FactorAct,
    factor: EnrolledFactor,
  ): Promise<void> {
    await audit.record(event, {
      actor: account.id,
      account: account.id,
      source,
      outcome: 'success',
      data: { method: factor.method, factor: factor.ref },
    });
  }

  async function tellRemoved(professional: Professional, name: string): Promise<void> {
    if (professional.email === undefined) return;
    const data = { givenName: professional.givenName, name, at: words(clock.now()) };
    await notify.send({ channel: 'email', to: professional.email, template: 'factor-removed', data });
  }

  async function endReset(reset: FactorReset): Promise<boolean> {
    const removed = await factors.removeAll(reset.id, ({ createdAt }) => createdAt <= reset.requestedAt);
    const person = await directory.professionals.get(reset.id);
    if (person?.email !== undefined) {
      // ORDER: before it is marked as done; the same id is the same mail, so that a stop in between sends it once.
      await notify.send({
        channel: 'email',
        to: person.email,
        template: 'factors-reset-ended',
        data: { givenName: person.givenName, until: words(reset.closesAt), address },
        id: `factors-reset-ended-${reset.id}-${reset.requestedAt}`,
      });
    }
    if (!(await resets.finish(reset))) return false;
    await audit.record(resetEnded, {
      account: reset.id,
      outcome: 'success',
      data: { requestedAt: reset.requestedAt, removed },
    });
    return true;
  }

  async function forget(account: string): Promise<number> {
    let removed = 0;
    for (const { ref } of await factors.list(account)) {
      const factor = await factors.remove(account, ref);
      if (!factor) continue;
      removed++;
      const data = { method: factor.method, factor: factor.ref };
      await audit.record(factorRemoved, { actor: 'system', account, outcome: 'success', data });
    }
    return removed;
  }

  return {
    readName: typed =>
      typed
        .replace(/[\p{C}\s]+/gu, ' ')
        .trim()
        .slice(0, MAX_NAME)
        .trim(),
    isWindowOpen,
    hasFactors: async ({ account }) => (await factors.counting(account.id)).length > 0,

    async countsAt(holder, isProven) {
      const now = clock.now();
      const reset = await resets.of(holder.account.id);
      if (reset && now < reset.endsAt) return reset.endsAt;
      if (isProven || (await isWindowOpen(holder))) return now;
      return now + settings.coolDownSeconds;
    },

    async added({ holder: { account, professional }, source, actor = account.id }, factor) {
      await audit.record(factorAdded, {
        actor,
        account: account.id,
        source,
        outcome: 'success',
        data: { method: factor.method, factor: factor.ref, countsAt: factor.countsAt },
      });
      if (professional.email === undefined) return;
      const [at, countsAt] = [words(factor.createdAt), words(factor.countsAt)];
      const data = { givenName: professional.givenName, name: factor.name, at, countsAt, address };
      await notify.send({ channel: 'email', to: professional.email, template: 'factor-added', data });
    },

    async rename(act, ref, name) {
      const renamed = await factors.rename(act.holder.account.id, ref, name);
      if (renamed) await record(factorRenamed, act, renamed);
      return renamed !== null;
    },

    async remove(act, ref) {
      const { account, professional } = act.holder;
      const removed = await factors.remove(account.id, ref);
      if (!removed) return false;
      await record(factorRemoved, act, removed);
      await tellRemoved(professional, removed.name);
      const left = await factors.list(account.id);
      if (left.some(({ method }) => method !== 'recovery')) return true;
      for (const sheet of left)
        if (await factors.remove(account.id, sheet.ref)) await record(factorRemoved, act, sheet);
      return true;
    },

    async beginReset(professional, by) {
      const reset = await resets.begin(professional.id, by);
      if (professional.email !== undefined) {
        await notify.send({
          channel: 'email',
          to: professional.email,
          template: 'factors-reset',
          data: { givenName: professional.givenName, endsAt: words(reset.endsAt), address },
          id: `factors-reset-${reset.id}-${reset.requestedAt}`,
        });
      }
      return reset;
    },

    async cancelReset({ holder: { account }, source }) {
      const cancelled = await resets.cancel(account.id);
      if (!cancelled) return false;
      // SECURITY: what was added since may be of whoever talked the administrator into it.
      const { requestedAt } = cancelled;
      const removed = await factors.removeAll(account.id, ({ createdAt }) => createdAt > requestedAt);
      await audit.record(resetCancelled, {
        actor: account.id,
        account: account.id,
        source,
        outcome: 'success',
        data: { requestedAt, removed },
      });
      return true;
    },

    async forgetClosed() {
      let removed = 0;
      let after: string | undefined;
      do {
        const page = await factors.holders(after);
        for (const id of page.accounts) {
          // A suspension ends, and a person that cannot be found is none that has left.
          if ((await directory.professionals.get(id))?.status === 'closed') removed += await forget(id);
        }
        after = page.next;
      } while (after !== undefined);
      return removed;
    },

    async endResets() {
      const ended = await resets.ended();
      const done = await Promise.all(ended.map(endReset));
      return done.filter(Boolean).length;
    },
  };
}
