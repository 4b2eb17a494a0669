import type { Audit } from '#audit/index.ts';
import { AppError, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Store } from '#store/index.ts';
import { hashText, putText, type NewText, type TextVersion } from '#texts/index.ts';
import { noticePublished } from '../events.ts';

/** One version of the notice of a network. */
export interface Notice extends TextVersion {
  readonly network: string;
  readonly version: string;
  /** Epoch milliseconds. */
  readonly publishedAtMs: number;
  /** The `sub` of who published it, or `system` for the region file. */
  readonly publishedBy: string;
}

export interface NewNotice extends NewText {
  readonly network: string;
  readonly version: string;
}

/** The notices of every network. Judges nobody: whoever asks has. */
export interface Notices {
  get(network: string, version: string): Promise<Notice | null>;
  /** Of one network, the latest to come into force first. */
  list(network: string): Promise<readonly Notice[]>;
  /** Of every network, in order of network and version. */
  all(): Promise<readonly Notice[]>;
  /**
   * Adds a version, or changes the title or date of one; `actor` is whom the trail names. A date that has passed is taken:
   * a notice may have been given on paper before it is entered here. Throws `access.notice_text_fixed` (409) when the text of
   * a known version differs: patients were given that text.
   */
  put(notice: NewNotice, actor?: string): Promise<void>;
  /**
   * Whether a patient may have been given that version at that instant (epoch milliseconds): it was in force. A network that
   * has published none keeps its notices elsewhere, under any name.
   */
  isGiven(network: string, version: string, atMs: number): Promise<boolean>;
}

const noticesSpec: CollectionSpec<Notice> = {
  name: 'access_notices',
  version: 1,
  indexes: { network: { key: notice => notice.network } },
};

/** More versions than all networks together will have. */
const MOST = 1_000;

const noticeId = (network: string, version: string): string => `${network}/${version}`;

export function createNotices({
  store,
  clock,
  audit,
}: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
}): Notices {
  const notices = store.collection(noticesSpec);

  async function list(network: string): Promise<readonly Notice[]> {
    const { items } = await notices.list('network', { key: network, limit: MOST });
    return items.toSorted((a, b) => b.fromMs - a.fromMs);
  }

  return {
    get: (network, version) => notices.get(noticeId(network, version)),
    list,
    all: async () => (await notices.list('network', { prefix: '', limit: MOST })).items,

    async put({ network, version, title, text, fromMs }, actor = 'system') {
      const notice: Notice = {
        id: noticeId(network, version),
        network,
        version,
        title,
        text,
        textHash: hashText(text),
        fromMs,
        publishedAtMs: clock.nowMs(),
        publishedBy: actor,
      };
      if (!(await putText(notices, notice))) throw textFixed();
      await audit.record(noticePublished, {
        actor,
        outcome: 'success',
        data: { network, version, textSha256: notice.textHash, from: new Date(fromMs).toISOString() },
      });
    },

    async isGiven(network, version, atMs) {
      const notice = await notices.get(noticeId(network, version));
      return notice ? notice.fromMs <= atMs : (await list(network)).length === 0;
    },
  };
}

function textFixed(): AppError {
  return new AppError({
    code: 'access.notice_text_fixed',
    status: 409,
    publicMessage: 'Le texte d’une version de la notice ne change pas.',
    hint: 'Publiez une nouvelle version.',
  });
}
