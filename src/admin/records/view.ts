import type { Notices, RecordDossier } from '#access/index.ts';
import { isInForce, type Directory, type Network } from '#directory/index.ts';
import { nameOf } from '../people/seen.ts';
import { actWords, groundWords, methodWords } from './words.ts';

type Stated = NonNullable<RecordDossier['history'][number]['stated']>;

interface Span {
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** What an imported row said, in words. */
interface StatedView {
  readonly creator: string | null;
  readonly informedAtMs: number | null;
  readonly consentedAtMs: number | null;
  readonly withdrawnAtMs: number | null;
  /** Parties and care team. */
  readonly named: readonly string[];
  readonly opposed: readonly string[];
}

/** A dossier in words, for a page. */
export interface DossierView {
  readonly otherKeys: readonly string[];
  readonly needsConsent: boolean;
  readonly informedAtMs: number | null;
  readonly notice: string | null;
  /** The network has published that version; of a record that was imported it may not have. */
  readonly isNoticePublished: boolean;
  readonly consentedAtMs: number | null;
  readonly withdrawnAtMs: number | null;
  readonly readers: readonly { readonly name: string; readonly ground: string }[];
  readonly isCut: boolean;
  /** Whom the patient named, and the care team, in force or not. */
  readonly named: readonly (Span & {
    readonly whom: string;
    readonly as: string;
    readonly state: string;
    readonly withdrawnAtMs: number | null;
  })[];
  readonly oppositions: readonly (Span & { readonly whom: string; readonly isEmergency: boolean })[];
  readonly acts: readonly {
    readonly atMs: number;
    readonly what: string;
    readonly whom: string | null;
    readonly span: Span;
    readonly by: string | null;
    readonly how: string | null;
    readonly details: readonly string[];
    /** What the row of a file said. */
    readonly stated: StatedView | null;
    readonly recordedAtMs: number;
  }[];
}

/** Names people and organisations; who answers for the whole of a network knows them. */
export async function dossierView(
  { keys, facts, notice, history, readers, isCut }: RecordDossier,
  network: Network,
  {
    directory,
    notices,
    nowMs,
  }: {
    readonly directory: Directory;
    readonly notices: Pick<Notices, 'get'>;
    readonly nowMs: number;
  },
): Promise<DossierView> {
  const names = namesOf(directory);
  const whom = async ({ account, organisation }: { account?: string; organisation?: string }) =>
    account !== undefined
      ? names.person(account)
      : organisation !== undefined
        ? names.organisation(organisation)
        : 'Tout le monde';
  const parties = facts.parties.map(entry => ({
    entry,
    as: 'Désigné par le patient',
    ...stateOf(entry, nowMs),
  }));
  const team = facts.careTeam.map(entry => ({ entry, as: 'Équipe de soins', ...stateOf(entry, nowMs) }));
  return {
    otherKeys: keys.slice(1),
    needsConsent: network.regime === 'consentement',
    informedAtMs: facts.informedAtMs ?? null,
    notice: notice ?? null,
    isNoticePublished: notice !== undefined && (await notices.get(network.id, notice)) !== null,
    consentedAtMs: facts.consentedAtMs ?? null,
    withdrawnAtMs: facts.withdrawnAtMs ?? null,
    readers: (
      await Promise.all(
        readers.map(async ({ account, reason }) => ({
          name: await names.person(account),
          ground: groundWords(reason),
        })),
      )
    ).toSorted((a, b) => a.name.localeCompare(b.name, 'fr')),
    isCut,
    named: await Promise.all(
      [...parties, ...team].map(async ({ entry, as, state, withdrawnAtMs }) => ({
        whom: await whom(entry),
        as,
        state,
        withdrawnAtMs,
        ...spanOf(entry),
      })),
    ),
    oppositions: await Promise.all(
      facts.oppositions.map(async entry => ({
        whom: await whom(entry),
        isEmergency: entry.emergency,
        ...spanOf(entry),
      })),
    ),
    acts: await Promise.all(
      history.map(async event => ({
        atMs: event.collectedAtMs ?? event.recordedAtMs,
        recordedAtMs: event.recordedAtMs,
        what: actWords(event.kind),
        whom: event.target ? await whom(event.target) : null,
        span: spanOf(event),
        by: event.by === undefined ? null : await names.person(event.by),
        how: methodWords(event.method),
        details: [
          ...(event.witness === undefined ? [] : [`Témoin : ${event.witness}`]),
          ...(event.document === undefined ? [] : [`Preuve : ${event.document}`]),
          ...(event.notice === undefined ? [] : [`Notice : ${event.notice}`]),
          ...(event.emergency === true ? ['Vaut aussi en urgence'] : []),
          ...(event.client === undefined ? [] : [`Application : ${await names.application(event.client)}`]),
        ],
        stated: event.stated === undefined ? null : await statedView(event.stated, names.person, whom),
      })),
    ),
  };
}

async function statedView(
  { creator, parties = [], care_team: team = [], oppositions = [], ...dates }: Stated,
  person: (id: string) => Promise<string>,
  whom: (target: { account?: string; organisation?: string }) => Promise<string>,
): Promise<StatedView> {
  const instant = (text: string | undefined) => (text === undefined ? null : Date.parse(text));
  return {
    creator: creator === undefined ? null : await person(creator),
    informedAtMs: instant(dates.informed_at),
    consentedAtMs: instant(dates.consented_at),
    withdrawnAtMs: instant(dates.withdrawn_at),
    named: await Promise.all([...parties, ...team].map(whom)),
    opposed: await Promise.all(oppositions.map(whom)),
  };
}

const spanOf = ({ fromMs, toMs }: { fromMs?: number; toMs?: number }): Span => ({
  fromMs: fromMs ?? null,
  toMs: toMs ?? null,
});

function stateOf(
  entry: { readonly fromMs?: number; readonly toMs?: number; readonly withdrawnAtMs?: number },
  nowMs: number,
): { readonly state: string; readonly withdrawnAtMs: number | null } {
  const { withdrawnAtMs, fromMs } = entry;
  if (withdrawnAtMs !== undefined && withdrawnAtMs <= nowMs) return { state: 'Retiré', withdrawnAtMs };
  const isComing = fromMs !== undefined && nowMs < fromMs;
  return {
    state: isInForce(entry, nowMs) ? 'En vigueur' : isComing ? 'À venir' : 'Terminé',
    withdrawnAtMs: null,
  };
}

/** Each name is looked up once; one that nobody bears any more stands as its identifier. */
function namesOf(directory: Directory) {
  const once = (look: (id: string) => Promise<string | undefined>) => {
    const known = new Map<string, Promise<string>>();
    return (id: string): Promise<string> => {
      const name = known.get(id) ?? look(id).then(found => found ?? id);
      known.set(id, name);
      return name;
    };
  };
  return {
    person: once(async id => {
      const person = await directory.professionals.get(id);
      return person ? nameOf(person) : undefined;
    }),
    organisation: once(async id => (await directory.organisations.get(id))?.name),
    application: once(async id => (await directory.applications.get(id))?.name),
  };
}
