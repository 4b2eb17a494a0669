import { z } from 'zod';
import { idField } from '../people/fields.ts';
import type { PeopleActs } from '../people/index.ts';
import type { createActRoutes } from './act-route.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import { membershipSchema, pageSchema, personSchema } from './schemas.ts';
import type { Views } from './views.ts';

const MEMBERSHIPS = 'Profils';
const heldNames = z.strictObject({ sub: idField, membership: idField });
const membership = { schema: membershipSchema, words: { fr: 'Le profil', en: 'The membership' } };

/** Profiles held in networks: given, shortened, removed, and colleagues of elsewhere attached. */
export function membershipRoutes(deps: {
  readonly views: Views;
  readonly people: PeopleActs;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { views, people, actRoute } = deps;
  const acts = people.membership;
  type Names = Readonly<Record<string, string>>;
  const current = ({ administrator }: Caller, { sub = '', membership: ref = '' }: Names) =>
    views.membership(administrator, sub, ref);

  async function given(
    { administrator }: Caller,
    { changes }: { readonly changes: object },
    { sub, membership: ref }: { readonly sub: string; readonly membership: string },
  ) {
    const isNew = Object.keys(changes).length > 0;
    const body = await views.membership(administrator, sub, ref);
    return { status: isNew ? 201 : 200, location: `/people/${sub}/memberships/${ref}`, body };
  }
  const givenAnswers = {
    201: membership,
    200: { ...membership, words: { fr: 'Le profil, déjà donné', en: 'The membership, already given' } },
  };

  return [
    defineRoute({
      name: 'listMemberships',
      method: 'GET',
      path: '/people/{sub}/memberships',
      scope: 'admin:read',
      tag: MEMBERSHIPS,
      summary: {
        fr: 'Lire les profils d’une personne, passés compris',
        en: 'Read memberships, past ones included',
      },
      params: z.strictObject({ sub: idField }),
      answers: {
        200: { schema: pageSchema(membershipSchema), words: { fr: 'Ses profils', en: 'Their memberships' } },
      },
      async handle({ administrator, params }) {
        const { memberships } = await views.person(administrator, params.sub);
        return { status: 200, body: { items: memberships, total: memberships.length } };
      },
    }),
    defineRoute({
      name: 'getMembership',
      method: 'GET',
      path: '/people/{sub}/memberships/{membership}',
      scope: 'admin:read',
      tag: MEMBERSHIPS,
      summary: { fr: 'Lire un profil', en: 'Read a membership' },
      params: heldNames,
      answers: { 200: membership },
      handle: async call => ({ status: 200, body: await current(call, call.params) }),
    }),
    actRoute({
      name: 'giveMembership',
      method: 'POST',
      path: '/people/{sub}/memberships',
      tag: MEMBERSHIPS,
      summary: { fr: 'Donner un profil', en: 'Give a membership' },
      act: acts.give,
      answers: givenAnswers,
      then: (caller, outcome, { sub = '' }) =>
        given(caller, outcome, { sub, membership: outcome.result.membership }),
    }),
    actRoute({
      name: 'attachColleague',
      method: 'POST',
      path: '/memberships/attach',
      tag: MEMBERSHIPS,
      summary: {
        fr: 'Rattacher un collègue d’une autre branche',
        en: 'Attach a colleague of another branch',
      },
      act: acts.attach,
      answers: givenAnswers,
      then: (caller, outcome) => given(caller, outcome, outcome.result),
    }),
    actRoute({
      name: 'changeMembership',
      method: 'PATCH',
      path: '/people/{sub}/memberships/{membership}',
      tag: MEMBERSHIPS,
      summary: { fr: 'Changer les dates d’un profil', en: 'Change the dates of a membership' },
      act: acts.change,
      answers: {
        200: { schema: personSchema, words: { fr: 'La personne et ses profils', en: 'The person' } },
      },
      current,
      // Another beginning gives the membership another name: the person is shown.
      then: async ({ administrator }, _outcome, { sub = '' }) => ({
        status: 200,
        body: await views.person(administrator, sub),
      }),
    }),
    actRoute({
      name: 'removeMembership',
      method: 'DELETE',
      path: '/people/{sub}/memberships/{membership}',
      tag: MEMBERSHIPS,
      summary: { fr: 'Retirer un profil', en: 'Remove a membership' },
      act: acts.remove,
      answers: { 204: { words: { fr: 'Retiré ; l’historique reste', en: 'Removed; its history stays' } } },
      current,
      then: async () => ({ status: 204 }),
    }),
  ];
}
