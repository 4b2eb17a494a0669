import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const runGarbageCollection = runInNewContext('gc') as () => void;

/** Bytes that are held, after two collections. */
export function collect(): number {
  for (let turn = 0; turn < 2; turn += 1) runGarbageCollection();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
