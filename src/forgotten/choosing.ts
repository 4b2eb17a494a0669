import { tellPasswordChanged, type Accounts, type PasswordProblem } from '#accounts/index.ts';
import type { Directory } from '#directory/index.ts';
import { AppError, type Clock } from '#kernel/index.ts';
import type { Holder } from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Guard, Locked, OnPasswordChanged } from '#signin/index.ts';
import { markOf, type PasswordLink, type PasswordLinks } from './links.ts';

/** The relying party that is recorded: our own pages. */
const CLIENT = 'trousseau';

export interface Choosing {
  /** Whose password a proven link is for; `null` once it is good for nothing (changed, suspended meanwhile). */
  holderOf(link: PasswordLink): Promise<Holder | null>;
  /**
   * Chooses the password and uses the link up; a password that does not suit leaves it as it was. Every session of the
   * account ends, the person is told, and nobody is signed in: the second means is asked for at the sign-in that
   * follows. Throws `forgotten.link_ended` (409) for all but one of several callers.
   */
  choose(
    link: PasswordLink,
    password: string,
    source: string,
  ): Promise<readonly PasswordProblem[] | Locked | 'changed'>;
}

export function createChoosing(deps: {
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly notify: Notify;
  readonly guard: Guard;
  readonly links: PasswordLinks;
  readonly onPasswordChanged: OnPasswordChanged;
}): Choosing {
  const { accounts, directory, guard, links, onPasswordChanged } = deps;

  async function holderOf({ account: id, isProven, password: mark }: PasswordLink) {
    if (id === null || !isProven) return null;
    const [account, professional] = await Promise.all([accounts.get(id), directory.professionals.get(id)]);
    if (!account || professional?.status !== 'active') return null;
    // SECURITY: whoever changed the password meanwhile, the person or an administrator, has ended older links.
    if (markOf(account) !== mark) return null;
    return { account, professional };
  }

  async function change(
    link: PasswordLink,
    { account, professional }: Holder,
    password: string,
    source: string,
  ) {
    const asker = {
      login: account.login,
      person: { account, professional },
      source,
      client: CLIENT,
      knownDevice: null,
    };
    const admitted = await guard.admit(asker, 'choose-password', () =>
      accounts.changePassword(account.id, password, {
        reason: link.purpose === 'first' ? 'first_sign_in' : 'forgotten',
        byLink: true,
        actor: account.id,
        source,
      }),
    );
    return admitted.ok ? admitted.value : admitted;
  }

  return {
    holderOf,
    async choose(link, password, source) {
      // ORDER: taken before anything is judged: of many forms at once exactly one is.
      const taken = await links.take(link);
      const holder = taken && (await holderOf(taken));
      if (!holder) throw linkEnded();
      try {
        const outcome = await change(taken, holder, password, source);
        if (outcome !== 'changed') {
          await links.giveBack(taken);
          return outcome;
        }
      } catch (error) {
        // A password that could not be hashed now is not a chosen one.
        await links.giveBack(taken);
        throw error;
      }
      await onPasswordChanged(holder.account.id, undefined);
      await tellPasswordChanged(deps, holder.professional);
      return 'changed';
    },
  };
}

/** What a link that is over, or was never one, says. */
export function linkEnded(): AppError {
  return new AppError({
    code: 'forgotten.link_ended',
    status: 409,
    publicMessage: 'Ce lien n’est plus valable.',
    hint: 'Il a déjà servi, ou son délai est passé. Recommencez depuis « Identifiant ou mot de passe oublié ? ».',
  });
}
