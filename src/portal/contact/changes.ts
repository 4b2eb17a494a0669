import type { Audit } from '#audit/index.ts';
import { hasUnprovenPhone, withProvenPhone, type Directory, type Professional } from '#directory/index.ts';
import { hashToken, isCompleteAddress, readPhone, frenchDateTime, type Clock } from '#kernel/index.ts';
import type { AttemptPlace, ContactField, FactorOffice, Method } from '#methods/index.ts';
import type { Notify } from '#notify/index.ts';
import type { Guard } from '#signin/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import { contactChanged, phoneProven } from '../events.ts';
import type { Visitor } from '../visitor.ts';
import type { Objections } from './objections.ts';

/** What somebody typed and has not proven yet. `id` is `<sub>:<field>`. */
interface PendingContact extends Doc {
  readonly value: string;
  readonly expiresAt: number;
}

const pendingSpec: CollectionSpec<PendingContact> = {
  name: 'contact_changes',
  version: 1,
  indexes: {},
  sealed: ['value'],
};

const PENDING_SECONDS = 3600;
/** The relying party that an attempt on these pages is recorded for. */
const CLIENT = 'trousseau';

export const CONTACT_NOUNS: Readonly<Record<ContactField, string>> = {
  email: 'adresse électronique',
  phone: 'numéro de mobile',
};

export type TypingProblem =
  'portal.email_invalid' | 'portal.phone_invalid' | 'portal.phone_unreached' | 'portal.contact_same';

/** Who is at the page, as far as a change needs it. */
export interface Changer {
  readonly visitor: Visitor;
  readonly source: string;
  /** True for who has shown a second factor a short while ago. */
  readonly isProven: boolean;
}

export interface ContactChanges {
  /**
   * Lets the address of before object to a change that is about to be made; resolves to what tells it, once it was made.
   */
  announce(professional: Professional, field: ContactField, after: string): Promise<() => Promise<void>>;
  /** What waits for its code, or `null`. */
  pending(sub: string, field: ContactField): Promise<string | null>;
  /** Keeps what was typed, and sends it a code. Throws `signin.too_many_codes` (429). */
  ask(changer: Changer, field: ContactField, typed: string): Promise<TypingProblem | null>;
  /**
   * Judges the code; when right, the change is made, traced, and told to the address of before with the means to object.
   * A number counts as a second factor at once for who has just shown one, and after the cool-down for anybody else.
   * A number that is there already and was not proven is proven by it, and nobody is told. Resolves to why not, in
   * codes of sign-in or `portal.contact_taken`.
   */
  confirm(
    changer: Changer,
    field: ContactField,
    code: string,
  ): Promise<{ readonly code: string; readonly retryAfterSeconds?: number } | null>;
}

export function createContactChanges(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly notify: Notify;
  readonly directory: Directory;
  readonly guard: Guard;
  readonly office: FactorOffice;
  readonly objections: Objections;
  /** The code of each field, given how to find what waits for it. */
  readonly codes: (
    pending: (sub: string, field: ContactField) => Promise<string | null>,
  ) => Readonly<Record<ContactField, Method>>;
  readonly issuer: string;
}): ContactChanges {
  const { clock, audit, notify, directory, guard, office, objections, issuer } = deps;
  const pendings = deps.store.collection(pendingSpec);
  const pending = async (sub: string, field: ContactField) =>
    (await pendings.get(`${sub}:${field}`))?.value ?? null;
  const codes = deps.codes(pending);

  function attemptOf({ visitor, source }: Changer, field: ContactField) {
    const { account, session } = visitor;
    return {
      method: codes[field],
      login: account.login,
      person: visitor,
      source,
      client: CLIENT,
      knownDevice: `session:${session.uid}`,
    };
  }

  /** INVARIANT: a code answers for the very address that it was sent to: what is typed instead needs another. */
  const placeOf = ({ visitor }: Changer, value: string): AttemptPlace => ({
    interaction: `contact:${visitor.account.id}:${hashToken(value)}`,
    purpose: 'second',
  });

  function read(field: ContactField, typed: string): string | TypingProblem {
    if (field === 'email') return isCompleteAddress(typed) ? typed : 'portal.email_invalid';
    const number = readPhone(typed);
    if (number === null) return 'portal.phone_invalid';
    return notify.reaches(number) ? number : 'portal.phone_unreached';
  }

  /** SECURITY: what two people receive is no factor of either of them. */
  async function isTaken(field: ContactField, value: string, sub: string): Promise<boolean> {
    const { items } = await directory.professionals.list(field, { key: value, limit: 50 });
    return items.some(({ id, status }) => status === 'active' && id !== sub);
  }

  async function announce(professional: Professional, field: ContactField, after: string) {
    const before = professional[field];
    const { token, until } = await objections.allow({
      account: professional.id,
      field,
      ...(before !== undefined && { before }),
      ...(field === 'phone' && hasUnprovenPhone(professional) && { wasUnproven: true }),
      after,
    });
    return () => tell(professional, field, token, until);
  }

  async function apply(changer: Changer, field: ContactField, value: string): Promise<void> {
    const { visitor, source, isProven } = changer;
    const { account, professional } = visitor;
    const isSame = professional[field] === value;
    const countsAt = await office.countsAt(visitor, isProven);
    const toldLater = isSame ? undefined : await announce(professional, field, value);
    // ORDER: the trace first, then the change, then who is told: nothing changes without a trace.
    await audit.record(isSame ? phoneProven : contactChanged, {
      actor: account.id,
      account: account.id,
      source,
      outcome: 'success',
      data: { field },
    });
    await directory.professionals.update(account.id, person => {
      if (isSame) return withProvenPhone(person, value);
      if (field === 'email') return { ...person, email: value };
      const { unprovenPhone: _former, ...rest } = person;
      return { ...rest, phone: value, newPhone: { number: value, countsAt } };
    });
    await toldLater?.();
  }

  async function tell(
    { email: to, givenName }: Professional,
    field: ContactField,
    token: string,
    until: number,
  ) {
    // The address of before: whoever took the account over does not read it.
    if (to === undefined) return;
    await notify.send({
      channel: 'email',
      to,
      template: 'contact-changed',
      data: {
        givenName,
        what: CONTACT_NOUNS[field],
        at: frenchDateTime(clock.nowMs()),
        until: frenchDateTime(until * 1000),
        address: `${issuer}/account/objection/${token}`,
      },
    });
  }

  return {
    announce,
    pending,
    async ask(changer, field, typed) {
      const { account, professional } = changer.visitor;
      const value = read(field, typed.trim());
      if (value.startsWith('portal.')) return value as TypingProblem;
      // A number that is there may still have to be proven.
      const isKnown = value === professional[field] && !(field === 'phone' && hasUnprovenPhone(professional));
      if (isKnown) return 'portal.contact_same';
      await pendings.put({
        id: `${account.id}:${field}`,
        value,
        expiresAt: clock.now() + PENDING_SECONDS,
      });
      await guard.begin(attemptOf(changer, field), placeOf(changer, value), true);
      return null;
    },
    async confirm(changer, field, code) {
      const { id } = changer.visitor.account;
      const value = await pending(id, field);
      if (value === null) return { code: 'signin.code_expired' };
      const attempt = attemptOf(changer, field);
      const verdict = await guard.attempt(attempt, () =>
        attempt.method.verify(changer.visitor, code, placeOf(changer, value)),
      );
      if (!verdict.ok) return verdict;
      await pendings.consume(`${id}:${field}`, waiting => waiting.value === value);
      // Said only now: whoever reads the mails of an address may know that an account has it.
      if (await isTaken(field, value, id)) return { code: 'portal.contact_taken' };
      await apply(changer, field, value);
      return null;
    },
  };
}
