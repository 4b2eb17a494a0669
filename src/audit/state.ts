import type { Store } from '#store/index.ts';
import { findCheckpoint, newestCheckpointNumber } from './checkpoints.ts';
import { readExcerpt } from './excerpt.ts';
import { verifyAudit, type AuditReport } from './verify.ts';

/** How the log stands, for who watches it. */
export interface AuditState {
  /** `null` before the first. */
  readonly newest: { readonly number: number; readonly at: string } | null;
  /** The last minutes of covered lines, verified just now; the whole log is for `audit-verify`. */
  readonly recent: AuditReport | null;
}

/** Enough to notice at once that something is wrong, at a cost that does not grow with the log. */
const RECENT_MS = 10 * 60_000;

/** Verifies the covered lines of the last ten minutes before the newest checkpoint. */
export async function readAuditState(store: Store, publicKey: string): Promise<AuditState> {
  const checkpoint = await findCheckpoint(store, await newestCheckpointNumber(store));
  if (checkpoint === null) return { newest: null, recent: null };
  const { number, at } = checkpoint;
  const excerpt = readExcerpt(store, { fromMs: Date.parse(at) - RECENT_MS });
  return {
    newest: { number, at },
    recent: await verifyAudit({ from: { excerpt }, publicKeys: [publicKey] }),
  };
}
