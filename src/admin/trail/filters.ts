import type { Context } from 'koa';
import { invalidFields } from '../acts/refusals.ts';
import { queryText } from '../forms.ts';
import { instantOfParis } from '../paris-time.ts';

/** A span of days, as typed: both included, in Paris time. */
export interface Days {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What the viewer is narrowed to; all of it must hold. */
export interface TrailFilter extends Days {
  /** Any part of a name, to choose a person. */
  readonly q?: string | undefined;
  /** The `sub` of the person chosen. */
  readonly person?: string | undefined;
  /** The opaque key of a patient. */
  readonly record?: string | undefined;
  /** An event, or `category:<category>`. */
  readonly act?: string | undefined;
  /** An organisation: who belongs to it, or below. */
  readonly branch?: string | undefined;
}

const FIELDS = ['q', 'person', 'record', 'act', 'branch', 'from', 'to'] as const;

export function filterOf(ctx: Context): TrailFilter {
  return Object.fromEntries(FIELDS.map(name => [name, queryText(ctx, name)]));
}

/** `path` with the filter as its query. */
export function linkTo(
  path: string,
  filter: TrailFilter,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, ...more }))
    if (typeof value === 'string') query.set(name, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The instants of these days: from the first on, and before the end of the last. Throws `admin.invalid` (422). */
export function instantsOf({ from, to }: Days): { readonly fromMs?: number; readonly toMs?: number } {
  const fromMs = from === undefined ? undefined : startOfDay('from', from, 0);
  const toMs = to === undefined ? undefined : startOfDay('to', to, 1);
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs)
    throw invalidFields({ to: 'La fin doit venir après le début.' });
  return { ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs }) };
}

const DAY = /^2\d{3}-\d{2}-\d{2}$/u;

function startOfDay(field: string, day: string, further: number): number {
  const asked = DAY.test(day) ? Date.parse(`${day}T00:00Z`) : NaN;
  if (Number.isNaN(asked)) throw invalidFields({ [field]: 'Indiquez un jour, comme 2026-11-21.' });
  const shifted = new Date(asked + further * 86_400_000).toISOString().slice(0, 10);
  return Date.parse(instantOfParis(`${shifted}T00:00`));
}
