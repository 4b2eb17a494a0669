import type { Collection, CollectionSpec, Store } from '#store/index.ts';
import type { EventCategory } from '../events.ts';
import type { Segment } from '../segments.ts';
import type { Manifest } from './manifest.ts';

/**
 * A day of the log that was sealed. INVARIANT: its edition is what counts; changing it is the one write by which a
 * sealed day begins, or loses the lines whose time is over.
 */
export interface SealedDay {
  /** `2026-11-21`, UTC. */
  readonly id: string;
  /** The day of its oldest line: lines that came too late for their own day are in the next that is sealed. */
  readonly since: string;
  readonly edition: string;
  /** Of the index of subjects. */
  readonly bits: number;
  /** Lines that are left, by category. */
  readonly lines: Readonly<Partial<Record<EventCategory, number>>>;
  /** Where its lines still lie as they were written too; absent once they were removed there. */
  readonly moving?: {
    /** Chain → its first and last line in this day. */
    readonly chains: Readonly<Record<string, readonly [from: number, to: number]>>;
    /** Epoch seconds: not removed before, so that who reads the log finds it whole. */
    readonly until: number;
  };
}

/** One form of a sealed day: known before anything of it is written, so that what a crash left behind is found. */
export interface Edition {
  readonly id: string;
  readonly day: string;
  /** Epoch seconds when it was begun, or replaced by another. */
  readonly since: number;
}

interface StoredManifest {
  /** The edition. */
  readonly id: string;
  readonly manifest: Manifest;
}

/** A volume or a page of the index of subjects: `<edition>.v<number>`, `<edition>.p<number>`. */
interface Leaf {
  readonly id: string;
  readonly edition: string;
  readonly content: string;
}

const daySpec: CollectionSpec<SealedDay> = {
  name: 'audit_sealed_days',
  version: 1,
  indexes: { day: { key: day => day.id } },
};

const editionSpec: CollectionSpec<Edition> = {
  name: 'audit_editions',
  version: 1,
  indexes: { all: { key: () => 'all' } },
};

const manifestSpec: CollectionSpec<StoredManifest> = { name: 'audit_manifests', version: 1, indexes: {} };

const leafSpec: CollectionSpec<Leaf> = {
  name: 'audit_volumes',
  version: 1,
  indexes: { edition: { key: leaf => leaf.edition } },
};

export interface SealedCollections {
  readonly days: Collection<SealedDay>;
  readonly editions: Collection<Edition>;
  readonly manifests: Collection<StoredManifest>;
  readonly leaves: Collection<Leaf>;
}

export function openSealed(store: Store): SealedCollections {
  return {
    days: store.collection(daySpec),
    editions: store.collection(editionSpec),
    manifests: store.collection(manifestSpec),
    leaves: store.collection(leafSpec),
  };
}

export function volumeId(edition: string, number: number): string {
  return `${edition}.v${number}`;
}

export function pageId(edition: string, number: number): string {
  return `${edition}.p${number}`;
}

/** True for a group of lines that lies in this day too, and still where it was written. */
export function isMoving({ chain, lines }: Segment, { moving }: SealedDay): boolean {
  const [from, to] = moving?.chains[chain] ?? [0, -1];
  const first = lines[0]?.seq ?? 0;
  return from <= first && first <= to;
}

/** All sealed days, the oldest first. */
export async function readDays(days: Collection<SealedDay>): Promise<readonly SealedDay[]> {
  const all: SealedDay[] = [];
  let after: string | undefined;
  do {
    const page = await days.list('day', { prefix: '', limit: 1_000, ...(after !== undefined && { after }) });
    all.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return all;
}
