import type { Professional } from '#directory/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { refusedBy } from '../acts/refusals.ts';
import type { AdminContext } from '../context.ts';
import type { Clerk } from '../desk.ts';
import { PRIVILEGED } from '../particular.ts';
import { queryText, submitAct, type Refusal } from '../forms.ts';
import { dayOf, endOfDay, lastDayOf, startOfDay } from './days.ts';
import type { PeopleActs } from './index.ts';
import { withLastDay } from './membership-pages.ts';
import { searchPeople, visibleMemberships } from './search.ts';
import { nameOf, seenPerson } from './seen.ts';

interface Typed {
  readonly delegate: string;
  readonly from: string;
  readonly until: string;
}

const MOST_CANDIDATES = 20;

/**
 * `/admin/people/:sub/absence`: who acts on behalf of somebody who is away. Profiles of administration are not delegated
 * so: whoever stands in for an administrator is given the same profile for that time, by who may give it.
 */
export function createAbsencePage(routes: Router, context: AdminContext, { delegation }: PeopleActs): void {
  const { http, desk, directory, catalogue, clock, acts } = context;

  /** Administration that somebody else has to take over meanwhile: those profiles of it that may be given here. */
  function officesOf(person: Professional, { authority }: Clerk, { from, until }: Typed) {
    const nowMs = clock.nowMs();
    return visibleMemberships(person.memberships, authority)
      .filter(({ profile, toMs }) => PRIVILEGED.has(profile) && (toMs === undefined || toMs > nowMs))
      .map(({ network, organisation, profile }) => {
        const place = { network, ...(organisation !== undefined && { organisation }) };
        return {
          label: directory.codes.profile(profile).label,
          query: authority.givable(place).includes(profile)
            ? String(new URLSearchParams({ ...place, profile, from, until }))
            : null,
        };
      });
  }

  async function show(
    ctx: Context,
    clerk: Clerk,
    person: Professional,
    typed: Typed,
    refusal?: Refusal,
  ): Promise<void> {
    const { authority } = clerk;
    const text = queryText(ctx, 'q');
    const page =
      text === undefined
        ? { items: [], total: 0 }
        : await searchPeople(
            catalogue,
            authority,
            { text, status: 'active' },
            { limit: MOST_CANDIDATES, nowMs: clock.nowMs() },
          );
    await http.render(ctx, 'admin/person-absence', {
      title: 'Déclarer une absence',
      alert: refusal ?? null,
      errors: refusal?.fields ?? {},
      name: nameOf(person),
      back: `/admin/people/${person.id}`,
      text,
      typed,
      isCut: page.total > page.items.length,
      found: page.items
        .filter(({ sub }) => sub !== person.id)
        .map(entry => ({
          sub: entry.sub,
          name: nameOf(entry),
          profession:
            entry.profession === undefined ? null : directory.codes.profession(entry.profession).label,
        })),
      offices: officesOf(person, clerk, typed),
    });
  }

  routes.get('/admin/people/:sub/absence', ctx =>
    desk.openFor(ctx, ['account', 'update'], async clerk => {
      const person = await seenPerson(directory, clerk.authority, ctx.params['sub']);
      const input = { sub: person.id, delegate: person.id };
      const decision = await acts.judge(clerk.administrator, delegation.end, input);
      if (!decision.decision) throw refusedBy(decision);
      const nowMs = clock.nowMs();
      await show(ctx, clerk, person, {
        delegate: '',
        from: queryText(ctx, 'from') ?? dayOf(nowMs),
        until: queryText(ctx, 'until') ?? lastDayOf(nowMs + WEEK_MS),
      });
    }),
  );

  routes.post('/admin/people/:sub/absence', ctx =>
    desk.openFor(ctx, ['account', 'update'], async clerk => {
      const form = await http.readForm(ctx);
      const person = await seenPerson(directory, clerk.authority, ctx.params['sub']);
      const typed: Typed = {
        delegate: form.get('delegate'),
        from: form.get('from').trim(),
        until: form.get('until').trim(),
      };
      const input = {
        sub: person.id,
        ...(typed.delegate !== '' && { delegate: typed.delegate }),
        ...(typed.from !== '' && { from: startOfDay(typed.from) }),
        ...(typed.until !== '' && { to: endOfDay(typed.until) }),
      };
      await submitAct(
        context,
        ctx,
        clerk,
        { act: delegation.give, input },
        {
          again: refusal => show(ctx, clerk, person, typed, withLastDay(refusal)),
          then: () => `/admin/people/${person.id}?done=absence`,
        },
      );
    }),
  );
}

const WEEK_MS = 7 * 86_400_000;
