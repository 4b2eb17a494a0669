import { randomId } from '#kernel/index.ts';
import type { Accounts } from '#accounts/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import { z } from 'zod';
import { defineActEvent, type Act, type ActPlan } from '../acts/act.ts';
import { changesBetween } from '../acts/changes.ts';
import { conflict, invalidFields, notFound } from '../acts/refusals.ts';
import { idField, identityFields } from './fields.ts';
import { unprovenPhoneOf, vouches } from './mobile.ts';

interface Deps {
  readonly directory: Directory;
  readonly accounts: Accounts;
}

const createInput = z.strictObject({ ...identityFields, organisation: idField.optional() });

const createAsInput = createInput.extend({ sub: idField });

const updateInput = z.strictObject({
  sub: idField,
  ...identityFields,
  given_name: identityFields.given_name.optional(),
  family_name: identityFields.family_name.optional(),
  specialties: identityFields.specialties.unwrap().optional(),
  national_ids: identityFields.national_ids.unwrap().optional(),
  // An empty text takes the value away.
  civility: z.union([z.literal(''), identityFields.civility.unwrap()]).optional(),
  profession: z.union([z.literal(''), identityFields.profession.unwrap()]).optional(),
  email: z.union([z.literal(''), identityFields.email.unwrap()]).optional(),
  phone: z.union([z.literal(''), identityFields.phone.unwrap()]).optional(),
});

const enrolInput = z.strictObject({ sub: idField, organisation: idField });

export type CreateInput = z.output<typeof createInput>;

const personCreated = defineActEvent('admin.person.created', 'Personne enregistrée');

export interface IdentityActs {
  /** The identity, in the organisation whose administrators look after it. Opens nothing yet. */
  readonly create: Act<CreateInput, { readonly sub: string }>;
  /**
   * The same under a `sub` that the service has drawn beforehand: a file that begins again after a stop creates nobody
   * twice. SECURITY: never offered to whoever could choose the `sub`.
   */
  readonly createAs: Act<CreateInput & { readonly sub: string }, { readonly sub: string }>;
  readonly update: Act<z.output<typeof updateInput>, void>;
  /** The organisation whose administrators look after the person. */
  readonly enrol: Act<z.output<typeof enrolInput>, void>;
}

export function createIdentityActs({ directory, accounts }: Deps): IdentityActs {
  const { professionals, organisations } = directory;

  /** SECURITY: says that the number is taken, and by nobody's name: it may be a colleague of another branch. */
  async function refuseTaken(nationalIds: readonly string[], sub?: string): Promise<void> {
    for (const id of nationalIds) {
      const holder = await professionals.findByNationalId(id);
      if (holder && holder.id !== sub) {
        throw conflict('admin.national_id_taken', {
          publicMessage: 'Ce numéro national est déjà celui d’une personne de la région.',
          hint: 'Utilisez « Rattacher un collègue déjà connu », ou demandez à l’administrateur régional.',
        });
      }
    }
  }

  async function refuseUnknown(organisation: string | undefined): Promise<void> {
    if (organisation !== undefined && !(await organisations.get(organisation)))
      throw invalidFields({ organisation: 'Cet établissement n’existe pas.' });
  }

  /**
   * SECURITY: codes and forgotten passwords go to the address and the number: whoever changes them, or vouches for the
   * number, opens the account for whom they belong to.
   */
  async function movesWayIn({ sub, ...given }: z.output<typeof updateInput>): Promise<boolean> {
    const before = await professionals.get(sub);
    if (!before) return false;
    const moves = (after: string | undefined, was: string | undefined) =>
      after !== undefined && after !== '' && after !== was;
    const isMoved =
      moves(given.email, before.email) || moves(given.phone, before.phone) || vouches(given, before);
    if (!isMoved) return false;
    return (await accounts.loginOf(sub)) !== null;
  }

  async function planCreation(
    sub: string,
    { organisation, ...identity }: CreateInput,
  ): Promise<ActPlan<{ readonly sub: string }>> {
    await refuseUnknown(organisation);
    await refuseTaken(identity.national_ids);
    const professional = personOf(sub, identity, organisation);
    return {
      account: sub,
      target: organisation,
      changes: changesBetween({}, { ...shownOf(professional), ...vouchedIn(vouches(identity)) }),
      async apply() {
        await professionals.insert(professional);
        return { sub };
      },
    };
  }

  return {
    create: {
      name: 'account.create',
      type: 'account',
      action: 'create',
      title: 'Enregistrer une personne',
      event: personCreated,
      schema: createInput,
      about: ({ organisation }) => ({ id: '*', organisation }),
      plan: input => planCreation(`acc-${randomId(12)}`, input),
    },

    createAs: {
      name: 'account.create_as',
      type: 'account',
      action: 'create',
      title: 'Enregistrer une personne d’un fichier',
      event: personCreated,
      schema: createAsInput,
      about: ({ organisation }) => ({ id: '*', organisation }),
      plan: ({ sub, ...input }) => planCreation(sub, input),
    },

    update: {
      name: 'account.update',
      type: 'account',
      action: 'update',
      title: 'Modifier l’identité et les coordonnées',
      event: defineActEvent('admin.person.changed', 'Identité ou coordonnées modifiées'),
      schema: updateInput,
      about: ({ sub }) => ({ id: sub }),
      resolve: async input => ((await movesWayIn(input)) ? { action: 'open' } : {}),
      alsoAbout: ({ sub }) => [{ type: 'account', action: 'update', id: sub }],
      async plan({ sub, ...given }) {
        const before = await professionals.get(sub);
        if (!before) throw notFound();
        await refuseTaken(given.national_ids ?? [], sub);
        const change = (person: Professional) => withIdentity(person, given);
        return {
          account: sub,
          changes: changesBetween(shownOf(before), {
            ...shownOf(change(before)),
            ...vouchedIn(vouches(given, before)),
          }),
          async apply() {
            if (!(await professionals.update(sub, change))) throw notFound();
          },
        };
      },
    },

    enrol: {
      name: 'account.enrol',
      type: 'account',
      action: 'update',
      title: 'Changer l’établissement de rattachement',
      event: defineActEvent('admin.person.enrolled', 'Établissement de rattachement modifié'),
      schema: enrolInput,
      // The new home is judged as a creation there; that the person is within the branch, by `alsoAbout`.
      about: ({ sub, organisation }) => ({ id: sub, organisation }),
      alsoAbout: ({ organisation }) => [{ type: 'account', action: 'create', id: '*', organisation }],
      async plan({ sub, organisation }) {
        await refuseUnknown(organisation);
        const before = await professionals.get(sub);
        if (!before) throw notFound();
        return {
          account: sub,
          target: organisation,
          changes: changesBetween({ branch: before.branch }, { branch: organisation }),
          async apply() {
            await professionals.update(sub, person => ({ ...person, branch: organisation }));
          },
        };
      },
    },
  };
}

type Identity = Omit<CreateInput, 'organisation'>;

function personOf(sub: string, identity: Identity, branch: string | undefined): Professional {
  const { given_name: givenName, family_name: familyName, civility, profession, email, phone } = identity;
  return {
    id: sub,
    status: 'active',
    givenName,
    familyName,
    ...(civility !== undefined && { civility }),
    ...(profession !== undefined && { profession }),
    specialties: identity.specialties,
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...unprovenPhoneOf(phone, identity),
    nationalIds: identity.national_ids,
    memberships: [],
    delegations: [],
    ...(branch !== undefined && { branch }),
  };
}

/** Fields that were not given stay; an empty text takes the value away. */
function withIdentity(person: Professional, given: Omit<z.output<typeof updateInput>, 'sub'>): Professional {
  const { civility, profession, email, phone, unprovenPhone: _unproven, ...rest } = person;
  const kept = <K extends 'civility' | 'profession' | 'email' | 'phone'>(
    field: K,
    before: string | undefined,
  ): Partial<Record<K, string>> => {
    const after = given[field] ?? before;
    return after === undefined || after === '' ? {} : ({ [field]: after } as Record<K, string>);
  };
  return {
    ...rest,
    givenName: given.given_name ?? person.givenName,
    familyName: given.family_name ?? person.familyName,
    specialties: given.specialties ?? person.specialties,
    nationalIds: given.national_ids ?? person.nationalIds,
    ...kept('civility', civility),
    ...kept('profession', profession),
    ...kept('email', email),
    ...kept('phone', phone),
    ...unprovenPhoneOf(kept('phone', phone).phone, given, person),
  };
}

/** Who vouches for a number says so in the trail. */
const vouchedIn = (isVouched: boolean) => (isVouched ? { phone_verified: true } : {});

/** What the trail shows of an identity. */
function shownOf(person: Professional): Readonly<Record<string, unknown>> {
  const { givenName, familyName, civility, profession, specialties, email, phone, nationalIds, branch } =
    person;
  return {
    given_name: givenName,
    family_name: familyName,
    civility,
    profession,
    specialties: specialties.join(' '),
    email,
    phone,
    national_ids: nationalIds.join(' '),
    branch,
  };
}
