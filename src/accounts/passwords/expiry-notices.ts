import type { Directory } from '#directory/index.ts';
import { isAppError, frenchDateTime, type Clock } from '#kernel/index.ts';
import type { Notify } from '#notify/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import type { Accounts } from '../accounts.ts';
import { accountsSpec, dayOf } from '../collections.ts';
import type { Account } from '../types.ts';

/** Days before the end of a password at which its owner is told, the first one first. */
const NOTICE_DAYS = [14, 7, 1] as const;
type NoticeDays = (typeof NOTICE_DAYS)[number];

/** What somebody was told last. `id` is the `sub`. */
interface PasswordNotice extends Doc {
  /** Of which password: when it was chosen. */
  readonly passwordChangedAt: number;
  readonly days: NoticeDays;
}

const noticesSpec: CollectionSpec<PasswordNotice> = { name: 'password_notices', version: 1, indexes: {} };

const DAY_SECONDS = 86_400;
const PAGE = 1000;
/** The shortest and the longest that a calendar month lasts, in days: passwords of one day end on up to four. */
const MONTH_DAYS = { least: 28, most: 31 } as const;

/**
 * Tells people that their password ends: 14, 7 and 1 day before, once each. After a stop the nearest one that is due is
 * sent, and those that it has overtaken are not. Whoever has to change their password at the next sign-in anyway, or
 * has no address, is not told. Run by one instance at a time, and harmless by several.
 */
export interface ExpiryNotices {
  /** Resolves to how many were sent. */
  send(): Promise<number>;
}

export function createExpiryNotices(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly accounts: Pick<Accounts, 'passwordState'>;
  readonly directory: Directory;
  readonly notify: Notify;
  /** Calendar months that a password lasts; 0: for ever. */
  readonly months: number;
  /** The public address of the service. */
  readonly issuer: string;
}): ExpiryNotices {
  const { clock, accounts, directory, notify, months, issuer } = deps;
  const collection = deps.store.collection(accountsSpec);
  const notices = deps.store.collection(noticesSpec);

  /** The days on which a password must have been chosen to end within the next fortnight. */
  function* daysOfChange(): Generator<string> {
    const now = clock.now();
    const oldest = now - (months * MONTH_DAYS.most + 1) * DAY_SECONDS;
    const newest = now - (months * MONTH_DAYS.least - NOTICE_DAYS[0] - 1) * DAY_SECONDS;
    for (let at = oldest; at <= newest; at += DAY_SECONDS) yield dayOf(at);
  }

  async function* chosenOn(day: string): AsyncGenerator<Account> {
    let after: string | undefined;
    do {
      const page = await collection.list('passwordDay', {
        key: day,
        limit: PAGE,
        ...(after !== undefined && { after }),
      });
      yield* page.items;
      after = page.next;
    } while (after !== undefined);
  }

  /** Notes it; false when this one, or a later one, has been noted. */
  async function note(notice: PasswordNotice): Promise<boolean> {
    try {
      await notices.insert(notice);
      return true;
    } catch (error) {
      if (!isAppError(error, 'store.conflict')) throw error;
    }
    let isNew = false;
    await notices.update(notice.id, before => {
      isNew = !isTold(before, notice);
      return isNew ? notice : before;
    });
    return isNew;
  }

  async function tell(account: Account): Promise<boolean> {
    const { mustChange, expiresAt } = accounts.passwordState(account);
    const { passwordChangedAt } = account;
    const now = clock.now();
    if (mustChange || expiresAt === undefined || passwordChangedAt === undefined) return false;
    const days = NOTICE_DAYS.findLast(notice => expiresAt - now <= notice * DAY_SECONDS);
    if (days === undefined) return false;
    const notice: PasswordNotice = { id: account.id, passwordChangedAt, days };
    const before = await notices.get(account.id);
    if (before && isTold(before, notice)) return false;
    const person = await directory.professionals.get(account.id);
    if (person?.status !== 'active' || person.email === undefined) return false;
    // ORDER: the mail before its note: a crash between the two sends it again under the same name, which sends nothing.
    await notify.send({
      channel: 'email',
      to: person.email,
      template: 'password-expires',
      data: {
        givenName: person.givenName,
        left: leftOf(expiresAt - now),
        at: frenchDateTime(expiresAt * 1000),
        address: `${issuer}/account/password`,
      },
      notAfterAt: expiresAt,
      id: `password-expires:${account.id}:${passwordChangedAt}:${days}`,
    });
    return note(notice);
  }

  return {
    async send() {
      if (months === 0) return 0;
      let sent = 0;
      for (const day of daysOfChange()) {
        for await (const account of chosenOn(day)) if (await tell(account)) sent += 1;
      }
      return sent;
    },
  };
}

function isTold(before: PasswordNotice, { passwordChangedAt, days }: PasswordNotice): boolean {
  return before.passwordChangedAt === passwordChangedAt && before.days <= days;
}

/** How long is left, as one says it. */
function leftOf(seconds: number): string {
  const days = Math.ceil(seconds / DAY_SECONDS);
  return days <= 1 ? 'dans moins de 24 heures' : `dans ${days} jours`;
}
