import { hash } from 'node:crypto';
import type { EventCategory, EventType } from './events.ts';

export type Outcome = 'success' | 'refused' | 'failure';
export type DataValue = string | number | boolean | null;

/** What a module tells about one event. Identifiers only: no name, no address, no identity of a patient. */
export interface EventEntry<D extends string = string> {
  /** The `sub` of who acts; `client:<id>` for a relying party; `system`. */
  readonly actor?: string | undefined;
  /** The `sub` of whom it is about. */
  readonly account?: string | undefined;
  /** The opaque key of the patient, never INS or traits. */
  readonly patientKey?: string | undefined;
  readonly client?: string | undefined;
  /** The network address that the request came from. */
  readonly source?: string | undefined;
  readonly acr?: string | undefined;
  /** The `sub` on whose behalf the actor acts. */
  readonly onBehalfOf?: string | undefined;
  readonly outcome: Outcome;
  readonly data?: { readonly [K in D]?: DataValue | undefined } | undefined;
}

/** The links of a chain and the event itself: what is hashed. */
export interface AuditBody extends Omit<EventEntry, 'data'> {
  readonly chain: string;
  /** From 1, without a gap. */
  readonly seq: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  readonly type: string;
  readonly category: EventCategory;
  readonly data?: Readonly<Record<string, DataValue>>;
}

/** One line of the log. `hash` covers the body and the hash of the line before. */
export interface AuditLine extends AuditBody {
  readonly hash: string;
}

/** The hash before the first line of a chain. */
export const GENESIS = '';

/** Longer texts are cut: what came from a request must not fill the log. */
const MAX_TEXT = 500;

const OPTIONAL_FIELDS = ['account', 'acr', 'actor', 'client', 'onBehalfOf', 'patientKey', 'source'] as const;

/**
 * The event without its place in a chain. Throws `TypeError` on a data field outside the allow-list and on a number
 * that JSON cannot hold: SECURITY: such a field is never dropped in silence, nor written.
 */
export function describeEvent<D extends string>(
  event: EventType<D>,
  entry: EventEntry<D>,
): Omit<AuditBody, 'chain' | 'seq' | 'at'> {
  const body: Record<string, unknown> = {
    category: event.category,
    outcome: entry.outcome,
    type: event.type,
  };
  for (const field of OPTIONAL_FIELDS) {
    const value = entry[field];
    if (value !== undefined) body[field] = text(value);
  }
  if (entry.data) body['data'] = allowedData(event, entry.data);
  return body as unknown as Omit<AuditBody, 'chain' | 'seq' | 'at'>;
}

function allowedData(event: EventType, data: Readonly<Record<string, DataValue | undefined>>) {
  const allowed: Record<string, DataValue> = {};
  for (const [field, value] of Object.entries(data)) {
    if (!event.data.has(field)) throw new TypeError(`event ${event.type} has no data field ${field}`);
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new TypeError(`event ${event.type}: ${field} is no finite number`);
    }
    if (value !== undefined) allowed[field] = typeof value === 'string' ? text(value) : value;
  }
  return allowed;
}

/** Cut to its limit and without lone surrogates, which stores would write differently from what was hashed. */
function text(value: string): string {
  return (value.length <= MAX_TEXT ? value : `${value.slice(0, MAX_TEXT)}…`).toWellFormed();
}

/** SHA-256, base64url, over the line before and the canonical JSON of this one. */
export function hashLine(previous: string, body: AuditBody): string {
  return hash('sha256', `${previous}\n${canonicalJson(body)}`, 'base64url');
}

/** JSON with the keys of every object in order and no spaces (RFC 8785 for what an event can hold). */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const record = value as Readonly<Record<string, unknown>>;
  let json = '';
  for (const key of Object.keys(record).sort()) {
    const member = record[key];
    if (member !== undefined)
      json += `${json === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${json}}`;
}

/** The body of a line: all but its hash. */
export function bodyOf({ hash: _hash, ...body }: AuditLine): AuditBody {
  return body;
}

/** Who a line names: who acted, whom it is about, on whose behalf. */
export const ACCOUNT_FIELDS = ['actor', 'account', 'onBehalfOf'] as const;

/** True when the line is by, about or on behalf of that account. */
export function concerns(line: AuditLine, sub: string): boolean {
  return ACCOUNT_FIELDS.some(field => line[field] === sub);
}
