/**
 * One at a time per id, in order of arrival. Fairness inside a process, so that fifty parallel updates of one
 * document all succeed; between processes the compare-and-set decides.
 */
export type Turns = <R>(id: string, work: () => Promise<R>) => Promise<R>;

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return (id, work) => {
    const before = last.get(id);
    const mine = before === undefined ? work() : before.then(work, work);
    last.set(id, mine);
    const leave = (): void => {
      if (last.get(id) === mine) last.delete(id);
    };
    void mine.then(leave, leave);
    return mine;
  };
}
