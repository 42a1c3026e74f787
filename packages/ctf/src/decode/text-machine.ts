/**
 * The text machine from JavaScript: its memory, what is where in it, and how events come into it. The machine itself, which
 * follows text programs and writes times, is `machine/text-machine.ts`, compiled to WebAssembly.
 *
 * The events of a run are copied into it once, with their columns, into memory that is used again for the next run: it stays in
 * the processor's cache.
 */

import type { FixedText } from '../text/put.ts';
import { IS_ESCAPED, MAX_ESCAPED_BYTES, putEscape, putReal } from '../text/put.ts';
import type { RecordColumns } from './record-columns.ts';
import { float32, float64 } from './runtime.ts';
import { TEXT_MACHINE_CODE } from './text-machine-code.ts';
import type { TextProgram } from './text-program.ts';
import type { FieldValue } from './values.ts';

/** What the compiler was told. */
export const MACHINE_PAGES = 128;
export const MACHINE_DATA = 8192;

/** Addresses of the machine. */
const STOPPED_SEGMENT = 0;
const STOPPED_EVENT = 4;
const REASON = 8;
const TIME = {
  second: 64,
  previous: 72,
  hasPrevious: 80,
  texts: { second: 84, between: 92, after: 100 },
} as const;
const PAIRS = 1024;
const ESCAPED = 1280;
const ESCAPES = 2048;
/** Where the texts of a time are, each with room of {@link TIME_TEXT_BYTES}. */
const TIME_TEXTS = { second: 4352, between: 4608, after: 4864 } as const;
const TIME_TEXT_BYTES = 128;
const PARTS = 8192;
const SEGMENTS = 1 << 16;
const PROGRAMS = 7 << 16;
const OUTPUT = 23 << 16;
const RUN = 32 << 16;
const END = MACHINE_PAGES << 16;
/** What is written behind the end of a text is no part of it. */
const SLACK_BYTES = 64;
const OUTPUT_BYTES = RUN - OUTPUT - SLACK_BYTES;

const PART_BYTES = 56;
const PART = {
  base: 0,
  classes: 4,
  bodies: 8,
  starts: 12,
  clockHigh: 16,
  clockLow: 20,
  programs: 24,
  programCount: 28,
  offset: 32,
  hasClock: 40,
  given: 44,
  givenLength: 48,
} as const;
/** Columns in the order in which they are copied. */
const COLUMNS = ['classes', 'bodies', 'clockHigh', 'clockLow', 'starts'] as const;
/** Columns of so many are copied by a loop: each call that copies costs as much as some hundred numbers. */
const FEW_EVENTS = 200;
const MOST_PARTS = Math.floor((SEGMENTS - PARTS) / PART_BYTES);
const MOST_SEGMENT_WORDS = (PROGRAMS - SEGMENTS) / 4;
/** Words before a program's steps: room, literals, formats. */
const PROGRAM_HEAD_WORDS = 3;
/** Of anything in an event record; what is copied keeps its place in that. */
const ALIGNMENT_BYTES = 64;
/** Classes that a table has room for, at first. */
const FIRST_CLASSES = 32;

/** Why the machine stopped: everything is printed; there is no more room, or enough to write; the event is not for it. */
export type StopReason = 'done' | 'full' | 'not-mine';
const REASONS: readonly StopReason[] = ['done', 'full', 'not-mine'];

/** Events of one packet in a row. */
export interface MachinePart {
  readonly columns: Pick<RecordColumns, 'starts' | 'bodies' | 'classes' | 'clockHigh' | 'clockLow'>;
  readonly bytes: Uint8Array;
  readonly first: number;
  readonly end: number;
  readonly programs: MachinePrograms;
  /** Nanoseconds of the clock value 0; `null`: no clock. */
  readonly offsetNs: bigint | null;
  readonly given: FixedText;
}

/** Programs of the classes of one data stream class, by their number. */
export class MachinePrograms {
  address = 0;
  count = 0;
}

/** The text before the nanoseconds of a time, and times in halves: the upper one signed. */
export interface MachineTime {
  readonly second: FixedText;
  readonly secondHigh: number;
  readonly secondLow: number;
  readonly hasPrevious: boolean;
  readonly previousHigh: number;
  readonly previousLow: number;
}

interface MachineExports {
  readonly print: (
    parts: number,
    segment: number,
    segmentEnd: number,
    first: number,
    out: number,
    flushAt: number,
    outEnd: number,
  ) => number;
}

/** What of WebAssembly is used; not every JavaScript has it. */
interface MaybeWebAssembly {
  readonly WebAssembly?: {
    readonly Memory: new (pages: {
      readonly initial: number;
      readonly maximum: number;
    }) => { readonly buffer: ArrayBuffer };
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (
      module: object,
      imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    ) => { readonly exports: unknown };
  };
}

export class TextMachine {
  /** Where it writes. */
  readonly output: Uint8Array;
  readonly #print: MachineExports['print'];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #words: Int32Array;
  readonly #unsigned: Uint32Array;
  readonly #formats: ((value: FieldValue) => string)[] = [];
  /** Behind the programs. */
  #programEnd = PROGRAMS;
  #partCount = 0;
  /** Behind what was copied of the run. */
  #runEnd = RUN;
  #segmentEnd = SEGMENTS;
  #second: FixedText | null = null;

  /** `null` where there is no WebAssembly, or it is not allowed. */
  static make(): TextMachine | null {
    const { WebAssembly: engine } = globalThis as MaybeWebAssembly;
    if (engine === undefined) return null;
    try {
      return new TextMachine(engine);
    } catch {
      // A page may forbid it, memory may be short: programs do without.
      return null;
    }
  }

  private constructor(engine: NonNullable<MaybeWebAssembly['WebAssembly']>) {
    const memory = new engine.Memory({ initial: MACHINE_PAGES, maximum: MACHINE_PAGES });
    const { buffer } = memory;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.#words = new Int32Array(buffer);
    this.#unsigned = new Uint32Array(buffer);
    this.output = new Uint8Array(buffer, OUTPUT, OUTPUT_BYTES);
    const code = Uint8Array.from(atob(TEXT_MACHINE_CODE), (character) => character.charCodeAt(0));
    const { exports } = new engine.Instance(new engine.Module(code), {
      env: { memory },
      'text-machine': {
        real: (o: number, p: number, sizeBytes: number, isLittleEndian: number) =>
          this.#real(o, p, sizeBytes, isLittleEndian === 1),
        formatted: (
          format: number,
          high: number,
          low: number,
          flags: number,
          o: number,
          end: number,
        ): number => this.#formatted(format, high, low, flags, o, end),
      },
    });
    this.#print = (exports as MachineExports).print;
    this.#writeTables();
  }

  #writeTables(): void {
    for (let i = 0; i < 100; i++) {
      this.#bytes[PAIRS + 2 * i] = 0x30 + Math.floor(i / 10);
      this.#bytes[PAIRS + 2 * i + 1] = 0x30 + (i % 10);
    }
    this.#bytes.set(IS_ESCAPED, ESCAPED);
    for (let byte = 0; byte < 256; byte++) {
      if (IS_ESCAPED[byte] === 0) continue;
      const to = ESCAPES + 8 * byte;
      this.#bytes[to] = putEscape(this.#bytes, to + 1, byte) - to - 1;
    }
  }

  #real(o: number, p: number, sizeBytes: number, isLittleEndian: boolean): number {
    const value =
      sizeBytes === 4 ? float32(this.#view, p, isLittleEndian) : float64(this.#view, p, isLittleEndian);
    return putReal(this.#bytes, o, value);
  }

  /** `flags`: 1: signed, 2: of 64 bits. */
  #formatted(format: number, high: number, low: number, flags: number, o: number, end: number): number {
    const isSigned = (flags & 1) === 1;
    let value: FieldValue = isSigned ? low : low >>> 0;
    if ((flags & 2) === 2) {
      const whole = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
      value = isSigned ? BigInt.asIntN(64, whole) : whole;
    }
    let text: string;
    try {
      text = this.#formats[format]!(value);
    } catch {
      // It is JavaScript's turn then, which fails in its own way, with what came before written.
      return 0;
    }
    if (o + text.length > end) return 0;
    for (let i = 0; i < text.length; i++) this.#bytes[o + i] = text.charCodeAt(i);
    return o + text.length;
  }

  /** What stands around the times of lines; `between` is `null` where there is one time only. `false`: too much. */
  setTimeFrame(between: FixedText | null, after: FixedText): boolean {
    const isBetweenShort = between === null || this.#setTimeText('between', between);
    if (between === null) this.#view.setInt32(TIME.texts.between + 4, -1, true);
    return isBetweenShort && this.#setTimeText('after', after);
  }

  #setTimeText(name: keyof typeof TIME_TEXTS, text: FixedText): boolean {
    if (text.length > TIME_TEXT_BYTES) return false;
    this.#words.set(text.words, TIME_TEXTS[name] / 4);
    this.#view.setInt32(TIME.texts[name], TIME_TEXTS[name], true);
    this.#view.setInt32(TIME.texts[name] + 4, text.length, true);
    return true;
  }

  /** The second that the next times are probably in, and the time of the line before. */
  setTime({ second, secondHigh, secondLow, hasPrevious, previousHigh, previousLow }: MachineTime): void {
    const view = this.#view;
    if (second !== this.#second) {
      this.#second = this.#setTimeText('second', second) ? second : null;
    }
    // A second that no time is in is beyond 64 bits.
    const isUsual = hasPrevious && this.#second !== null && Math.abs(secondHigh) < 0x8000_0000;
    view.setInt32(TIME.hasPrevious, Number(isUsual), true);
    view.setInt32(TIME.second + 4, secondHigh, true);
    view.setUint32(TIME.second, secondLow, true);
    view.setInt32(TIME.previous + 4, previousHigh, true);
    view.setUint32(TIME.previous, previousLow, true);
  }

  /** Time of the last line, in halves. */
  get previousHigh(): number {
    return this.#view.getInt32(TIME.previous + 4, true);
  }

  get previousLow(): number {
    return this.#view.getUint32(TIME.previous, true);
  }

  /** From now on events of class `classNumber` are printed by `program`, if the machine can. */
  addProgram(programs: MachinePrograms, classNumber: number, program: TextProgram): void {
    if (!program.isForMachine) return;
    const literalWords = program.literals.length + 1;
    const words = PROGRAM_HEAD_WORDS + program.steps.length;
    const address = this.#allocate(words + literalWords);
    if (address === 0 || !this.#reserveTable(programs, classNumber)) return;
    const literals = address + 4 * words;
    const at = address / 4;
    this.#words[at] = program.roomBytes;
    this.#words[at + 1] = literals;
    this.#words[at + 2] = this.#formats.length;
    this.#words.set(program.steps, at + PROGRAM_HEAD_WORDS);
    this.#words.set(program.literals, literals / 4);
    for (const format of program.formats) this.#formats.push(format);
    this.#words[programs.address / 4 + classNumber] = address;
  }

  /** 0: there is no room. */
  #allocate(words: number): number {
    const address = this.#programEnd;
    if (address + 4 * words > OUTPUT) return 0;
    this.#programEnd = address + 4 * words;
    return address;
  }

  #reserveTable(programs: MachinePrograms, classNumber: number): boolean {
    if (classNumber < programs.count) return true;
    const count = Math.max(FIRST_CLASSES, 2 * programs.count, classNumber + 1);
    const address = this.#allocate(count);
    if (address === 0) return false;
    const known = programs.address / 4;
    this.#words.copyWithin(address / 4, known, known + programs.count);
    programs.address = address;
    programs.count = count;
    return true;
  }

  /** Begins a run of `partCount` parts with these segments; `false` when it is too long. */
  begin(partCount: number, segments: Int32Array): boolean {
    if (partCount > MOST_PARTS || segments.length > MOST_SEGMENT_WORDS) return false;
    this.#words.set(segments, SEGMENTS / 4);
    this.#segmentEnd = SEGMENTS + 4 * segments.length;
    this.#partCount = 0;
    this.#runEnd = RUN;
    return true;
  }

  /** Copies the next part of the run; `null`: it has no events. `false`: there is no room. */
  addPart(part: MachinePart): boolean {
    const { columns, bytes, first, end, given, programs, offsetNs } = part;
    const at = PARTS + this.#partCount++ * PART_BYTES;
    const begin = columns.starts[first]!;
    const byteCount = columns.starts[end]! - begin;
    const count = end - first;
    const to = align(this.#runEnd) + (begin % ALIGNMENT_BYTES);
    let next = align(to + byteCount + SLACK_BYTES);
    const runEnd = next + 4 * (5 * count + 1 + given.words.length) + SLACK_BYTES;
    if (runEnd + MAX_ESCAPED_BYTES > END) return false;
    this.#runEnd = runEnd;
    this.#bytes.set(bytes.subarray(begin, begin + byteCount), to);
    const words = this.#words;
    const place = at / 4;
    words[place + PART.base / 4] = to - begin;
    for (const name of COLUMNS) {
      // Where the element of the run's first event would be if it were element 0.
      words[place + PART[name] / 4] = next - 4 * first;
      next += 4 * count;
    }
    this.#copyColumns(columns, first, end, words[place + PART.classes / 4]! / 4);
    next += 4;
    words.set(given.words, next / 4);
    words[place + PART.given / 4] = next;
    words[place + PART.givenLength / 4] = given.length;
    words[place + PART.programs / 4] = programs.address;
    words[place + PART.programCount / 4] = programs.count;
    words[place + PART.hasClock / 4] = Number(offsetNs !== null);
    this.#view.setBigInt64(at + PART.offset, offsetNs ?? 0n, true);
    return true;
  }

  /** Copies columns one behind the other; `to` is where the first one's element 0 would be, in words. */
  #copyColumns(columns: MachinePart['columns'], first: number, end: number, to: number): void {
    const { classes, bodies, clockHigh, clockLow, starts } = columns;
    const words = this.#words;
    const count = end - first;
    if (count > FEW_EVENTS) {
      words.set(classes.subarray(first, end), to + first);
      words.set(bodies.subarray(first, end), to + count + first);
      this.#unsigned.set(clockHigh.subarray(first, end), to + 2 * count + first);
      this.#unsigned.set(clockLow.subarray(first, end), to + 3 * count + first);
      words.set(starts.subarray(first, end), to + 4 * count + first);
    } else {
      for (let i = first; i < end; i++) {
        words[to + i] = classes[i]!;
        words[to + count + i] = bodies[i]!;
        words[to + 2 * count + i] = clockHigh[i]!;
        words[to + 3 * count + i] = clockLow[i]!;
        words[to + 4 * count + i] = starts[i]!;
      }
    }
    words[to + 4 * count + end] = starts[end]!;
  }

  /** Programs were added since part `number` was: it knows them now. */
  refresh(number: number, programs: MachinePrograms): void {
    const place = (PARTS + number * PART_BYTES) / 4;
    this.#words[place + PART.programs / 4] = programs.address;
    this.#words[place + PART.programCount / 4] = programs.count;
  }

  /**
   * Prints from event `first` of segment number `segment` on (-1: from its first one) behind the `usedBytes` of its output, until there are
   * `flushBytes`; gives how many there are then. {@link stopped} tells why it stopped.
   */
  print(segment: number, first: number, usedBytes: number, flushBytes: number): number {
    const end = this.#print(
      PARTS,
      SEGMENTS + 12 * segment,
      this.#segmentEnd,
      first,
      OUTPUT + usedBytes,
      OUTPUT + flushBytes,
      OUTPUT + OUTPUT_BYTES,
    );
    return end - OUTPUT;
  }

  get stopReason(): StopReason {
    return REASONS[this.#view.getInt32(REASON, true)]!;
  }

  /** Number of the segment that {@link print} would go on with. */
  get stoppedSegment(): number {
    return (this.#view.getInt32(STOPPED_SEGMENT, true) - SEGMENTS) / 12;
  }

  /** Number of the event in it. */
  get stoppedEvent(): number {
    return this.#view.getInt32(STOPPED_EVENT, true);
  }
}

const align = (address: number): number => Math.ceil(address / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
