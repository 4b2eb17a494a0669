import type { RcpSessionView } from '#access/index.ts';

/** Where a board stands at that instant. */
export function rcpStateOf(
  { removedAtMs, fromMs = -Infinity, toMs = Infinity }: RcpSessionView,
  nowMs: number,
): 'removed' | 'coming' | 'open' | 'over' {
  if (removedAtMs !== undefined) return 'removed';
  if (nowMs < fromMs) return 'coming';
  return nowMs < toMs ? 'open' : 'over';
}
