import { randomInt } from 'node:crypto';
import type { mongo } from 'mongoose';
import type { StoredRow as LyingRow } from '../rows.ts';
import type { UpgradePlace } from '../upgrades.ts';
import { isDuplicate, toStored, toText, type StoredNote, type StoredRow } from './layout.ts';
import type { Run } from './table.ts';

/** The note whose value says until when (epoch seconds) somebody is upgrading. */
const TURN_NOTE = 'upgrading_until';
/** How long the turn of a process that died is respected; a living one renews it. */
const TURN_SECONDS = 60;
const RENEW_MS = 20_000;

/** What upgrades do with a database. Its lock is a note that is renewed while the work goes on. */
export function createUpgradePlace(deps: {
  readonly database: mongo.Db;
  readonly notes: mongo.Collection<StoredNote>;
  readonly command: Run;
  readonly now: () => number;
}): UpgradePlace {
  const { database, notes, command, now } = deps;

  /** Takes the turn when nobody has it: of several who try, the unique id lets one make the note. */
  async function takeTurn(): Promise<boolean> {
    const value = now() + TURN_SECONDS;
    try {
      const filter = { _id: TURN_NOTE, value: { $lte: now() } };
      await command(() => notes.findOneAndUpdate(filter, { $set: { value } }, { upsert: true }));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  const renewTurn = () =>
    command(() => notes.updateOne({ _id: TURN_NOTE }, { $set: { value: now() + TURN_SECONDS } }));

  async function* rowsOf(collection: string): AsyncGenerator<LyingRow> {
    const rows = database.collection<StoredRow>(collection);
    for await (const row of rows.find().sort({ _id: 1 })) {
      const { _id, v, e: expiresAt, ix, n } = row;
      const replace = async (text: string): Promise<boolean> => {
        const changed = toStored(
          { id: _id, version: randomInt(2 ** 47), expiresAt, text, keys: [] },
          n !== undefined,
        );
        const { _id: _same, ...rest } = changed;
        const { matchedCount } = await command(() => rows.replaceOne({ _id, v }, { ...rest, ix }));
        return matchedCount === 1;
      };
      const remove = async (): Promise<boolean> =>
        (await command(() => rows.deleteOne({ _id, v }))).deletedCount === 1;
      yield { id: _id, expiresAt, text: toText(row), replace, remove };
    }
  }

  return {
    note: async name => (await command(() => notes.findOne({ _id: name })))?.value,
    setNote: (name, value) => command(() => notes.replaceOne({ _id: name }, { value }, { upsert: true })),
    isNew: async () => (await command(() => notes.findOne({ _id: /^version:/u }))) === null,
    async alone(run) {
      if (!(await takeTurn())) return false;
      // A renewal that fails is made good by the next; three in a row give the turn away, and `run` then fails too.
      const renewing = setInterval(() => void renewTurn().catch(() => undefined), RENEW_MS);
      try {
        await run();
        return true;
      } finally {
        clearInterval(renewing);
        await command(() => notes.deleteOne({ _id: TURN_NOTE }));
      }
    },
    async collections() {
      const found = await command(() => database.listCollections({}, { nameOnly: true }).toArray());
      const names = found.map(({ name }) => name);
      // `store_…` is the backend's own, `system.…` the server's.
      return names.filter(name => /^(?!store_)[a-z][a-z0-9_]*$/u.test(name)).toSorted();
    },
    rows: rowsOf,
  };
}
