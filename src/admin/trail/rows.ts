import { frenchDateTimeSeconds } from '#kernel/index.ts';
import type { AuditLine } from '#audit/index.ts';
import { MORE_FIELDS } from '../acts/words.ts';
import { changesIn } from './changes.ts';
import type { EventCatalogue } from './catalogue-of-events.ts';
import { STRANGER, type TrailScope } from './scope.ts';
import { actionOnRecord, fieldWords, levelWords, purposeWords, valueWords, wayWords } from './wording.ts';

/** The one type of event that says who was let into a record; stable, as all types are. */
export const DECISION = 'access.decision.made';

/** A decision of another date, by an application that may ask for one: nothing was opened. */
export const isSimulated = ({ type, data }: AuditLine): boolean =>
  type === DECISION && data?.['simulatedAt'] !== undefined;

/** A line as people read it. */
export interface TrailRow {
  readonly atMs: number;
  /** To the second, in Paris time: several things happen within a minute. */
  readonly when: string;
  /** What happened, to whom, by whom. */
  readonly sentence: string;
  /** From where, at which level, through what. */
  readonly circumstances: string;
  readonly reason: string | null;
  readonly outcome: 'success' | 'refused' | 'failure';
  readonly changes: readonly { readonly field: string; readonly before: string; readonly after: string }[];
  /** Changed fields for which the trail had no room. */
  readonly moreChanges: number;
  readonly details: readonly { readonly label: string; readonly value: string }[];
  /** Given only where the reader may follow it. */
  readonly record: string | null;
  /** Where the line stands in the log, for whoever verifies it. */
  readonly place: string;
  readonly type: string;
  readonly who: string;
  readonly whom: string | null;
  readonly behalf: string | null;
  readonly application: string | null;
  readonly purpose: string | null;
  readonly level: string | null;
  readonly source: string | null;
}

/** Fields that hold the id of an organisation. */
const OF_ORGANISATIONS: readonly string[] = ['target', 'branch', 'situation'];
/** Said elsewhere in the row. */
const SAID: readonly string[] = ['changes', 'reason', 'via', 'client', 'act'];

/** Puts a line that `scope.sees` into words, without what the reader may not see. */
export function rowOf(line: AuditLine, scope: TrailScope, events: EventCatalogue): TrailRow {
  const { type, actor, account, onBehalfOf, acr, patientKey, outcome, data = {} } = line;
  const name = (sub: string) => scope.nameOf(sub) ?? STRANGER;
  const text = (field: string) => (typeof data[field] === 'string' ? data[field] : undefined);
  const client = line.client ?? text('client');
  const purpose = text('purpose');
  const reason = text('reason');
  const who = actor === undefined ? 'Auteur inconnu' : name(actor);
  const whom = account === undefined ? null : name(account);
  const behalf = onBehalfOf === undefined ? null : name(onBehalfOf);
  const application = client === undefined ? null : scope.applicationName(client);
  const level = acr === undefined ? null : levelWords(acr);
  const source = line.source !== undefined && scope.showsSource(line) ? line.source : null;
  const via = text('via');
  const title =
    type === DECISION && text('resourceType') === 'patient_record'
      ? `${isSimulated(line) ? 'Simulation : ' : ''}${actionOnRecord(text('action') ?? '')}`
      : events.title(type);
  const { changes, more } = changesOf(line);
  return {
    atMs: Date.parse(line.at),
    when: frenchDateTimeSeconds(Date.parse(line.at)),
    sentence: sentenceOf({
      title,
      outcome,
      who: actor === undefined ? null : who,
      whom: account === actor ? null : whom,
      behalf,
      purpose: purpose === undefined || purpose === 'normal' ? null : purposeWords(purpose),
    }),
    circumstances: [
      application && `application ${application}`,
      source && `depuis ${source}`,
      level,
      via !== undefined && wayWords(via),
    ]
      .filter(Boolean)
      .join(' · '),
    reason: reason === undefined ? null : valueWords(reason),
    outcome,
    changes,
    moreChanges: more,
    details: [
      ...(patientKey === undefined
        ? []
        : [{ label: 'Clé du dossier', value: scope.showsRecord(line) ? patientKey : 'masquée' }]),
      ...Object.entries(data)
        .filter(([field, value]) => !SAID.includes(field) && value !== null)
        .map(([field, value]) => ({ label: fieldWords(field), value: detailOf(line, field, value, scope) })),
    ],
    record: patientKey !== undefined && scope.showsRecord(line) ? patientKey : null,
    place: `${line.chain} nº ${line.seq}`,
    type,
    who,
    whom,
    behalf,
    application,
    purpose: purpose === undefined ? null : purposeWords(purpose),
    level,
    source,
  };
}

function sentenceOf(said: {
  readonly title: string;
  readonly outcome: TrailRow['outcome'];
  readonly who: string | null;
  readonly whom: string | null;
  readonly behalf: string | null;
  readonly purpose: string | null;
}): string {
  const { title, outcome, who, whom, behalf, purpose } = said;
  return [
    title,
    purpose === null ? '' : ` (${purpose})`,
    whom === null ? '' : `, pour ${whom}`,
    who === null ? '' : `, par ${lowerFirst(who)}`,
    behalf === null ? '' : `, au nom de ${behalf}`,
    outcome === 'success' ? '.' : outcome === 'refused' ? ' : refusé.' : ' : échec.',
  ].join('');
}

/** « Le service » within a sentence; a name stays as it is. */
function lowerFirst(who: string): string {
  return /^(?:Le service|L’application)/u.test(who) ? `l${who.slice(1)}` : who;
}

/** A detail as it is read: a person by name, an organisation by its own. */
function detailOf(line: AuditLine, field: string, value: unknown, scope: TrailScope): string {
  if (typeof value !== 'string') return valueWords(value);
  const text = scope.textOf(line, value);
  if (text !== value) return text;
  if (OF_ORGANISATIONS.includes(field)) return scope.organisationName(value);
  if (field === 'required') return levelWords(value);
  if (field === 'methods') return value.split(' ').map(valueWords).join(', ');
  return valueWords(value);
}

/** The changes of an act in words; a text that is none, or was cut, is shown as it is. */
function changesOf(line: AuditLine): { readonly changes: TrailRow['changes']; readonly more: number } {
  const words = line.data?.['changes'];
  if (typeof words !== 'string') return { changes: [], more: 0 };
  const read = changesIn(line);
  if (read === null) return { changes: [{ field: 'Changements', before: '', after: words }], more: 0 };
  const changes: { field: string; before: string; after: string }[] = [];
  let more = 0;
  for (const [field, pair] of Object.entries(read)) {
    if (field === MORE_FIELDS) more = Number(pair) || 0;
    else if (Array.isArray(pair))
      changes.push({ field: fieldWords(field), before: valueWords(pair[0]), after: valueWords(pair[1]) });
  }
  return { changes, more };
}
