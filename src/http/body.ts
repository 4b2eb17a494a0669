import { AppError } from '#kernel/index.ts';
import type { Context } from 'koa';

/** A body that has not arrived by then is a slow or a dead client. */
const BODY_TIMEOUT_MS = 15_000;

/**
 * The body as UTF-8 text, at most `maxBytes`. Throws `http.too_large` (413), `http.slow_body` (408) and
 * `http.malformed_body` (400) for what is not UTF-8. Content encodings are refused (415): nothing is inflated.
 */
export async function readBody(ctx: Context, maxBytes: number): Promise<string> {
  const encoding = ctx.get('Content-Encoding');
  if (encoding !== '' && encoding !== 'identity') throw refusal('http.unsupported_encoding', 415);
  if (Number(ctx.get('Content-Length') || 0) > maxBytes) throw tooLarge(ctx);
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => ctx.req.destroy(refusal('http.slow_body', 408)), BODY_TIMEOUT_MS);
  try {
    for await (const chunk of ctx.req as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge(ctx);
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw refusal('http.malformed_body', 400, cause);
  }
}

/** Parses a JSON body. Throws `http.malformed_json` (400), `http.unsupported_type` (415) besides what `readBody` throws. */
export async function readJson(ctx: Context, { maxBytes }: { readonly maxBytes: number }): Promise<unknown> {
  if (!ctx.is('application/json', 'application/*+json')) throw refusal('http.unsupported_type', 415);
  const text = await readBody(ctx, maxBytes);
  try {
    // SECURITY: a `__proto__` key would become a prototype where the value is copied later.
    return JSON.parse(text, (key, value: unknown) => {
      if (key === '__proto__') throw new SyntaxError('__proto__ is no name');
      return value;
    });
  } catch (cause) {
    throw refusal('http.malformed_json', 400, cause);
  }
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
