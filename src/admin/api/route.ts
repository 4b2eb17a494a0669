import type { Administrator } from '#access/index.ts';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { readInput } from '../acts/refusals.ts';

export type ApiScope = 'admin:read' | 'admin:write';
export type ApiMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A sentence in both languages of the documentation. */
export interface Words {
  readonly fr: string;
  readonly en: string;
}

/** An answer that a route may give; with neither schema nor types, it has no body. */
export interface AnswerKind {
  readonly schema?: z.ZodType;
  /** Media types of a file. */
  readonly types?: readonly string[];
  readonly words: Words;
}

/** Who calls, and from where. */
export interface Caller {
  readonly clientId: string;
  /** API scopes in force. */
  readonly scopes: ReadonlySet<string>;
  readonly administrator: Administrator;
  readonly source: string;
}

/** A body that is a file. What it holds is judged by whoever reads it, never by its declared type. */
export interface FileBody {
  readonly types: readonly string[];
  readonly maxBytes: number;
}

/** A file, as an answer. */
export interface FileAnswer {
  /** Letters, digits and hyphens, with its extension: it stands in a header. */
  readonly name: string;
  readonly type: string;
  readonly content: Buffer | Readable;
}

/** A call whose parts were read by the schemas of its route. */
export interface ApiCall<P, Q, B> extends Caller {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Of a route that takes a file; empty otherwise. */
  readonly file: Buffer;
}

/** The parts of a call as they came. */
export interface RawCall extends Caller {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly file: Buffer;
}

export interface ApiAnswer {
  readonly status: number;
  /** Absent: the answer has no body. */
  readonly body?: object;
  /** Instead of a body. */
  readonly file?: FileAnswer;
  /** What is kept of the body for a request that is sent again; by default all of it. */
  readonly kept?: object;
  /** A path below the root of the API. */
  readonly location?: string;
  /** Where the next page of a list begins: sent as a link too. */
  readonly next?: string | undefined;
}

/** One line of the table from which both the endpoints and their documentation come. */
export interface ApiRoute {
  /** `operationId` of the documentation: stable. */
  readonly name: string;
  readonly method: ApiMethod;
  /** Below `/admin/api/v1`, with `{names}` for what varies. */
  readonly path: string;
  readonly scope: ApiScope;
  readonly tag: string;
  readonly summary: Words;
  readonly params: z.ZodObject | undefined;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodType | undefined;
  /** Instead of `body`. */
  readonly file?: FileBody;
  /** Of a body larger than most. */
  readonly maxBytes?: number;
  /** By status. Refusals common to all routes are not repeated. */
  readonly answers: Readonly<Record<number, AnswerKind>>;
  /** The thing as it stands: a change of it must name the version that it changes (`If-Match`). */
  readonly current: ((call: RawCall) => Promise<object>) | undefined;
  /** Throws `AppError`. */
  readonly handle: (call: RawCall) => Promise<ApiAnswer>;
}

type Shape<T> = T extends z.ZodType ? z.output<T> : Record<string, never>;

interface RouteInit<
  P extends z.ZodObject | undefined,
  Q extends z.ZodObject | undefined,
  B extends z.ZodType | undefined,
> extends Omit<ApiRoute, 'params' | 'query' | 'body' | 'current' | 'handle'> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly current?: (call: ApiCall<Shape<P>, Shape<Q>, Shape<B>>) => Promise<object>;
  readonly handle: (call: ApiCall<Shape<P>, Shape<Q>, Shape<B>>) => Promise<ApiAnswer>;
}

/** A route whose parts are read by its own schemas. Its calls throw `admin.invalid` (422) besides what `handle` throws. */
export function defineRoute<
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(init: RouteInit<P, Q, B>): ApiRoute {
  const { params, query, body, current, handle } = init;
  const read = (call: RawCall): ApiCall<Shape<P>, Shape<Q>, Shape<B>> => ({
    ...call,
    params: readPart(params, call.params, 'path.') as Shape<P>,
    query: readPart(query, call.query, 'query.') as Shape<Q>,
    body: readPart(body, call.body, '') as Shape<B>,
  });
  return {
    ...init,
    params,
    query,
    body,
    current: current && (async call => current(read(call))),
    handle: async call => handle(read(call)),
  };
}

/** Reads one part of a call. Throws `admin.invalid` (422). */
export function readPart(schema: z.ZodType | undefined, value: unknown, prefix: string): unknown {
  return schema ? readInput(schema, value, prefix) : {};
}
