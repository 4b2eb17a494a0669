import type { Window } from './types.ts';

/** True from `fromMs` (inclusive) to `toMs` (exclusive); a window that ends before it begins never holds. */
export function isInForce({ fromMs, toMs }: Window, nowMs: number): boolean {
  return (fromMs === undefined || nowMs >= fromMs) && (toMs === undefined || nowMs < toMs);
}

/** True for a window that can hold at no instant. */
export function isEmptyWindow({ fromMs, toMs }: Window): boolean {
  return fromMs !== undefined && toMs !== undefined && toMs <= fromMs;
}
