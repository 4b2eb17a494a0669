import { Busboy } from '@fastify/busboy';
import { AppError } from '#kernel/index.ts';
import type { Context } from 'koa';
import { readBytes } from './body.ts';
import { formOf, type Form } from './form.ts';

/** A file of a form. SECURITY: its name and its type are the sender's words; only its content is to be judged. */
export interface UploadedFile {
  readonly name: string;
  readonly content: Buffer;
}

export interface Upload {
  readonly form: Form;
  /** `null` when no file was chosen, or an empty one. */
  readonly file: UploadedFile | null;
}

/** Room for the other fields and the frame of the parts, besides the file. */
const FRAME_BYTES = 64 * 1024;
const MAX_FIELDS = 20;
const MAX_NAME = 200;

/**
 * Reads `multipart/form-data` with at most one file of at most `maxBytes`, wholly in memory. Throws as `parseForm`:
 * `http.unsupported_type` (415), `http.too_large` (413), `http.slow_body` (408), `http.malformed_form` (400).
 */
export async function parseUpload(ctx: Context, maxBytes: number): Promise<Upload> {
  const type = ctx.get('Content-Type');
  if (!ctx.is('multipart/form-data')) throw unsupported();
  const body = await readBytes(ctx, maxBytes + FRAME_BYTES);
  const fields: (readonly [string, string])[] = [];
  const files: UploadedFile[] = [];
  let isTooLarge = false;
  await new Promise<void>((resolve, reject) => {
    const refuse = () => reject(malformed());
    const parser = openParser(type, maxBytes);
    parser.on('field', (name, value, isNameCut, isValueCut) => {
      if (isNameCut || isValueCut) refuse();
      else fields.push([name, value]);
    });
    parser.on('file', (_field, stream, name) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('limit', () => (isTooLarge = true));
      // A part that the body cuts short.
      stream.on('error', refuse);
      stream.on('end', () => {
        const content = Buffer.concat(chunks);
        // Browsers send an empty part when nothing was chosen.
        if (content.byteLength > 0) files.push({ name: name.slice(0, MAX_NAME), content });
      });
    });
    for (const limit of ['fieldsLimit', 'filesLimit', 'partsLimit', 'error'] as const)
      parser.on(limit, refuse);
    parser.on('finish', resolve);
    parser.end(body);
  });
  if (isTooLarge) {
    throw new AppError({
      code: 'http.too_large',
      status: 413,
      publicMessage: 'Ce fichier est trop volumineux.',
      hint: `Choisissez un fichier de ${Math.floor(maxBytes / 1024)} Kio au plus.`,
    });
  }
  return { form: formOf(fields), file: files[0] ?? null };
}

function openParser(type: string, maxBytes: number) {
  try {
    return new Busboy({
      headers: { 'content-type': type },
      limits: {
        files: 1,
        fileSize: maxBytes,
        fields: MAX_FIELDS,
        parts: MAX_FIELDS + 1,
        fieldNameSize: 100,
        fieldSize: 16 * 1024,
        headerPairs: 20,
      },
    });
  } catch (cause) {
    throw malformed(cause);
  }
}

function unsupported(): AppError {
  return new AppError({
    code: 'http.unsupported_type',
    status: 415,
    publicMessage: 'Ce formulaire a été envoyé dans un format inattendu.',
  });
}

function malformed(cause?: unknown): AppError {
  return new AppError({
    code: 'http.malformed_form',
    status: 400,
    publicMessage: 'Ce formulaire n’est pas lisible.',
    hint: 'Revenez en arrière puis recommencez.',
    cause,
  });
}
