/** A note that somebody added to a record during this demonstration; forgotten when the process ends. */
export interface Note {
  readonly author: string;
  readonly text: string;
}

/** Bounds what a demonstration left running can collect. */
const MAX_NOTES = 50;

export type Notes = ReturnType<typeof createNotes>;

export function createNotes() {
  const byRecord = new Map<string, readonly Note[]>();
  return {
    of: (number: string): readonly Note[] => byRecord.get(number) ?? [],
    add(number: string, note: Note): void {
      byRecord.set(number, [note, ...(byRecord.get(number) ?? [])].slice(0, MAX_NOTES));
    },
  };
}
