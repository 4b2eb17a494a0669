import type { Authority, Place } from '#access/index.ts';
import type { Professional } from '#directory/index.ts';
import { isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, queryText, submitAct, textsOf, toRefusal, type Refusal } from '../forms.ts';
import type { Choices } from '../people/choices.ts';
import { endOfDay, startOfDay } from '../people/days.ts';
import { membershipRef, type MembershipActs } from '../people/membership-acts.ts';
import { searchPeople } from '../people/search.ts';
import { nameOf, seenPerson } from '../people/seen.ts';
import { MAX_FORM_BYTES } from './documents.ts';
import { APPOINTED, type Appointment, type Appointments } from './register.ts';

const DONE: Readonly<Record<string, string>> = {
  appointed: 'L’administrateur est nommé.',
  proposed: 'La nomination est proposée : un autre administrateur régional doit la confirmer.',
  revoked: 'Le profil d’administration est retiré.',
  'revoke-proposed': 'Le retrait est proposé : un autre administrateur régional doit le confirmer.',
};

const FIELDS = ['profile', 'network', 'organisation', 'from', 'to'] as const;
type Typed = Partial<Record<(typeof FIELDS)[number], string>>;

const PAGE = 50;
const MOST_FOUND = 20;

/** `/admin/appointments`: who administers, and how somebody comes to. */
export function createAppointmentPages(
  routes: Router,
  context: AdminContext,
  parts: { readonly membership: MembershipActs; readonly register: Appointments; readonly choices: Choices },
): void {
  const { http, desk, directory, catalogue, clock, acts } = context;
  const { membership, register, choices } = parts;

  const mayAppoint = (authority: Authority, place: Place) =>
    authority.givable(place).some(profile => APPOINTED.includes(profile));
  const mayAppointAnywhere = (authority: Authority) =>
    authority.offices.some(office => mayAppoint(authority, office));

  routes.get('/admin/appointments', ctx =>
    desk.openFor(ctx, ['membership', 'read'], async ({ sub, authority }) => {
      const names = new Map((await directory.organisations.all()).map(({ id, name }) => [id, name]));
      const networks = new Map((await directory.networks.all()).map(({ id, name }) => [id, name]));
      const rowOf = async ({ entry, held }: Appointment) => ({
        sub: entry.sub,
        name: nameOf(entry),
        isActive: entry.status === 'active',
        place: names.get(held.organisation ?? '') ?? 'Tout le réseau',
        network: networks.get(held.network) ?? held.network,
        profile: directory.codes.profile(held.profile).label,
        fromMs: held.fromMs ?? null,
        toMs: held.toMs ?? null,
        ref: membershipRef(held),
        form: (await register.formOf(held, entry.sub)) !== null,
        proof: held.proof?.startsWith('formulaire:') === true ? null : (held.proof ?? null),
        // Nobody takes away their own rights.
        mayRevoke: entry.sub !== sub && authority.givable(held).includes(held.profile),
      });
      const appointments = await register.list(authority);
      const first = Math.max(0, Number.parseInt(queryText(ctx, 'from') ?? '0', 10) || 0);
      await http.render(ctx, 'admin/appointments', {
        done: doneSentence(ctx, DONE),
        rows: await Promise.all(appointments.slice(first, first + PAGE).map(rowOf)),
        total: appointments.length,
        isFirst: first === 0,
        next: appointments.length > first + PAGE ? `/admin/appointments?from=${first + PAGE}` : null,
        mayAppoint: mayAppointAnywhere(authority),
      });
    }),
  );

  /** Who is to be appointed: a search within the branch, then the form for the person chosen. */
  routes.get('/admin/appointments/new', ctx =>
    desk.openFor(ctx, ['membership', 'give'], async clerk => {
      const { authority } = clerk;
      if (!mayAppointAnywhere(authority)) throw notFound();
      const sub = queryText(ctx, 'sub');
      if (sub !== undefined) return showForm(ctx, clerk, await seenPerson(directory, authority, sub), {});
      const text = queryText(ctx, 'q');
      const found = text
        ? await searchPeople(
            catalogue,
            authority,
            { text, status: 'active' },
            { limit: MOST_FOUND, nowMs: clock.nowMs() },
          )
        : { items: [], total: 0 };
      await http.render(ctx, 'admin/appointment-search', {
        text: text ?? '',
        found: found.items.map(entry => ({ sub: entry.sub, name: nameOf(entry), login: entry.login })),
        isCut: found.total > found.items.length,
      });
    }),
  );

  async function optionsOf(authority: Authority) {
    return {
      profiles: choices.profiles(authority).filter(({ value }) => APPOINTED.includes(value)),
      networks: await choices.networks(authority),
      organisations: await choices.organisations(authority, ['membership', 'give']),
    };
  }

  async function showForm(
    ctx: Context,
    { authority }: Clerk,
    person: Professional,
    typed: Typed,
    refusal?: Refusal,
  ): Promise<void> {
    await http.render(ctx, 'admin/appointment-form', {
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      sub: person.id,
      name: nameOf(person),
      typed,
      ...(await optionsOf(authority)),
    });
  }

  routes.post('/admin/appointments/new', ctx =>
    desk.openFor(ctx, ['membership', 'give'], async clerk => {
      const { administrator, authority } = clerk;
      if (!mayAppointAnywhere(authority)) throw notFound();
      const person = await seenPerson(directory, authority, queryText(ctx, 'sub'));
      let typed: Typed = {};
      try {
        const { form, file } = await http.readUpload(ctx, MAX_FORM_BYTES);
        typed = textsOf(form, FIELDS);
        const { from, to, ...place } = typed;
        const input = {
          sub: person.id,
          ...place,
          ...(from !== undefined && { from: startOfDay(from) }),
          ...(to !== undefined && { to: endOfDay(to) }),
        };
        const outcome = await register.appoint(administrator, input, file?.content, {
          via: 'page',
          source: http.source(ctx),
        });
        http.redirect(ctx, `/admin/appointments?done=${outcome.state === 'done' ? 'appointed' : 'proposed'}`);
      } catch (error) {
        if (!isAppError(error) || error.status >= 500 || error.status === 404) throw error;
        await showForm(ctx, clerk, person, typed, toRefusal(error));
        ctx.status = error.status;
      }
    }),
  );

  /** The blank form to print and sign, with what is already known filled in. */
  routes.get('/admin/appointments/blank', ctx =>
    desk.openFor(ctx, ['membership', 'give'], async ({ authority }) => {
      if (!mayAppointAnywhere(authority)) throw notFound();
      const person = await seenPerson(directory, authority, queryText(ctx, 'sub'));
      const { profiles } = await optionsOf(authority);
      const login = (await catalogue.entries()).find(({ sub }) => sub === person.id)?.login ?? null;
      await http.render(ctx, 'admin/appointment-blank', {
        name: nameOf(person),
        login,
        profession:
          person.profession === undefined ? null : directory.codes.profession(person.profession).label,
        email: person.email ?? null,
        profiles: profiles.map(({ label }) => label),
        today: clock.nowMs(),
        sub: person.id,
      });
    }),
  );

  async function seenMembership(ctx: Context, authority: Authority) {
    const { sub, ref } = ctx.params as { sub: string; ref: string };
    return register.find(authority, sub, ref);
  }

  routes.get('/admin/appointments/:sub/:ref/form', ctx =>
    desk.openFor(ctx, ['membership', 'read'], async ({ administrator, authority }) => {
      const seen = await seenMembership(ctx, authority);
      const { name, type, content } = await register.readForm(administrator, seen, http.source(ctx));
      // SECURITY: what somebody uploaded is never shown within our origin: it is saved.
      ctx.set('Content-Disposition', `attachment; filename="${name}"`);
      ctx.type = type;
      ctx.body = content;
    }),
  );

  async function showRevocation(
    ctx: Context,
    { administrator, authority }: Clerk,
    reason = '',
    refusal?: Refusal,
  ) {
    const { person, held } = await seenMembership(ctx, authority);
    const decision = await acts.judge(administrator, membership.remove, {
      sub: person.id,
      membership: membershipRef(held),
    });
    if (!decision.decision) throw refusedBy(decision);
    const place =
      held.organisation === undefined ? null : await directory.organisations.get(held.organisation);
    await http.render(ctx, 'admin/appointment-revoke', {
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      name: nameOf(person),
      profile: directory.codes.profile(held.profile).label,
      place: place?.name ?? null,
      needsSecond: decision.context.obligations?.includes('second_person') === true,
      reason,
    });
  }

  routes.get('/admin/appointments/:sub/:ref/revoke', ctx =>
    desk.openFor(ctx, ['membership', 'remove'], clerk => showRevocation(ctx, clerk)),
  );

  routes.post('/admin/appointments/:sub/:ref/revoke', ctx =>
    desk.openFor(ctx, ['membership', 'remove'], async clerk => {
      const { person, held } = await seenMembership(ctx, clerk.authority);
      const { reason } = textsOf(await http.readForm(ctx), ['reason']);
      const input = { sub: person.id, membership: membershipRef(held) };
      await submitAct(
        context,
        ctx,
        clerk,
        { act: membership.remove, input, reason, needsReason: true },
        {
          again: refusal => showRevocation(ctx, clerk, reason, refusal),
          then: ({ state }) => `/admin/appointments?done=${state === 'done' ? 'revoked' : 'revoke-proposed'}`,
        },
      );
    }),
  );
}
