import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  sign,
  verify,
  createPublicKey,
} from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { SealingKey } from '#kernel/index.ts';
import { broken, unknownKey } from './errors.ts';
import { contentKey, signingKey } from './keys.ts';

/**
 * The file of a backup (docs/operations.md describes it for other programs):
 * a line of JSON (`Header`), sealed chunks (length in four bytes, ciphertext, tag), and an Ed25519 signature of 64
 * bytes over the hexadecimal SHA-256 of all that comes before it. Streamed both ways: memory does not grow with it.
 */
export interface Header {
  readonly format: 'trousseau-backup-1';
  /** ISO 8601. */
  readonly takenAt: string;
  /** Name of the sealing key. */
  readonly key: string;
  readonly salt: string;
}

const FORMAT = 'trousseau-backup-1';
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const SIGNATURE_BYTES = 64;
/** No header is longer: what has no end of line by then is no backup. */
const MAX_HEADER_BYTES = 1024;

/** Turns the content into the file's bytes. */
export async function* sealContainer(
  content: AsyncIterable<Buffer>,
  { key, takenAt }: { readonly key: SealingKey; readonly takenAt: string },
): AsyncGenerator<Buffer> {
  const salt = randomBytes(32);
  const header: Header = { format: FORMAT, takenAt, key: key.id, salt: salt.toString('base64url') };
  const line = Buffer.from(`${JSON.stringify(header)}\n`);
  const digest = createHash('sha256');
  const secret = contentKey(key, salt);
  yield hashed(line);
  let counter = 0;
  for await (const { bytes, isLast } of inChunks(content)) {
    const cipher = createCipheriv('aes-256-gcm', secret, nonceOf(counter, isLast));
    cipher.setAAD(line);
    const sealed = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(sealed.byteLength);
    yield hashed(Buffer.concat([length, sealed]));
    counter += 1;
  }
  yield sign(null, Buffer.from(digest.digest('hex')), signingKey(key));

  function hashed(bytes: Buffer): Buffer {
    digest.update(bytes);
    return bytes;
  }
}

/** A backup whose signature holds. */
export interface OpenedContainer {
  readonly header: Header;
  /** Hexadecimal SHA-256 of what is signed: names this backup. */
  readonly fingerprint: string;
  /** The content, each chunk proven before it is given. Throws `operation.backup_broken`. */
  content(): AsyncGenerator<Buffer>;
}

/**
 * Reads the whole file once for its signature. Does not read its content. Throws `operation.backup_broken`,
 * `operation.unknown_key`, and what the system says of a file that is not there.
 */
export async function openContainer(file: string, keys: readonly SealingKey[]): Promise<OpenedContainer> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const line = await readHeaderLine(handle);
    const header = parseHeader(line);
    const key = keys.find(({ id }) => id === header.key);
    if (!key) throw unknownKey(header.key);
    const end = size - SIGNATURE_BYTES;
    if (end <= line.byteLength) throw broken('the file is cut');
    const signature = Buffer.alloc(SIGNATURE_BYTES);
    await handle.read(signature, 0, SIGNATURE_BYTES, end);
    const fingerprint = await digestOf(file, end);
    if (!verify(null, Buffer.from(fingerprint), createPublicKey(signingKey(key)), signature))
      throw broken('the signature does not hold: the file is cut or was changed');
    const secret = contentKey(key, Buffer.from(header.salt, 'base64url'));
    return { header, fingerprint, content: () => readChunks(file, { line, end, secret }) };
  } finally {
    await handle.close();
  }
}

/** The fingerprint of a backup, without any key. */
export async function fingerprintOf(file: string): Promise<string> {
  const { size } = await stat(file);
  return digestOf(file, size - SIGNATURE_BYTES);
}

async function digestOf(file: string, end: number): Promise<string> {
  const digest = createHash('sha256');
  for await (const bytes of createReadStream(file, { end: end - 1 })) digest.update(bytes as Buffer);
  return digest.digest('hex');
}

async function* readChunks(
  file: string,
  { line, end, secret }: { readonly line: Buffer; readonly end: number; readonly secret: Uint8Array },
): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r');
  try {
    let at = line.byteLength;
    for (let counter = 0; at < end; counter += 1) {
      const length = (await readExactly(handle, 4, at)).readUInt32BE();
      if (length < TAG_BYTES || length > CHUNK_BYTES + TAG_BYTES)
        throw broken('a chunk has no sensible length');
      const sealed = await readExactly(handle, length, at + 4);
      at += 4 + length;
      yield openChunk(sealed, secret, nonceOf(counter, at === end), line);
    }
  } finally {
    await handle.close();
  }
}

function openChunk(sealed: Buffer, secret: Uint8Array, nonce: Buffer, line: Buffer): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', secret, nonce);
    decipher.setAAD(line);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw broken('a chunk does not open: another key has the same name, or the file was changed', cause);
  }
}

// SECURITY: the number keeps chunks in their order, the mark keeps the end in its place (the STREAM construction); the
// key serves one file only, so that the nonces need nothing random.
function nonceOf(counter: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(counter, 7);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}

async function* inChunks(
  content: AsyncIterable<Buffer>,
): AsyncGenerator<{ readonly bytes: Buffer; readonly isLast: boolean }> {
  let waiting = Buffer.alloc(0);
  for await (const bytes of content) {
    waiting = Buffer.concat([waiting, bytes]);
    while (waiting.byteLength > CHUNK_BYTES) {
      yield { bytes: waiting.subarray(0, CHUNK_BYTES), isLast: false };
      waiting = waiting.subarray(CHUNK_BYTES);
    }
  }
  yield { bytes: waiting, isLast: true };
}

async function readHeaderLine(handle: FileHandle): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(MAX_HEADER_BYTES), 0, MAX_HEADER_BYTES, 0);
  const end = buffer.subarray(0, bytesRead).indexOf('\n');
  if (end === -1) throw broken('the file does not begin as a backup does');
  return buffer.subarray(0, end + 1);
}

function parseHeader(line: Buffer): Header {
  try {
    const header = JSON.parse(line.toString()) as Partial<Header>;
    if (header.format === FORMAT && header.key !== undefined && header.salt !== undefined)
      return header as Header;
  } catch (cause) {
    throw broken('the file does not begin as a backup does', cause);
  }
  throw broken(`the file is no ${FORMAT}`);
}

async function readExactly(handle: FileHandle, length: number, at: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, at);
  if (bytesRead !== length) throw broken('the file is cut');
  return buffer;
}
