import type { Authority } from '#access/index.ts';
import type { Accounts } from '#accounts/index.ts';
import type { Directory, Professional } from '#directory/index.ts';
import { fold, hashToken, type Clock } from '#kernel/index.ts';
import type { Catalogue, CatalogueEntry } from '../../people/catalogue.ts';
import type { Reference } from '../../reference/index.ts';
import { breathe } from '../sheets/table.ts';
import type { Candidate, ImportLine, LineError, LineInput, LineKind } from './line.ts';
import { checkAgainstReference } from './reference-check.ts';
import { titleOf, type ReadRow } from './row.ts';

export interface CheckDeps {
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly catalogue: Catalogue;
  readonly reference: Reference;
  readonly clock: Clock;
}

/** Who checks, and for which import. */
export interface CheckFor {
  readonly importId: string;
  readonly actor: string;
  readonly authority: Authority;
}

type Verdict = Pick<ImportLine, 'kind'> &
  Partial<Pick<ImportLine, 'sub' | 'isNew' | 'sameAsLine' | 'candidates'>> & {
    readonly errors?: readonly LineError[];
    readonly warnings?: readonly string[];
  };

const LINES_AT_A_TIME = 100;

/**
 * What each line would do, as things stand: nothing is written. SECURITY: people of other branches are told only to who
 * gives both their number and their name, and by no name: whoever lists names learns nothing of them.
 */
export async function checkLines(
  deps: CheckDeps,
  about: CheckFor,
  rows: readonly ReadRow[],
): Promise<readonly ImportLine[]> {
  const namesakes = await namesakesOf(deps.catalogue, about.authority);
  const inFile = createFileIndex();
  const lines: ImportLine[] = [];
  for (let at = 0; at < rows.length; at += LINES_AT_A_TIME) {
    const part = rows.slice(at, at + LINES_AT_A_TIME);
    const holders = await Promise.all(part.map(({ input }) => holderOf(deps.directory, input)));
    for (const [index, row] of part.entries()) {
      const { input } = row;
      const verdict = input
        ? await judge(deps, about, { row, input, holder: holders[index] ?? null, namesakes, inFile })
        : refused(...row.errors);
      const line = toLine(row, verdict);
      inFile.add(line);
      lines.push(line);
    }
    await breathe();
  }
  return lines;
}

function toLine(row: ReadRow, { errors = [], warnings = [], ...verdict }: Verdict): ImportLine {
  return {
    number: row.number,
    typed: row.typed,
    ...(row.input && { input: row.input }),
    ...verdict,
    errors,
    warnings: [...row.warnings, ...warnings],
    state: 'waiting',
  };
}

interface Subject {
  readonly row: ReadRow;
  readonly input: LineInput;
  /** Whoever holds the line's national identifier. */
  readonly holder: Professional | null;
  readonly namesakes: Namesakes;
  readonly inFile: FileIndex;
}

async function judge(deps: CheckDeps, about: CheckFor, subject: Subject): Promise<Verdict> {
  const { input, holder, inFile } = subject;
  const { authority, actor } = about;
  const warnings = await checkAgainstReference(deps.reference, input);
  if (holder) {
    const isSeen = authority.reaches('account', 'read', holder);
    const isNamed = fold(holder.familyName) === fold(input.family_name);
    // SECURITY: of somebody of another branch, a wrong name and a closed account are one and the same.
    if (!isNamed || (!isSeen && holder.status === 'closed'))
      return refused({ column: titleOf('national_id'), message: HELD_BY_ANOTHER });
    if (holder.id === actor) return refused({ column: '', message: ONESELF });
    if (holder.status === 'closed') return refused({ column: '', message: CLOSED });
    if (isSeen) return known(deps, about, input, holder, warnings);
    return authority.may('membership', 'attach', input)
      ? { kind: 'attach', warnings }
      : refused({ column: titleOf('organisation'), message: NOT_HERE });
  }
  const twin = inFile.byNumber(input);
  if (twin) {
    if (nameOf(twin.input) !== nameOf(input))
      return refused({ column: titleOf('national_id'), message: `${TWICE} ${twin.number}.` });
    return sameAs(twin, warnings);
  }
  return byName(deps, about, subject, warnings);
}

/** Nobody holds the number, or none was given: the name decides, with the address. */
async function byName(
  deps: CheckDeps,
  about: CheckFor,
  { row, input, namesakes, inFile }: Subject,
  warnings: readonly string[],
): Promise<Verdict> {
  const { authority } = about;
  const sameName = namesakes.of(input).filter(({ text }) => !contradicts(numbersIn(text), input));
  const same = sameName.find(({ email }) => email !== undefined && isSameAddress(email, input.email));
  if (same) {
    const person = await deps.directory.professionals.get(same.sub);
    if (person?.id === about.actor) return refused({ column: '', message: ONESELF });
    if (person) return known(deps, about, input, person, warnings);
  }
  const twin = inFile.byName(input);
  if (twin && isSameAddress(twin.input?.email, input.email)) return sameAs(twin, warnings);
  if (input.email === undefined) return refused({ column: titleOf('email'), message: ADDRESS_NEEDED });
  if (!authority.may('account', 'create', { network: input.network, organisation: input.organisation }))
    return refused({ column: titleOf('organisation'), message: NOT_HERE });
  const candidates: Candidate[] = sameName
    .filter(({ sub }) => sub !== about.actor)
    .slice(0, MOST_CANDIDATES)
    .map(entry => ({ sub: entry.sub, words: wordsOf(entry, deps.directory) }));
  if (twin?.sub !== undefined && twin.kind !== 'homonym')
    candidates.push({ sub: twin.sub, words: `La personne de la ligne ${twin.number} de ce fichier` });
  const sub = subFor(about.importId, row.number);
  return candidates.length > 0
    ? { kind: 'homonym', sub, isNew: true, candidates, warnings }
    : { kind: 'create', sub, isNew: true, warnings };
}

/** Somebody of the branch: what would change? */
async function known(
  deps: CheckDeps,
  { authority }: CheckFor,
  input: LineInput,
  person: Professional,
  warnings: readonly string[],
): Promise<Verdict> {
  const nowMs = deps.clock.nowMs();
  const holds = person.memberships.some(
    held =>
      held.network === input.network &&
      held.organisation === input.organisation &&
      held.profile === input.profile &&
      (held.toMs === undefined || held.toMs > nowMs),
  );
  const isWhole = authority.reachesWhole('account', 'update', person) && authority.isAbove(person);
  const fills = isWhole && Object.keys(missingOf(person, input)).length > 0;
  const email = person.email ?? input.email;
  const opens = isWhole && email !== undefined && (await deps.accounts.loginOf(person.id)) === null;
  const kind: LineKind = holds && !fills && !opens ? 'nothing' : 'update';
  const differing = [
    person.email !== undefined && !isSameAddress(person.email, input.email ?? person.email) && KEPT_ADDRESS,
  ].filter(text => text !== false);
  return { kind, sub: person.id, warnings: [...warnings, ...differing] };
}

/**
 * What the line knows of the person and the directory does not; nothing that is there is changed by a file. SECURITY: nor
 * does a file vouch for a number that is there: a list of last year would take back what its owner objected to since.
 */
export function missingOf(
  person: Professional,
  { civility, email, phone, phone_verified, profession, national_ids }: LineInput,
): Readonly<Record<string, string | true | readonly string[]>> {
  return {
    ...(person.civility === undefined && civility !== undefined && { civility }),
    ...(person.email === undefined && email !== undefined && { email }),
    ...(person.phone === undefined &&
      phone !== undefined && { phone, ...(phone_verified && { phone_verified }) }),
    ...(person.profession === undefined && profession !== undefined && { profession }),
    ...(person.nationalIds.length === 0 && national_ids.length > 0 && { national_ids }),
  };
}

/** The `sub` under which a line creates its person: the same each time that the line is done. */
function subFor(importId: string, line: number): string {
  return `acc-${hashToken(`${importId}:${line}`).slice(0, 16)}`;
}

const refused = (...errors: readonly LineError[]): Verdict => ({ kind: 'refused', errors });

/** The first line brings the person; this one adds a profile. A first line that awaits a choice asks for one here too. */
function sameAs({ number, sub, kind, isNew }: ImportLine, warnings: readonly string[]): Verdict {
  return kind === 'attach' || sub === undefined
    ? { kind: 'attach', sameAsLine: number, warnings }
    : { kind: 'update', sub, isNew: isNew ?? false, sameAsLine: number, warnings };
}

function holderOf(directory: Directory, input: LineInput | undefined): Promise<Professional | null> {
  const [number] = input?.national_ids ?? [];
  return number === undefined ? Promise.resolve(null) : directory.professionals.findByNationalId(number);
}

const nameOf = (name: Pick<LineInput, 'family_name' | 'given_name'> | undefined) =>
  name === undefined ? '' : `${fold(name.family_name)}\n${fold(name.given_name)}`;

const isSameAddress = (a: string | undefined, b: string | undefined) =>
  a !== undefined && b !== undefined && fold(a) === fold(b);

interface Namesakes {
  of(input: LineInput): readonly CatalogueEntry[];
}

async function namesakesOf(catalogue: Catalogue, authority: Authority): Promise<Namesakes> {
  const byName = new Map<string, CatalogueEntry[]>();
  for (const entry of await catalogue.entries()) {
    if (entry.status === 'closed' || !authority.reaches('account', 'read', entry)) continue;
    const key = nameOf({ family_name: entry.familyName, given_name: entry.givenName });
    byName.set(key, [...(byName.get(key) ?? []), entry]);
  }
  return { of: input => byName.get(nameOf(input)) ?? [] };
}

/** National identifiers stand on lines of their own in the text of the catalogue. */
const numbersIn = (text: string) => text.split('\n').filter(word => /^8\d{11}$/u.test(word));

/** Two RPPS numbers are two persons, whatever their names. */
function contradicts(numbers: readonly string[], { national_ids }: LineInput): boolean {
  const [own] = national_ids.filter(id => id.startsWith('8'));
  return own !== undefined && numbers.length > 0 && !numbers.includes(own);
}

interface FileIndex {
  add(line: ImportLine): void;
  byNumber(input: LineInput): ImportLine | undefined;
  byName(input: LineInput): ImportLine | undefined;
}

function createFileIndex(): FileIndex {
  const numbers = new Map<string, ImportLine>();
  const names = new Map<string, ImportLine>();
  return {
    add(line) {
      if (!line.input || line.kind === 'refused' || line.sameAsLine !== undefined) return;
      for (const number of line.input.national_ids) if (!numbers.has(number)) numbers.set(number, line);
      if (line.sub !== undefined && !names.has(nameOf(line.input))) names.set(nameOf(line.input), line);
    },
    byNumber: ({ national_ids }) => national_ids.map(id => numbers.get(id)).find(Boolean),
    byName(input) {
      const twin = names.get(nameOf(input));
      return twin && contradicts(twin.input?.national_ids ?? [], input) ? undefined : twin;
    },
  };
}

function wordsOf({ login, profession, email }: CatalogueEntry, { codes }: Directory): string {
  const parts = [
    login ?? 'sans compte',
    profession === undefined ? undefined : codes.profession(profession).label,
    email,
  ];
  return parts.filter(Boolean).join(', ');
}

const MOST_CANDIDATES = 5;

const HELD_BY_ANOTHER =
  'Ce numéro est déjà celui d’une autre personne de la région : vérifiez le numéro et le nom.';
const TWICE = 'Ce numéro est aussi celui d’une personne d’un autre nom, à la ligne';
const ONESELF = 'Cette ligne vous désigne : on ne change pas ses propres droits.';
const CLOSED = 'Le compte de cette personne est fermé définitivement.';
const NOT_HERE = 'Vous ne pouvez pas enregistrer quelqu’un dans cet établissement.';
const ADDRESS_NEEDED =
  'Une adresse électronique est nécessaire : l’identifiant et le premier mot de passe y sont envoyés.';
const KEPT_ADDRESS = 'L’adresse électronique déjà connue est différente : elle est gardée.';
