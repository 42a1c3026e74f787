/**
 * Passes over the event records of one packet, window by window: as far as that goes without reading them one by one. Its run is filled
 * again and again.
 */
import type { GeneratedStream, Walker } from '../decode/decoder.ts';
import type { RecordColumns } from '../decode/record-columns.ts';
import type { WalkMachine } from '../decode/walk-machine.ts';
import type { PacketView } from './event-record.ts';
import type { PacketWindow } from './packet-window.ts';
import { RecordRun } from './record-run.ts';

export interface PacketWalkParts {
  /** What is walked over: its cursor has the clock, and goes on with the window. */
  readonly view: PacketView & { readonly stream: GeneratedStream };
  readonly window: PacketWindow;
  readonly columns: RecordColumns;
  readonly walker: Walker;
  /** Whether the walker fills a table. */
  readonly isFilling: boolean;
  readonly machine: WalkMachine | null;
  readonly contentBytes: number;
  /** Where the first event record begins. */
  readonly atBytes: number;
}

export class PacketWalk {
  readonly run: RecordRun;
  readonly #view: PacketWalkParts['view'];
  readonly #window: PacketWindow;
  readonly #columns: RecordColumns;
  readonly #walker: Walker;
  readonly #machine: WalkMachine | null;
  readonly #isFilling: boolean;
  readonly #contentBytes: number;
  #atBytes: number;
  /** All of the window that can be walked over was. */
  #isWindowDone = false;
  #recordCount = 0;

  constructor(parts: PacketWalkParts) {
    this.#view = parts.view;
    this.#window = parts.window;
    this.#columns = parts.columns;
    this.#walker = parts.walker;
    this.#machine = parts.machine;
    this.#isFilling = parts.isFilling;
    this.#contentBytes = parts.contentBytes;
    this.#atBytes = parts.atBytes;
    this.run = new RecordRun(parts.view, parts.columns, this);
  }

  get isFilling(): boolean {
    return this.#isFilling;
  }

  /** Where it is in the packet. */
  get atBytes(): number {
    return this.#atBytes;
  }

  /** How many event records it has passed over. */
  get recordCount(): number {
    return this.#recordCount;
  }

  /** The event record that it stopped at was read; it goes on at `atBytes`, in whatever the window has now. */
  goOnAt(atBytes: number): void {
    this.#atBytes = atBytes;
    this.#isWindowDone = false;
    this.#takeWindow();
  }

  /** Fills the run with the next event records; `false`: none are left, or the next one must be read by itself. */
  next(): boolean {
    const window = this.#window;
    while (this.#atBytes < this.#contentBytes) {
      if (this.#isWindowDone && !this.#move(this.#atBytes - window.offsetBytes)) return false;
      if (this.#walk(window.limit)) return true;
    }
    return false;
  }

  /** See {@link RecordRun.readOn}. */
  readOn(index: number): boolean {
    const columns = this.#columns;
    const { count, starts, clockHigh, clockLow } = columns;
    if (this.#isFilling || this.#atBytes >= this.#contentBytes) return false;
    if (index >= count || index < count - index) return false;
    const window = this.#window;
    const { cursor } = this.#view;
    cursor.clockHigh = clockHigh[index - 1]!;
    cursor.clockLow = clockLow[index - 1]!;
    this.#recordCount -= count - index;
    this.#atBytes = window.offsetBytes + starts[index]!;
    const endBytes = window.offsetBytes + starts[count]!;
    if (this.#isWindowDone) this.#move(starts[index]!);
    // Event records that were walked over are whole.
    this.#walk(Math.max(window.limit, endBytes - window.offsetBytes));
    return true;
  }

  /** Walks over event records that begin before `limit` in the window. Gives whether there were some. */
  #walk(limit: number): boolean {
    const window = this.#window;
    const { cursor } = this.#view;
    const columns = this.#columns;
    const from = this.#atBytes - window.offsetBytes;
    let end = from;
    let count = 0;
    if (from < limit) {
      end =
        this.#machine?.walk(this.#walker, cursor, from, columns, limit) ??
        this.#walker.walk(cursor, from, columns, limit);
      count = columns.count;
    }
    this.#atBytes = window.offsetBytes + end;
    this.#recordCount += count;
    this.#isWindowDone = count === 0 || !columns.isFull;
    // An event record that does not end in the window may need a larger one.
    if (this.#isWindowDone && end < limit && !window.isLast) window.widenMargin();
    return count > 0;
  }

  /** Moves the window so that its byte `at` is near its beginning; `false` when nothing came. */
  #move(at: number): boolean {
    const isMoved = this.#window.move(at, this.#view.stream.alignmentBytes);
    this.#isWindowDone = !isMoved;
    this.#takeWindow();
    return isMoved;
  }

  #takeWindow(): void {
    const { cursor } = this.#view;
    cursor.bytes = this.#window.bytes;
    cursor.view = this.#window.view;
  }
}
