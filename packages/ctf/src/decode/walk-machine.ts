/**
 * The walk machine (`machine/walk-machine.ts`) with its memory, in which windows and columns lie: what is there it passes over
 * as generated walks do, by the programs of `walk-program.ts`; when it has followed them often enough, by a walk that is compiled
 * from them (`walk-compiler.ts`).
 */
import type { Walker } from './decoder.ts';
import type { RecordColumns } from './record-columns.ts';
import type { Cursor } from './runtime.ts';
import { compileWalk } from './walk-compiler.ts';
import { WALK_MACHINE_CODE } from './walk-machine-code.ts';
import {
  AHEAD_BYTES,
  FIRST,
  PAGE_BYTES,
  STOP,
  STREAM,
  STREAM_BYTES,
  WALK,
  WALK_MACHINE_PAGES,
} from './walk-machine-layout.ts';
import type { HeaderProgram } from './walk-program.ts';
import { WalkTable } from './walk-table.ts';
import { bytesOfCode, engine, type MachineMemory, makeMemory } from './web-assembly.ts';

type Walk = (
  stream: number,
  base: number,
  from: number,
  limit: number,
  end: number,
  columns: number,
  capacity: number,
  first: number,
  table: number,
) => number;
type PlaceOf = (known: number, from: number, length: number) => number;
type NumberOf = PlaceOf;

/** Event records of a data stream class that were passed over step by step. */
interface Stepped {
  count: number;
}

/** What the machine knows of a walker. */
interface Programs {
  /** Where programs are by their ids; 0: it cannot do anything. */
  readonly stream: number;
  readonly header: Int32Array | null;
  readonly table: WalkTable | null;
  /** Memory that was taken for it. */
  readonly taken: Uint8Array[];
  readonly stepped: Stepped;
  /** By the numbers of their classes, as far as they have come. */
  readonly classes: (Int32Array | undefined)[];
  /** A walk for those that had come when it was compiled; `null`: none. */
  compiled: Walk | null;
  /** Whether another one would know more. */
  hasGrown: boolean;
  /** When it is compiled: behind so many of `stepped`. */
  compilesAt: number;
}

/** So many event records are worth compiling a walk, which takes about a millisecond. */
const RECORDS_PER_COMPILING = 16 << 10;
const COMPILING_AGAIN_RATIO = 4;

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
  readonly #numberOf: NumberOf;
  readonly #memory: MachineMemory;
  readonly #recordsPerCompiling: number;
  readonly #stepped = new Map<HeaderProgram, Stepped>();
  /** Compiled walks, by their programs. */
  readonly #compiled = new Map<string, Walk>();
  /** Where a text is that is known from now on; 0: it is too long. */
  readonly placeOf: PlaceOf;
  readonly #programs = new Map<Walker, Programs>();
  /** Behind all that was taken. */
  #next = FIRST;
  /** What was given back, by its size. */
  readonly #free = new Map<number, number[]>();

  /**
   * One with about `sizeBytes` of memory; `null` where there is no WebAssembly, or it is not allowed, or memory is short.
   * `recordsPerCompiling`: event records before a walk is compiled.
   */
  static make(sizeBytes: number, recordsPerCompiling = RECORDS_PER_COMPILING): WalkMachine | null {
    try {
      code ??= new (engine().Module)(bytesOfCode(WALK_MACHINE_CODE));
      const { least, most } = WALK_MACHINE_PAGES;
      const pages = Math.min(Math.max(Math.ceil(sizeBytes / PAGE_BYTES), least), most);
      return new WalkMachine(code, pages, recordsPerCompiling);
    } catch {
      // Generated walks do without.
      return null;
    }
  }

  private constructor(compiled: object, pages: number, recordsPerCompiling: number) {
    const memory = makeMemory(pages, false);
    this.#memory = memory;
    this.#recordsPerCompiling = recordsPerCompiling;
    this.#buffer = memory.buffer;
    this.#words = new Int32Array(this.#buffer);
    this.#unsigned = new Uint32Array(this.#buffer);
    const { exports } = new (engine().Instance)(compiled, { env: { memory } });
    const { walk, placeOf, numberOf } = exports as {
      readonly walk: Walk;
      readonly placeOf: PlaceOf;
      readonly numberOf: NumberOf;
    };
    this.#walk = walk;
    this.#numberOf = numberOf;
    this.placeOf = placeOf;
  }

  /** Memory of the machine; `null`: there is no more. What it holds at first is anything. */
  take(sizeBytes: number): Uint8Array | null {
    const size = alignedSize(sizeBytes);
    const free = this.#free.get(size)?.pop();
    if (free !== undefined) return new Uint8Array(this.#buffer, free, sizeBytes);
    const address = this.#next;
    if (address + size > this.#buffer.byteLength - AHEAD_BYTES) return null;
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
   * What {@link Walker.walk} does, for bytes and columns in its memory. `null`: it did nothing, because these are elsewhere, or the
   * event record at `p` is of a class without a program.
   */
  walk(walker: Walker, cursor: Cursor, p: number, columns: RecordColumns, limit: number): number | null {
    const { bytes } = cursor;
    if (bytes.buffer !== this.#buffer || columns.clockHigh.buffer !== this.#buffer) return null;
    const programs = this.#programs.get(walker) ?? this.#addWalker(walker);
    if (programs.stream === 0) return null;
    const { stream, table } = programs;
    const words = this.#words;
    words[WALK.clockLow / WORD_BYTES] = cursor.clockLow;
    words[WALK.clockHigh / WORD_BYTES] = cursor.clockHigh;
    const base = bytes.byteOffset;
    const rows = columns.clockHigh.byteOffset;
    const end = base + bytes.length;
    const last = base + limit;
    const tableAt = table?.address ?? 0;
    let [from, at] = [-1, base + p];
    let count = 0;
    let isFull = false;
    let isOther = false;
    let goesOn = true;
    while (goesOn) {
      const capacity = table === null ? columns.length : table.begin();
      const first = table === null ? count : 0;
      from = at;
      if (programs.hasGrown && programs.stepped.count >= programs.compilesAt) this.#compile(programs);
      const compiled = isOther ? null : programs.compiled;
      at = (compiled ?? this.#walk)(stream, base, from, last, end, rows, capacity, first, tableAt);
      const passed = words[WALK.passed / WORD_BYTES]!;
      if (compiled === null) programs.stepped.count += passed - first;
      count = passed + (table === null ? 0 : count);
      isFull = table === null ? count === capacity : !table.take(words[WALK.rows / WORD_BYTES]!);
      isOther = words[WALK.reason / WORD_BYTES] === STOP.other;
      // A table that had to be emptied can take more.
      const hasMore = isOther || (table !== null && at > from && at < last);
      goesOn = !isFull && (this.#learns(walker, programs) || hasMore);
    }
    const isMine = words[WALK.reason / WORD_BYTES] === STOP.done;
    if (count === 0 && !isMine) return null;
    columns.count = count;
    columns.isFull = isFull || !isMine;
    columns.maxClockHigh = this.#unsigned[WALK.maxClockHigh / WORD_BYTES]!;
    cursor.clockLow = this.#unsigned[WALK.clockLow / WORD_BYTES]!;
    cursor.clockHigh = this.#unsigned[WALK.clockHigh / WORD_BYTES]!;
    return at - base;
  }

  #addWalker(walker: Walker): Programs {
    const taken: Uint8Array[] = [];
    const program = walker.headerProgram;
    const stream = program === null ? null : this.#takeFor(taken, STREAM_BYTES);
    const header = program === null || stream === null ? 0 : this.#addWords(taken, program.steps);
    const memory = { take: (sizeBytes: number) => this.#takeFor(taken, sizeBytes), placeOf: this.placeOf };
    const table = walker.table === null ? null : WalkTable.make(walker.table, memory);
    const isReady = header !== 0 && (walker.table === null) === (table === null);
    const programs: Programs = {
      stream: isReady ? stream!.byteOffset : 0,
      header: program?.steps ?? null,
      table,
      taken,
      stepped: program === null ? { count: 0 } : this.#steppedOf(program),
      classes: [],
      compiled: null,
      hasGrown: false,
      compilesAt: this.#recordsPerCompiling,
    };
    // Memory that was given back holds something.
    stream?.fill(0);
    if (isReady) this.#words[(programs.stream + STREAM.header) / WORD_BYTES] = header;
    this.#programs.set(walker, programs);
    return programs;
  }

  /** All walkers of a data stream class have the same header's program. */
  #steppedOf(header: HeaderProgram): Stepped {
    const stepped = this.#stepped.get(header) ?? { count: 0 };
    this.#stepped.set(header, stepped);
    return stepped;
  }

  #compile(programs: Programs): void {
    const { header, classes, table, stepped } = programs;
    const hasTable = table !== null;
    const key = [hasTable, header, ...classes].join(';');
    const walk =
      this.#compiled.get(key) ?? this.#compiledWalk(compileWalk({ header: header!, classes, hasTable }));
    if (walk !== null) this.#compiled.set(key, walk);
    programs.compiled = walk;
    programs.hasGrown = false;
    // Classes that come later are worth another walk only when they come often.
    programs.compilesAt = stepped.count + COMPILING_AGAIN_RATIO * this.#recordsPerCompiling;
  }

  #compiledWalk(bytes: Uint8Array | null): Walk | null {
    if (bytes === null) return null;
    const module = new (engine().Module)(bytes);
    const env = { memory: this.#memory, numberOf: this.#numberOf };
    return (new (engine().Instance)(module, { env }).exports as { readonly walk: Walk }).walk;
  }

  /** Gives back what it has for a walker that will not be used any more. */
  forget(walker: Walker): void {
    for (const bytes of this.#programs.get(walker)?.taken ?? []) this.giveBack(bytes);
    this.#programs.delete(walker);
  }

  #takeFor(taken: Uint8Array[], sizeBytes: number): Uint8Array | null {
    const bytes = this.take(sizeBytes);
    if (bytes !== null) taken.push(bytes);
    return bytes;
  }

  /** Gives the machine the program of a class that it has just met for the first time; `false`: nothing is new. */
  #learns(walker: Walker, programs: Programs): boolean {
    const { stream, taken, classes } = programs;
    if (this.#words[WALK.reason / WORD_BYTES] !== STOP.unknownId) return false;
    const id = this.#words[WALK.idLow / WORD_BYTES]!;
    const number = walker.indexOf(id);
    const steps = number < 0 ? null : walker.programOf(number);
    const program = steps === null ? 0 : this.#addWords(taken, steps, number);
    if (program === 0) return false;
    this.#words[(stream + STREAM.programs) / WORD_BYTES + id + 1] = program;
    classes[number] = steps!;
    programs.hasGrown = true;
    return true;
  }

  /** 0: there is no room. */
  #addWords(taken: Uint8Array[], steps: Int32Array, ...before: readonly number[]): number {
    const bytes = this.#takeFor(taken, WORD_BYTES * (before.length + steps.length));
    if (bytes === null) return 0;
    const at = bytes.byteOffset / WORD_BYTES;
    this.#words.set(before, at);
    this.#words.set(steps, at + before.length);
    return bytes.byteOffset;
  }
}

const alignedSize = (sizeBytes: number): number => Math.ceil(sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
