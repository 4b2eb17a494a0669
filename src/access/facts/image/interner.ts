import { createKeyHash } from './key-hash.ts';

/**
 * Names as small numbers, so that packed facts hold four bytes each. Never forgets: it holds the accounts and
 * organisations that records name. Names are kept as 64 bits, as in `packed-table.ts`, and not as texts.
 */
export interface Interner {
  /** The number of that name, given when it has none yet. */
  intern(name: string): number;
}

const FIRST_SLOTS = 1 << 10;
/** A slot: the two halves of the name, then its number and one; 0: free. */
const SLOT_WORDS = 3;
const NUMBER = 2;

export function createInterner(): Interner {
  const hash = createKeyHash();
  let slots = new Int32Array(FIRST_SLOTS * SLOT_WORDS);
  let count = 0;

  /** Half full at most, so that a search is short. */
  function makeRoom(): void {
    const capacity = slots.length / SLOT_WORDS;
    if (count * 2 < capacity) return;
    const larger = new Int32Array(slots.length * 2);
    for (let slot = 0; slot < slots.length; slot += SLOT_WORDS) {
      const [high = 0, low = 0, number = 0] = slots.subarray(slot, slot + SLOT_WORDS);
      if (number !== 0) larger.set([high, low, number], slotOf(larger, high, low));
    }
    slots = larger;
  }

  return {
    intern(name) {
      hash.of('', name);
      const { high, low } = hash;
      const known = slots[slotOf(slots, high, low) + NUMBER] ?? 0;
      if (known !== 0) return known - 1;
      makeRoom();
      const slot = slotOf(slots, high, low);
      count += 1;
      slots[slot] = high;
      slots[slot + 1] = low;
      slots[slot + NUMBER] = count;
      return count - 1;
    },
  };
}

/** The slot of that name, or the free one where it would be. */
function slotOf(slots: Int32Array, high: number, low: number): number {
  const capacity = slots.length / SLOT_WORDS;
  let slot = (high & (capacity - 1)) * SLOT_WORDS;
  while (slots[slot + NUMBER] !== 0 && (slots[slot] !== high || slots[slot + 1] !== low))
    slot = slot + SLOT_WORDS === slots.length ? 0 : slot + SLOT_WORDS;
  return slot;
}
