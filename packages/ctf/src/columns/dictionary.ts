/**
 * Texts by number: what a column of texts holds. A text that came before is found by its bytes, and is decoded once, when
 * somebody asks for it.
 */
import { decodeText } from '../decode/text-encoding.ts';
import type { TextEncoding } from '../model/field-class.ts';

const FIRST_BYTES = 4096;
/** Of slots in the hash table; a power of two. */
const FIRST_SLOTS = 256;
/** With as many bytes or texts, whoever fills it begins a new one. */
const MAX_BYTES = 16 << 20;
const MAX_TEXTS = 1 << 18;

const FNV_BASIS = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

export class Dictionary {
  readonly #encoding: TextEncoding;
  #bytes = new Uint8Array(FIRST_BYTES);
  /** Where text `id` ends; it begins where the one before it does. */
  #ends = new Int32Array(FIRST_SLOTS / 2);
  #hashes = new Int32Array(FIRST_SLOTS / 2);
  #count = 0;
  /** Number of a text, and one; zero: none. */
  #slots = new Int32Array(FIRST_SLOTS);
  readonly #texts: string[] = [];
  /** The text that came last: it often comes again. */
  #last = -1;

  constructor(encoding: TextEncoding) {
    this.#encoding = encoding;
  }

  /** How many texts there are. */
  get size(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count >= MAX_TEXTS || this.#usedBytes >= MAX_BYTES;
  }

  /** The text with a number. */
  textAt(id: number): string {
    let text = this.#texts[id];
    if (text === undefined) {
      text = decodeText(this.#bytes.subarray(this.#beginOf(id), this.#ends[id]!), this.#encoding);
      this.#texts[id] = text;
    }
    return text;
  }

  /** The number of text `id` of another dictionary. */
  idOfText(other: Dictionary, id: number): number {
    return this.idOf(other.#bytes, other.#beginOf(id), other.#ends[id]!);
  }

  /** The number of the text with the bytes from `p` to `end`, which are copied when it is new. */
  idOf(bytes: Uint8Array, p: number, end: number): number {
    if (this.#last >= 0 && this.#isText(this.#last, bytes, p, end)) return this.#last;
    this.#last = this.#find(bytes, p, end);
    return this.#last;
  }

  #find(bytes: Uint8Array, p: number, end: number): number {
    const hash = hashOf(bytes, p, end);
    const mask = this.#slots.length - 1;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]! - 1;
      if (id < 0) return this.#add(bytes, p, end, hash, slot);
      if (this.#hashes[id] === hash && this.#isText(id, bytes, p, end)) return id;
    }
  }

  get #usedBytes(): number {
    return this.#count === 0 ? 0 : this.#ends[this.#count - 1]!;
  }

  #beginOf(id: number): number {
    return id === 0 ? 0 : this.#ends[id - 1]!;
  }

  #isText(id: number, bytes: Uint8Array, p: number, end: number): boolean {
    const begin = id === 0 ? 0 : this.#ends[id - 1]!;
    if (this.#ends[id]! - begin !== end - p) return false;
    const known = this.#bytes;
    for (let at = p, i = begin; at < end; at++, i++) if (known[i] !== bytes[at]) return false;
    return true;
  }

  #add(bytes: Uint8Array, p: number, end: number, hash: number, slot: number): number {
    const id = this.#count;
    const used = this.#usedBytes;
    if (used + end - p > this.#bytes.length) {
      const grown = new Uint8Array(2 * Math.max(this.#bytes.length, end - p));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    if (id === this.#ends.length) {
      this.#ends = grownTo(this.#ends, 2 * id);
      this.#hashes = grownTo(this.#hashes, 2 * id);
    }
    this.#bytes.set(bytes.subarray(p, end), used);
    this.#ends[id] = used + end - p;
    this.#hashes[id] = hash;
    this.#slots[slot] = id + 1;
    this.#count++;
    if (2 * this.#count > this.#slots.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let id = 0; id < this.#count; id++) {
      const hash = this.#hashes[id]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

/** FNV-1a on words of four bytes, a multiplication for each; upper bits come down, because only lower ones choose a slot. */
function hashOf(bytes: Uint8Array, p: number, end: number): number {
  let hash = FNV_BASIS;
  let at = p;
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash = Math.imul(hash ^ word, FNV_PRIME);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, FNV_PRIME);
  return hash;
}

function grownTo(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(length);
  grown.set(array);
  return grown;
}
