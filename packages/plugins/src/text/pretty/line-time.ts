/**
 * The time at the beginning of a line, and the time since the line before, as bytes: what `PrettyPrinter` prints, of
 * clock values in two halves. Almost every line is in the second of the line before; its text is kept.
 *
 * A time is two numbers: the upper half, signed, and the lower 32 bits.
 */
import { FixedText, putFixed, putNine, putString, type TextBuffer, type TextMachine } from '@lttng-ts/ctf';
import type { ClockClass, EventColumns } from '@lttng-ts/graph';
import { binaryToBytes } from '../binary-text.ts';
import type { PrettyPrinter } from './pretty-printer.ts';

const NS_PER_S = 1_000_000_000n;
const WORD = 0x1_0000_0000;
/** Room that a time takes with everything around it. */
const ROOM_BYTES = 512;
/** A second that no time is in. */
const NEVER = -(1n << 80n);

/** Clock values of events. */
type ClockColumns = Pick<EventColumns, 'clockHigh' | 'clockLow'>;

export class LineTime {
  readonly #printer: PrettyPrinter;
  readonly #printsCycles: boolean;
  readonly #before: string;
  readonly #between: string | null;
  readonly #betweenAndZero: FixedText;
  readonly #after: FixedText;
  #clock: ClockClass | null = null;
  /** Whether a cycle is a nanosecond, or cycles are what is printed. */
  #isPlain = true;
  #frequencyHz = 0;
  #offsetHigh = 0;
  #offsetLow = 0;
  /** What stands before the nanoseconds of a time in the second that began then. */
  #second = new FixedText(new Uint8Array(0));
  #secondHigh = 0;
  #secondLow = 0;
  #hasPrevious = false;
  #previousHigh = 0;
  #previousLow = 0;

  constructor(printer: PrettyPrinter, printsCycles: boolean) {
    this.#printer = printer;
    this.#printsCycles = printsCycles;
    const { before, between, after } = printer.timeFrame;
    this.#before = before;
    this.#between = between;
    this.#betweenAndZero = new FixedText(binaryToBytes(`${between ?? ''}+0.`));
    this.#after = new FixedText(binaryToBytes(after));
    this.#keepSecond(NEVER);
  }

  /** Clock values are of `clock` from now on. */
  set clock(clock: ClockClass) {
    if (clock === this.#clock) return;
    this.#clock = clock;
    this.#isPlain = this.#printsCycles || clock.frequencyHz === NS_PER_S;
    this.#frequencyHz = Number(clock.frequencyHz);
    const offset = this.#printsCycles ? 0n : clock.offsetNs;
    this.#offsetHigh = Number(offset >> 32n);
    this.#offsetLow = Number(offset & 0xffff_ffffn);
  }

  /** Takes over from the printer, which prints some of the lines. */
  resume(): void {
    this.previous = this.#printer.previous;
  }

  /** Hands over to the printer. */
  suspend(): void {
    this.#printer.previous = this.previous;
  }

  /** Tells a machine what stands around times; `false` when it cannot write them. */
  prepare(machine: TextMachine): boolean {
    const between = this.#between === null ? null : this.#betweenAndZero;
    return !this.#printsCycles && machine.setTimeFrame(between, this.#after);
  }

  /** Whether there is a line before the next one. */
  get hasPrevious(): boolean {
    return this.#hasPrevious;
  }

  /** Time of the line before; `null`: there is none. */
  get previous(): bigint | null {
    return this.#hasPrevious ? joined(this.#previousHigh, this.#previousLow) : null;
  }

  set previous(time: bigint | null) {
    this.#hasPrevious = time !== null;
    this.#previousHigh = Number((time ?? 0n) >> 32n);
    this.#previousLow = Number((time ?? 0n) & 0xffff_ffffn);
  }

  /** Event `index` is the line before the next one. */
  pass(columns: ClockColumns, index: number): void {
    this.previous = this.#timeOf(columns, index);
  }

  /** Keeps the second of an event that a machine will begin with. */
  expect(columns: ClockColumns, index: number): void {
    const time = this.#timeOf(columns, index);
    const fraction = time - joined(this.#secondHigh, this.#secondLow);
    if (fraction < 0n || fraction >= NS_PER_S) this.#keepSecond(time);
  }

  /** In nanoseconds, of a clock that counts these. */
  #timeOf({ clockHigh, clockLow }: ClockColumns, index: number): bigint {
    return joined(clockHigh[index]!, clockLow[index]!) + joined(this.#offsetHigh, this.#offsetLow);
  }

  /** Hands over to a machine that writes the next times. */
  lend(machine: TextMachine): void {
    machine.setTime({
      second: this.#second,
      secondHigh: this.#secondHigh,
      secondLow: this.#secondLow,
      hasPrevious: this.#hasPrevious,
      previousHigh: this.#previousHigh,
      previousLow: this.#previousLow,
    });
  }

  /** Takes over from a machine. */
  takeBack(machine: TextMachine): void {
    if (!this.#hasPrevious) return;
    this.#previousHigh = machine.previousHigh;
    this.#previousLow = machine.previousLow;
  }

  /** Writes the beginning of a line whose event has this clock value. Makes room as it needs. */
  put(buffer: TextBuffer, o: number, columns: ClockColumns, index: number): number {
    buffer.reserve(o, ROOM_BYTES);
    let high = columns.clockHigh[index]!;
    let low = columns.clockLow[index]!;
    // One function for all that is usual: a call with a number beyond 31 bits makes an object of it.
    if (!this.#isPlain) {
      const ns = Math.trunc((1e9 * (high * WORD + low)) / this.#frequencyHz);
      high = Math.floor(ns / WORD);
      low = ns - high * WORD;
    }
    high += this.#offsetHigh;
    low += this.#offsetLow;
    if (low >= WORD) {
      low -= WORD;
      high++;
    }
    const fraction = (high - this.#secondHigh) * WORD + (low - this.#secondLow);
    const delta = (high - this.#previousHigh) * WORD + (low - this.#previousLow);
    const isUsual = this.#hasPrevious && fraction >= 0 && fraction < 1e9 && delta >= 0 && delta < 1e9;
    if (!isUsual) return this.#putUnusual(buffer, o, joined(high, low));
    this.#previousHigh = high;
    this.#previousLow = low;
    const { bytes: out, view } = buffer;
    let end = putNine(out, putFixed(view, o, this.#second), fraction);
    if (this.#between !== null) {
      // Before its nine digits: `+0.`.
      end = putNine(out, putFixed(view, end, this.#betweenAndZero), delta);
    }
    return putFixed(view, end, this.#after);
  }

  /** Writes a time in cycles, of another second than the line before, or of an earlier one. */
  #putUnusual(buffer: TextBuffer, o: number, time: bigint): number {
    const { previous } = this;
    this.previous = time;
    this.#keepSecond(time);
    let text = this.#before + this.#printer.timeText(time);
    if (this.#between !== null) {
      const delta = previous === null ? null : BigInt.asUintN(64, time - previous);
      text += this.#between + this.#printer.deltaText(delta);
    }
    const end = putString(buffer, o, text, ROOM_BYTES);
    return putFixed(buffer.view, end, this.#after);
  }

  /** Keeps the text of the second of `time`; what comes before the epoch counts backwards and is not kept. */
  #keepSecond(time: bigint): void {
    const isKept = !this.#printsCycles && time >= 0n;
    const begin = isKept ? time - (time % NS_PER_S) : NEVER;
    this.#secondHigh = Number(begin >> 32n);
    this.#secondLow = Number(begin & 0xffff_ffffn);
    const text = this.#before + (isKept ? this.#printer.timeText(begin).slice(0, -9) : '');
    this.#second = new FixedText(binaryToBytes(text));
  }
}

const joined = (high: number, low: number): bigint => (BigInt(high) << 32n) + BigInt(low);
