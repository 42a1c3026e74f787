/**
 * A text that several sinks print together: its time is cut into slices, each sink prints one after another of them,
 * and what it prints waits until everything before is written. Each line is the one that a single sink would print: the
 * time since the line before is put into the first line of a slice when that line is written.
 */
import { assert } from '@lttng-ts/base';
import { type EventRun, type FlowItem, type FlowIterator, type FlowResult, nsOf } from '@lttng-ts/graph';
import type { Host, Output } from '../../host.ts';
import { binaryToBytes } from '../binary-text.ts';
import type { PrettyPrinter } from './pretty-printer.ts';

/** Nanoseconds from the clock's origin; what happened at the beginning is in it, what happened at the end is not. */
export interface TextSlice {
  readonly number: number;
  /** `null`: the beginning of everything. */
  readonly beginNs: bigint | null;
  /** `null`: the end of everything. */
  readonly endNs: bigint | null;
}

/** What sinks that print one text have in common. */
export interface TextSlices {
  /** The next slice that nobody has; `null` when there is none. */
  take(): TextSlice | null;
  /** Waits a moment for the turn of a slice: whether it may be written now, or never because the text has ended. */
  waitForTurn(number: number): 'turn' | 'wait' | 'never';
  hasTurn(number: number): boolean;
  /** Time of the last line that was written, as {@link PrettyPrinter} has it. */
  readonly lastTime: bigint | null;
  /** A slice is written: it is the next one's turn. */
  pass(time: bigint | null): void;
  /** Ends the text here: nobody writes any more. Whoever has the turn may say so. */
  end(): void;
}

/** Text that waits is kept up to so many bytes; who has more waits for its turn. */
const MOST_WAITING_BYTES = 24 << 20;

/** What is printed of a slice, written when it is its turn. */
export class SliceOutput {
  readonly standardOutput: Output = { write: (bytes) => this.#add(this.#host.standardOutput, bytes) };
  readonly standardError: Output = { write: (bytes) => this.#add(this.#host.standardError, bytes) };
  readonly #host: Host;
  readonly #slices: TextSlices;
  readonly #printer: PrettyPrinter;
  #number = -1;
  #hasTurn = false;
  #isOver = false;
  /** Whether the first line lacks the time since the line before. */
  #lacksDelta = false;
  /** Memory of what waits, used again for each slice. */
  #waiting: Uint8Array | null = null;
  #waitingBytes = 0;
  #parts: { readonly output: Output; readonly endBytes: number }[] = [];

  constructor(host: Host, slices: TextSlices, printer: PrettyPrinter) {
    this.#host = host;
    this.#slices = slices;
    this.#printer = printer;
  }

  begin(number: number): void {
    this.#number = number;
    this.#hasTurn = this.#slices.hasTurn(number);
    this.#printer.restart();
    if (this.#hasTurn) this.#printer.previous = this.#slices.lastTime;
    this.#lacksDelta = !this.#hasTurn && this.#printer.timeFrame.between !== null;
  }

  /** Everything of the slice was added. `wait`: ask again. */
  finish(): 'written' | 'wait' | 'never' {
    const state = this.#hasTurn ? 'turn' : this.#slices.waitForTurn(this.#number);
    if (state !== 'turn') return state;
    this.#release();
    this.#slices.pass(this.#printer.previous ?? this.#slices.lastTime);
    return 'written';
  }

  /** The same for a slice that ends with a failure: after it nothing is written. Waits as long as it takes. */
  fail(): 'written' | 'never' {
    while (!this.#hasTurn) {
      const state = this.#slices.waitForTurn(this.#number);
      if (state === 'never') return 'never';
      if (state === 'turn') this.#release();
    }
    this.#slices.end();
    return 'written';
  }

  #add(output: Output, bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (!this.#hasTurn && this.#slices.hasTurn(this.#number)) this.#release();
    while (!this.#hasTurn && this.#waitingBytes + bytes.length > MOST_WAITING_BYTES) {
      const state = this.#slices.waitForTurn(this.#number);
      if (state === 'turn') this.#release();
      if (state === 'never') {
        this.#isOver = true;
        return;
      }
    }
    if (this.#hasTurn) this.#write(output, bytes);
    else this.#keep(output, bytes);
  }

  #keep(output: Output, bytes: Uint8Array): void {
    // All that may be needed at once: pages that nobody touches take no memory, and growing would copy.
    this.#waiting ??= new Uint8Array(MOST_WAITING_BYTES);
    const endBytes = this.#waitingBytes + bytes.length;
    this.#waiting.set(bytes, this.#waitingBytes);
    this.#waitingBytes = endBytes;
    const last = this.#parts.at(-1);
    if (last?.output === output) this.#parts.pop();
    this.#parts.push({ output, endBytes });
  }

  /** It is the slice's turn: writes what waited. */
  #release(): void {
    this.#hasTurn = true;
    let begin = 0;
    for (const { output, endBytes } of this.#parts) {
      this.#write(output, this.#waiting!.subarray(begin, endBytes));
      begin = endBytes;
    }
    this.#parts = [];
    this.#waitingBytes = 0;
  }

  #write(output: Output, bytes: Uint8Array): void {
    if (this.#lacksDelta && output === this.#host.standardOutput) {
      this.#lacksDelta = false;
      const { lastTime } = this.#slices;
      const { first } = this.#printer;
      if (lastTime !== null && first !== null) {
        this.#writeWithDelta(output, bytes, BigInt.asUintN(64, first - lastTime));
        return;
      }
    }
    output.write(bytes);
  }

  #writeWithDelta(output: Output, bytes: Uint8Array, delta: bigint): void {
    const none = binaryToBytes(this.#printer.deltaText(null));
    const at = placeOf(bytes, none);
    output.write(bytes.subarray(0, at));
    output.write(binaryToBytes(this.#printer.deltaText(delta)));
    output.write(bytes.subarray(at + none.length));
  }
}

/** Where `part`, which is there, begins in `bytes`. */
function placeOf(bytes: Uint8Array, part: Uint8Array): number {
  for (let at = 0; ; at++) {
    assert(at < bytes.length, 'No time since the line before in the first line');
    if (part.every((byte, i) => bytes[at + i] === byte)) return at;
  }
}

/**
 * The items of a flow that are in a slice. The slice in which damage is met goes on to the end of everything: only who met it
 * knows which data stream ends there.
 */
export class SliceReader {
  readonly #messages: FlowIterator;
  #slice: TextSlice | null = null;
  #isInside = false;
  /** Whether everything of the slice was given. */
  isAtEnd = false;

  constructor(messages: FlowIterator) {
    this.#messages = messages;
  }

  begin(slice: TextSlice): void {
    this.#slice = slice;
    this.#isInside = slice.beginNs === null;
    this.isAtEnd = false;
    if (slice.beginNs !== null) this.#messages.seekBefore(slice.beginNs);
  }

  next(): FlowResult {
    const result = this.#messages.next();
    if (this.#messages.damage !== null && this.#slice !== null && this.#slice.endNs !== null)
      this.#slice = { ...this.#slice, endNs: null };
    if (result.kind === 'end') this.isAtEnd = true;
    if (result.kind !== 'messages') return result;
    const messages = [...this.#inSlice(result.messages)];
    return { kind: 'messages', messages };
  }

  *#inSlice(items: readonly FlowItem[]): Generator<FlowItem, void> {
    const { beginNs = null, endNs = null } = this.#slice ?? {};
    for (const item of items) {
      if (item.kind === 'event-run') {
        const run = this.#isInside || beginNs === null ? item : this.#from(item, beginNs);
        if (run === null) continue;
        if (endNs === null || run.isBefore(endNs)) {
          yield run;
          continue;
        }
        const end = run.firstAt(endNs);
        if (end > 0) yield run.slice(0, end);
        this.isAtEnd = true;
        return;
      }
      // Messages without a time are none that are printed.
      const ns = nsOf(item);
      if (ns === null || (beginNs !== null && ns < beginNs)) continue;
      if (endNs !== null && ns >= endNs) {
        this.isAtEnd = true;
        return;
      }
      yield item;
    }
  }

  #from(run: EventRun, beginNs: bigint): EventRun | null {
    if (run.isBefore(beginNs)) return null;
    this.#isInside = true;
    const first = run.firstAt(beginNs);
    return first === 0 ? run : run.slice(first, run.count);
  }
}
