import type { Clock } from '#kernel/index.ts';
import type { Directory } from '#directory/index.ts';
import type { Store } from '#store/index.ts';
import type { Decider } from '../decide.ts';
import type { FactsSource, RecordFacts } from '../facts/facts.ts';
import { ownInquiry } from '../inquiry.ts';
import { readAs } from '../malformed.ts';
import { createSources } from '../search/sources.ts';
import { subjectStretches } from '../search/subjects.ts';
import { walk } from '../search/walk.ts';
import type { ReasonCode } from '../vocabulary.ts';
import type { RecordEvent } from './collections.ts';
import { canonicalInsOfAnyKind, isTypedIns } from './ins.ts';
import { createKeyMaker } from './key-ring.ts';
import { patientKeySchema } from './keys.ts';
import { mergeRecords } from './merge.ts';
import type { Patients } from './patient.ts';
import { lastNotice } from './view.ts';

/** Somebody who may open a record, and by which ground. */
export interface Reader {
  readonly account: string;
  readonly reason: ReasonCode;
}

/** All that is known of one patient in one network, for the patient's own request. */
export interface RecordDossier {
  /** All keys of the patient there, the one asked for first. */
  readonly keys: readonly string[];
  readonly facts: RecordFacts;
  readonly notice: string | undefined;
  /** Oldest first. */
  readonly history: readonly RecordEvent[];
  /** Who may read it at this moment in the ordinary way, signed in at any level that is needed. */
  readonly readers: readonly Reader[];
  /** There are more of them than are told. */
  readonly isCut: boolean;
}

/** Records, for who answers a patient's request. Judges nobody and leaves no trace: whoever asks does. */
export interface RecordOffice {
  /**
   * The keys that may be meant by what somebody typed: a patient key, or an INS, which is hashed at once and kept
   * nowhere. Throws `access.malformed_request` (400), whose sentences quote nothing.
   */
  keysOf(typed: string): Promise<readonly string[]>;
  /** `null`: no record is known there under any of these keys. */
  dossier(network: string, keys: readonly string[]): Promise<RecordDossier | null>;
}

const MOST_READERS = 500;

export function createRecordOffice(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly facts: FactsSource;
  readonly patients: Patients;
  readonly decider: Decider;
  readonly mode: 'demo' | 'production';
}): RecordOffice {
  const { clock, facts, patients, decider, mode } = deps;
  const maker = createKeyMaker(deps);
  const sources = createSources(deps);

  /** As a search does, at the level that settles rule 5. */
  async function readersOf(
    network: string,
    patientKey: string,
  ): Promise<Pick<RecordDossier, 'readers' | 'isCut'>> {
    const resource = { type: 'patient_record', id: patientKey };
    const reasons = new Map<string, ReasonCode>();
    const stretches = await subjectStretches(
      { subject: { type: 'account' }, action: 'read', resource, network, onBehalfOf: undefined },
      { facts, sources },
    );
    const { results, next } = await walk(
      stretches,
      { limit: MOST_READERS, cursor: undefined },
      async ({ id }) => {
        const { decision, context } = await decider.previewInquiry(
          ownInquiry({ nowMs: clock.nowMs(), account: id, action: 'read', network, resource }),
        );
        reasons.set(id, context.reason_code);
        return decision;
      },
    );
    const readers = results.map(account => ({ account, reason: reasons.get(account) ?? 'engine_error' }));
    return { readers, isCut: next !== undefined };
  }

  return {
    async keysOf(typed) {
      const text = typed.trim();
      if (!isTypedIns(text)) return [readAs(patientKeySchema, text, 'patient')];
      const keys = await Promise.all(canonicalInsOfAnyKind(text, mode).map(ins => maker.keysOf('ins', ins)));
      return keys.flat();
    },

    async dossier(network, keys) {
      for (const key of keys) {
        const records = await patients.records(network, key);
        const known = mergeRecords(records);
        if (known === null) continue;
        return {
          keys: await patients.keysOf(network, key),
          facts: known,
          notice: lastNotice(records),
          history: records
            .flatMap(({ history }) => history)
            .toSorted((a, b) => a.recordedAtMs - b.recordedAtMs),
          ...(await readersOf(network, key)),
        };
      }
      return null;
    },
  };
}
