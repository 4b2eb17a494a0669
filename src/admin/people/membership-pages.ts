import type { Membership, Professional } from '#directory/index.ts';
import type { Form } from '#http/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { notFound, refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { queryText, submitAct, type Refusal } from '../forms.ts';
import type { Choices } from './choices.ts';
import { dayOf, endOfDay, lastDayOf, startOfDay } from './days.ts';
import type { PeopleActs } from './index.ts';
import { membershipRef } from './membership-acts.ts';
import { visibleMemberships } from './search.ts';
import { nameOf, seenPerson } from './seen.ts';

/** A profile as it stands in a form. */
export interface TypedMembership {
  readonly network: string;
  readonly organisation: string;
  readonly profile: string;
  /** Days; `until` is the last one. */
  readonly from: string;
  readonly until: string;
  readonly proof: string;
}

export function membershipTyped(form: Form): TypedMembership {
  const text = (name: string) => form.get(name).trim();
  return {
    network: text('network'),
    organisation: text('organisation'),
    profile: text('profile'),
    from: text('from'),
    until: text('until'),
    proof: text('proof'),
  };
}

/** What the acts take: instants instead of days, and nothing for what was left empty. */
export function membershipInput({ network, organisation, profile, from, until, proof }: TypedMembership) {
  return {
    ...(network !== '' && { network }),
    ...(organisation !== '' && { organisation }),
    ...(profile !== '' && { profile }),
    ...(from !== '' && { from: startOfDay(from) }),
    ...(until !== '' && { to: endOfDay(until) }),
    ...(proof !== '' && { proof }),
  };
}

/** The form calls the end by its last day. */
export function withLastDay(refusal: Refusal): Refusal {
  const { to, ...fields } = refusal.fields;
  return { ...refusal, fields: { ...fields, ...(to && { until: to }) } };
}

/** Giving a profile, and its dates. */
export function createMembershipPages(
  routes: Router,
  context: AdminContext,
  { membership: acts }: PeopleActs,
  choices: Choices,
): void {
  const { http, desk, directory } = context;

  async function showGive(
    ctx: Context,
    { authority }: Clerk,
    person: Professional,
    typed: TypedMembership,
    refusal?: Refusal,
  ): Promise<void> {
    const { network, organisation } = typed;
    const isPlaced = network !== '';
    const place = { network, organisation: organisation === '' ? undefined : organisation };
    await http.render(ctx, 'admin/person-profile', {
      title: 'Donner un profil',
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      name: nameOf(person),
      back: `/admin/people/${person.id}`,
      typed,
      isPlaced,
      networks: await choices.networks(authority),
      organisations: await choices.organisations(authority, ['membership', 'give']),
      isWide: authority.may('membership', 'give', { network }),
      profiles: isPlaced ? choices.profiles(authority, place) : [],
    });
  }

  routes.get('/admin/people/:sub/memberships/new', ctx =>
    desk.openFor(ctx, ['membership', 'give'], async clerk => {
      const person = await seenPerson(directory, clerk.authority, ctx.params['sub']);
      const asked = (name: string) => queryText(ctx, name) ?? '';
      const [only] = clerk.authority.offices;
      await showGive(ctx, clerk, person, {
        network: asked('network'),
        organisation: asked('organisation') || (person.branch ?? only?.organisation ?? ''),
        profile: asked('profile') || 'utilisateur_cancerologie',
        from: asked('from'),
        until: asked('until'),
        proof: '',
      });
    }),
  );

  routes.post('/admin/people/:sub/memberships/new', ctx =>
    desk.openFor(ctx, ['membership', 'give'], async clerk => {
      const form = await http.readForm(ctx);
      const person = await seenPerson(directory, clerk.authority, ctx.params['sub']);
      const typed = membershipTyped(form);
      await submitAct(
        context,
        ctx,
        clerk,
        { act: acts.give, input: { sub: person.id, ...membershipInput(typed) } },
        {
          again: refusal => showGive(ctx, clerk, person, typed, withLastDay(refusal)),
          then: ({ state }) => `/admin/people/${person.id}?done=${state === 'done' ? 'given' : 'proposed'}`,
        },
      );
    }),
  );

  /** SECURITY: a profile of another branch is not found, as one that does not exist. */
  function heldBy(person: Professional, { authority }: Clerk, ref: unknown): Membership {
    const held = visibleMemberships(person.memberships, authority).find(
      candidate => membershipRef(candidate) === ref,
    );
    if (!held) throw notFound();
    return held;
  }

  async function showDates(
    ctx: Context,
    person: Professional,
    held: Membership,
    typed: { readonly from: string; readonly until: string },
    refusal?: Refusal,
  ): Promise<void> {
    const [network, organisation] = await Promise.all([
      directory.networks.get(held.network),
      held.organisation === undefined ? null : directory.organisations.get(held.organisation),
    ]);
    await http.render(ctx, 'admin/person-dates', {
      title: 'Changer les dates d’un profil',
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      name: nameOf(person),
      back: `/admin/people/${person.id}`,
      what: [
        directory.codes.profile(held.profile).label,
        network?.name ?? held.network,
        organisation?.name ?? held.organisation ?? 'tout le réseau',
      ].join(', '),
      typed,
    });
  }

  routes.get('/admin/people/:sub/memberships/:membership', ctx =>
    desk.openFor(ctx, ['membership', 'give'], async clerk => {
      const person = await seenPerson(directory, clerk.authority, ctx.params['sub']);
      const held = heldBy(person, clerk, ctx.params['membership']);
      const input = { sub: person.id, membership: membershipRef(held) };
      const decision = await context.acts.judge(clerk.administrator, acts.change, input);
      if (!decision.decision) throw refusedBy(decision);
      await showDates(ctx, person, held, { from: dayOf(held.fromMs), until: lastDayOf(held.toMs) });
    }),
  );

  routes.post('/admin/people/:sub/memberships/:membership', ctx =>
    desk.openFor(ctx, ['membership', 'give'], async clerk => {
      const form = await http.readForm(ctx);
      const person = await seenPerson(directory, clerk.authority, ctx.params['sub']);
      const held = heldBy(person, clerk, ctx.params['membership']);
      const typed = { from: form.get('from').trim(), until: form.get('until').trim() };
      const input = {
        sub: person.id,
        membership: membershipRef(held),
        // A day that was not touched keeps its instant: the store may know the hour.
        ...(typed.from !== dayOf(held.fromMs) && { from: typed.from && startOfDay(typed.from) }),
        ...(typed.until !== lastDayOf(held.toMs) && { to: typed.until && endOfDay(typed.until) }),
      };
      await submitAct(
        context,
        ctx,
        clerk,
        { act: acts.change, input },
        {
          again: refusal => showDates(ctx, person, held, typed, withLastDay(refusal)),
          then: () => `/admin/people/${person.id}?done=dates`,
        },
      );
    }),
  );
}
