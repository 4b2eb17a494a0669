import { setImmediate } from 'node:timers/promises';
import type { Account, Accounts } from '#accounts/index.ts';
import type { Directory, Membership, Professional } from '#directory/index.ts';
import { fold, type Clock } from '#kernel/index.ts';

/** A person, as lists and searches need them: a small copy, never what an act relies on. */
export interface CatalogueEntry {
  readonly sub: string;
  readonly familyName: string;
  readonly givenName: string;
  readonly login: string | null;
  /** When the login account was opened. */
  readonly openedAtMs: number | undefined;
  readonly email: string | undefined;
  readonly status: Professional['status'];
  readonly profession: string | undefined;
  readonly branch: string | undefined;
  readonly memberships: readonly Membership[];
  /** Of the version that this is a copy of. */
  readonly changedAtMs: number | undefined;
  /** Folded names, login, e-mail and identifiers: what a search looks into. */
  readonly text: string;
  /** Folded family name, given name, then `sub`: the order of lists, and the place of a page in it. */
  readonly order: string;
}

/**
 * Every person of the region in memory, for searches by any part of a name (the store finds by beginnings only): some
 * 25 MiB for the design limit of 50,000. Built at first use, then brought up to date at each search from what has
 * changed since, on this instance or another. SECURITY: knows no branch; whoever lists filters by an `Authority`, and
 * an act reads the person afresh.
 */
export interface Catalogue {
  /** All entries in order, brought up to date. The array is the catalogue's own: not to be changed. */
  entries(): Promise<readonly CatalogueEntry[]>;
}

const PAGE = 250;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
/** A write takes its time: the seconds just before are read again. */
const OVERLAP_MS = 10 * SECOND_MS;
/** Clocks of instances may differ by more: now and then the minutes before are read again too. */
const WIDE_OVERLAP_MS = 2 * MINUTE_MS;
const WIDE_EVERY_MS = 15 * SECOND_MS;
/** Beyond that gap, the whole is read again rather than minute by minute. */
const LONGEST_CATCH_UP_MS = 60 * MINUTE_MS;

export function createCatalogue(deps: {
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly clock: Clock;
}): Catalogue {
  const { directory, accounts, clock } = deps;
  let people = new Map<string, CatalogueEntry>();
  let sorted: readonly CatalogueEntry[] = [];
  let readUntilMs: number | undefined;
  let readWidelyMs = -Infinity;
  let current: Promise<void> | undefined;

  /** A login never changes: what an entry has of it is not read again. */
  async function entryOf(professional: Professional): Promise<CatalogueEntry> {
    const before = people.get(professional.id);
    if (before?.login != null) return toEntry(professional, before);
    return toEntry(professional, toOpened(await accounts.get(professional.id)));
  }

  async function readAll(): Promise<void> {
    const startedMs = clock.nowMs();
    const opened = new Map<string, Opened>();
    for await (const account of pages(after => accounts.list({ prefix: '', limit: PAGE, ...after })))
      opened.set(account.id, toOpened(account));
    const all = new Map<string, CatalogueEntry>();
    for await (const professional of pages(after =>
      directory.professionals.list('name', { prefix: '', limit: PAGE, ...after }),
    ))
      all.set(professional.id, toEntry(professional, opened.get(professional.id) ?? NOT_OPENED));
    people = all;
    sorted = inOrder(all);
    readUntilMs = startedMs;
  }

  async function catchUp(sinceMs: number): Promise<void> {
    const startedMs = clock.nowMs();
    const isWide = startedMs - readWidelyMs >= WIDE_EVERY_MS;
    const [fromMs, toMs] = isWide
      ? [sinceMs - WIDE_OVERLAP_MS, startedMs + MINUTE_MS]
      : [sinceMs - OVERLAP_MS, startedMs + SECOND_MS];
    let hasChanged = false;
    for (const prefix of instantsBetween(fromMs, toMs)) {
      for await (const professional of pages(after =>
        directory.professionals.list('changed', { prefix, limit: PAGE, ...after }),
      )) {
        const before = people.get(professional.id);
        // Most of what is read again was read before: during an import that is thousands of people.
        if (before?.changedAtMs !== undefined && before.changedAtMs === professional.changedAtMs) continue;
        const entry = await entryOf(professional);
        people.set(entry.sub, entry);
        hasChanged = true;
      }
    }
    if (hasChanged) sorted = inOrder(people);
    readUntilMs = startedMs;
    if (isWide) readWidelyMs = startedMs;
  }

  async function refresh(): Promise<void> {
    const sinceMs = readUntilMs;
    const isFar = sinceMs === undefined || clock.nowMs() - sinceMs > LONGEST_CATCH_UP_MS;
    await (isFar ? readAll() : catchUp(sinceMs));
  }

  return {
    async entries() {
      // One reading at a time; whoever comes meanwhile waits for one that begins after their own write.
      const before = current;
      const mine = (before ?? Promise.resolve()).catch(() => undefined).then(refresh);
      current = mine;
      try {
        await mine;
      } finally {
        if (current === mine) current = undefined;
      }
      return sorted;
    },
  };
}

/** The seconds of a short span, the minutes of a longer one, as ISO 8601 begins. */
function instantsBetween(fromMs: number, toMs: number): readonly string[] {
  const [stepMs, length] = toMs - fromMs > MINUTE_MS ? [MINUTE_MS, 16] : [SECOND_MS, 19];
  const instants: string[] = [];
  for (let atMs = Math.floor(fromMs / stepMs) * stepMs; atMs <= toMs; atMs += stepMs)
    instants.push(new Date(atMs).toISOString().slice(0, length));
  return instants;
}

async function* pages<T>(
  list: (after: { after?: string }) => Promise<{ items: readonly T[]; next?: string }>,
): AsyncIterable<T> {
  let after: string | undefined;
  do {
    const page = await list(after === undefined ? {} : { after });
    yield* page.items;
    after = page.next;
    // Reading everybody takes seconds: sign-ins have their turn after each page.
    if (after !== undefined) await setImmediate();
  } while (after !== undefined);
}

/** What the catalogue knows of a login account. */
type Opened = Pick<CatalogueEntry, 'login' | 'openedAtMs'>;

const NOT_OPENED: Opened = { login: null, openedAtMs: undefined };

function toOpened(account: Account | null): Opened {
  return account ? { login: account.login, openedAtMs: account.createdAt * 1000 } : NOT_OPENED;
}

function toEntry(professional: Professional, { login, openedAtMs }: Opened): CatalogueEntry {
  const {
    id,
    familyName,
    givenName,
    email,
    status,
    profession,
    branch,
    memberships,
    nationalIds,
    changedAtMs,
  } = professional;
  const family = fold(familyName);
  const given = fold(givenName);
  return {
    sub: id,
    familyName,
    givenName,
    login,
    openedAtMs,
    email,
    status,
    profession,
    branch,
    memberships,
    changedAtMs,
    // Both orders of the names, so that « dupont claire » and « claire dupont » both find her.
    text: [`${family} ${given} ${family}`, login && fold(login), email && fold(email), ...nationalIds]
      .filter(Boolean)
      .join('\n'),
    order: `${family}\u0000${given}\u0000${id}`,
  };
}

function inOrder(people: ReadonlyMap<string, CatalogueEntry>): readonly CatalogueEntry[] {
  return [...people.values()].sort((a, b) => (a.order < b.order ? -1 : 1));
}
