import type { Audit } from '#audit/index.ts';
import { AppError, createReadCache, type Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { hashText, latestInForce, putText, type NewText } from '#texts/index.ts';
import { accountsSpec, termsSpec, type TermsVersion } from './collections.ts';
import { termsAccepted, termsPublished } from './events.ts';
import type { Account } from './types.ts';

export interface NewTerms extends NewText {
  readonly version: string;
}

/** The règlement, version by version. */
export interface Terms {
  get(version: string): Promise<TermsVersion | null>;
  /** All versions, those to come included, in order of version name. */
  list(): Promise<readonly TermsVersion[]>;
  /** The version in force now: the latest whose date has come; `null` before the first. */
  current(): Promise<TermsVersion | null>;
  /** The version that this account must accept before going on, or `null`. */
  pendingFor(account: Account): Promise<TermsVersion | null>;
  /** True when that account has a version to accept. An acceptance is never taken back, so it is remembered. */
  hasPending(sub: string): Promise<boolean>;
  /**
   * Keeps that the account accepted the version in force: its name, its text's hash and when. Accepting again changes
   * nothing. Throws `accounts.terms_outdated` (409) for any other version, `accounts.account_unknown` (404).
   */
  accept(sub: string, version: string, from: { readonly source?: string }): Promise<void>;
  /** The `sub`s of all who accepted that version. Reads every one of them: for a figure, not for a request path. */
  acceptedBy(version: string): Promise<ReadonlySet<string>>;
  /**
   * Adds a version, or changes the title or date of one; `actor` is whom the trail names. Throws
   * `accounts.terms_text_fixed` (409) when the text of an existing version differs: people accepted that text.
   */
  put(terms: NewTerms, actor?: string): Promise<void>;
  /**
   * Moves the date of a version that is still to come. Throws `accounts.terms_in_force` (409) once its date has come,
   * and for a version that is not there.
   */
  postpone(version: string, fromMs: number, actor: string): Promise<void>;
  /** From now on also what other instances have put is seen: for pages that show what was just put. */
  refresh(): void;
}

/** Every authorization asks which version is in force: how long a version put by another instance may stay unseen. */
const CACHE_MS = 3_000;

/** More versions than any region will have. */
const MOST_VERSIONS = 1_000;
const ALL = 'all';
/** The design limit of accounts (domain §9). */
const MOST_REMEMBERED = 50_000;

export function createTerms(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
}): Terms {
  const { store, clock, audit } = deps;
  const versions = store.collection(termsSpec);
  const accounts = store.collection(accountsSpec);

  /** Account → hash of the text that it has accepted last, as far as this process has seen. */
  const remembered = new Map<string, string>();
  const cache = createReadCache<readonly TermsVersion[]>({
    clock,
    ttlMs: CACHE_MS,
    load: async () => (await versions.list('version', { prefix: '', limit: MOST_VERSIONS })).items,
  });

  async function list(): Promise<readonly TermsVersion[]> {
    return (await cache.get(ALL)) ?? [];
  }

  const current = async (): Promise<TermsVersion | null> => latestInForce(await list(), clock.nowMs());

  const recordPublished = (actor: string, { id, textHash, fromMs }: TermsVersion) =>
    audit.record(termsPublished, {
      actor,
      outcome: 'success',
      data: { version: id, textSha256: textHash, from: new Date(fromMs).toISOString() },
    });

  return {
    get: version => versions.get(version),
    list,
    current,

    async pendingFor(account) {
      const version = await current();
      return version === null || hasAccepted(account, version) ? null : version;
    },

    async hasPending(sub) {
      const version = await current();
      if (version === null || remembered.get(sub) === version.textHash) return false;
      const account = await accounts.get(sub);
      if (!account || !hasAccepted(account, version)) return account !== null;
      if (remembered.size >= MOST_REMEMBERED) remembered.clear();
      remembered.set(sub, version.textHash);
      return false;
    },

    async accept(sub, id, { source }) {
      const version = await current();
      if (version?.id !== id) throw outdated();
      const accepted = {
        version: id,
        textHash: version.textHash,
        acceptedAt: clock.now(),
        ...(source !== undefined && { source }),
      };
      let isNew = false;
      const account = await accounts.update(sub, before => {
        isNew = !hasAccepted(before, version);
        return isNew ? { ...before, termsAccepted: [...before.termsAccepted, accepted] } : before;
      });
      if (!account) {
        throw new AppError({
          code: 'accounts.account_unknown',
          status: 404,
          publicMessage: 'Ce compte n’existe pas.',
        });
      }
      if (!isNew) return;
      try {
        await audit.record(termsAccepted, {
          actor: sub,
          account: sub,
          ...(source !== undefined && { source }),
          outcome: 'success',
          data: { version: id, textSha256: version.textHash },
        });
      } catch (error) {
        // Of fifty clicks one leaves a trace, so the write comes first; without its trace it is taken back, and asked again.
        await accounts.update(sub, before => ({
          ...before,
          termsAccepted: before.termsAccepted.filter(kept => kept.textHash !== accepted.textHash),
        }));
        throw error;
      }
    },

    async acceptedBy(version) {
      const subs = new Set<string>();
      let after: string | undefined;
      do {
        const page = await accounts.list('terms', {
          key: version,
          limit: 1_000,
          ...(after !== undefined && { after }),
        });
        for (const { id } of page.items) subs.add(id);
        after = page.next;
      } while (after !== undefined);
      return subs;
    },

    async put({ version: id, title, text, fromMs }, actor = 'system') {
      const version: TermsVersion = { id, title, text, textHash: hashText(text), fromMs };
      try {
        if (!(await putText(versions, version))) throw textFixed();
      } finally {
        cache.forget(ALL);
      }
      await recordPublished(actor, version);
    },

    async postpone(id, fromMs, actor) {
      let isTooLate = false;
      try {
        const version = await versions.update(id, before => {
          isTooLate = before.fromMs <= clock.nowMs();
          return isTooLate || before.fromMs === fromMs ? before : { ...before, fromMs };
        });
        if (isTooLate || version === null) throw inForce();
        await recordPublished(actor, version);
      } finally {
        cache.forget(ALL);
      }
    },

    refresh: () => cache.clear(),
  };
}

function hasAccepted({ termsAccepted }: Account, { id, textHash }: TermsVersion): boolean {
  return termsAccepted.some(accepted => accepted.version === id && accepted.textHash === textHash);
}

function outdated(): AppError {
  return new AppError({
    code: 'accounts.terms_outdated',
    status: 409,
    publicMessage: 'Cette version du règlement n’est pas celle en vigueur.',
    hint: 'Rechargez la page pour lire la version en vigueur.',
  });
}

function inForce(): AppError {
  return new AppError({
    code: 'accounts.terms_in_force',
    status: 409,
    publicMessage: 'Cette version est déjà en vigueur : sa date ne change plus.',
    hint: 'Publiez une nouvelle version.',
  });
}

function textFixed(): AppError {
  return new AppError({
    code: 'accounts.terms_text_fixed',
    status: 409,
    publicMessage: 'Le texte d’une version du règlement ne change pas.',
    hint: 'Publiez une nouvelle version.',
  });
}
