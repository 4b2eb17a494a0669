import type { Administration } from '#access/index.ts';
import { z } from 'zod';
import { notFound } from '../acts/refusals.ts';
import { MAX_FORM_BYTES, type Appointments } from '../appointments/index.ts';
import { idField } from '../people/fields.ts';
import type { PeopleActs } from '../people/index.ts';
import { membershipRef } from '../people/membership-acts.ts';
import {
  ACT_ANSWERS,
  dryRun,
  onBody,
  previewAnswer,
  reasonField,
  type createActRoutes,
} from './act-route.ts';
import { pageOf } from './paging.ts';
import { defineRoute, type ApiAnswer, type ApiRoute, type Caller } from './route.ts';
import { appointmentSchema, pageSchema, pagingFields } from './schemas.ts';
import type { Views } from './views.ts';

const TAG = 'Nominations';
const one = { schema: appointmentSchema, words: { fr: 'La nomination', en: 'The appointment' } };
const named = z.strictObject({ sub: idField, membership: idField });
const FORM_TYPES = ['application/pdf', 'image/png', 'image/jpeg'] as const;

type Named = z.output<typeof named>;

/** Who administers what, on the strength of a signed form: a file that goes in with the appointment, and comes out. */
export function appointmentRoutes(deps: {
  readonly administration: Administration;
  readonly views: Views;
  readonly appointments: Appointments;
  readonly people: PeopleActs;
  readonly actRoute: ReturnType<typeof createActRoutes>;
}): readonly ApiRoute[] {
  const { administration, views, appointments, people, actRoute } = deps;

  async function authorityOf({ administrator }: Caller) {
    const authority = await administration.authorityOf(administrator);
    if (!authority.mayAnywhere('membership', 'read')) throw notFound();
    return authority;
  }

  /** A profile that administers, in the branch; any other is no appointment. */
  async function find(caller: Caller, { sub, membership }: Named) {
    const found = await appointments.find(await authorityOf(caller), sub, membership);
    if (!administration.policy().isPrivileged(found.held.profile)) throw notFound();
    return found;
  }

  async function seen(caller: Caller, { sub, membership }: Named): Promise<object> {
    const { person, held } = await find(caller, { sub, membership });
    return {
      sub,
      given_name: person.givenName,
      family_name: person.familyName,
      status: person.status,
      form: (await appointments.formOf(held, sub)) !== null,
      ...(await views.membership(caller.administrator, sub, membership)),
    };
  }

  return [
    defineRoute({
      name: 'listAppointments',
      method: 'GET',
      path: '/appointments',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lister les administrateurs de la branche', en: 'List administrators of the branch' },
      query: z.strictObject(pagingFields),
      answers: { 200: { schema: pageSchema(appointmentSchema), words: { fr: 'Une page', en: 'A page' } } },
      async handle(call) {
        const all = (await appointments.list(await authorityOf(call))).map(({ entry, held }) => ({
          sub: entry.sub,
          membership: membershipRef(held),
        }));
        const page = pageOf(all, ({ sub, membership }) => `${sub} ${membership}`, call.query);
        const items = await Promise.all(page.items.map(each => seen(call, each)));
        const { next } = page;
        return {
          status: 200,
          next,
          body: { items, total: all.length, ...(next !== undefined && { next }) },
        };
      },
    }),
    defineRoute({
      name: 'appoint',
      method: 'POST',
      path: '/appointments',
      scope: 'admin:write',
      tag: TAG,
      summary: {
        fr: 'Nommer un administrateur ; le corps est le formulaire signé',
        en: 'Appoint an administrator; the body is the signed form',
      },
      query: z.strictObject({
        sub: idField,
        profile: idField,
        network: idField,
        organisation: idField,
        // Read again by the act, as they were sent.
        from: z.string().optional().meta({ format: 'date-time' }),
        to: z.string().optional().meta({ format: 'date-time' }),
        reason: reasonField,
        dry_run: dryRun,
      }),
      file: { types: FORM_TYPES, maxBytes: MAX_FORM_BYTES },
      answers: { ...ACT_ANSWERS, 201: one, 204: { words: { fr: 'Déjà donné', en: 'Already given' } } },
      async handle(call): Promise<ApiAnswer> {
        const { dry_run: isDry, reason, ...input } = call.query;
        const { administrator, source } = call;
        // SECURITY: whom the branch does not know is not known, before the form is looked at.
        await views.person(administrator, input.sub);
        try {
          if (isDry === 'true')
            return previewAnswer(await appointments.preview(administrator, input, call.file));
          const circumstances = { via: 'api', source, reason } as const;
          const outcome = await appointments.appoint(administrator, input, call.file, circumstances);
          if (outcome.state !== 'done') {
            const { proposal } = outcome;
            return { status: 202, body: { proposal }, location: `/proposals/${proposal}` };
          }
          if (Object.keys(outcome.changes).length === 0) return { status: 204 };
          const { membership } = outcome.result;
          const location = `/appointments/${input.sub}/${membership}`;
          return { status: 201, body: await seen(call, { sub: input.sub, membership }), location };
        } catch (error) {
          throw onBody(error, 'form');
        }
      },
    }),
    defineRoute({
      name: 'getAppointment',
      method: 'GET',
      path: '/appointments/{sub}/{membership}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire une nomination', en: 'Read an appointment' },
      params: named,
      answers: { 200: one },
      handle: async call => ({ status: 200, body: await seen(call, call.params) }),
    }),
    defineRoute({
      name: 'getAppointmentForm',
      method: 'GET',
      path: '/appointments/{sub}/{membership}/form',
      scope: 'admin:read',
      tag: TAG,
      summary: {
        fr: 'Lire le formulaire signé ; cette lecture est tracée',
        en: 'Get the signed form; traced',
      },
      params: named,
      answers: { 200: { types: FORM_TYPES, words: { fr: 'Le formulaire', en: 'The form' } } },
      async handle(call) {
        const found = await find(call, call.params);
        return {
          status: 200,
          file: await appointments.readForm(call.administrator, found, call.source),
        };
      },
    }),
    actRoute({
      name: 'endAppointment',
      method: 'DELETE',
      path: '/appointments/{sub}/{membership}',
      tag: TAG,
      summary: { fr: 'Mettre fin à une nomination', en: 'End an appointment' },
      act: people.membership.remove,
      needsReason: true,
      check: async (caller, { sub, membership }) =>
        void (await find(caller, { sub: String(sub), membership: String(membership) })),
      answers: { 204: { words: { fr: 'Terminée', en: 'Ended' } } },
      current: (caller, { sub = '', membership = '' }) => seen(caller, { sub, membership }),
      then: async () => ({ status: 204 }),
    }),
  ];
}
