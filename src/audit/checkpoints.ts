import { hash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { isAppError, type Clock } from '#kernel/index.ts';
import type { Collection, CollectionSpec, Store } from '#store/index.ts';
import { chainsOf, newChain, openChains, type ChainDoc } from './chains.ts';
import { canonicalJson, GENESIS } from './line.ts';
import { segmentId, type Segments } from './segments.ts';
import type { Signer } from './signing.ts';
import { openSpans } from './spans.ts';
import type { Head } from './writer.ts';

/** A signed statement of how far every chain had come. */
export interface Checkpoint {
  /** From 1, without a gap. */
  readonly number: number;
  readonly at: string;
  /** The heads of the chains that have moved since the checkpoint before: together the checkpoints cover all heads. */
  readonly heads: readonly Head[];
  /** SHA-256 of the checkpoint before. */
  readonly previous: string;
  readonly keyId: string;
  /** Ed25519 over the canonical JSON of all the rest. */
  readonly signature: string;
}

interface StoredCheckpoint extends Checkpoint {
  readonly id: string;
}

/** How far something came: `newest`, the newest checkpoint; `thinned`, the last one that thinning has dealt with. */
interface Mark {
  readonly id: 'newest' | 'thinned';
  readonly number: number;
}

const checkpointSpec: CollectionSpec<StoredCheckpoint> = {
  name: 'audit_checkpoints',
  version: 1,
  indexes: { number: { key: checkpoint => checkpoint.id } },
};

const markSpec: CollectionSpec<Mark> = { name: 'audit_newest', version: 1, indexes: {} };

export interface Checkpoints {
  /** Makes a chain known before its first line. */
  announce(chain: string): Promise<void>;
  /** Covers all heads when one has moved since the newest checkpoint; resolves to it, or to `null` when none was needed. */
  write(own: Head): Promise<Checkpoint | null>;
  /** After the last checkpoint of a chain that grows no more. */
  retire(chain: string): Promise<void>;
}

/** How often a checkpoint is tried again when another instance took its number. */
const ATTEMPTS = 20;

export function openCheckpoints(deps: {
  readonly store: Store;
  readonly segments: Segments;
  readonly clock: Clock;
  readonly signer: () => Promise<Signer>;
  /** Receives every checkpoint that this process makes, so that a store cut short is noticed. */
  readonly file: string | undefined;
}): Checkpoints {
  const { segments, clock, file } = deps;
  const checkpoints = deps.store.collection(checkpointSpec);
  const chains = openChains(deps.store);
  const marks = openMarks(deps.store);
  // What stands for thinned checkpoints is declared with them, not at the first thinning days later.
  openSpans(deps.store);

  /** Follows a chain from what is covered to its last segment. */
  async function currentHead(chain: ChainDoc): Promise<Head> {
    let head: Head = { chain: chain.id, seq: chain.seq, hash: chain.hash };
    for (;;) {
      const last = (await segments.get(segmentId(chain.id, head.seq + 1)))?.lines.at(-1);
      if (last === undefined) return head;
      head = { chain: chain.id, seq: last.seq, hash: last.hash };
    }
  }

  async function attempt(own: Head): Promise<Checkpoint | null> {
    const before = await findCheckpoint(deps.store, await newestCheckpointNumber(deps.store));
    const known = await chainsOf(chains, 'open');
    const heads: Head[] = [];
    for (const chain of known) heads.push(chain.id === own.chain ? own : await currentHead(chain));
    const moved = heads.filter((head, index) => head.seq !== known[index]?.seq);
    if (moved.length === 0) return null;
    const signer = await deps.signer();
    const unsigned = {
      number: (before?.number ?? 0) + 1,
      at: new Date(clock.nowMs()).toISOString(),
      heads: moved,
      previous: before === null ? GENESIS : checkpointHash(before),
      keyId: signer.keyId,
    };
    const checkpoint = { ...unsigned, signature: signer.sign(canonicalJson(unsigned)) };
    await checkpoints.insert({ id: checkpointId(checkpoint.number), ...checkpoint });
    // ORDER: the store first. A checkpoint that is only in the file would be taken for one cut from the store.
    if (file !== undefined) await appendLine(file, JSON.stringify(checkpoint));
    await marks.put({ id: 'newest', number: checkpoint.number });
    for (const { chain, seq, hash } of moved) await chains.update(chain, doc => ({ ...doc, seq, hash }));
    return checkpoint;
  }

  return {
    async announce(chain) {
      await chains.put(newChain(chain));
    },
    async write(own) {
      for (let left = ATTEMPTS; ; left--) {
        try {
          return await attempt(own);
        } catch (error) {
          if (left === 0 || !isAppError(error, 'store.conflict')) throw error;
        }
      }
    },
    async retire(chain) {
      await chains.update(chain, doc => ({ ...doc, isClosed: true }));
    },
  };
}

export function openMarks(store: Store): Collection<Mark> {
  return store.collection(markSpec);
}

/** All checkpoints of a store, in order of number. */
export async function* readCheckpoints(store: Store): AsyncGenerator<Checkpoint> {
  const checkpoints = store.collection(checkpointSpec);
  let after: string | undefined;
  do {
    const page = await checkpoints.list('number', {
      prefix: '',
      limit: 200,
      ...(after !== undefined && { after }),
    });
    for (const stored of page.items) yield withoutId(stored);
    after = page.next;
  } while (after !== undefined);
}

/** The checkpoint of that number, or `null`. */
export async function findCheckpoint(store: Store, number: number): Promise<Checkpoint | null> {
  const stored = await store.collection(checkpointSpec).get(checkpointId(number));
  return stored && withoutId(stored);
}

/** Only what a span stands for; idempotent. */
export async function removeCheckpoint(store: Store, number: number): Promise<void> {
  await store.collection(checkpointSpec).remove(checkpointId(number));
}

/** 0 before the first. */
export async function newestCheckpointNumber(store: Store): Promise<number> {
  let number = (await openMarks(store).get('newest'))?.number ?? 0;
  while ((await findCheckpoint(store, number + 1)) !== null) number++;
  return number;
}

export function checkpointId(number: number): string {
  return String(number).padStart(12, '0');
}

/** As it was signed, and as it stands in the file. */
function withoutId({ id: _id, ...checkpoint }: StoredCheckpoint): Checkpoint {
  return checkpoint;
}

export function checkpointHash(checkpoint: Checkpoint): string {
  return hash('sha256', canonicalJson(checkpoint), 'base64url');
}

/** One durable line; a line that a crash cut in two is left behind as it is, on its own. */
async function appendLine(file: string, line: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    const { buffer } =
      size === 0 ? { buffer: Buffer.from('\n') } : await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    await handle.appendFile(`${buffer.toString() === '\n' ? '' : '\n'}${line}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
