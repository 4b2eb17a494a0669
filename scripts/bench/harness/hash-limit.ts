import { createHasher } from '#accounts/index.ts';
import { runClosed } from './load.ts';
import { HASHING, PASSWORD } from './subject.ts';

/** Password verifications per second that this machine can do in the product's own pool, with nothing else to do. */
export async function hashLimit(seconds: number): Promise<number> {
  const hasher = createHasher(HASHING);
  try {
    const hash = await hasher.hash(PASSWORD);
    const operation = () => hasher.verify(hash, PASSWORD);
    const workers = HASHING.threads * 2;
    await runClosed({ workers, seconds: seconds / 4, operation });
    const load = await runClosed({ workers, seconds, operation });
    return load.operations / load.seconds;
  } finally {
    await hasher.close();
  }
}
