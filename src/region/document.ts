import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#kernel/index.ts';

/** A region file that is JSON of the right version; its rows are not looked at yet. */
export interface RegionDocument {
  /** Every key but `version`. */
  readonly parts: Readonly<Record<string, unknown>>;
  /** The text of a file named relative to the document. */
  readText(relative: string): Promise<string>;
}

/** The version of the format (contract §3). */
export const FORMAT_VERSION = 1;

/** 50,000 accounts are about 40 MB; beyond this something else was meant. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Reads a region file. Throws `region.file_unreadable` (400), `region.file_malformed` (400) for what is not a JSON
 * object, `region.version_unknown` (400).
 */
export async function readRegionFile(file: string): Promise<RegionDocument> {
  const text = await readText(file);
  let value: unknown;
  try {
    // Editors on Windows put a byte order mark before the text.
    value = JSON.parse(text.replace(/^\uFEFF/u, ''));
  } catch (cause) {
    throw refuse('file_malformed', 'Le fichier de région n’est pas du JSON valable.', syntaxOf(cause));
  }
  return regionDocument(value, path.dirname(path.resolve(file)));
}

/** A document that was read already; `folder` is where its `file` names begin. */
export function regionDocument(value: unknown, folder: string): RegionDocument {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw refuse('file_malformed', 'Le fichier de région n’est pas un objet JSON.', 'expected an object');
  }
  const { version, ...parts } = value as Record<string, unknown>;
  if (version !== FORMAT_VERSION) {
    throw refuse(
      'version_unknown',
      'La version du fichier de région n’est pas connue.',
      `expected \`version\` ${FORMAT_VERSION}`,
    );
  }
  return { parts, readText: relative => readText(within(folder, relative)) };
}

/** SECURITY: a row names a file beside the document, and no other file of the machine. */
function within(folder: string, relative: string): string {
  const file = path.resolve(folder, relative);
  if (!file.startsWith(folder + path.sep)) {
    throw refuse(
      'file_unreadable',
      'Un fichier désigné n’est pas à côté du fichier de région.',
      `\`${relative}\` is not under the folder of the document`,
    );
  }
  return file;
}

async function readText(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    if (bytes.byteLength > MAX_BYTES) throw new RangeError('the file is too long');
    // A text in another encoding would become another text, in names and in terms that people accept.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refuse('file_unreadable', 'Un fichier ne peut pas être lu.', `\`${file}\` ${reasonOf(cause)}`);
  }
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'is not text in UTF-8';
  return cause instanceof RangeError ? cause.message : `cannot be read (${code})`;
}

/** Where the syntax breaks; the engine's message would quote the file, which holds secrets. */
function syntaxOf(cause: unknown): string {
  const [, where] = /(line \d+ column \d+)/u.exec(cause instanceof Error ? cause.message : '') ?? [];
  return where === undefined
    ? 'the JSON ends too early or is malformed'
    : `the JSON is malformed at ${where}`;
}

function refuse(noun: string, publicMessage: string, detail: string): AppError {
  return new AppError({ code: `region.${noun}`, status: 400, publicMessage, detail });
}
