import { z } from 'zod';

/** An ISO 8601 instant with its offset, as the contract writes them; read as epoch milliseconds. */
export const instant = z.iso.datetime({ offset: true }).transform(text => Date.parse(text));

/** `from` inclusive, `to` exclusive, both optional. */
export const windowFields = { from: instant.optional(), to: instant.optional() };

export function windowOf({ from, to }: { from?: number | undefined; to?: number | undefined }): {
  fromMs?: number;
  toMs?: number;
} {
  return { ...(from !== undefined && { fromMs: from }), ...(to !== undefined && { toMs: to }) };
}

export const isoOf = (ms: number): string => new Date(ms).toISOString();
