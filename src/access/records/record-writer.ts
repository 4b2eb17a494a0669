import type { Store } from '#store/index.ts';
import { isAppError } from '#kernel/index.ts';
import { emptyRecord } from './changes.ts';
import { recordId, recordsSpec, type RecordDoc } from './collections.ts';
import type { Place } from './guards.ts';
import type { Patients } from './patient.ts';

type Step = (record: RecordDoc) => RecordDoc;

/** Writes to the records of a patient, each by compare-and-set: concurrent acts are all kept. */
export interface RecordWriter {
  /** Changes the record under the given key, made when missing. `step` is pure; what it throws refuses the act. */
  change(place: Place, step: Step): Promise<void>;
  /** Changes what fits under every key of the patient; `false` when nothing does. */
  changeAll(place: Place, fits: (record: RecordDoc) => boolean, step: Step): Promise<boolean>;
}

export function createRecordWriter({ store, patients }: { store: Store; patients: Patients }): RecordWriter {
  const records = store.collection(recordsSpec);
  return {
    async change({ network, patientKey }, step) {
      const id = recordId(network, patientKey);
      for (;;) {
        if (await records.update(id, step)) return;
        try {
          return await records.insert(step(emptyRecord(id, network, patientKey)));
        } catch (error) {
          // Somebody made it meanwhile: that one is changed.
          if (!isAppError(error, 'store.conflict')) throw error;
        }
      }
    },
    async changeAll({ network, patientKey }, fits, step) {
      const fitting = (await patients.records(network, patientKey)).filter(fits);
      for (const { id } of fitting)
        await records.update(id, record => (fits(record) ? step(record) : record));
      return fitting.length > 0;
    },
  };
}
