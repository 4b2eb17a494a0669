import type { Administration } from '#access/index.ts';
import type { AuditLine } from '#audit/index.ts';
import { z } from 'zod';
import { actorOf } from '../acts/act.ts';
import { notFound } from '../acts/refusals.ts';
import { idField } from '../people/fields.ts';
import { changesIn } from '../trail/changes.ts';
import type { Trail } from '../trail/index.ts';
import type { Asked } from '../trail/reader.ts';
import { readRecordKey } from '../trail/record-key.ts';
import { reportOnPerson, reportOnRecord } from '../trail/reports.ts';
import { rowOf } from '../trail/rows.ts';
import type { TrailScope } from '../trail/scope.ts';
import type { trailLineSchema } from './oversight-schemas.ts';
import { trailPageSchema } from './oversight-schemas.ts';
import { cursorOf, toCursor } from './paging.ts';
import { defineRoute, type ApiAnswer, type ApiRoute, type Caller } from './route.ts';
import { pagingFields } from './schemas.ts';

const TAG = 'Traces';
const page = { schema: trailPageSchema, words: { fr: 'Une page de traces', en: 'A page of the trail' } };
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/u, 'Indiquez un jour, comme 2026-11-21.')
  .optional();
const daysQuery = z.strictObject({ ...pagingFields, from: day, to: day });
const listQuery = daysQuery.extend({
  person: idField.optional(),
  record: z.string().max(128, 'C’est trop long.').optional(),
  act: z.string().max(100, 'C’est trop long.').optional().meta({
    description: 'Un type d’événement, ou `category:…`. / An event type, or `category:…`.',
  }),
  branch: idField.optional(),
});

type PageQuery = z.output<typeof daysQuery>;

/**
 * The trail within the branch, read. Every reading is traced, as at the pages. The export of the whole log is not here:
 * it proves what happened to a person with `audit:export`, who has just signed in.
 */
export function trailRoutes(deps: {
  readonly administration: Administration;
  readonly trail: Trail;
}): readonly ApiRoute[] {
  const { administration, trail } = deps;

  async function read(caller: Caller, asked: Omit<Asked, 'after'>, query: PageQuery): Promise<ApiAnswer> {
    const { administrator, source } = caller;
    const authority = await administration.authorityOf(administrator);
    if (!authority.mayAnywhere('audit', 'read')) throw notFound();
    const after = query.after === undefined ? undefined : cursorOf(query.after);
    const visitor = { sub: actorOf(administrator), administrator, authority, source };
    const { scope, ...reading } = await trail.reader.open(visitor, { ...asked, after });
    const found = await reading.page(after, query.limit);
    const next = found.next === undefined ? undefined : toCursor(found.next);
    return {
      status: 200,
      next,
      body: {
        items: found.items.map(line => view(line, scope)),
        ...(next !== undefined && { next }),
        unfinished: found.isUnfinished,
        read_back_to: found.readBackTo ?? null,
      },
    };
  }

  /** What the page says of the line, with identifiers in the place of names. */
  function view(line: AuditLine, scope: TrailScope): z.input<typeof trailLineSchema> {
    const { place, sentence, outcome, record, source, reason } = rowOf(line, scope, trail.events());
    // SECURITY: whoever the page would not name is not identified either.
    const known = (sub: string | undefined) => (sub !== undefined && scope.nameOf(sub) !== null ? sub : null);
    const purpose = line.data?.['purpose'];
    return {
      place,
      at: line.at,
      type: line.type,
      sentence,
      outcome,
      actor: known(line.actor),
      account: known(line.account),
      on_behalf_of: known(line.onBehalfOf),
      client: line.client ?? null,
      record,
      purpose: typeof purpose === 'string' ? purpose : null,
      acr: line.acr ?? null,
      source,
      reason,
      changes: changesOf(line),
    };
  }

  return [
    defineRoute({
      name: 'listTrail',
      method: 'GET',
      path: '/trail',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Lire les traces de la branche', en: 'Read the trail of the branch' },
      query: listQuery,
      answers: { 200: page },
      async handle(call) {
        const { person, record, act, branch, from, to } = call.query;
        if (record !== undefined) readRecordKey(record);
        const filter = { person, record, act, branch, from, to };
        return read(call, { view: 'list', filter }, call.query);
      },
    }),
    defineRoute({
      name: 'reportOnPerson',
      method: 'GET',
      path: '/trail/people/{sub}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Qu’a fait cette personne ?', en: 'What did this person do?' },
      params: z.strictObject({ sub: idField }),
      query: daysQuery,
      answers: { 200: page },
      async handle(call) {
        const { kind, filter, only } = reportOnPerson(call.params.sub, call.query);
        return read(call, { view: kind, filter, only }, call.query);
      },
    }),
    defineRoute({
      name: 'reportOnRecord',
      method: 'GET',
      path: '/trail/records/{record}',
      scope: 'admin:read',
      tag: TAG,
      summary: { fr: 'Qui a ouvert ce dossier ?', en: 'Who opened this record?' },
      params: z.strictObject({ record: z.string().max(128, 'C’est trop long.') }),
      query: daysQuery,
      answers: { 200: page },
      async handle(call) {
        const { kind, filter, only } = reportOnRecord(readRecordKey(call.params.record), call.query);
        return read(call, { view: kind, filter, only }, call.query);
      },
    }),
  ];
}

function changesOf(line: AuditLine): z.input<typeof trailLineSchema>['changes'] {
  const pairs = Object.entries(changesIn(line) ?? {}).flatMap(([field, pair]) =>
    Array.isArray(pair)
      ? [[field, { before: (pair[0] as unknown) ?? null, after: (pair[1] as unknown) ?? null }] as const]
      : [],
  );
  return Object.fromEntries(pairs);
}
