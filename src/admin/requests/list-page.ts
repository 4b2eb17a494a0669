import { nameOf, professionOf, type AccountRequest } from '#enrolment/index.ts';
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { AdminContext } from '../context.ts';
import { doneSentence, queryText } from '../forms.ts';
import { nameOf as nameOfPerson } from '../people/seen.ts';
import { daysWaited, isLate, isWaiting } from './reminders.ts';
import { STATES } from './words.ts';
import { SHOWN, type Shown, type WorkFilter, type WorkList } from './work-list.ts';

const PAGE = 50;

const DONE: Readonly<Record<string, string>> = {
  transferred: 'La demande est transmise.',
};

/** How old a request is at least, in days. */
const AGES = [3, 7, 14, 30] as const;

/** `/admin/requests`: the requests of the branch that are not settled, the oldest first. */
export function createRequestList(routes: Router, context: AdminContext, list: WorkList): void {
  const { http, desk, directory, clock } = context;
  const { codes } = directory;

  routes.get('/admin/requests', ctx =>
    desk.openFor(ctx, ['account_request', 'read'], async ({ authority, sub }) => {
      const asked = askedBy(ctx);
      const after = queryText(ctx, 'after');
      const page = await list.page(authority, asked, { after, limit: PAGE });
      const [networks, organisations] = await Promise.all([
        directory.networks.all(),
        directory.organisations.all(),
      ]);
      const networkNames = new Map(networks.map(({ id, name }) => [id, name]));
      await http.render(ctx, 'admin/requests', {
        filter: asked,
        done: doneSentence(ctx, DONE),
        counts: page.counts,
        total: page.total,
        isFirst: after === undefined,
        first: linkTo(asked),
        next: page.next === undefined ? null : linkTo({ ...asked, after: page.next }),
        rows: page.items.map(request => rowOf(request, { sub, networkNames })),
        parts: (Object.keys(SHOWN) as Shown[]).map(key => ({
          key,
          href: linkTo({ ...asked, show: key }),
          count: page.counts[key],
        })),
        networks: networks
          .filter(({ id }) => authority.mayInNetwork('network', 'read', id))
          .map(({ id, name }) => ({ value: id, label: name })),
        organisations: organisations
          .filter(({ id }) => authority.may('organisation', 'read', { organisation: id }))
          .map(({ id, name }) => ({ value: id, label: name })),
        professions: codes.professions().map(({ code, label }) => ({ value: code, label })),
        ages: AGES.map(days => ({ value: String(days), label: `Plus de ${days} jours` })),
      });
    }),
  );

  function rowOf(
    request: AccountRequest,
    { sub, networkNames }: { readonly sub: string; readonly networkNames: ReadonlyMap<string, string> },
  ) {
    const { life, answers, proven, duplicates } = request;
    const nowMs = clock.nowMs();
    const name = nameOf(request);
    const profession = professionOf(request);
    return {
      id: request.id,
      name: name ? nameOfPerson(name) : 'Sans nom',
      profession: profession === undefined ? null : codes.profession(profession).label,
      place: workplaceWords(answers.workplace),
      networks: (answers.interests?.networks ?? []).map(id => networkNames.get(id) ?? id),
      sentAtMs: (life.sentAt ?? 0) * 1000,
      state: life.state,
      stateWords: STATES[life.state],
      isLate: isLate(request, nowMs),
      days: isWaiting(request) ? daysWaited(request, nowMs) : null,
      hasAnswered: life.state === 'received' && request.messages.at(-1)?.from === 'requester',
      isProven: proven !== null,
      alike: duplicates.length,
      isOwn: life.own.includes(sub),
    };
  }
}

export function workplaceWords(workplace: AccountRequest['answers']['workplace']): string | null {
  if (!workplace) return null;
  return workplace.kind === 'liberal' ? 'Exercice libéral' : workplace.name;
}

function askedBy(ctx: Context): WorkFilter {
  const show = queryText(ctx, 'show') ?? 'all';
  const days = Number(queryText(ctx, 'days') ?? '');
  return {
    show: Object.hasOwn(SHOWN, show) ? (show as Shown) : 'all',
    text: queryText(ctx, 'text'),
    network: queryText(ctx, 'network'),
    organisation: queryText(ctx, 'organisation'),
    profession: queryText(ctx, 'profession'),
    days: Number.isInteger(days) && days > 0 ? days : undefined,
  };
}

function linkTo(asked: WorkFilter & { readonly after?: string }): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) if (value !== undefined) query.set(name, String(value));
  return `/admin/requests?${query}`;
}
