/** Runs at most `size` at a time, in the order of arrival. */
export function createSlots(size: number): { run(work: () => Promise<void>): Promise<void> } {
  let free = size;
  const waiting: (() => void)[] = [];
  return {
    async run(work) {
      if (free > 0) free--;
      else await new Promise<void>(resolve => waiting.push(resolve));
      try {
        await work();
      } finally {
        const next = waiting.shift();
        // The slot is handed over as it is, so that no newcomer slips in between.
        if (next) next();
        else free++;
      }
    },
  };
}
