import { randomBytes } from 'node:crypto';
import { link, open, readFile, unlink } from 'node:fs/promises';
import path from 'node:path';
import { randomId, type SealingKey } from '#kernel/index.ts';
import { z } from 'zod';
import { makeFolder } from './data-folder.ts';
import { ConfigError } from './problem.ts';
import { sealKeys } from './values.ts';

/** The file whose presence marks a data folder as a demonstration's. */
export function demoSecretsFile(dataDir: string): string {
  return path.join(dataDir, 'demo-secrets.json');
}

const FileContent = z.object({ seal_keys: sealKeys() });

/**
 * The sealing keys of a demonstration, made on first use in `dataDir` (mode 0600) and the same ever after.
 * Of several processes that start together one makes the file and all read it. Throws `config.invalid` on a broken file.
 */
export async function loadOrCreateDemoSecrets(dataDir: string): Promise<readonly SealingKey[]> {
  const file = demoSecretsFile(dataDir);
  return (await readSecrets(file)) ?? (await createSecrets(file));
}

async function readSecrets(file: string): Promise<readonly SealingKey[] | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const parsed = FileContent.safeParse(parseJson(text));
  if (parsed.success) return parsed.data.seal_keys;
  const expected = 'the file of this demonstration as it was made; remove the data folder to begin anew';
  throw new ConfigError([{ setting: 'demo-secrets.json', given: 'a broken file', expected }], 'mode demo');
}

async function createSecrets(file: string): Promise<readonly SealingKey[]> {
  makeFolder(path.dirname(file), 'TROUSSEAU_DATA_DIR');
  const draft = `${file}.${randomId(6)}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(
      `${JSON.stringify({ seal_keys: `demo:${randomBytes(32).toString('base64url')}` })}\n`,
    );
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    // INVARIANT: `link` never replaces a file, so one maker wins and nobody ever reads half a file.
    await link(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  const keys = await readSecrets(file);
  if (keys === undefined) throw new TypeError(`${path.basename(file)} vanished`);
  return keys;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
