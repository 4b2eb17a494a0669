import { z } from 'zod';
import { checkFiness, checkPersonId, normaliseAcr } from '#kernel/index.ts';
import type { Window } from '../types.ts';
import { isEmptyWindow } from '../windows.ts';

/*
 * What the rows of the region file are made of (contract §3). Messages are for the operator and never repeat a
 * value: the path says where to look.
 */

/** Names one thing for ever: in tokens, in consents, in the audit log. */
export const idField = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/u, 'expected 1 to 128 of A-Z, a-z, 0-9, `_` and `-`');

/** Text on one line, spaces around it dropped. */
export function lineField(max: number) {
  return z
    .string()
    .trim()
    .min(1, 'expected some text')
    .max(max, `expected at most ${max} characters`)
    .regex(/^[^\p{Cc}]*$/u, 'expected text on one line');
}

/** An ISO 8601 instant with its offset, read as epoch milliseconds. */
export const instantField = z.iso
  .datetime({
    offset: true,
    error: 'expected an ISO 8601 instant with its offset, such as `2026-11-21T08:00:00+01:00`',
  })
  .transform(text => Date.parse(text));

export const windowFields = { from: instantField.optional(), to: instantField.optional() };

export function windowOf(row: {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}): Window {
  return {
    ...(row.from !== undefined && { fromMs: row.from }),
    ...(row.to !== undefined && { toMs: row.to }),
  };
}

/** A window as the file writes it. */
export function windowRow({ fromMs, toMs }: Window): { readonly from?: string; readonly to?: string } {
  return {
    ...(fromMs !== undefined && { from: instantRow(fromMs) }),
    ...(toMs !== undefined && { to: instantRow(toMs) }),
  };
}

/** Epoch milliseconds as the file writes them. */
export function instantRow(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** Doubts about windows that can never be in force; kept as they are, since they open nothing. */
export function warnOfEmptyWindows(what: string, windows: readonly Window[]): readonly string[] {
  return windows.flatMap((window, n) =>
    isEmptyWindow(window) ? [`${what}[${n}] ends before it begins and is never in force`] : [],
  );
}

/** A level of the ladder, in the ladder's own name. */
export const acrField = z.string().transform((text, context) => {
  const acr = normaliseAcr(text);
  if (acr !== undefined) return acr;
  context.addIssue({ code: 'custom', message: 'expected a level of the acr ladder' });
  return z.NEVER;
});

/** A person's national identifier, prefix included, in canonical form. */
export const personIdField = z.string().transform((text, context) => {
  const checked = checkPersonId(text);
  if (checked.ok) return checked.id.value;
  const expected = {
    format: 'expected a national identifier with its prefix, such as `8` and an RPPS number',
    checksum: 'expected a national identifier with a right control digit',
    prefix_unknown: 'expected a national identifier with one of the prefixes 0, 1, 3, 5, 6, 8',
    prefix_ended: 'expected an RPPS number with prefix 8: prefixes 2 and 9 have ended',
    oid_unknown: 'expected a national identifier',
  }[checked.problem];
  context.addIssue({ code: 'custom', message: expected });
  return z.NEVER;
});

/** SECURITY: a national identifier as reports and logs may name it: enough to find the row, too little to know the person. */
export function maskPersonId(id: string): string {
  return `…${id.slice(-3)}`;
}

/** A FINESS number in canonical form; its control digit only warns (`warnOfFiness`). */
export const finessField = z.string().transform((text, context) => {
  const checked = checkFiness(text);
  if (checked.ok) return checked.id;
  context.addIssue({ code: 'custom', message: 'expected a FINESS number of 9 characters' });
  return z.NEVER;
});

export function warnOfFiness(finess: string | undefined): readonly string[] {
  const checked = finess === undefined ? undefined : checkFiness(finess);
  return checked?.ok && checked.warnings.length > 0 ? ['finess: the control digit is wrong'] : [];
}
