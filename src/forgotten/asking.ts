import type { Account, Accounts } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import { networkOfSource, tooManyRequests } from '#http/index.ts';
import type { Notify } from '#notify/index.ts';
import { bucketOf, type Bound, type Counters } from '#signin/index.ts';
import { linkAsked } from './events.ts';
import { markOf, type PasswordLinks } from './links.ts';
import type { ForgottenSettings } from './section.ts';

/** What somebody says who has forgotten. */
export interface Asked {
  /** A login or an address, as typed. */
  readonly who: string;
  readonly source: string;
  readonly interaction?: string;
  /** The device's id when that account has signed in on it before. */
  readonly deviceOf: (accountId: string | undefined) => Promise<string | null>;
}

export interface Asking {
  /**
   * Sends what may be sent; resolves to the token for the browser, whoever it is about. SECURITY: as many reads and
   * writes, and one mail or the work of one, for known, unknown, suspended and closed alike. Throws
   * `http.too_many_requests` (429) for the source only.
   */
  ask(asked: Asked): Promise<string>;
}

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/** An id, and an address, that nobody has. */
const NOBODY = '-';

/** What a mail says to whom it cannot lead to a password: `shared` of its address, or of an account without one. */
type Answer = 'link' | 'shared_address' | 'no_password' | 'nobody';

interface Found {
  readonly answer: Answer;
  readonly account: Account | null;
  readonly professional: Professional | null;
  readonly to: string | null;
}

export function createAsking(deps: {
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly audit: Audit;
  readonly notify: Notify;
  readonly links: PasswordLinks;
  readonly counters: Counters;
  readonly settings: ForgottenSettings;
  /** SECURITY: addresses are made of the public one of the service, never of what a request says of its host. */
  readonly issuer: string;
}): Asking {
  const { accounts, directory, audit, notify, links, counters, settings, issuer } = deps;

  /** Those who have an address, as far as it matters whether they are several. */
  async function activeAt(address: string): Promise<readonly Professional[]> {
    const { items } = await directory.professionals.list('email', { key: address, limit: 50 });
    return items.filter(({ status }) => status === 'active');
  }

  /** INVARIANT: the same reads whoever it is: a login, an address, a person, their account, their address. */
  async function find(who: string): Promise<Found> {
    const [byLogin, atAddress] = await Promise.all([accounts.findByLogin(who), activeAt(who)]);
    const id = byLogin?.id ?? atAddress[0]?.id ?? NOBODY;
    const [account, professional] = await Promise.all([accounts.get(id), directory.professionals.get(id)]);
    const to = professional?.email ?? null;
    const sharing = await activeAt(to ?? NOBODY);
    if (!account || professional?.status !== 'active' || to === null) return found('nobody');
    // SECURITY: what two people receive leads to no password of either of them.
    if (sharing.length > 1) return found('shared_address');
    return found(account.passwordHash === undefined ? 'no_password' : 'link');

    function found(answer: Answer): Found {
      return { answer, account, professional, to };
    }
  }

  function boundsOf({ to, account }: Found, who: string, device: string | null): readonly Bound[] {
    // SECURITY: what strangers ask for never spends the budget of a device that the person has signed in on.
    const asker = device ?? 'unknown';
    const about = bucketOf(account?.id ?? who);
    const where = bucketOf(to ?? who);
    const { perHour, perDay } = settings;
    return [
      { name: 'hour', id: `forgotten:hour:${asker}:${about}`, max: perHour, windowSeconds: HOUR_SECONDS },
      { name: 'day', id: `forgotten:day:${asker}:${about}`, max: perDay, windowSeconds: DAY_SECONDS },
      { name: 'destination', id: `forgotten:to:${asker}:${where}`, max: perDay, windowSeconds: DAY_SECONDS },
    ];
  }

  async function send(
    { answer, account, professional, to }: Found,
    { token, code }: { readonly token: string; readonly code: string },
    isGranted: boolean,
  ): Promise<void> {
    const shared = { channel: 'email' } as const;
    const person = { givenName: professional?.givenName ?? 'Personne', login: account?.login ?? 'personne' };
    if (answer === 'shared_address' && isGranted && to !== null)
      return notify.send({
        ...shared,
        to,
        template: 'forgotten-shared-address',
        data: { address: issuer },
      });
    if (answer === 'no_password' && isGranted && to !== null)
      return notify.send({
        ...shared,
        to,
        template: 'forgotten-without-password',
        data: { ...person, address: issuer },
      });
    const mail = {
      ...shared,
      template: 'forgotten-link',
      data: {
        ...person,
        code: `${code.slice(0, 4)} ${code.slice(4)}`,
        minutes: String(Math.round(settings.validSeconds / 60)),
        address: `${issuer}/forgotten/link/${token}`,
      },
    } as const;
    await (answer === 'link' && isGranted && to !== null
      ? notify.send({ ...mail, to })
      : notify.pretend(mail));
  }

  return {
    async ask({ who, source, interaction, deviceOf }) {
      const fromSource = {
        name: 'source',
        id: `forgotten:source:${networkOfSource(source)}`,
        max: settings.perSource,
        windowSeconds: HOUR_SECONDS,
      };
      if ((await counters.count(fromSource)) === null)
        throw tooManyRequests(await counters.secondsLeft(fromSource));
      const found = await find(who);
      const { account, answer } = found;
      const reached = await counters.countAll(boundsOf(found, who, await deviceOf(account?.id)));
      const leads = answer === 'link' && reached === null;
      const { token, browser, code } = await links.issueHere({
        purpose: 'forgotten',
        account: leads && account ? account.id : null,
        password: markOf(account),
        validSeconds: settings.validSeconds,
        ...(interaction !== undefined && { interaction }),
      });
      await audit.record(linkAsked, {
        ...(account && answer !== 'nobody' ? { account: account.id } : {}),
        source,
        outcome: leads ? 'success' : 'refused',
        data: { answer: reached === null ? answer : `withheld:${reached.name}` },
      });
      await send(found, { token, code }, reached === null);
      return browser;
    },
  };
}
