import type { Audit } from '#audit/index.ts';
import type { Directory } from '#directory/index.ts';
import { isAppError, type Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import { patientKeysLinked } from '../events.ts';
import { keyLinksSpec, type KeyLinkDoc } from './collections.ts';
import { createKeyMaker } from './key-ring.ts';
import { createMadeKeys } from './made-keys.ts';

/** For whom a key is made. */
export interface Applicant {
  readonly client: string;
  /** Absent: whoever acts in every network. */
  readonly network?: string | undefined;
}

/** Makes the keys of patients, across rotations of the secret. Judges nobody, and keeps no identity. */
export interface KeyIssuer {
  /**
   * The patient's key under the newest secret; what was known under the former ones is joined to it, in the network of
   * the applicant. `text`: the canonical INS or traits, hashed at once.
   */
  issue(applicant: Applicant, kind: 'ins' | 'traits', text: string): Promise<string>;
  /** The key that `issue` would give, without a trace of it anywhere. */
  preview(kind: 'ins' | 'traits', text: string): Promise<string>;
  /** Joins two keys of one patient; once. */
  join(link: Omit<KeyLinkDoc, 'id' | 'linkedAt'>): Promise<void>;
}

export function createKeyIssuer(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly directory: Pick<Directory, 'networks'>;
}): KeyIssuer {
  const { store, clock, audit, directory } = deps;
  const links = store.collection(keyLinksSpec);
  const maker = createKeyMaker(deps);
  const made = createMadeKeys(deps);

  async function join(link: Omit<KeyLinkDoc, 'id' | 'linkedAt'>): Promise<void> {
    try {
      await links.insert({ ...link, id: linkId(link), linkedAt: clock.now() });
    } catch (error) {
      if (!isAppError(error, 'store.conflict')) throw error;
    }
  }

  /** Whoever has the older key finds what is told of the newer, and the other way round. */
  async function joinOlder({ client, network }: Applicant, newest: string, older: string): Promise<void> {
    const networks = network === undefined ? (await directory.networks.all()).map(({ id }) => id) : [network];
    for (const each of networks) {
      const link = { network: each, ends: [newest, older] as const, client };
      if (await links.get(linkId(link))) continue;
      await audit.record(patientKeysLinked, {
        actor: 'system',
        client,
        patientKey: newest,
        outcome: 'success',
        data: { network: each, linkedKey: older },
      });
      await join(link);
    }
  }

  const preview: KeyIssuer['preview'] = async (kind, text) => (await maker.keysOf(kind, text)).at(-1) ?? '';

  return {
    join,
    preview,
    // ORDER: noted before the secrets are looked at again: of two callers on both sides of a rotation, one sees the other.
    async issue(applicant, kind, text) {
      for (;;) {
        const keys = await maker.keysOf(kind, text);
        const newest = keys.at(-1) ?? '';
        await made.note(newest);
        if ((await preview(kind, text)) !== newest) continue;
        await made.succeed(keys.slice(0, -1), newest);
        for (const older of await made.before(newest)) await joinOlder(applicant, newest, older);
        return newest;
      }
    },
  };
}

/** The same two keys are joined once, in whatever order they are told. */
const linkId = ({ network, ends }: Pick<KeyLinkDoc, 'network' | 'ends'>): string =>
  `${network}/${ends.toSorted().join('~')}`;
