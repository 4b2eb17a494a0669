import type { Collection, CollectionSpec, Store } from '#store/index.ts';
import type { Block } from './block.ts';

/** A block at rest: numbers in base64, as this machine has them in memory (little-endian on all that we run on). */
interface StoredBlock {
  /** `<chain>.<number>`: whoever makes a block makes the same. */
  readonly id: string;
  readonly places: string;
  readonly instants: string;
  readonly names: string;
  readonly holders: string;
}

const blockSpec: CollectionSpec<StoredBlock> = { name: 'audit_blocks', version: 1, indexes: {} };

/**
 * The blocks of all chains. They can be made again from the lines at any time, and prove nothing: a look-up reads the
 * lines themselves.
 */
export interface Blocks {
  /** `null` also when it is not readable: then it is made again from its lines. */
  get(chain: string, number: number): Promise<Block | null>;
  /** Idempotent. */
  add(chain: string, block: Block): Promise<void>;
  /** Idempotent. */
  remove(chain: string, number: number): Promise<void>;
}

export function openBlocks(store: Store): Blocks {
  const blocks: Collection<StoredBlock> = store.collection(blockSpec);
  return {
    async get(chain, number) {
      const stored = await blocks.get(idOf(chain, number));
      return stored && readBlock(stored, number);
    },
    async add(chain, { number, places, instants, names, holders }) {
      // `put`: the same comes from everybody, and one that could not be read is mended.
      await blocks.put({
        id: idOf(chain, number),
        places: textOf(Uint16Array.from(places)),
        instants: textOf(Float64Array.from(instants)),
        names: textOf(Uint32Array.from(names)),
        holders: textOf(Uint16Array.from(holders)),
      });
    },
    remove: (chain, number) => blocks.remove(idOf(chain, number)),
  };
}

function idOf(chain: string, number: number): string {
  return `${chain}.${String(number).padStart(9, '0')}`;
}

function textOf({ buffer, byteOffset, byteLength }: Uint16Array | Uint32Array | Float64Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function readBlock(stored: Partial<StoredBlock>, number: number): Block | null {
  const [places, instants, names, holders] = [
    bytesOf(stored.places),
    bytesOf(stored.instants),
    bytesOf(stored.names),
    bytesOf(stored.holders),
  ];
  const groups = places.byteLength / 2;
  if (groups === 0 || !Number.isInteger(groups) || instants.byteLength !== groups * 8) return null;
  if (names.byteLength % 4 !== 0 || holders.byteLength * 2 !== names.byteLength) return null;
  const times = new Float64Array(instants);
  return {
    number,
    oldest: times.reduce((a, b) => Math.min(a, b)),
    newest: times.reduce((a, b) => Math.max(a, b)),
    places: new Uint16Array(places),
    instants: times,
    names: new Uint32Array(names),
    holders: new Uint16Array(holders),
  };
}

/** Of its own, so that numbers of eight bytes lie where they may. */
function bytesOf(text: unknown): ArrayBuffer {
  const bytes = Buffer.from(typeof text === 'string' ? text : '', 'base64');
  return Uint8Array.from(bytes).buffer;
}
