import type { Audit } from '#audit/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import { isAppError, frenchDate, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { Accounts } from './accounts.ts';
import { accountSuspended } from './events.ts';
import { addCalendarMonths } from './passwords/rotation.ts';
import type { AccountsSettings } from './section.ts';
import type { Account } from './types.ts';

/** Somebody was reminded that they have not signed in for long. `id` is the `sub`. */
interface DormancyReminder extends Doc {
  /** Epoch seconds. */
  readonly remindedAt: number;
}

const remindersSpec: CollectionSpec<DormancyReminder> = {
  name: 'dormancy_reminders',
  version: 1,
  indexes: {},
};

const PAGE = 500;
const DAY_SECONDS = 86_400;

/**
 * Accounts that nobody uses: a reminder after months without a sign-in (or since the account was made), and after
 * further days the suspension, which ends sessions and which an administrator may lift. A sign-in meanwhile ends it.
 * What was said last is kept, so that neither a stop nor a second instance says it twice.
 */
export interface Dormancy {
  /** Looks at every account; resolves to what was done. */
  run(): Promise<{ readonly reminded: number; readonly suspended: number }>;
}

export function createDormancy(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly notify: Notify;
  readonly directory: Directory;
  readonly accounts: Pick<Accounts, 'list' | 'activity'>;
  readonly settings: Pick<AccountsSettings, 'dormantMonths' | 'dormantDays'>;
  /** Reminded, and never suspended: those without whom nobody could lift a suspension. */
  readonly isKept: (person: Professional) => boolean;
  /** The public address of the service. */
  readonly issuer: string;
}): Dormancy {
  const { clock, audit, notify, directory, accounts, settings, isKept, issuer } = deps;
  const reminders = deps.store.collection(remindersSpec);
  const { dormantMonths: months, dormantDays: days } = settings;

  async function* everyAccount(): AsyncGenerator<Account> {
    let after: string | undefined;
    do {
      const page = await accounts.list({ prefix: '', limit: PAGE, ...(after !== undefined && { after }) });
      yield* page.items;
      after = page.next;
    } while (after !== undefined);
  }

  /** Epoch seconds of the last sign-in, or of the creation where there was none. */
  async function lastUse({ id, createdAt }: Account): Promise<number> {
    return Math.max(createdAt, ((await accounts.activity.lastOf(id)) ?? 0) / 1000);
  }

  async function remind({ id, givenName, email: to }: Professional, used: number): Promise<void> {
    const remindedAt = clock.now();
    // ORDER: the mail before its note: after a crash between the two it is sent again under the same name, once.
    if (to !== undefined)
      await notify.send({
        channel: 'email',
        to,
        template: 'account-dormant',
        data: {
          givenName,
          months: String(months),
          until: frenchDate((remindedAt + days * DAY_SECONDS) * 1000),
          address: issuer,
        },
        id: `account-dormant:${id}:${used}`,
      });
    try {
      await reminders.insert({ id, remindedAt });
    } catch (error) {
      // Another instance was quicker.
      if (!isAppError(error, 'store.conflict')) throw error;
    }
  }

  async function suspend({ id, givenName, email: to }: Professional, remindedAt: number): Promise<void> {
    // ORDER: the trace and the mail first: whatever stops in between is done again, and said once.
    await audit.record(accountSuspended, { account: id, outcome: 'success', data: { reason: 'dormant' } });
    if (to !== undefined)
      await notify.send({
        channel: 'email',
        to,
        template: 'account-dormant-suspended',
        data: { givenName, months: String(months) },
        id: `account-dormant-suspended:${id}:${remindedAt}`,
      });
    await directory.professionals.update(id, person =>
      person.status === 'active' ? { ...person, status: 'suspended' } : person,
    );
    await reminders.remove(id);
  }

  async function look(account: Account, dormantSince: number): Promise<'reminded' | 'suspended' | null> {
    const [used, reminder] = await Promise.all([lastUse(account), reminders.get(account.id)]);
    const person = used <= dormantSince ? await directory.professionals.get(account.id) : null;
    if (person?.status !== 'active') {
      if (reminder) await reminders.remove(account.id);
      return null;
    }
    if (!reminder) {
      await remind(person, used);
      return 'reminded';
    }
    if (clock.now() < reminder.remindedAt + days * DAY_SECONDS || isKept(person)) return null;
    await suspend(person, reminder.remindedAt);
    return 'suspended';
  }

  return {
    async run() {
      const done = { reminded: 0, suspended: 0 };
      if (months === 0) return done;
      const dormantSince = addCalendarMonths(clock.now(), -months);
      for await (const account of everyAccount()) {
        const outcome = await look(account, dormantSince);
        if (outcome) done[outcome] += 1;
      }
      return done;
    },
  };
}
