import { hashToken, fold, type Clock } from '#kernel/index.ts';
import {
  isEmptyWindow,
  isInForce,
  type Directory,
  type Membership,
  type Professional,
} from '#directory/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act, type Performer } from '../acts/act.ts';
import { conflict, invalidFields, notFound, readInput } from '../acts/refusals.ts';
import { idField, instantField, lineField, membershipFields, nationalIdField } from './fields.ts';

interface Deps {
  readonly directory: Directory;
  readonly clock: Clock;
}

const proof = lineField(300).optional();
const giveInput = z.strictObject({ sub: idField, ...membershipFields, proof });
const giftInput = giveInput.omit({ sub: true });
const attachInput = z.strictObject({
  national_id: nationalIdField,
  family_name: lineField(100),
  ...membershipFields,
  proof,
});
const changeInput = z.strictObject({
  sub: idField,
  membership: idField,
  from: z.union([z.literal(''), instantField]).optional(),
  to: z.union([z.literal(''), instantField]).optional(),
});
const removeInput = z.strictObject({ sub: idField, membership: idField });

/** How a page, a file or the API names one membership of a person. It stays while network, place, profile and start stay. */
export function membershipRef({ network, organisation, profile, fromMs }: Membership): string {
  return hashToken([network, organisation ?? '', profile, fromMs ?? ''].join('\n')).slice(0, 22);
}

export interface MembershipActs {
  /** A profile in a network, for a person whom the administrator sees. */
  readonly give: Act<z.output<typeof giveInput>, { readonly membership: string }>;
  /** The same for a colleague of another branch: whoever knows number and name proves to know the person. */
  readonly attach: Act<z.output<typeof attachInput>, { readonly sub: string; readonly membership: string }>;
  /** Other dates: begin later, end earlier, extend. */
  readonly change: Act<z.output<typeof changeInput>, void>;
  /** Ends it now; it stays in the history of the person. One that has not begun goes without a trace there. */
  readonly remove: Act<z.output<typeof removeInput>, void>;
}

export function createMembershipActs({ directory, clock }: Deps): MembershipActs {
  const { professionals } = directory;

  function toMembership(input: Omit<z.output<typeof giveInput>, 'sub'>, by: Performer): Membership {
    const { network, organisation, profile, from, to } = input;
    const membership: Membership = {
      network,
      ...(organisation !== undefined && { organisation }),
      profile,
      // A beginning of its own: given again after it was removed, it is another membership, with another name.
      fromMs: from ?? clock.nowMs(),
      ...(to !== undefined && { toMs: to }),
      givenBy: by.actor,
      givenAtMs: clock.nowMs(),
      ...(input.proof !== undefined && { proof: input.proof }),
    };
    if (isEmptyWindow(membership)) throw endsTooEarly();
    return membership;
  }

  /** The same profile in the same place, not over: given twice is given once. */
  const sameAs = (wanted: Membership) => (held: Membership) =>
    held.network === wanted.network &&
    held.organisation === wanted.organisation &&
    held.profile === wanted.profile &&
    (held.toMs === undefined || held.toMs > clock.nowMs());

  async function planGift(person: Professional, wanted: Membership) {
    if (person.status === 'closed')
      throw conflict('admin.account_closed', { publicMessage: 'Ce compte est fermé définitivement.' });
    await checkPlace(directory, wanted);
    const already = person.memberships.find(sameAs(wanted));
    const membership = membershipRef(already ?? wanted);
    return {
      account: person.id,
      target: wanted.organisation ?? wanted.network,
      changes: already ? {} : { membership: [null, wordOf(wanted)] as const },
      async apply() {
        await professionals.update(person.id, before =>
          before.memberships.some(sameAs(wanted))
            ? before
            : { ...before, memberships: [...before.memberships, wanted] },
        );
        return { sub: person.id, membership };
      },
    };
  }

  /** SECURITY: number and name together, and one answer for every way of being wrong. */
  async function colleague({
    national_id: number,
    family_name: name,
  }: Pick<z.output<typeof attachInput>, 'national_id' | 'family_name'>): Promise<Professional | null> {
    const person = await professionals.findByNationalId(number);
    return person && fold(person.familyName) === fold(name) && person.status !== 'closed' ? person : null;
  }

  async function held(sub: string, ref: string): Promise<Membership> {
    const person = await professionals.get(sub);
    const membership = person?.memberships.find(candidate => membershipRef(candidate) === ref);
    if (!membership) throw notFound();
    return membership;
  }

  /** SECURITY: dates that end a profile that is in force take it away: whoever may not remove it may not do that either. */
  function dateActionOf(before: Membership, dates: Pick<z.output<typeof changeInput>, 'from' | 'to'>) {
    const nowMs = clock.nowMs();
    const after = redated(before, dates);
    const takesAway = isInForce(before, nowMs) && !isInForce(after, nowMs);
    return { ...placeOf(before), action: takesAway ? 'remove' : 'give', after };
  }

  const replace = (sub: string, ref: string, change: (membership: Membership) => Membership | null) =>
    professionals.update(sub, before => ({
      ...before,
      memberships: before.memberships.flatMap(membership =>
        membershipRef(membership) === ref ? (change(membership) ?? []) : membership,
      ),
    }));

  return {
    give: {
      name: 'membership.give',
      type: 'membership',
      action: 'give',
      title: 'Donner un profil',
      event: defineActEvent('admin.membership.given', 'Profil donné'),
      schema: giveInput,
      about: ({ sub, network, organisation, profile }) => ({ id: sub, network, organisation, profile }),
      async plan({ sub, ...input }, by) {
        const person = await professionals.get(sub);
        if (!person) throw notFound();
        return planGift(person, toMembership(input, by));
      },
    },

    attach: {
      name: 'membership.attach',
      type: 'membership',
      action: 'attach',
      title: 'Rattacher un collègue déjà connu de la région',
      event: defineActEvent('admin.membership.attached', 'Collègue d’une autre branche rattaché'),
      schema: attachInput,
      about: ({ network, organisation, profile }) => ({ id: '*', network, organisation, profile }),
      async resolve(input) {
        const person = await colleague(input);
        return person ? { id: person.id } : {};
      },
      async plan({ national_id, family_name, ...input }, by) {
        const person = await colleague({ national_id, family_name });
        if (!person)
          throw conflict('admin.no_such_colleague', {
            publicMessage: 'Aucune personne de la région ne porte à la fois ce numéro et ce nom.',
            hint: 'Vérifiez les deux, ou enregistrez la personne.',
          });
        return planGift(person, toMembership(input, by));
      },
    },

    change: {
      name: 'membership.change',
      type: 'membership',
      action: 'give',
      title: 'Changer les dates d’un profil',
      event: defineActEvent('admin.membership.changed', 'Dates d’un profil modifiées'),
      schema: changeInput,
      resolve: async ({ sub, membership, ...dates }) => dateActionOf(await held(sub, membership), dates),
      about: ({ sub }) => ({ id: sub }),
      async plan({ sub, membership: ref, from, to }) {
        const before = await held(sub, ref);
        const change = (membership: Membership) => redated(membership, { from, to });
        const after = change(before);
        if (isEmptyWindow(after)) throw endsTooEarly();
        return {
          account: sub,
          target: before.organisation ?? before.network,
          changes: wordOf(before) === wordOf(after) ? {} : { membership: [wordOf(before), wordOf(after)] },
          apply: async () => void (await replace(sub, ref, change)),
        };
      },
    },

    remove: {
      name: 'membership.remove',
      type: 'membership',
      action: 'remove',
      title: 'Retirer un profil',
      event: defineActEvent('admin.membership.removed', 'Profil retiré'),
      schema: removeInput,
      resolve: async ({ sub, membership }) => placeOf(await held(sub, membership)),
      about: ({ sub }) => ({ id: sub }),
      async plan({ sub, membership: ref }) {
        const before = await held(sub, ref);
        const nowMs = clock.nowMs();
        const isOver = before.toMs !== undefined && before.toMs <= nowMs;
        const hasBegun = before.fromMs === undefined || before.fromMs < nowMs;
        return {
          account: sub,
          target: before.organisation ?? before.network,
          changes: isOver ? {} : { membership: [wordOf(before), null] },
          async apply() {
            if (!isOver) await replace(sub, ref, found => (hasBegun ? { ...found, toMs: nowMs } : null));
          },
        };
      },
    },
  };
}

/** A network and an establishment that take part in each other. */
async function checkPlace(
  { networks, organisations }: Directory,
  { network, organisation }: Pick<Membership, 'network' | 'organisation'>,
): Promise<void> {
  if (!(await networks.get(network))) throw invalidFields({ network: 'Ce réseau n’existe pas.' });
  const place = organisation === undefined ? null : await organisations.get(organisation);
  if (organisation !== undefined && !place)
    throw invalidFields({ organisation: 'Cet établissement n’existe pas.' });
  if (place && place.networks.length > 0 && !place.networks.includes(network))
    throw invalidFields({ organisation: 'Cet établissement ne participe pas à ce réseau.' });
}

/**
 * Says what is wrong with a profile that is to be given to somebody who is not registered yet. Does not judge who gives
 * it. Throws `admin.invalid` (422).
 */
export async function checkGift(directory: Directory, input: unknown): Promise<void> {
  const { network, organisation, from, to } = readInput(giftInput, input);
  await checkPlace(directory, { network, ...(organisation !== undefined && { organisation }) });
  if (from !== undefined && to !== undefined && to <= from) throw endsTooEarly();
}

const endsTooEarly = () => invalidFields({ to: 'La fin doit venir après le début.' });

const placeOf = ({ network, organisation, profile }: Membership) => ({ network, organisation, profile });

function redated(
  { fromMs, toMs, ...rest }: Membership,
  { from, to }: Pick<z.output<typeof changeInput>, 'from' | 'to'>,
): Membership {
  const [begins, ends] = [edge(from, fromMs), edge(to, toMs)];
  return {
    ...rest,
    ...(begins !== undefined && { fromMs: begins }),
    ...(ends !== undefined && { toMs: ends }),
  };
}

/** An empty text opens that end; nothing given leaves it. */
function edge(given: '' | number | undefined, before: number | undefined): number | undefined {
  if (given === undefined) return before;
  return given === '' ? undefined : given;
}

/** How the trail writes a membership; `placeOfWord` reads it again. */
function wordOf({ network, organisation, profile, fromMs, toMs }: Membership): string {
  const day = (ms: number | undefined) => (ms === undefined ? '' : new Date(ms).toISOString().slice(0, 16));
  return `${profile} @ ${network}/${organisation ?? '*'} ${day(fromMs)}–${day(toMs)}`;
}

/** The profile and the place of a membership as the trail wrote it; `null` for anything else. */
export function placeOfWord(word: unknown): Pick<Membership, 'network' | 'organisation' | 'profile'> | null {
  const [, profile, network, organisation] =
    (typeof word === 'string' && /^([\w-]+) @ ([\w-]+)\/([\w-]+|\*)/u.exec(word)) || [];
  if (profile === undefined || network === undefined || organisation === undefined) return null;
  return { profile, network, ...(organisation !== '*' && { organisation }) };
}
