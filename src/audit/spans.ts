import { z } from 'zod';
import type { Collection, CollectionSpec, Store } from '#store/index.ts';
import { canonicalJson } from './line.ts';
import { isSignatureValid, type Signer } from './signing.ts';

const Count = z.number().int().positive();

/** One line of an export too. */
export const SpanSchema = z.strictObject({
  from: Count,
  to: Count,
  /** The instant of the last of them. */
  at: z.string(),
  /** The newest head of each chain that they stated: those of a chain that ended meanwhile stand nowhere else. */
  heads: z.array(z.strictObject({ chain: z.string(), seq: Count, hash: z.string() })),
  /** SHA-256 of the checkpoint before the first. */
  previous: z.string(),
  /** SHA-256 of the last, to which the checkpoint after it is bound. */
  hash: z.string(),
  keyId: z.string(),
  signature: z.string(),
});

/**
 * What stands for checkpoints that were thinned out, from one number to another. Signed with the key of the checkpoints:
 * who can write the store can make no hole in their sequence.
 */
export type CheckpointSpan = Readonly<z.infer<typeof SpanSchema>>;

export interface StoredSpan {
  /** The first number. */
  readonly id: string;
  readonly span: CheckpointSpan;
  /** Epoch seconds: its checkpoints are not removed before, so that who reads them finds them all. Absent once they are. */
  readonly removeAt?: number;
}

const spanSpec: CollectionSpec<StoredSpan> = {
  name: 'audit_spans',
  version: 1,
  indexes: {
    number: { key: ({ id }) => id },
    /** Those whose checkpoints are still there. */
    moving: { key: ({ removeAt }) => (removeAt === undefined ? null : 'moving') },
  },
};

export function openSpans(store: Store): Collection<StoredSpan> {
  return store.collection(spanSpec);
}

/** All spans, in order of number. Read before the checkpoints: what goes meanwhile is in one of them. */
export async function readSpans(store: Store): Promise<readonly CheckpointSpan[]> {
  const spans = openSpans(store);
  const all: CheckpointSpan[] = [];
  let after: string | undefined;
  do {
    const page = await spans.list('number', {
      prefix: '',
      limit: 1_000,
      ...(after !== undefined && { after }),
    });
    all.push(...page.items.map(({ span }) => span));
    after = page.next;
  } while (after !== undefined);
  return all;
}

export function signSpan(
  unsigned: Omit<CheckpointSpan, 'keyId' | 'signature'>,
  signer: Signer,
): CheckpointSpan {
  const named = { ...unsigned, keyId: signer.keyId };
  return { ...named, signature: signer.sign(canonicalJson(named)) };
}

/** `keys`: PEM by identifier. False too for what has not the form of a span, whoever signed it. */
export function isSpanSigned(span: CheckpointSpan, keys: ReadonlyMap<string, string>): boolean {
  if (!SpanSchema.safeParse(span).success) return false;
  const { signature, ...unsigned } = span;
  const key = keys.get(span.keyId);
  return key !== undefined && isSignatureValid(canonicalJson(unsigned), signature, key);
}
