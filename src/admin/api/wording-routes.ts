import type { Administration } from '#access/index.ts';
import { z } from 'zod';
import type { Act } from '../acts/act.ts';
import { assertReadsMails } from '../mails/reading.ts';
import type { SeenWording } from '../mails/wording-acts.ts';
import type { createActRoutes } from './act-route.ts';
import { defineRoute, type ApiRoute, type Caller, type Words } from './route.ts';
import { pageSchema } from './schemas.ts';

const TAG = 'Courriels';
const named = z.strictObject({ template: z.string().max(100, 'Cet élément n’existe pas.') });

/** What a route is called, and what it does in words. */
interface Told {
  readonly name: string;
  readonly summary: Words;
}

/** A kind of messages whose words the API shows and changes. */
interface WordingKind<Input extends SeenWording, Sent extends object> {
  /** Below the root of the API. */
  readonly path: string;
  readonly templates: readonly string[];
  readonly words: { readonly one: Words; readonly all: Words };
  readonly schema: z.ZodType;
  /** As `schema` describes it. Throws `admin.not_found` (404). */
  readonly view: (template: string) => Promise<object>;
  readonly preview: Told & {
    readonly body: z.ZodType<Sent>;
    readonly schema: z.ZodType;
    /** The message with made-up values. Throws `admin.not_found` (404), `admin.invalid` (422). */
    readonly of: (template: string, words: Sent) => Promise<object>;
  };
  readonly list: Told;
  readonly get: Told;
  readonly update: Told & { readonly act: Act<Input, void> };
  readonly reset: Told & { readonly act: Act<SeenWording, void> };
}

/** The words of mails, or of text messages: read, changed, taken back, and seen before they are saved. */
export function wordingRoutes<Input extends SeenWording, Sent extends object>(
  deps: {
    readonly administration: Administration;
    readonly actRoute: ReturnType<typeof createActRoutes>;
  },
  kind: WordingKind<Input, Sent>,
): readonly ApiRoute[] {
  const { administration, actRoute } = deps;
  const { path, schema, view } = kind;
  const one = { 200: { schema, words: kind.words.one } };
  const shared = { scope: 'admin:read', tag: TAG } as const;
  const changing = {
    tag: TAG,
    answers: one,
    then: async (_caller: Caller, _outcome: unknown, { template = '' }) => ({
      status: 200,
      body: await view(template),
    }),
  };

  async function assertReads({ administrator }: Caller): Promise<void> {
    assertReadsMails({ authority: await administration.authorityOf(administrator) });
  }

  return [
    defineRoute({
      ...shared,
      ...kind.list,
      method: 'GET',
      path,
      answers: { 200: { schema: pageSchema(schema), words: kind.words.all } },
      async handle(call) {
        await assertReads(call);
        const items = await Promise.all(kind.templates.map(view));
        return { status: 200, body: { items, total: items.length } };
      },
    }),
    defineRoute({
      ...shared,
      ...kind.get,
      method: 'GET',
      path: `${path}/{template}`,
      params: named,
      answers: one,
      async handle(call) {
        await assertReads(call);
        return { status: 200, body: await view(call.params.template) };
      },
    }),
    actRoute({ ...changing, ...kind.update, method: 'PUT', path: `${path}/{template}` }),
    actRoute({ ...changing, ...kind.reset, method: 'POST', path: `${path}/{template}/reset` }),
    defineRoute({
      ...shared,
      name: kind.preview.name,
      summary: kind.preview.summary,
      method: 'POST',
      path: `${path}/{template}/preview`,
      params: named,
      body: kind.preview.body,
      answers: { 200: { schema: kind.preview.schema, words: kind.words.one } },
      async handle(call) {
        await assertReads(call);
        return { status: 200, body: await kind.preview.of(call.params.template, call.body) };
      },
    }),
  ];
}
