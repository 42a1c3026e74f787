/**
 * A compressed file as its plain bytes, decompressed as far as somebody read. What was decompressed is kept, because
 * readers jump in files and neither format can be entered in its middle.
 */
import { describe, FormatError } from '@lttng-ts/base';
import type { ByteSource } from '../stream/byte-source.ts';
import type { Decompression } from './decompress.ts';
import { joined, type PlainPiece, type PlainPieces } from './plain-pieces.ts';

/** Decompressed at once at least: files that are read in turns should not lie in the temporary file in crumbs. */
const STEP_BYTES = 256 << 10;

export interface DecompressedParts {
  /** The plain name. */
  readonly path: string;
  readonly pieces: PlainPieces;
  /** Called once, when something of the file is wanted. */
  readonly open: () => Decompression;
  /** Whether decompression may stop on its way, and go on when more is wanted. */
  readonly mayWait: (decompression: Decompression) => boolean;
  /** Decompression has come to its end, or will not go on. */
  readonly close: (decompression: Decompression) => void;
}

interface KeptPiece {
  readonly beginBytes: number;
  readonly piece: PlainPiece;
}

/** How far decompression has come. */
type State =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly decompression: Decompression }
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly error: unknown };

export class DecompressedFile implements ByteSource {
  readonly path: string;
  readonly #parts: DecompressedParts;
  readonly #kept: KeptPiece[] = [];
  readonly #listeners: (() => void)[] = [];
  #state: State = { kind: 'closed' };
  /** Decompressed until now. */
  #doneBytes = 0;
  #expectedBytes: number | null = null;
  #fault: string | null = null;

  constructor(parts: DecompressedParts) {
    this.path = parts.path;
    this.#parts = parts;
  }

  get sizeBytes(): number {
    if (this.#state.kind === 'open' && this.#expectedBytes !== null) return this.#expectedBytes;
    this.#goTo(Number.POSITIVE_INFINITY);
    return this.#doneBytes;
  }

  get fault(): string | null {
    return this.#fault;
  }

  expectSize(sizeBytes: number): boolean {
    if (this.#state.kind === 'closed') this.#open();
    if (this.#state.kind === 'open' && this.#state.decompression.declares(sizeBytes))
      this.#expectedBytes = sizeBytes;
    return this.sizeBytes === sizeBytes;
  }

  onFault(take: () => void): void {
    this.#listeners.push(take);
  }

  read(offsetBytes: number, lengthBytes: number): Uint8Array {
    this.#goTo(offsetBytes + lengthBytes);
    const bytes = new Uint8Array(Math.max(0, Math.min(lengthBytes, this.#doneBytes - offsetBytes)));
    return bytes.subarray(0, this.readInto(offsetBytes, bytes));
  }

  readInto(offsetBytes: number, target: Uint8Array): number {
    this.#goTo(offsetBytes + target.length);
    const lengthBytes = Math.min(target.length, this.#doneBytes - offsetBytes);
    let count = 0;
    for (let i = this.#pieceAt(offsetBytes); count < lengthBytes; i++) {
      const { beginBytes, piece } = this.#kept[i]!;
      const at = offsetBytes + count - beginBytes;
      count += this.#parts.pieces.readInto(piece, at, target.subarray(count, lengthBytes));
    }
    return count;
  }

  /** Number of the piece that has the byte at `offsetBytes`. */
  #pieceAt(offsetBytes: number): number {
    let low = 0;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#kept[middle]!.beginBytes <= offsetBytes) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Decompresses until `endBytes` bytes are there, or all that there are. */
  #goTo(endBytes: number): void {
    if (this.#state.kind === 'failed') throw this.#state.error;
    if (endBytes <= this.#doneBytes) return;
    if (this.#state.kind === 'closed') this.#open();
    // What is behind the last byte tells whether all of them are right.
    const isLast = endBytes >= (this.#expectedBytes ?? Number.POSITIVE_INFINITY);
    const ahead = Math.min(this.#doneBytes, STEP_BYTES);
    const until = isLast ? Number.POSITIVE_INFINITY : Math.max(endBytes, this.#doneBytes + ahead);
    while (this.#state.kind === 'open' && this.#doneBytes < until) this.#step(this.#state.decompression);
  }

  #open(): void {
    const decompression = this.#parts.open();
    this.#state = { kind: 'open', decompression };
    if (!this.#parts.mayWait(decompression)) this.#goTo(Number.POSITIVE_INFINITY);
  }

  #step(decompression: Decompression): void {
    try {
      if (decompression.step((plain) => this.#keep(plain))) return;
      this.#close(decompression, { kind: 'finished' });
    } catch (error) {
      const isDamage = error instanceof FormatError;
      if (isDamage) this.#fault = error.message;
      this.#close(decompression, isDamage ? { kind: 'finished' } : { kind: 'failed', error });
      if (!isDamage) throw error;
    }
    const expectedBytes = this.#expectedBytes ?? this.#doneBytes;
    if (expectedBytes !== this.#doneBytes) {
      this.#fault ??= describe('Wrong size in compressed file', {
        path: this.path,
        expectedBytes,
        plainBytes: this.#doneBytes,
      });
    }
    if (this.#fault !== null) for (const take of this.#listeners) take();
  }

  #close(decompression: Decompression, state: State): void {
    this.#state = state;
    this.#parts.close(decompression);
  }

  #keep(plain: Uint8Array): void {
    if (plain.length === 0) return;
    const piece = this.#parts.pieces.keep(plain);
    const last = this.#kept.at(-1);
    const longer = last === undefined ? null : joined(last.piece, piece);
    if (longer === null) this.#kept.push({ beginBytes: this.#doneBytes, piece });
    else this.#kept[this.#kept.length - 1] = { beginBytes: last!.beginBytes, piece: longer };
    this.#doneBytes += plain.length;
  }
}
