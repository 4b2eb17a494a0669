import type { Authority, Place } from '#access/index.ts';
import { defineEvent } from '#audit/index.ts';
import type { Membership, Professional } from '#directory/index.ts';
import { isAppError } from '#kernel/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { actorOf } from '../acts/act.ts';
import { invalidFields, notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { doneSentence, queryText, submitAct, textsOf, toRefusal, type Refusal } from '../forms.ts';
import type { Choices } from '../people/choices.ts';
import { endOfDay, startOfDay } from '../people/days.ts';
import { membershipRef, type MembershipActs } from '../people/membership-acts.ts';
import { searchPeople, visibleMemberships } from '../people/search.ts';
import { nameOf, seenPerson } from '../people/seen.ts';
import { formTypeOf, MAX_FORM_BYTES, type SignedForms } from './documents.ts';

const DONE: Readonly<Record<string, string>> = {
  appointed: 'L’administrateur est nommé.',
  proposed: 'La nomination est proposée : un autre administrateur régional doit la confirmer.',
  revoked: 'Le profil d’administration est retiré.',
  'revoke-proposed': 'Le retrait est proposé : un autre administrateur régional doit le confirmer.',
};

/** Profiles that are given by an appointment, with a form signed by the head of the establishment. */
const APPOINTED: readonly string[] = ['administrateur_local', 'administrateur_3c', 'auditeur'];

const FIELDS = ['profile', 'network', 'organisation', 'from', 'to'] as const;
type Typed = Partial<Record<(typeof FIELDS)[number], string>>;

const PAGE = 50;
const MOST_FOUND = 20;

export const formRead = defineEvent('admin.signed_form.read', {
  category: 'administration',
  title: 'Formulaire signé d’une nomination lu',
  data: ['target'],
});

/** `/admin/appointments`: who administers, and how somebody comes to. */
export function createAppointmentPages(
  routes: Router,
  context: AdminContext,
  parts: { readonly membership: MembershipActs; readonly forms: SignedForms; readonly choices: Choices },
): void {
  const { http, desk, directory, catalogue, clock, acts, administration, audit } = context;
  const { membership, forms, choices } = parts;

  const isOver = ({ toMs }: Membership) => toMs !== undefined && toMs <= clock.nowMs();
  const mayAppoint = (authority: Authority, place: Place) =>
    authority.givable(place).some(profile => APPOINTED.includes(profile));
  const mayAppointAnywhere = (authority: Authority) =>
    authority.offices.some(office => mayAppoint(authority, office));

  routes.get('/admin/appointments', ctx =>
    desk.openFor(ctx, ['membership', 'read'], async ({ sub, authority }) => {
      const policy = administration.policy();
      const names = new Map((await directory.organisations.all()).map(({ id, name }) => [id, name]));
      const networks = new Map((await directory.networks.all()).map(({ id, name }) => [id, name]));
      const rows = [];
      for (const entry of await catalogue.entries()) {
        if (entry.status === 'closed' || !authority.reaches('account', 'read', entry)) continue;
        for (const held of visibleMemberships(entry.memberships, authority)) {
          if (!policy.isPrivileged(held.profile) || isOver(held)) continue;
          rows.push({
            sub: entry.sub,
            name: nameOf(entry),
            isActive: entry.status === 'active',
            place: names.get(held.organisation ?? '') ?? 'Tout le réseau',
            network: networks.get(held.network) ?? held.network,
            profile: directory.codes.profile(held.profile).label,
            fromMs: held.fromMs ?? null,
            toMs: held.toMs ?? null,
            ref: membershipRef(held),
            form: await hasForm(held, entry.sub),
            proof: held.proof?.startsWith('formulaire:') === true ? null : (held.proof ?? null),
            // Nobody takes away their own rights.
            mayRevoke: entry.sub !== sub && authority.givable(held).includes(held.profile),
          });
        }
      }
      rows.sort((a, b) => a.place.localeCompare(b.place, 'fr'));
      const first = Math.max(0, Number.parseInt(queryText(ctx, 'from') ?? '0', 10) || 0);
      await http.render(ctx, 'admin/appointments', {
        done: doneSentence(ctx, DONE),
        rows: rows.slice(first, first + PAGE),
        total: rows.length,
        isFirst: first === 0,
        next: rows.length > first + PAGE ? `/admin/appointments?from=${first + PAGE}` : null,
        mayAppoint: mayAppointAnywhere(authority),
      });
    }),
  );

  const hasForm = async (held: Membership, sub: string) =>
    held.proof !== undefined && (await forms.find(held, sub)) !== null;

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
      let proof: string | undefined;
      try {
        const { form, file } = await http.readUpload(ctx, MAX_FORM_BYTES);
        typed = textsOf(form, FIELDS);
        const { profile, network, organisation, from, to } = typed;
        const missing = {
          ...(!(profile !== undefined && APPOINTED.includes(profile)) && {
            profile: 'Choisissez un profil de la liste.',
          }),
          ...(organisation === undefined && { organisation: 'Choisissez un établissement.' }),
        };
        if (Object.keys(missing).length > 0) throw invalidFields(missing);
        const type = file && formTypeOf(file.content);
        if (!type)
          throw invalidFields({
            form: 'Joignez le formulaire signé : un fichier PDF, PNG ou JPEG de 5 Mio au plus.',
          });
        const input = {
          sub: person.id,
          profile,
          network,
          organisation,
          ...(from !== undefined && { from: startOfDay(from) }),
          ...(to !== undefined && { to: endOfDay(to) }),
        };
        // What is refused is refused before anything is kept.
        await acts.preview(administrator, membership.give, input);
        const of = {
          sub: person.id,
          profile: profile ?? '',
          network: network ?? '',
          ...(organisation !== undefined && { organisation }),
        };
        proof = await forms.keep(file.content, type, of, actorOf(administrator));
        const outcome = await acts.perform(
          administrator,
          membership.give,
          { ...input, proof },
          { via: 'page', source: http.source(ctx) },
        );
        // Already held: the profile keeps the proof that it has.
        if (outcome.state === 'done' && Object.keys(outcome.changes).length === 0) await forms.discard(proof);
        http.redirect(ctx, `/admin/appointments?done=${outcome.state === 'done' ? 'appointed' : 'proposed'}`);
      } catch (error) {
        if (proof !== undefined) await forms.discard(proof);
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

  /** The membership that an address names. SECURITY: one of another branch is answered like none. */
  async function seenMembership(ctx: Context, authority: Authority) {
    const { sub, ref } = ctx.params as { sub: string; ref: string };
    const person = await seenPerson(directory, authority, sub);
    const held = visibleMemberships(person.memberships, authority).find(
      candidate => membershipRef(candidate) === ref,
    );
    if (!held) throw notFound();
    return { person, held };
  }

  routes.get('/admin/appointments/:sub/:ref/form', ctx =>
    desk.openFor(ctx, ['membership', 'read'], async ({ administrator, authority }) => {
      const { person, held } = await seenMembership(ctx, authority);
      const form = await forms.find(held, person.id);
      const content = form && (await forms.content(form));
      if (!content) throw notFound();
      await audit.record(formRead, {
        actor: actorOf(administrator),
        account: person.id,
        source: http.source(ctx),
        outcome: 'success',
        data: { target: form.id },
      });
      // SECURITY: what somebody uploaded is never shown within our origin: it is saved.
      ctx.set('Content-Disposition', `attachment; filename="nomination-${form.id}.${EXTENSIONS[form.type]}"`);
      ctx.type = form.type;
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

const EXTENSIONS = { 'application/pdf': 'pdf', 'image/png': 'png', 'image/jpeg': 'jpg' } as const;
