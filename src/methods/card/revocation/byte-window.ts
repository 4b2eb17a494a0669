import { DerError, readLength } from '../der.ts';

/** Bytes that arrive in pieces, read when they are needed. */
export interface ByteSource {
  /** Octets in all. */
  readonly size: number;
  /** Fills `into` from its beginning, as much as is there; 0 at the end only. */
  read(into: Uint8Array): number;
}

/** No single element of a list, its entries and extensions included, is larger than this. */
const MAX_ELEMENT_BYTES = 64 * 1024;
const WINDOW_BYTES = 4 * MAX_ELEMENT_BYTES;

/** Holds a tag and a length, whatever they are. */
const MAX_HEADER_BYTES = 6;

/**
 * A few hundred KiB of a long file, moving forward. What has been read is handed to `onPassed` before it is forgotten, in
 * large pieces, from where `keep` was called.
 */
export class ByteWindow {
  readonly bytes: Uint8Array;
  /** Where reading goes on, in `bytes`. */
  at = 0;
  #end = 0;
  /** How many octets of the source came before `bytes[0]`. */
  #before = 0;
  #keptFrom: number | null = null;
  #onPassed: ((bytes: Uint8Array) => void) | null = null;
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
    this.bytes = new Uint8Array(Math.min(WINDOW_BYTES, source.size));
  }

  /** How many octets have been read. */
  get offset(): number {
    return this.#before + this.at;
  }

  /** From here on nothing is forgotten before `passTo` says to whom it goes. */
  keep(): void {
    this.#keptFrom = this.at;
  }

  passTo(onPassed: (bytes: Uint8Array) => void): void {
    this.#onPassed = onPassed;
  }

  /** Hands over what was read up to here, and nothing after it. */
  endPassing(): void {
    this.#flush();
    this.#onPassed = null;
    this.#keptFrom = null;
  }

  /** Has `count` octets at hand from `at`. Throws `DerError` when the source ends before. */
  need(count: number): void {
    if (this.#end - this.at < count) this.#fill(count);
  }

  /** Reads a tag and a length; `at` is then where the content begins. Throws `DerError`. */
  readHeader(): { readonly tag: number; readonly length: number } {
    const left = this.#source.size - this.offset;
    this.need(Math.min(MAX_HEADER_BYTES, left));
    // Within what is there: a torn header at the very end is found to be torn.
    const header = this.bytes.subarray(this.at, Math.min(this.at + MAX_HEADER_BYTES, this.#end));
    const [tag] = header;
    if (tag === undefined) throw new DerError('an end where an element belongs');
    const { length, size } = readLength(header, 1);
    this.at += 1 + size;
    return { tag, length };
  }

  /** The tag of the next element, which stays unread. Throws `DerError`. */
  peekTag(): number {
    this.need(1);
    return this.bytes[this.at] ?? 0;
  }

  /** A copy of the next element, header included. Throws `DerError`, also when it is larger than any should be. */
  takeElement(): Uint8Array {
    const before = this.offset;
    const { length } = this.readHeader();
    const headerBytes = this.offset - before;
    this.needElement(length);
    // The header was filled in together with the rest, or lies just before it: filling keeps what precedes `at`.
    const raw = new Uint8Array(headerBytes + length);
    raw.set(this.bytes.subarray(this.at - headerBytes, this.at + length));
    this.at += length;
    return raw;
  }

  /** As `need`, for the content of one element. */
  needElement(length: number): void {
    if (length > MAX_ELEMENT_BYTES) throw new DerError('an element that is larger than any should be');
    this.need(length);
  }

  #fill(count: number): void {
    this.#flush();
    // The last header stays at hand for `takeElement`.
    const from = Math.max(0, Math.min(this.#keptFrom ?? this.at, this.at - MAX_HEADER_BYTES));
    this.bytes.copyWithin(0, from, this.#end);
    this.#before += from;
    this.at -= from;
    this.#end -= from;
    if (this.#keptFrom !== null) this.#keptFrom -= from;
    while (this.#end - this.at < count) {
      const room = this.bytes.subarray(this.#end);
      const added = room.length === 0 ? 0 : this.#source.read(room);
      if (added === 0) throw new DerError('an end before everything was there');
      this.#end += added;
    }
  }

  #flush(): void {
    if (this.#onPassed === null || this.#keptFrom === null || this.#keptFrom === this.at) return;
    this.#onPassed(this.bytes.subarray(this.#keptFrom, this.at));
    this.#keptFrom = this.at;
  }
}
