import { createHmac, randomBytes } from 'node:crypto';
import type { Audit } from '#audit/index.ts';
import { AppError, isAppError, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import { patientKeySecretRetired, patientKeySecretRotated } from '../events.ts';
import { createMadeKeys } from './made-keys.ts';

/** Where a rotation stands. */
export interface KeyVersion {
  readonly version: number;
  readonly createdAt: number;
  /** How many of its keys have not been met since a newer version makes keys; 0 for the newest. */
  readonly waiting: number;
  readonly isRetired: boolean;
}

/**
 * The secrets of the patient keys, of their own: the sealing keys may rotate without changing any patient's key. The
 * newest makes keys; the former ones recognise what they made, until they are retired.
 */
export interface PatientKeyRing {
  /** From now on a new secret makes keys, on every instance. */
  rotate(): Promise<number>;
  /** Oldest first. */
  versions(): Promise<readonly KeyVersion[]>;
  /**
   * Forgets a secret for good. Throws `access.key_version_unknown` (404) and, unless `evenWaiting`,
   * `access.key_version_in_use` (409): the newest, or one with keys that were not met again, which would then stay
   * apart from the newer ones of their patients.
   */
  retire(version: number, options?: { readonly evenWaiting?: boolean }): Promise<void>;
}

/** What the keys of one patient are under each secret at hand, oldest first: the last is the one to answer with. */
export interface KeyMaker {
  keysOf(kind: 'ins' | 'traits', text: string): Promise<readonly string[]>;
}

interface KeySecretDoc extends Doc {
  /** Empty once it is retired. */
  readonly secret: string;
  readonly createdAt: number;
}

const secretsSpec: CollectionSpec<KeySecretDoc> = {
  name: 'access_key_secrets',
  version: 2,
  indexes: { all: { key: () => 'all' } },
  sealed: ['secret'],
};

const MOST_VERSIONS = 1000;

export function createKeyMaker(deps: { readonly store: Store; readonly clock: Clock }): KeyMaker {
  const secrets = createSecrets(deps);
  return {
    async keysOf(kind, text) {
      const known = await secrets.all();
      return known
        .filter(({ secret }) => secret !== '')
        .map(({ id, secret }) => {
          const mac = createHmac('sha256', Buffer.from(secret, 'base64url')).update(`${kind}\n${text}`);
          return `${prefixOf(Number(id))}${mac.digest('base64url')}`;
        });
    },
  };
}

export function createPatientKeyRing(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
}): PatientKeyRing {
  const { audit } = deps;
  const secrets = createSecrets(deps);
  const made = createMadeKeys(deps);

  async function versions(): Promise<readonly KeyVersion[]> {
    const known = await secrets.all();
    const newest = known.at(-1)?.id;
    return Promise.all(
      known.map(async ({ id, secret, createdAt }) => ({
        version: Number(id),
        createdAt,
        waiting: id === newest ? 0 : await made.waiting(prefixOf(Number(id))),
        isRetired: secret === '',
      })),
    );
  }

  return {
    versions,
    async rotate() {
      const version = Number((await secrets.all()).at(-1)?.id ?? 0) + 1;
      await audit.record(patientKeySecretRotated, {
        actor: 'system',
        outcome: 'success',
        data: { version: String(version) },
      });
      await secrets.add(version);
      return version;
    },
    async retire(version, { evenWaiting = false } = {}) {
      const known = await versions();
      const meant = known.find(one => one.version === version);
      if (!meant) throw versionUnknown();
      if (meant === known.at(-1) || (meant.waiting > 0 && !evenWaiting)) throw versionInUse();
      await audit.record(patientKeySecretRetired, {
        actor: 'system',
        outcome: 'success',
        data: { version: String(version), waiting: String(meant.waiting) },
      });
      await secrets.forget(version);
    },
  };
}

/** The version stands in every key made with it. */
const prefixOf = (version: number): string => `pk${version}-`;

function createSecrets({ store, clock }: { readonly store: Store; readonly clock: Clock }) {
  const secrets = store.collection(secretsSpec);

  /** By whoever comes first; the others take that one. */
  async function add(version: number): Promise<void> {
    try {
      await secrets.insert({
        id: String(version),
        secret: randomBytes(32).toString('base64url'),
        createdAt: clock.now(),
      });
    } catch (error) {
      if (!isAppError(error, 'store.conflict')) throw error;
    }
  }

  return {
    add,
    /** Read fresh: another process may have rotated. Makes the first one. */
    async all(): Promise<readonly KeySecretDoc[]> {
      for (;;) {
        const { items } = await secrets.list('all', { key: 'all', limit: MOST_VERSIONS });
        if (items.length > 0) return items.toSorted((a, b) => Number(a.id) - Number(b.id));
        await add(1);
      }
    },
    async forget(version: number): Promise<void> {
      await secrets.update(String(version), ({ secret: _secret, ...rest }) => ({ ...rest, secret: '' }));
    },
  };
}

const versionUnknown = (): AppError =>
  new AppError({
    code: 'access.key_version_unknown',
    status: 404,
    publicMessage: 'Aucun secret de clés de patient ne porte ce numéro.',
    detail: 'no secret has that version, see --status',
  });

const versionInUse = (): AppError =>
  new AppError({
    code: 'access.key_version_in_use',
    status: 409,
    publicMessage: 'Ce secret sert encore : des clés qu’il a faites n’ont pas été revues depuis.',
    detail:
      'it makes the keys, or some of its keys wait for a newer one (--status); --even-waiting leaves those as they are',
  });
