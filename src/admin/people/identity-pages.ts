import type { Professional } from '#directory/index.ts';
import type { Form } from '#http/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { checkFresh } from '../acts/fresh.ts';
import { refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { submitAct, type Refusal } from '../forms.ts';
import type { Choices } from './choices.ts';
import type { PeopleActs } from './index.ts';
import { nameOf, seenPerson } from './seen.ts';

/** The identity as it stands in a form; several values are typed on one line. */
export interface TypedIdentity {
  readonly given_name: string;
  readonly family_name: string;
  readonly civility: string;
  readonly profession: string;
  readonly email: string;
  readonly phone: string;
  /** Ticked by who vouches for the number; never ticked beforehand. */
  readonly phone_verified: boolean;
  readonly national_ids: string;
  readonly specialties: readonly string[];
}

export const CIVILITIES = [
  { value: '', label: 'Non renseignée' },
  { value: 'MME', label: 'Madame' },
  { value: 'M', label: 'Monsieur' },
];

export function identityTyped(form: Form): TypedIdentity {
  const text = (name: string) => form.get(name).trim();
  return {
    given_name: text('given_name'),
    family_name: text('family_name'),
    civility: text('civility'),
    profession: text('profession'),
    email: text('email'),
    phone: text('phone'),
    phone_verified: form.get('phone_verified') === 'yes',
    national_ids: text('national_ids'),
    specialties: form.all('specialties'),
  };
}

/** `899700366240, 991234567` → each of them. */
export function idsOf(line: string): readonly string[] {
  return line.split(/[,;]/u).flatMap(id => id.trim() || []);
}

/** Changing who somebody is, and the establishment that looks after them. */
export function createIdentityPages(
  routes: Router,
  context: AdminContext,
  { identity }: PeopleActs,
  choices: Choices,
): void {
  const { http, desk, directory, acts } = context;

  async function showEdit(
    ctx: Context,
    person: Professional,
    typed: TypedIdentity,
    refusal?: Refusal,
  ): Promise<void> {
    await http.render(ctx, 'admin/person-edit', {
      title: 'Modifier l’identité et les coordonnées',
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      name: nameOf(person),
      back: `/admin/people/${person.id}`,
      typed,
      civilities: CIVILITIES,
      professions: withUnknown(choices.professions(), typed.profession),
      specialties: [
        ...choices.specialties(),
        // Codes that the tables do not know are kept.
        ...typed.specialties
          .filter(code => !choices.specialties().some(({ value }) => value === code))
          .map(code => ({ value: code, label: code })),
      ],
    });
  }

  async function showEnrol(
    ctx: Context,
    { authority }: Clerk,
    person: Professional,
    organisation: string | undefined,
    refusal?: Refusal,
  ): Promise<void> {
    await http.render(ctx, 'admin/person-enrol', {
      title: 'Changer l’établissement de rattachement',
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      name: nameOf(person),
      back: `/admin/people/${person.id}`,
      organisation,
      organisations: await choices.organisations(authority, ['account', 'create']),
    });
  }

  routes.get('/admin/people/:sub/edit', ctx =>
    desk.openFor(ctx, ['account', 'update'], async ({ administrator, authority }) => {
      const person = await seenPerson(directory, authority, ctx.params['sub']);
      const decision = await acts.judge(administrator, identity.update, { sub: person.id });
      if (!decision.decision) throw refusedBy(decision);
      // The form may move the address at which codes arrive.
      checkFresh(context, administrator, ['account', 'open']);
      await showEdit(ctx, person, {
        given_name: person.givenName,
        family_name: person.familyName,
        civility: person.civility ?? '',
        profession: person.profession ?? '',
        email: person.email ?? '',
        phone: person.phone ?? '',
        phone_verified: false,
        national_ids: person.nationalIds.join(', '),
        specialties: person.specialties,
      });
    }),
  );

  routes.post('/admin/people/:sub/edit', ctx =>
    desk.openFor(ctx, ['account', 'update'], async clerk => {
      const form = await http.readForm(ctx);
      const person = await seenPerson(directory, clerk.authority, ctx.params['sub']);
      const typed = identityTyped(form);
      const input = { ...typed, sub: person.id, national_ids: idsOf(typed.national_ids) };
      await submitAct(
        context,
        ctx,
        clerk,
        { act: identity.update, input },
        {
          again: refusal => showEdit(ctx, person, typed, refusal),
          then: ({ state }) => `/admin/people/${person.id}?done=${state === 'done' ? 'changed' : 'proposed'}`,
        },
      );
    }),
  );

  routes.get('/admin/people/:sub/enrol', ctx =>
    desk.openFor(ctx, ['account', 'update'], async clerk => {
      const person = await seenPerson(directory, clerk.authority, ctx.params['sub']);
      const decision = await acts.judge(clerk.administrator, identity.update, { sub: person.id });
      if (!decision.decision) throw refusedBy(decision);
      await showEnrol(ctx, clerk, person, person.branch);
    }),
  );

  routes.post('/admin/people/:sub/enrol', ctx =>
    desk.openFor(ctx, ['account', 'update'], async clerk => {
      const form = await http.readForm(ctx);
      const person = await seenPerson(directory, clerk.authority, ctx.params['sub']);
      const organisation = form.get('organisation');
      await submitAct(
        context,
        ctx,
        clerk,
        { act: identity.enrol, input: { sub: person.id, organisation } },
        {
          again: refusal => showEnrol(ctx, clerk, person, organisation, refusal),
          then: () => `/admin/people/${person.id}?done=enrolled`,
        },
      );
    }),
  );
}

/** The professions to choose from, with none, and with a code that the table does not know. */
export function withUnknown(
  professions: readonly { readonly value: string; readonly label: string }[],
  code: string,
) {
  const isKnown = code === '' || professions.some(({ value }) => value === code);
  return [
    { value: '', label: 'Non renseignée' },
    ...professions,
    ...(isKnown ? [] : [{ value: code, label: code }]),
  ];
}
