import type { Http } from '#http/index.ts';
import type { Context } from 'koa';
import type { Clerk } from '../desk.ts';
import type { TrailVisitor } from './reader.ts';

/** A person at a page, as who reads the trail. */
export function visitorOf(
  http: Pick<Http, 'source'>,
  ctx: Context,
  { sub, administrator, authority, session }: Clerk,
): TrailVisitor {
  return { sub, administrator, authority, source: http.source(ctx), acr: session.acr };
}
