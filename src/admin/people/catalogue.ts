import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Account, Accounts } from '#accounts/index.ts';
import type { Directory, Membership, Professional } from '#directory/index.ts';
import { AppError, fold, type Clock } from '#kernel/index.ts';
import { merged, sortInSlices } from './order.ts';
import { createQueue } from './queue.ts';

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
 * 25 MiB for the design limit of 50,000. Read after the start, then brought up to date at each search from what has
 * changed since, on this instance or another. SECURITY: knows no branch; whoever lists filters by an `Authority`, and
 * an act reads the person afresh.
 */
export interface Catalogue {
  /**
   * All entries in order, brought up to date. The array is the catalogue's own: not to be changed. Throws
   * `admin.people_not_ready` (503) when the first reading has not ended after `waitMs`: it goes on meanwhile.
   */
  entries(): Promise<readonly CatalogueEntry[]>;
  /**
   * Keeps the copy near what is stored, so that no search has much to read: the work of each instance, every
   * `FOLLOW_SECONDS`. The first time it reads everybody. Ends early when `isStopping`.
   */
  follow(isStopping?: () => boolean): Promise<void>;
}

export const FOLLOW_SECONDS = 2;

/** One page is read, parsed and copied without a pause: a few milliseconds. */
const PAGE = 100;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
/** From the instant that a change bears to the instant that it can be read, as a rule: read again at each search. */
const OVERLAP_MS = SECOND_MS;
/** A stalled disk and clocks of instances that differ are behind by more: read again now and then, between searches. */
const SWEEPS = [
  { backMs: 10 * SECOND_MS, everyMs: 5 * SECOND_MS },
  { backMs: 2 * MINUTE_MS, everyMs: 30 * SECOND_MS },
] as const;
/** Beyond that gap, the whole is read again rather than minute by minute. */
const LONGEST_CATCH_UP_MS = 60 * MINUTE_MS;
const WAIT_MS = 5_000;

export function createCatalogue(deps: {
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly clock: Clock;
  /** How long a page waits for the first reading. */
  readonly waitMs?: number;
}): Catalogue {
  const { directory, accounts, clock, waitMs = WAIT_MS } = deps;
  let people = new Map<string, CatalogueEntry>();
  let sorted: readonly CatalogueEntry[] = [];
  /** Read since `sorted` was put in order. */
  let changed = new Map<string, CatalogueEntry>();
  let readUntilMs: number | undefined;
  const sweptMs = SWEEPS.map(() => clock.nowMs());
  const queue = createQueue();

  /** A login never changes: what an entry has of it is not read again. */
  async function entryOf(professional: Professional): Promise<CatalogueEntry> {
    const before = people.get(professional.id);
    if (before?.login != null) return toEntry(professional, before);
    return toEntry(professional, toOpened(await accounts.get(professional.id)));
  }

  async function readAll(isStopping: () => boolean): Promise<void> {
    const startedMs = clock.nowMs();
    const opened = new Map<string, Opened>();
    for await (const page of pages(after => accounts.list({ prefix: '', limit: PAGE, ...after }))) {
      if (isStopping()) return;
      for (const account of page) opened.set(account.id, toOpened(account));
    }
    const all = new Map<string, CatalogueEntry>();
    // By the last change: each person once, where the index of names has them twice.
    for await (const page of pages(after => changedPage('', after))) {
      if (isStopping()) return;
      for (const professional of page)
        all.set(professional.id, toEntry(professional, opened.get(professional.id) ?? NOT_OPENED));
    }
    sorted = await sortInSlices([...all.values()]);
    people = all;
    changed = new Map();
    readUntilMs = startedMs;
  }

  async function copyChanged(page: readonly Professional[]): Promise<void> {
    for (const professional of page) {
      const before = people.get(professional.id);
      // Most of what is read again was read before: during an import that is thousands of people.
      if (before?.changedAtMs !== undefined && before.changedAtMs === professional.changedAtMs) continue;
      const entry = await entryOf(professional);
      people.set(entry.sub, entry);
      changed.set(entry.sub, entry);
    }
  }

  const changedPage = (prefix: string, after: { after?: string }) =>
    directory.professionals.list('changed', { prefix, limit: PAGE, ...after });

  async function refresh(isStopping = () => false): Promise<void> {
    const startedMs = clock.nowMs();
    if (readUntilMs === undefined || startedMs - readUntilMs > LONGEST_CATCH_UP_MS)
      return readAll(isStopping);
    for (const prefix of slotsBetween(readUntilMs - OVERLAP_MS, startedMs + SECOND_MS)) {
      if (isStopping()) return;
      for await (const page of pages(after => changedPage(prefix, after))) await copyChanged(page);
    }
    readUntilMs = startedMs;
  }

  /** One page a turn: searches come between them. */
  async function sweep(backMs: number, isStopping: () => boolean): Promise<void> {
    const nowMs = clock.nowMs();
    for (const prefix of slotsBetween(nowMs - backMs, nowMs + MINUTE_MS)) {
      let after: { after?: string } | undefined = {};
      while (after !== undefined && !isStopping())
        after = await queue.after(async () => {
          const { items, next } = await changedPage(prefix, after ?? {});
          await copyChanged(items);
          return next === undefined ? undefined : { after: next };
        });
    }
  }

  return {
    async entries() {
      const refreshed = queue.shared(refresh);
      await (readUntilMs === undefined ? within(waitMs, refreshed) : refreshed);
      if (changed.size > 0) {
        sorted = merged(sorted, changed);
        changed = new Map();
      }
      return sorted;
    },
    async follow(isStopping = () => false) {
      await queue.after(() => refresh(isStopping));
      for (const [at, { backMs, everyMs }] of SWEEPS.entries()) {
        if (clock.nowMs() - (sweptMs[at] ?? 0) < everyMs) continue;
        await sweep(backMs, isStopping);
        sweptMs[at] = clock.nowMs();
      }
    },
  };
}

/**
 * The fewest beginnings of ISO 8601 instants that cover a span, and less than a tenth of a second before it and a
 * minute after: whole minutes, whole seconds, then tenths at the beginning, where most is read again.
 */
export function slotsBetween(fromMs: number, toMs: number): readonly string[] {
  const slots: string[] = [];
  let atMs = Math.floor(fromMs / TENTH_MS) * TENTH_MS;
  while (atMs <= toMs) {
    const [stepMs, length] =
      atMs % MINUTE_MS === 0 && atMs + MINUTE_MS <= toMs
        ? [MINUTE_MS, 16]
        : atMs % SECOND_MS === 0
          ? [SECOND_MS, 19]
          : [TENTH_MS, 21];
    slots.push(new Date(atMs).toISOString().slice(0, length));
    atMs += stepMs;
  }
  return slots;
}

const TENTH_MS = 100;

async function* pages<T>(
  list: (after: { after?: string }) => Promise<{ items: readonly T[]; next?: string }>,
): AsyncIterable<readonly T[]> {
  let after: string | undefined;
  do {
    const page = await list(after === undefined ? {} : { after });
    yield page.items;
    after = page.next;
    // Reading everybody takes seconds: sign-ins have their turn after each page.
    if (after !== undefined) await setImmediate();
  } while (after !== undefined);
}

async function within(waitMs: number, reading: Promise<void>): Promise<void> {
  const isOver = new AbortController();
  const tooLong = setTimeout(waitMs, true, { signal: isOver.signal, ref: false }).catch(() => false);
  try {
    if (await Promise.race([reading.then(() => false), tooLong])) throw notReady();
  } finally {
    isOver.abort();
  }
}

function notReady(): AppError {
  return new AppError({
    code: 'admin.people_not_ready',
    status: 503,
    publicMessage: 'Le service vient de démarrer et lit encore la liste des professionnels.',
    hint: 'Réessayez dans quelques secondes.',
    retryAfterSeconds: 5,
  });
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
