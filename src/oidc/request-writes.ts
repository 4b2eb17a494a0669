import { AsyncLocalStorage } from 'node:async_hooks';

/** Writes of the request under way that nothing of it reads back. */
const pending = new AsyncLocalStorage<Promise<unknown>[]>();

/**
 * Lets a write share its commit with the later ones of the same request, in place of a commit each: it is waited for
 * at the end of the request, or at once where there is no such request. For writes only whose outcome decides nothing.
 */
export async function beforeTheAnswer(write: Promise<unknown>): Promise<void> {
  const writes = pending.getStore();
  if (!writes) return void (await write);
  // Waited for in `answerWhenDurable`; until then a failure is nobody's yet.
  write.catch(() => undefined);
  writes.push(write);
}

/**
 * Runs a request; `last` follows it and may write too. INVARIANT: resolves when everything that it wrote is durable,
 * and rejects when something is not: nothing is answered that a crash could take back. Nothing goes on behind the answer.
 */
export async function answerWhenDurable(run: () => Promise<void>, last: () => Promise<void>): Promise<void> {
  const writes: Promise<unknown>[] = [];
  const work = pending.run(writes, run).then(last);
  await Promise.allSettled([work]);
  for (const outcome of await Promise.allSettled([work, ...writes])) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}
