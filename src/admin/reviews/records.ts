import type { Membership } from '#directory/index.ts';
import { AppError, isAppError } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';

/** The instants at which those who have lines to answer are written to. */
export type ReminderKind = 'start' | 'half' | 'week' | 'day';

/** A review of the profiles held in a network, within a branch. */
export interface Campaign extends Doc {
  readonly name: string;
  readonly network: string;
  /** The top of its branch. */
  readonly organisation: string;
  readonly startMs: number;
  /** Exclusive: from this instant on nothing is answered any more. */
  readonly endMs: number;
  readonly launchedBy: string;
  readonly launchedAtMs: number;
  /** Lines, all chunks together. */
  readonly total: number;
  /** Every organisation of its lines, `''` for the network as a whole: who has nothing there does not see it. */
  readonly organisations: readonly string[];
  /** Reminders that were sent, and when: each is sent once. */
  readonly reminded: Readonly<Partial<Record<ReminderKind, number>>>;
  /** When everything that follows its end was done. */
  readonly closedAtMs?: number;
  readonly suspended?: number;
}

export type Choice = 'keep' | 'remove' | 'shorten';

export interface Answer {
  readonly choice: Choice;
  /** For `shorten`: the new end. */
  readonly toMs?: number;
  readonly reason?: string;
  readonly by: string;
  readonly atMs: number;
  /** The removal waits for a second person. */
  readonly isProposed?: boolean;
}

/** What became of a line that nobody answered. `left`: not to be taken away by the service alone; `over`: nothing to take away. */
export interface Outcome {
  readonly state: 'suspended' | 'left' | 'over';
  readonly atMs: number;
  /** Why it was left: the code of the refusal. */
  readonly code?: string;
}

/** One membership to review, as it was when the campaign was launched. */
export interface ReviewLine {
  /** Unique in the campaign, and its place in the list. */
  readonly key: string;
  readonly sub: string;
  readonly name: string;
  /** `membershipRef` of the membership. */
  readonly ref: string;
  readonly membership: Membership;
  readonly answer?: Answer;
  /** INVARIANT: written before the membership is ended, so that what is given back is what was held. */
  readonly ending?: Membership;
  readonly outcome?: Outcome;
  readonly restored?: { readonly by: string; readonly atMs: number };
}

/** Lines are kept by the hundred: 10,000 documents for one campaign would be slow to read, one document too large. */
interface ReviewChunk extends Doc {
  readonly campaign: string;
  readonly lines: readonly ReviewLine[];
}

const campaignsSpec: CollectionSpec<Campaign> = {
  name: 'admin_reviews',
  version: 1,
  indexes: {
    launched: { key: ({ launchedAtMs }) => String(launchedAtMs).padStart(15, '0') },
    /** One at a time for a branch and a network. */
    open: {
      key: ({ closedAtMs, network, organisation }) =>
        closedAtMs === undefined ? `${network}/${organisation}` : null,
      unique: true,
    },
  },
};

const chunksSpec: CollectionSpec<ReviewChunk> = {
  name: 'admin_review_lines',
  version: 1,
  indexes: { campaign: { key: ({ campaign }) => campaign } },
};

const CHUNK = 100;
const PAGE = 200;
/** Campaigns that are shown and looked after: years of them. */
const MOST_CAMPAIGNS = 1000;

export interface ReviewRecords {
  get(id: string): Promise<Campaign | null>;
  /** The newest first. */
  campaigns(): Promise<readonly Campaign[]>;
  /** Those that are not closed. */
  open(): Promise<readonly Campaign[]>;
  /** Throws `admin.review_open` (409) while another is open for the same branch and network. */
  add(campaign: Campaign, lines: readonly Omit<ReviewLine, 'key'>[]): Promise<void>;
  update(id: string, change: (campaign: Campaign) => Campaign): Promise<Campaign | null>;
  /** Every line, in the order of the launch. */
  lines(campaign: string): Promise<readonly ReviewLine[]>;
  /** The same by hundreds, read one after the other. */
  chunks(campaign: string): AsyncIterable<readonly ReviewLine[]>;
  line(campaign: string, key: string): Promise<ReviewLine | null>;
  /** Changes lines that stand in the same hundred as `key`. */
  updateChunk(
    campaign: string,
    key: string,
    change: (line: ReviewLine) => ReviewLine,
  ): Promise<readonly ReviewLine[]>;
}

export function createReviewRecords({ store }: { readonly store: Store }): ReviewRecords {
  const campaigns = store.collection(campaignsSpec);
  const chunks = store.collection(chunksSpec);

  async function* readChunks(campaign: string): AsyncIterable<readonly ReviewLine[]> {
    let after: string | undefined;
    do {
      const page = await chunks.list('campaign', {
        key: campaign,
        limit: PAGE,
        ...(after !== undefined && { after }),
      });
      for (const { lines } of page.items) yield lines;
      after = page.next;
    } while (after !== undefined);
  }

  const readChunk = (campaign: string, key: string) => chunks.get(chunkId(campaign, key));

  return {
    get: id => campaigns.get(id),
    campaigns: async () =>
      (await campaigns.list('launched', { prefix: '', limit: MOST_CAMPAIGNS })).items.toReversed(),
    open: async () => (await campaigns.list('open', { prefix: '', limit: MOST_CAMPAIGNS })).items,
    async add(campaign, lines) {
      // ORDER: the lines first: a campaign that is seen is whole; lines without a campaign are never read.
      for (let first = 0; first < lines.length; first += CHUNK) {
        const number = String(first / CHUNK).padStart(3, '0');
        await chunks.insert({
          id: `${campaign.id}.${number}`,
          campaign: campaign.id,
          lines: lines
            .slice(first, first + CHUNK)
            .map((line, index) => ({ ...line, key: `${number}-${String(index).padStart(2, '0')}` })),
        });
      }
      try {
        await campaigns.insert(campaign);
      } catch (error) {
        await chunks.removeBy('campaign', campaign.id);
        throw isAppError(error, 'store.conflict') ? alreadyOpen() : error;
      }
    },
    update: (id, change) => campaigns.update(id, change),
    async lines(campaign) {
      const all: ReviewLine[] = [];
      for await (const lines of readChunks(campaign)) all.push(...lines);
      return all;
    },
    chunks: readChunks,
    line: async (campaign, key) =>
      (await readChunk(campaign, key))?.lines.find(line => line.key === key) ?? null,
    async updateChunk(campaign, key, change) {
      const written = await chunks.update(chunkId(campaign, key), before => {
        const lines = before.lines.map(change);
        return lines.every((line, index) => line === before.lines[index]) ? before : { ...before, lines };
      });
      return written?.lines ?? [];
    },
  };
}

const chunkId = (campaign: string, key: string) => `${campaign}.${key.split('-')[0] ?? ''}`;

export function alreadyOpen(): AppError {
  return new AppError({
    code: 'admin.review_open',
    status: 409,
    publicMessage: 'Une revue est déjà ouverte pour cet établissement et ce réseau.',
    hint: 'Attendez sa fin avant d’en lancer une autre.',
  });
}
