/**
 * The walk machine (`machine/walk-machine.ts`) with its memory, in which windows and columns lie: what is there it passes over
 * as generated walks do, by the programs of `walk-program.ts`.
 */
import type { GeneratedStream } from './decoder.ts';
import type { RecordColumns } from './record-columns.ts';
import type { Cursor } from './runtime.ts';
import { WALK_MACHINE_CODE } from './walk-machine-code.ts';
import {
  AHEAD_BYTES,
  END,
  FIRST,
  STOP,
  STREAM,
  STREAM_BYTES,
  WALK,
  WALK_MACHINE_PAGES,
} from './walk-machine-layout.ts';
import { bytesOfCode, engine, makeMemory } from './web-assembly.ts';

type Walk = (
  stream: number,
  base: number,
  from: number,
  limit: number,
  end: number,
  columns: number,
  capacity: number,
  passed: number,
) => number;

/** Of whatever is in its memory. */
const ALIGNMENT_BYTES = 64;
const WORD_BYTES = 4;

/** Compiled once for all. */
let code: object | null = null;

export class WalkMachine {
  readonly #buffer: ArrayBufferLike;
  readonly #words: Int32Array;
  readonly #unsigned: Uint32Array;
  readonly #walk: Walk;
  /** Where data stream classes have their programs; 0: machines cannot read their headers. */
  readonly #streams = new Map<GeneratedStream, number>();
  /** Behind all that was taken. */
  #next = FIRST;
  /** What was given back, by its size. */
  readonly #free = new Map<number, number[]>();

  /** `null` where there is no WebAssembly, or it is not allowed, or memory is short. */
  static make(): WalkMachine | null {
    try {
      code ??= new (engine().Module)(bytesOfCode(WALK_MACHINE_CODE));
      return new WalkMachine(code);
    } catch {
      // Generated walks do without.
      return null;
    }
  }

  private constructor(compiled: object) {
    const memory = makeMemory(WALK_MACHINE_PAGES, false);
    this.#buffer = memory.buffer;
    this.#words = new Int32Array(this.#buffer);
    this.#unsigned = new Uint32Array(this.#buffer);
    const { exports } = new (engine().Instance)(compiled, { env: { memory } });
    this.#walk = (exports as { readonly walk: Walk }).walk;
  }

  /** Memory of the machine; `null`: there is no more. What it holds at first is anything. */
  take(sizeBytes: number): Uint8Array | null {
    const size = alignedSize(sizeBytes);
    const free = this.#free.get(size)?.pop();
    if (free !== undefined) return new Uint8Array(this.#buffer, free, sizeBytes);
    const address = this.#next;
    if (address + size > END - AHEAD_BYTES) return null;
    this.#next += size;
    return new Uint8Array(this.#buffer, address, sizeBytes);
  }

  /** Gives back what was taken; of other memory it takes no notice. */
  giveBack({ buffer, byteOffset, length }: Uint8Array): void {
    if (buffer !== this.#buffer) return;
    const size = alignedSize(length);
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [byteOffset]);
    else free.push(byteOffset);
  }

  /**
   * What {@link GeneratedStream.walk} does, for bytes and columns in its memory. `null`: it did nothing, because these are
   * elsewhere, or the event record at `p` is of a class without a program.
   */
  walk(
    stream: GeneratedStream,
    cursor: Cursor,
    p: number,
    columns: RecordColumns,
    limit: number,
  ): number | null {
    const { bytes } = cursor;
    const { clockHigh, length } = columns;
    if (bytes.buffer !== this.#buffer || clockHigh.buffer !== this.#buffer) return null;
    const address = this.#streams.get(stream) ?? this.#addStream(stream);
    if (address === 0) return null;
    const base = bytes.byteOffset;
    const words = this.#words;
    words[WALK.clockLow / WORD_BYTES] = cursor.clockLow;
    words[WALK.clockHigh / WORD_BYTES] = cursor.clockHigh;
    let at = base + p;
    let count = 0;
    let reason: number = STOP.done;
    do {
      at = this.#walk(
        address,
        base,
        at,
        base + limit,
        base + bytes.length,
        clockHigh.byteOffset,
        length,
        count,
      );
      count = words[WALK.passed / WORD_BYTES]!;
      reason = words[WALK.reason / WORD_BYTES]!;
    } while (reason === STOP.unknownId && this.#addClass(stream, address));
    const isMine = reason === STOP.done;
    if (count === 0 && !isMine) return null;
    columns.count = count;
    columns.isFull = count === length || !isMine;
    columns.maxClockHigh = this.#unsigned[WALK.maxClockHigh / WORD_BYTES]!;
    cursor.clockLow = this.#unsigned[WALK.clockLow / WORD_BYTES]!;
    cursor.clockHigh = this.#unsigned[WALK.clockHigh / WORD_BYTES]!;
    return at - base;
  }

  #addStream(stream: GeneratedStream): number {
    const program = stream.headerProgram;
    const table = program === null ? null : this.take(STREAM_BYTES);
    const header = program === null || table === null ? 0 : this.#addWords(program.steps);
    const address = header === 0 ? 0 : table!.byteOffset;
    // Memory that was given back holds something.
    table?.fill(0);
    if (address !== 0) this.#words[(address + STREAM.header) / WORD_BYTES] = header;
    this.#streams.set(stream, address);
    return address;
  }

  /** Gives the machine the program of the class whose id it has just met; `false`: it cannot have one. */
  #addClass(stream: GeneratedStream, address: number): boolean {
    const id = this.#words[WALK.idLow / WORD_BYTES]!;
    const number = stream.indexOf(id);
    const steps = number < 0 ? null : stream.programOf(number);
    const program = steps === null ? 0 : this.#addWords(steps, number);
    if (program === 0) return false;
    this.#words[(address + STREAM.programs) / WORD_BYTES + id + 1] = program;
    return true;
  }

  /** 0: there is no room. */
  #addWords(steps: Int32Array, ...before: readonly number[]): number {
    const bytes = this.take(WORD_BYTES * (before.length + steps.length));
    if (bytes === null) return 0;
    const at = bytes.byteOffset / WORD_BYTES;
    this.#words.set(before, at);
    this.#words.set(steps, at + before.length);
    return bytes.byteOffset;
  }
}

const alignedSize = (sizeBytes: number): number => Math.ceil(sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
