import type { DatabaseSync } from 'node:sqlite';
import type { KeysOf } from '../backend.ts';
import { tableNames } from './schema.ts';
import { toKeysText } from './table.ts';
import type { Writer } from './writer.ts';

/** Documents per step: the event loop turns in between. */
const STEP = 200;

/**
 * Makes a collection's index keys anew, because its spec's version changed. Throws `store.conflict` when two live
 * documents share a key that is now unique. A document that another process writes meanwhile is indexed by that
 * process's spec: raise a version with the other instances stopped.
 */
export async function rebuildIndexes(deps: {
  readonly reader: DatabaseSync;
  readonly writer: Writer;
  readonly name: string;
  readonly keysOf: KeysOf;
  readonly now: () => number;
}): Promise<void> {
  const { reader, writer, name, keysOf, now } = deps;
  const rows = reader.prepare(
    `SELECT id, version, doc FROM ${tableNames(name).docs}
     WHERE id > ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id LIMIT ${STEP}`,
  );
  await writer.submit(['unindex', name]);
  let after = '';
  for (;;) {
    const step = rows.all(after, now());
    if (step.length === 0) return;
    await Promise.all(
      step.map(({ id, version, doc }) =>
        writer.submit([
          'index',
          name,
          String(id),
          Number(version),
          toKeysText(keysOf(String(id), String(doc))),
          now(),
        ]),
      ),
    );
    after = String(step.at(-1)?.['id']);
  }
}
