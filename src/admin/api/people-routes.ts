import { z } from 'zod';
import type { AdminContext } from '../context.ts';
import { idField } from '../people/fields.ts';
import type { PeopleActs } from '../people/index.ts';
import { searchPeople } from '../people/search.ts';
import type { createActRoutes } from './act-route.ts';
import { cursorOf, toCursor } from './paging.ts';
import { defineRoute, type ApiRoute, type Caller } from './route.ts';
import {
  pageSchema,
  pagingFields,
  personSchema,
  personSummarySchema,
  sessionSchema,
  STATUSES,
} from './schemas.ts';
import { notFound } from '../acts/refusals.ts';
import { toInstant, type Views } from './views.ts';

interface Deps extends Pick<AdminContext, 'administration' | 'catalogue' | 'clock' | 'directory' | 'ports'> {
  readonly views: Views;
  readonly people: PeopleActs;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}

const PEOPLE = 'Personnes';
const named = z.strictObject({ sub: idField });
const filterText = z
  .string()
  .trim()
  .min(1, 'Écrivez au moins un caractère.')
  .max(200, 'C’est trop long.')
  .optional();
const listQuery = z.strictObject({
  ...pagingFields,
  q: filterText.meta({
    description:
      'Parties de nom, d’identifiant, d’adresse ou de numéro RPPS. / Any parts of a name, login, e-mail or RPPS number.',
  }),
  network: idField.optional(),
  organisation: idField.optional(),
  profile: idField.optional(),
  status: z.enum(STATUSES, 'Choisissez active, suspended ou closed.').optional(),
});

const person = { schema: personSchema, words: { fr: 'La personne', en: 'The person' } };

/** People and their memberships. */
export function peopleRoutes(deps: Deps): readonly ApiRoute[] {
  const { administration, catalogue, clock, directory, ports, views, people, actRoute } = deps;
  const { identity } = people;
  const currentPerson = ({ administrator }: Caller, { sub = '' }: Readonly<Record<string, string>>) =>
    views.person(administrator, sub);
  const shown = async (caller: Caller, names: Readonly<Record<string, string>>) => ({
    status: 200,
    body: await currentPerson(caller, names),
  });

  return [
    defineRoute({
      name: 'listPeople',
      method: 'GET',
      path: '/people',
      scope: 'admin:read',
      tag: PEOPLE,
      summary: {
        fr: 'Lister et chercher les personnes de la branche',
        en: 'List and search people of the branch',
      },
      query: listQuery,
      answers: {
        200: { schema: pageSchema(personSummarySchema), words: { fr: 'Une page de la liste', en: 'A page' } },
      },
      async handle({ administrator, query: { limit, after, q, ...filter } }) {
        const authority = await administration.authorityOf(administrator);
        const page = await searchPeople(
          catalogue,
          authority,
          { ...filter, text: q },
          { limit, after: after === undefined ? undefined : cursorOf(after), nowMs: clock.nowMs() },
        );
        const next = page.next === undefined ? undefined : toCursor(page.next);
        const items = page.items.map(entry => views.summary(entry, authority));
        return { status: 200, next, body: { items, total: page.total, ...(next !== undefined && { next }) } };
      },
    }),
    defineRoute({
      name: 'getPerson',
      method: 'GET',
      path: '/people/{sub}',
      scope: 'admin:read',
      tag: PEOPLE,
      summary: { fr: 'Lire une personne', en: 'Read a person' },
      params: named,
      answers: { 200: person },
      handle: async ({ administrator, params }) => ({
        status: 200,
        body: await views.person(administrator, params.sub),
      }),
    }),
    actRoute({
      name: 'createPerson',
      method: 'POST',
      path: '/people',
      tag: PEOPLE,
      summary: { fr: 'Enregistrer une personne (son identité)', en: 'Register a person (the identity)' },
      act: identity.create,
      answers: { 201: person },
      then: async ({ administrator }, { result: { sub } }) => ({
        status: 201,
        location: `/people/${sub}`,
        body: await views.person(administrator, sub),
      }),
    }),
    actRoute({
      name: 'updatePerson',
      method: 'PATCH',
      path: '/people/{sub}',
      tag: PEOPLE,
      summary: { fr: 'Modifier l’identité et les coordonnées', en: 'Change identity and contact details' },
      act: identity.update,
      answers: { 200: person },
      current: currentPerson,
      then: (caller, _outcome, names) => shown(caller, names),
    }),
    actRoute({
      name: 'enrolPerson',
      method: 'POST',
      path: '/people/{sub}/enrol',
      tag: PEOPLE,
      summary: { fr: 'Changer l’établissement de rattachement', en: 'Change the home organisation' },
      act: identity.enrol,
      answers: { 200: person },
      then: (caller, _outcome, names) => shown(caller, names),
    }),
    defineRoute({
      name: 'listSessions',
      method: 'GET',
      path: '/people/{sub}/sessions',
      scope: 'admin:read',
      tag: PEOPLE,
      summary: { fr: 'Lire les sessions en cours d’une personne', en: 'Read the live sessions of a person' },
      params: named,
      answers: {
        200: { schema: pageSchema(sessionSchema), words: { fr: 'Ses sessions', en: 'Their sessions' } },
      },
      async handle({ administrator, params: { sub } }) {
        const [authority, who] = await Promise.all([
          administration.authorityOf(administrator),
          directory.professionals.get(sub),
        ]);
        // SECURITY: sessions tell which applications somebody opens, wherever they work: the whole person is needed.
        if (!who || !authority.reachesWhole('account', 'read', who)) throw notFound();
        const live = await ports.sessions.list(sub);
        const items = live.map(({ acr, startedAt, expiresAt, clients }) => ({
          acr: acr ?? null,
          started_at: toInstant(startedAt * 1000),
          expires_at: toInstant(expiresAt * 1000),
          applications: [...clients],
        }));
        return { status: 200, body: { items, total: items.length } };
      },
    }),
  ];
}
