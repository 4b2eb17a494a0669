import { AppError } from '#kernel/index.ts';
import type { Context } from 'koa';

/** A body that has not arrived by then is a slow or a dead client. */
const BODY_TIMEOUT_MS = 15_000;

/**
 * The body as UTF-8 text, at most `maxBytes`. Throws `http.too_large` (413), `http.slow_body` (408) and
 * `http.malformed_body` (400) for what is not UTF-8. Content encodings are refused (415): nothing is inflated.
 */
export async function readBody(ctx: Context, maxBytes: number): Promise<string> {
  const { charset } = ctx.request;
  if (charset !== '' && charset.toLowerCase() !== 'utf-8') throw refusal('http.unsupported_type', 415);
  const bytes = await readBytes(ctx, maxBytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refusal('http.malformed_body', 400, cause);
  }
}

/** The body as it comes, at most `maxBytes`. Throws `http.too_large` (413), `http.slow_body` (408), and 415 as `readBody`. */
export async function readBytes(ctx: Context, maxBytes: number): Promise<Buffer> {
  const encoding = ctx.get('Content-Encoding');
  if (encoding !== '' && encoding !== 'identity') throw refusal('http.unsupported_encoding', 415);
  if (Number(ctx.get('Content-Length') || 0) > maxBytes) throw tooLarge(ctx);
  return collect(ctx, maxBytes);
}

/**
 * Collects by events: leaving a `for await` over the request would destroy the socket, and the refusal with it.
 * What is still to come after a refusal is let go by, unread, until the connection ends with the answer.
 */
function collect(ctx: Context, maxBytes: number): Promise<Buffer> {
  const { req } = ctx;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (act: () => void) => {
      clearTimeout(timer);
      req.off('data', take).off('end', finish).off('error', fail).off('close', fail);
      act();
    };
    const refuse = (error: AppError) =>
      settle(() => {
        ctx.set('Connection', 'close');
        req.on('error', () => undefined).resume();
        reject(error);
      });
    const take = (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size > maxBytes) refuse(refusal('http.too_large', 413));
      else chunks.push(chunk);
    };
    const finish = () => settle(() => resolve(Buffer.concat(chunks)));
    const fail = () => settle(() => reject(refusal('http.malformed_body', 400)));
    const timer = setTimeout(() => refuse(refusal('http.slow_body', 408)), BODY_TIMEOUT_MS);
    req.on('data', take).on('end', finish).on('error', fail).on('close', fail);
  });
}

/** Parses a JSON body. Throws `http.malformed_json` (400), `http.unsupported_type` (415) besides what `readBody` throws. */
export async function readJson(ctx: Context, { maxBytes }: { readonly maxBytes: number }): Promise<unknown> {
  if (!ctx.is('application/json', 'application/*+json')) throw refusal('http.unsupported_type', 415);
  const text = await readBody(ctx, maxBytes);
  try {
    return checked(JSON.parse(text));
  } catch (cause) {
    throw refusal('http.malformed_json', 400, cause);
  }
}

const POLLUTING = new Set(['__proto__', 'constructor', 'prototype']);
/** Deeper than any body of ours; bounds the stack of whoever walks the value. */
const MAX_DEPTH = 32;

/** SECURITY: a polluting key would become a prototype where the value is copied; NUL ends a text early elsewhere. */
function checked(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw new SyntaxError('NUL in a text');
  } else if (typeof value === 'object' && value !== null) {
    if (depth === MAX_DEPTH) throw new SyntaxError('nested too deep');
    for (const [key, inner] of Object.entries(value)) {
      if (POLLUTING.has(key) || key.includes('\0')) throw new SyntaxError(`${key} is no name`);
      checked(inner, depth + 1);
    }
  }
  return value;
}

function tooLarge(ctx: Context): AppError {
  // What is still to come is not read: the connection ends with the answer.
  ctx.set('Connection', 'close');
  return refusal('http.too_large', 413);
}

const SENTENCES: Readonly<Record<string, string>> = {
  'http.too_large': 'L’envoi est trop volumineux.',
  'http.slow_body': 'L’envoi a mis trop de temps à arriver.',
  'http.malformed_body': 'L’envoi n’est pas lisible.',
  'http.malformed_json': 'Le corps de la requête n’est pas un document JSON valable.',
  'http.unsupported_type': 'Le type de contenu de la requête n’est pas accepté ici.',
  'http.unsupported_encoding': 'La compression du contenu n’est pas acceptée ici.',
};

function refusal(code: string, status: number, cause?: unknown): AppError {
  return new AppError({ code, status, publicMessage: SENTENCES[code] ?? 'La requête est refusée.', cause });
}
