/**
 * The text machine from JavaScript: how events come into its memory, and what it prints. The machine itself, which
 * follows text programs and writes times, is `machine/text-machine.ts`, compiled to WebAssembly.
 *
 * The events of a run are copied into it once, with their columns, into memory that is used again for the next run: it stays in
 * the processor's cache.
 */

import type { FixedText } from '../text/put.ts';
import { IS_ESCAPED, MAX_ESCAPED_BYTES, putEscape } from '../text/put.ts';
import type { RecordColumns } from './record-columns.ts';
import {
  compileMachine,
  type MachineMemory,
  type MachinePrint,
  makeMachineMemory,
  startMachine,
} from './text-machine-engine.ts';
import {
  END,
  ESCAPED,
  ESCAPES,
  KNOWN,
  KNOWN_BITS,
  KNOWN_FIELD,
  KNOWN_PLACES,
  KNOWN_SHIFT,
  MOST_KNOWN_BYTES,
  OUTPUT,
  OUTPUT_BYTES,
  PAIRS,
  PART,
  PART_BYTES,
  PARTS,
  PROGRAMS,
  REASON,
  RUN,
  SEGMENT_END,
  SEGMENTS,
  SLACK_BYTES,
  STATE,
  STOPPED_EVENT,
  STOPPED_SEGMENT,
  TEXT_END,
  TIME,
  TIME_TEXT_BYTES,
  TIME_TEXTS,
} from './text-machine-layout.ts';
import { printShared, STATES } from './text-machine-thread.ts';
import type { PacketBytes, TextProgram } from './text-program.ts';
import type { FieldValue } from './values.ts';

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
/** By which the machine spreads values, too. */
const KNOWN_FACTOR = 0x9e3779b1;
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

/** An event in a machine's memory. */
export interface MachineEvent {
  /** Number of its part. */
  readonly part: number;
  readonly classNumber: number;
  /** Where what follows its header is in {@link TextMachine.memory}, in bytes, and where that ends. */
  readonly body: number;
  readonly end: number;
  /** The clock's value: one element each. */
  readonly clockHigh: Uint32Array;
  readonly clockLow: Uint32Array;
}

export class TextMachine {
  /** Where it writes. */
  readonly output: Uint8Array;
  /** All of its memory: what {@link MachineEvent} is about. */
  readonly memory: PacketBytes;
  readonly #print: MachinePrint;
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
  /** Texts that it was told. */
  #knownCount = 0;

  /**
   * `null` where there is no WebAssembly, or it is not allowed. Memory that may be shared is no reason for V8 to collect garbage; of
   * other memory it counts all, used or not, which in a run of a million events brings a collection of the old generation.
   */
  static make(isShared = false): TextMachine | null {
    try {
      return new TextMachine(compileMachine(isShared), makeMachineMemory(isShared));
    } catch {
      // A page may forbid it, memory may be short: programs do without.
      return null;
    }
  }

  /** One of several threads that print one text: its code and memory are theirs, too. */
  constructor(code: object, memory: MachineMemory) {
    const { buffer } = memory;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.memory = { bytes: this.#bytes, view: this.#view };
    this.#words = new Int32Array(buffer);
    this.#unsigned = new Uint32Array(buffer);
    this.output = new Uint8Array(buffer, OUTPUT, OUTPUT_BYTES);
    this.#print = startMachine(code, memory, (format, high, low, flags, o, end) =>
      this.#formatted(format, high, low, flags, o, end),
    );
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
    this.#know(text, format, high, low);
    return o + text.length;
  }

  /** The machine writes this text itself from now on, until another one takes its place. */
  #know(text: string, format: number, high: number, low: number): void {
    if (text.length > MOST_KNOWN_BYTES) return;
    const hash = Math.imul((low ^ (high << 7)) + (format << 5), KNOWN_FACTOR);
    const words = this.#words;
    const placeOf = (i: number): number =>
      KNOWN + ((((hash >>> (32 - KNOWN_BITS)) + i) & ((1 << KNOWN_BITS) - 1)) << KNOWN_SHIFT);
    let i = 0;
    while (i < KNOWN_PLACES && words[(placeOf(i) + KNOWN_FIELD.format) / 4] !== 0) i++;
    // Where all are taken, another one goes each time.
    const place = placeOf(i < KNOWN_PLACES ? i : this.#knownCount % KNOWN_PLACES);
    this.#knownCount++;
    words[(place + KNOWN_FIELD.format) / 4] = format + 1;
    words[(place + KNOWN_FIELD.low) / 4] = low;
    words[(place + KNOWN_FIELD.high) / 4] = high;
    words[(place + KNOWN_FIELD.length) / 4] = text.length;
    for (let at = 0; at < text.length; at++) this.#bytes[place + KNOWN_FIELD.text + at] = text.charCodeAt(at);
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
    if (address + 4 * words > KNOWN) return 0;
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

  /** Lets a thread that shares its memory print the run, from its beginning into the beginning of the output. */
  give(): void {
    this.#words[SEGMENT_END / 4] = this.#segmentEnd;
    Atomics.store(this.#words, STATE / 4, STATES.given);
  }

  /** Whether what was given is printed. */
  get isPrinted(): boolean {
    return Atomics.load(this.#words, STATE / 4) === STATES.printed;
  }

  /**
   * What was given is printed when this returns, be it that nobody has begun and this thread does it; gives the bytes of text.
   * {@link stopReason} tells why it stopped.
   */
  finish(): number {
    const words = this.#words;
    while (!printShared(words, this.#print) && Atomics.load(words, STATE / 4) !== STATES.printed)
      Atomics.wait(words, STATE / 4, STATES.taken);
    return this.#words[TEXT_END / 4]! - OUTPUT;
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

  /** An event of the run in its memory: what was copied may be needed after the columns are used again. */
  eventAt(segment: number, event: number): MachineEvent {
    const words = this.#words;
    const part = words[SEGMENTS / 4 + 3 * segment]!;
    const place = (PARTS + part * PART_BYTES) / 4;
    const base = words[place + PART.base / 4]!;
    const column = (name: (typeof COLUMNS)[number]): number => words[place + PART[name] / 4]! / 4 + event;
    return {
      part,
      classNumber: words[column('classes')]!,
      body: base + words[column('bodies')]!,
      end: base + words[column('starts') + 1]!,
      clockHigh: this.#unsigned.slice(column('clockHigh'), column('clockHigh') + 1),
      clockLow: this.#unsigned.slice(column('clockLow'), column('clockLow') + 1),
    };
  }
}

const align = (address: number): number => Math.ceil(address / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
