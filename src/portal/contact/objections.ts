import type { Accounts } from '#accounts/index.ts';
import { tellPasswordChanged } from '#accounts/index.ts';
import type { Audit } from '#audit/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import { hashToken, randomId, type Clock } from '#kernel/index.ts';
import type { ContactField } from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type { OnPasswordChanged } from '#signin/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import { contactRestored } from '../events.ts';

/** Leave to take a change back. `id` is the hash of the token in the address that was sent. */
export interface Objection extends Doc {
  readonly account: string;
  readonly field: ContactField;
  /** What it was; absent where there was nothing. */
  readonly before?: string;
  /** That number was not proven. */
  readonly wasUnproven?: true;
  readonly after: string;
  readonly expiresAt: number;
}

const objectionsSpec: CollectionSpec<Objection> = {
  name: 'contact_objections',
  version: 1,
  indexes: {},
  sealed: ['before', 'after'],
};

const DAY_SECONDS = 86_400;
/** Longer than a holiday weekend away from one's mails. */
export const OBJECTION_DAYS = 7;

/** How the owner of an account undoes a change that was not theirs, from the mail that told of it. */
export interface Objections {
  /** Resolves to the token of the address to send, and until when it is good. */
  allow(
    objection: Omit<Objection, 'id' | 'expiresAt'>,
  ): Promise<{ readonly token: string; readonly until: number }>;
  /** Looking changes nothing: filters of mails open addresses too. */
  find(token: string): Promise<Objection | null>;
  /**
   * Puts back what was, ends every session, and replaces the password by one that nobody has: whoever made the change
   * knew it. False for one that was used or is over. Where the person or an administrator has changed it again since,
   * what they wrote stays, and the rest happens.
   */
  object(token: string, source: string): Promise<boolean>;
}

export function createObjections(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly notify: Notify;
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly onPasswordChanged: OnPasswordChanged;
}): Objections {
  const { clock, audit, accounts, directory, onPasswordChanged } = deps;
  const objections = deps.store.collection(objectionsSpec);

  function putBack({ field, before, wasUnproven, after }: Objection, person: Professional): Professional {
    if (person[field] !== after) return person;
    const { [field]: _after, ...rest } = person;
    return {
      ...rest,
      ...(before !== undefined && { [field]: before }),
      ...(before !== undefined && wasUnproven && { unprovenPhone: { number: before } }),
    };
  }

  return {
    async allow(objection) {
      const token = randomId(32);
      const until = clock.now() + OBJECTION_DAYS * DAY_SECONDS;
      await objections.insert({ ...objection, id: hashToken(token), expiresAt: until });
      return { token, until };
    },
    find: token => objections.get(hashToken(token)),
    async object(token, source) {
      // INVARIANT: of many at once exactly one does it.
      const objection = await objections.consume(hashToken(token));
      if (!objection) return false;
      const { account: sub, field } = objection;
      // ORDER: the trace and the sessions first: what was done by whoever made the change ends, whatever follows.
      await audit.record(contactRestored, { account: sub, source, outcome: 'success', data: { field } });
      await directory.professionals.revokeSessions(sub);
      const person = await directory.professionals.update(sub, before => putBack(objection, before));
      const account = await accounts.get(sub);
      if (account?.passwordHash !== undefined) await accounts.imposePassword(sub, { actor: sub, source });
      await onPasswordChanged(sub, undefined);
      if (person) await tellPasswordChanged(deps, person);
      return true;
    },
  };
}
