import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

/** The national files are UTF-8 today and were Latin once: the beginning tells. */
const SAMPLE_BYTES = 1024 * 1024;
/** No line of theirs is that long: it is something else, and is not kept in memory. */
const MAX_LINE = 64 * 1024;

/** The lines of a text file, one after the other, in constant memory. Throws what the system says (`ENOENT`). */
export async function* linesOf(file: string): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder(await encodingOf(file));
  let rest = '';
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split(/\r?\n/u);
    rest = (lines.pop() ?? '').slice(0, MAX_LINE);
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

async function encodingOf(file: string): Promise<'utf-8' | 'windows-1252'> {
  const handle = await open(file);
  try {
    const sample = Buffer.alloc(SAMPLE_BYTES);
    const { bytesRead } = await handle.read(sample, 0, SAMPLE_BYTES, 0);
    // A character cut by the end of the sample is no mistake.
    new TextDecoder('utf-8', { fatal: true }).decode(sample.subarray(0, bytesRead), { stream: true });
    return 'utf-8';
  } catch (error) {
    if (error instanceof TypeError) return 'windows-1252';
    throw error;
  } finally {
    await handle.close();
  }
}
