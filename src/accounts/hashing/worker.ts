import { argon2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { formatPhc, parsePhc, type HashParameters } from './phc.ts';

/*
 * One thread of the hash pool. `argon2Sync` here rather than `argon2` in the main thread: the latter runs on libuv's
 * four threads, where twenty sign-ins would hold up every DNS look-up and file read of the service.
 */

export type HashTask =
  | { readonly kind: 'hash'; readonly password: string; readonly parameters: HashParameters }
  | { readonly kind: 'verify'; readonly password: string; readonly phc: string };

export type HashAnswer =
  { readonly ok: true; readonly value: string | boolean } | { readonly ok: false; readonly message: string };

/** Above 0: hashing yields to whatever else wants the processor. */
const NICENESS = 10;

// A storm of sign-ins must not slow down those who have signed in. Only on Linux does 0 name this thread, and not the
// whole process. Measured on two cores (docs/benchmarks.md): the p99 of the others falls from 995 to 126 ms.
if (process.platform === 'linux') setPriority(0, NICENESS);

const SALT_BYTES = 16;
const HASH_BYTES = 32;

function run(task: HashTask): string | boolean {
  const message = Buffer.from(task.password, 'utf8');
  if (task.kind === 'hash') {
    const { memoryKiB, passes, parallelism } = task.parameters;
    const salt = randomBytes(SALT_BYTES);
    const hash = argon2Sync('argon2id', {
      message,
      nonce: salt,
      memory: memoryKiB,
      passes,
      parallelism,
      tagLength: HASH_BYTES,
    });
    return formatPhc({ ...task.parameters, salt, hash });
  }
  const stored = parsePhc(task.phc);
  if (!stored) throw new Error('the stored hash is not an argon2id hash within bounds');
  const hash = argon2Sync('argon2id', {
    message,
    nonce: stored.salt,
    memory: stored.memoryKiB,
    passes: stored.passes,
    parallelism: stored.parallelism,
    tagLength: stored.hash.byteLength,
  });
  return timingSafeEqual(hash, stored.hash);
}

parentPort?.on('message', (task: HashTask) => {
  let answer: HashAnswer;
  try {
    answer = { ok: true, value: run(task) };
  } catch (error) {
    answer = { ok: false, message: error instanceof Error ? error.message : 'unknown failure' };
  }
  parentPort?.postMessage(answer);
});
