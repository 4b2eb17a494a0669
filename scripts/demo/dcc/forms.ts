import type { Context } from 'koa';
import { isOwnForm, type Session } from './sessions.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** Reads an urlencoded body. Answers 413 or 415 by itself, and never reads more than the bound. */
export async function readForm(ctx: Context): Promise<URLSearchParams> {
  if (!ctx.is('application/x-www-form-urlencoded')) ctx.throw(415);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of ctx.req) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > MAX_BODY_BYTES) ctx.throw(413);
    chunks.push(bytes);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

/** A form that one of our own pages sent in this session; anything else is 403. */
export async function readOwnForm(ctx: Context, session: Session): Promise<URLSearchParams> {
  const form = await readForm(ctx);
  if (!isOwnForm(session, form.get('csrf') ?? '')) ctx.throw(403);
  return form;
}

/** A path of this application to go back to. SECURITY: anything that could lead elsewhere is replaced. */
export function readReturnTo(value: string | null): string {
  return value !== null && /^\/(?:patients|documents|try|records\/[\w-]{1,32}(?:\/emergency)?)$/u.test(value)
    ? value
    : '/patients';
}
