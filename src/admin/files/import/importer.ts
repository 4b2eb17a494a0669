import type { Administration, Administrator, Authority } from '#access/index.ts';
import type { Audit } from '#audit/index.ts';
import { randomId, type Clock } from '#kernel/index.ts';
import { checkFresh } from '../../acts/fresh.ts';
import { conflict, notFound } from '../../acts/refusals.ts';
import type { SheetReader } from '../sheets/reader.ts';
import { checkLines, type CheckDeps } from './check.ts';
import { layoutOf } from './columns.ts';
import { importChecked, importStarted, importStopped } from './events.ts';
import type { Imports } from './imports.ts';
import { CHUNK_LINES, SOMEBODY_ELSE, type ImportDoc, type ImportLine, type LineCounts } from './line.ts';
import { readRow, type Defaults } from './row.ts';
import { vocabularyOf } from './values.ts';
import { FILE_WORDS, KINDS, layoutWords } from './words.ts';

interface Deps extends CheckDeps {
  readonly administration: Administration;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly imports: Imports;
  readonly reader: SheetReader;
}

/** Who brings a list in: a person at the page, or an application. */
export interface ImportAuthor {
  /** The `sub`, or `client:<id>`. */
  readonly sub: string;
  readonly administrator: Administrator;
  readonly authority: Authority;
}

export interface GivenFile {
  readonly name: string;
  readonly content: Buffer;
}

/** A list of professionals, from the file to the end. SECURITY: an import is its author's alone: to others it does not exist. */
export interface Importer {
  /** Reads and checks; nothing is done yet. A file that cannot be read gives a sentence to show. */
  check(
    author: ImportAuthor,
    given: { readonly file: GivenFile; readonly defaults: Defaults; readonly source: string },
  ): Promise<{ readonly id: string } | { readonly problem: string }>;
  /** Their own, the newest first; the last few. */
  list(author: ImportAuthor): Promise<readonly ImportDoc[]>;
  /** Throws `admin.not_found` (404). */
  find(author: ImportAuthor, id: string): Promise<ImportDoc>;
  /** Says of homonyms who they are, by number of line. What is no candidate of the line is passed over. */
  choose(author: ImportAuthor, id: string, choices: ReadonlyMap<number, string>): Promise<void>;
  /** Throws `admin.import_state` (409) when it is no longer to be confirmed. */
  start(author: ImportAuthor, id: string, source: string): Promise<void>;
  stop(author: ImportAuthor, id: string, source: string): Promise<void>;
  /** Goes on after a stop, as who resumes it: with the rights of now. */
  resume(author: ImportAuthor, id: string, source: string): Promise<void>;
}

/** How long a list and its report are kept. */
const KEPT_SECONDS = 30 * 86_400;
const MOST_UNFINISHED = 20;
const MAX_LINES = 10_000;

export function createImporter(deps: Deps): Importer {
  const { administration, audit, clock, imports, reader, directory } = deps;

  async function find(author: ImportAuthor, id: string): Promise<ImportDoc> {
    const doc = await imports.get(id);
    if (doc?.author !== author.sub || !isSameBranch(doc.administrator, author.administrator))
      throw notFound();
    return doc;
  }

  async function move(
    author: ImportAuthor,
    id: string,
    from: ImportDoc['state'],
    change: (doc: ImportDoc) => ImportDoc,
  ): Promise<ImportDoc> {
    await find(author, id);
    let hasMoved = false;
    const after = await imports.update(id, doc => {
      hasMoved = doc.state === from;
      return hasMoved ? change(doc) : doc;
    });
    if (!hasMoved || !after) throw movedOn();
    return after;
  }

  async function begin(
    author: ImportAuthor,
    id: string,
    source: string,
    from: ImportDoc['state'],
    change: (doc: ImportDoc) => ImportDoc,
  ): Promise<void> {
    const doc = await find(author, id);
    if (doc.state !== from) throw movedOn();
    // It opens accounts, and goes on for longer than a sign-in stays fresh.
    checkFresh(deps, author.administrator, ['account', 'open']);
    // ORDER: the trace first: nothing is begun without one.
    await audit.record(importStarted, {
      actor: author.sub,
      source,
      outcome: 'success',
      data: { import: id, file: doc.fileName, lines: doc.lines },
    });
    const { administrator } = author;
    await move(author, id, from, before => ({ ...change(before), state: 'running', administrator, source }));
  }

  async function readLines(
    author: ImportAuthor,
    importId: string,
    { file, defaults }: { readonly file: GivenFile; readonly defaults: Defaults },
  ): Promise<
    | { readonly lines: readonly ImportLine[]; readonly ignored: readonly string[] }
    | { readonly problem: string }
  > {
    const read = await reader.read(file.content);
    if ('problem' in read) return { problem: FILE_WORDS[read.problem] };
    const layout = layoutOf(read.rows);
    if ('code' in layout) return { problem: layoutWords(layout) };
    const body = read.rows.filter(({ number }) => number > layout.headerNumber);
    if (body.length > MAX_LINES) return { problem: FILE_WORDS.too_many_lines };
    if (body.length === 0) return { problem: 'Cette liste n’a aucune ligne sous ses titres.' };
    const { authority } = author;
    const policy = administration.policy();
    const about = {
      layout,
      defaults,
      authority,
      vocabulary: await vocabularyOf(directory, authority),
      isPrivileged: (profile: string) => policy.isPrivileged(profile),
    };
    const rows = body.map(row => readRow(row, about));
    const lines = await checkLines(deps, { importId, actor: author.sub, authority }, rows);
    return { lines, ignored: layout.ignored };
  }

  return {
    find,

    list: async author =>
      (await imports.ofAuthor(author.sub)).filter(doc =>
        isSameBranch(doc.administrator, author.administrator),
      ),

    async check(author, given) {
      const unfinished = (await imports.ofAuthor(author.sub)).filter(({ state }) => state !== 'done');
      if (unfinished.length >= MOST_UNFINISHED)
        return { problem: 'Vingt listes attendent déjà : terminez-en une avant d’en déposer une autre.' };
      const id = randomId();
      const read = await readLines(author, id, given);
      if ('problem' in read) return read;
      const { lines, ignored } = read;
      const now = clock.now();
      const doc: ImportDoc = {
        id,
        author: author.sub,
        administrator: author.administrator,
        source: given.source,
        fileName: given.file.name.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '').slice(0, 100) || 'liste',
        state: 'checked',
        checkedAtMs: clock.nowMs(),
        lines: lines.length,
        chunks: Math.ceil(lines.length / CHUNK_LINES),
        nextChunk: 0,
        counts: countsOf(lines),
        ignoredColumns: ignored.slice(0, 20),
        done: 0,
        failed: 0,
        left: 0,
        toAnnounce: 0,
        announced: 0,
        unreached: 0,
        expiresAt: now + KEPT_SECONDS,
      };
      const { create, attach, update, homonym, refused } = doc.counts;
      await audit.record(importChecked, {
        actor: author.sub,
        source: given.source,
        outcome: 'success',
        data: { import: id, file: doc.fileName, lines: doc.lines, create, attach, update, homonym, refused },
      });
      await imports.add(doc, lines);
      return { id };
    },

    async choose(author, id, choices) {
      const doc = await find(author, id);
      if (doc.state !== 'checked') return;
      const choiceOf = (line: ImportLine): ImportLine => {
        const choice = choices.get(line.number);
        const isOffered =
          choice === SOMEBODY_ELSE || line.candidates?.some(({ sub }) => sub === choice) === true;
        // SECURITY: only whom the check offered: never a `sub` that a form makes up.
        return line.kind === 'homonym' && isOffered && choice !== undefined ? { ...line, choice } : line;
      };
      for (let index = 0; index < doc.chunks; index += 1) {
        const chunk = await imports.chunk(id, index);
        if (!chunk?.lines.some(({ number }) => choices.has(number))) continue;
        await imports.updateChunk(id, index, before => ({ ...before, lines: before.lines.map(choiceOf) }));
      }
    },

    start: (author, id, source) =>
      begin(author, id, source, 'checked', doc => ({ ...doc, startedAtMs: clock.nowMs() })),

    async stop(author, id, source) {
      const doc = await move(author, id, 'running', before => ({ ...before, state: 'stopped' }));
      await audit.record(importStopped, {
        actor: author.sub,
        source,
        outcome: 'success',
        data: { import: id, file: doc.fileName, done: doc.done },
      });
    },

    resume: (author, id, source) => begin(author, id, source, 'stopped', ({ stoppedBy: _by, ...doc }) => doc),
  };
}

/** SECURITY: an application that was moved to another branch has left behind what it brought into the former one. */
function isSameBranch(before: Administrator, now: Administrator): boolean {
  if (before.kind === 'person' || now.kind === 'person') return before.kind === now.kind;
  return before.branch === now.branch && before.network === now.network;
}

function movedOn() {
  return conflict('admin.import_state', {
    publicMessage: 'Cette liste vient d’avancer par ailleurs.',
    hint: 'Regardez où elle en est.',
  });
}

function countsOf(lines: readonly ImportLine[]): LineCounts {
  return Object.fromEntries(
    KINDS.map(kind => [kind, lines.filter(line => line.kind === kind).length]),
  ) as unknown as LineCounts;
}
