import { open, stat, type FileHandle } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { Refusal } from './refusal.ts';

/** What a server or a folder said of the list that we have: whether there is a newer one can then be asked. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

export type Obtained = { readonly isNew: false } | { readonly isNew: true; readonly validators: Validators };

export interface Obtaining {
  /** A configured address (`http:`, `https:`) or a path. SECURITY: never one that a certificate names. */
  readonly from: string;
  /** The file that is written. */
  readonly into: string;
  /** `null`: whatever there is, even if nothing has changed. */
  readonly known: Validators | null;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Ends the transfer when the service ends. */
  readonly signal: AbortSignal;
  readonly fetch: typeof globalThis.fetch;
}

export const isAddress = (from: string) => /^https?:/u.test(from);

/**
 * Brings a list into a file, or says that it is the one that is known. Verifies nothing of what is in it.
 * Throws `Refusal`: `card.crl_unreachable`, `…_timeout`, `…_http_status`, `…_redirected`, `…_encoded`, `…_too_large`.
 */
export async function obtainList(order: Obtaining): Promise<Obtained> {
  const deadline = AbortSignal.timeout(order.timeoutMs);
  const signal = AbortSignal.any([deadline, order.signal]);
  try {
    return await (isAddress(order.from) ? download(order, signal) : copy(order, signal));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (deadline.aborted) throw new Refusal('card.crl_timeout', 'no whole list in time', error);
    throw new Refusal('card.crl_unreachable', causeOf(error), error);
  }
}

async function download(order: Obtaining, signal: AbortSignal): Promise<Obtained> {
  const { known } = order;
  const response = await order.fetch(order.from, {
    redirect: 'manual',
    signal,
    headers: {
      accept: 'application/pkix-crl, application/octet-stream;q=0.9',
      // A list hardly shrinks, and what unpacks to a thousand times its size is never begun.
      'accept-encoding': 'identity',
      ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
      ...(known?.lastModified === undefined ? {} : { 'if-modified-since': known.lastModified }),
    },
  });
  try {
    if (response.status === 304 && known !== null) return { isNew: false };
    if (response.status >= 300 && response.status < 400)
      throw new Refusal(
        'card.crl_redirected',
        `a redirection (${response.status}): configure the final address`,
      );
    if (response.status !== 200) throw new Refusal('card.crl_http_status', `HTTP status ${response.status}`);
    if (!/^(identity)?$/u.test(response.headers.get('content-encoding') ?? ''))
      throw new Refusal('card.crl_encoded', 'a compressed answer, which was not asked for');
    if (Number(response.headers.get('content-length') ?? 0) > order.maxBytes) throw tooLarge(order);
    if (response.body === null) throw new Refusal('card.crl_unreachable', 'an answer without a list');
    await write(order, response.body);
  } finally {
    // What was refused is not read to its end.
    if (response.body !== null && !response.bodyUsed) await response.body.cancel().catch(() => undefined);
  }
  return { isNew: true, validators: validatorsOf(response.headers) };
}

async function copy(order: Obtaining, signal: AbortSignal): Promise<Obtained> {
  const { mtimeMs, size } = await stat(order.from);
  const etag = `${mtimeMs}-${size}`;
  if (order.known?.etag === etag) return { isNew: false };
  if (size > order.maxBytes) throw tooLarge(order);
  await write(order, createReadStream(order.from, { signal }));
  return { isNew: true, validators: { etag } };
}

async function write(order: Obtaining, body: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(order.into, 'w', 0o600);
  try {
    await writePieces(file, order, body);
    // ORDER: on the disk before it takes the place of the list in force.
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writePieces(
  file: FileHandle,
  order: Obtaining,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > order.maxBytes) throw tooLarge(order);
    await file.writeFile(piece);
  }
}

function tooLarge({ maxBytes }: Obtaining): Refusal {
  return new Refusal('card.crl_too_large', `more than ${Math.floor(maxBytes / 1024 / 1024)} MiB`);
}

function validatorsOf(headers: Headers): Validators {
  const etag = headers.get('etag');
  const lastModified = headers.get('last-modified');
  return { ...(etag === null ? {} : { etag }), ...(lastModified === null ? {} : { lastModified }) };
}

/** The system's word for what went wrong (`ECONNREFUSED`, `ENOENT`), never an address or a path. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return 'the transfer failed';
}
