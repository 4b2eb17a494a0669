/** What an event is about, which decides how long it is kept and who may read it. */
export const EVENT_CATEGORIES = ['technical', 'signin', 'access', 'administration'] as const;
export type EventCategory = (typeof EVENT_CATEGORIES)[number];

/** A kind of event that a module declares in its `events.ts`. */
export interface EventType<D extends string = string> {
  /** `<module>.<noun>.<past-verb>`: stable, exports and alarms rely on it. */
  readonly type: string;
  readonly category: EventCategory;
  /** The only data fields that such an event may carry. */
  readonly data: ReadonlySet<D>;
  /** French, for people who read the log. */
  readonly title: string;
}

/** Field names that announce a secret: a mistake is caught when the module is loaded. */
const SECRET_NAMES =
  /^(password|secret|token|otp|cookie|authorization|pin|ins|nir)$|(Password|Secret|Token|Hash)$/u;

/** Declares a kind of event. Throws `TypeError` on a malformed name or a data field that looks like a secret. */
export function defineEvent<const D extends string = never>(
  type: string,
  init: { readonly category: EventCategory; readonly data?: readonly D[]; readonly title: string },
): EventType<D> {
  const data = init.data ?? [];
  if (!/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2}$/u.test(type)) {
    throw new TypeError(`event ${type}: a type is <module>.<noun>.<past-verb>`);
  }
  for (const field of data) {
    if (SECRET_NAMES.test(field)) throw new TypeError(`event ${type}: a trace never carries ${field}`);
  }
  return { type, category: init.category, data: new Set(data), title: init.title };
}

export const chainOpened = defineEvent('audit.chain.opened', {
  category: 'technical',
  data: ['host', 'pid', 'policy', 'release', 'afterChain', 'afterSeq', 'afterLine'],
  title: 'Ouverture d’une chaîne de traces',
});

export const chainClosed = defineEvent('audit.chain.closed', {
  category: 'technical',
  title: 'Fermeture d’une chaîne de traces',
});

/** `digest`: of the signed manifest of the edition. */
export const daySealed = defineEvent('audit.day.sealed', {
  category: 'technical',
  data: ['day', 'lines', 'edition', 'digest'],
  title: 'Journée de traces scellée',
});

/** One for each category; `months`: how long its lines are kept. */
export const linesDropped = defineEvent('audit.lines.dropped', {
  category: 'administration',
  data: ['day', 'dropped', 'months', 'lines', 'edition', 'digest'],
  title: 'Traces supprimées au terme de leur durée de conservation',
});

/** The events of this module. */
export const auditEvents: readonly EventType[] = [chainOpened, chainClosed, daySealed, linesDropped];
