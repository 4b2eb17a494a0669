/** Names as small numbers, so that packed facts hold four bytes each. Never forgets: it holds the accounts and organisations that records name. */
export interface Interner {
  /** The number of that name, given when it has none yet. */
  intern(name: string): number;
  /** The number, or −1 for a name that nothing has named yet. */
  find(name: string): number;
}

export function createInterner(): Interner {
  const numbers = new Map<string, number>();
  return {
    intern(name) {
      const known = numbers.get(name);
      if (known !== undefined) return known;
      numbers.set(name, numbers.size);
      return numbers.size - 1;
    },
    find: name => numbers.get(name) ?? -1,
  };
}
