/** What the muxer gives at once: messages, and between them the events of all inputs as runs. */
import { type EventColumns, EventRun, type FlowItem, type Message, SEGMENT_LENGTH } from '@lttng-ts/graph';
import type { InputHead } from './input-head.ts';

/** Messages given at once. */
const MESSAGES = 64;
/** Segments of events given at once; one may be a single event. */
const SEGMENTS = 1024;

export class MergedBatch {
  #items: FlowItem[] = [];
  /** All segments of the batch, used again for the next one. */
  readonly #segments = new Int32Array(SEGMENTS * SEGMENT_LENGTH);
  #segmentEnd = 0;
  /** The run that is being gathered. */
  #run = 0;
  #runBegin = 0;
  #count = 0;
  #parts: EventColumns[] = [];

  begin(): void {
    this.#items = [];
    this.#segmentEnd = 0;
    this.#startRun();
  }

  get isEmpty(): boolean {
    return this.#items.length === 0 && this.#count === 0;
  }

  get hasRoom(): boolean {
    return this.#items.length < MESSAGES && this.#segmentEnd < this.#segments.length;
  }

  add(message: Message): void {
    this.#endRun();
    this.#items.push(message);
  }

  /** Adds the events of `head` from number `first` on, before the one at hand. */
  addEvents(head: InputHead, columns: EventColumns, first: number): void {
    if (head.partRun !== this.#run) {
      head.partRun = this.#run;
      head.part = this.#parts.push(columns) - 1;
    }
    const segments = this.#segments;
    const at = this.#segmentEnd;
    segments[at] = head.part;
    segments[at + 1] = first;
    segments[at + 2] = head.index;
    this.#segmentEnd = at + SEGMENT_LENGTH;
    this.#count += head.index - first;
  }

  /** Adds events behind those that were added last, of the same segment, before the one at hand. */
  addMore(head: InputHead): void {
    const at = this.#segmentEnd - 1;
    this.#count += head.index - this.#segments[at]!;
    this.#segments[at] = head.index;
  }

  /** Gives what was added. */
  end(): readonly FlowItem[] {
    this.#endRun();
    return this.#items;
  }

  #endRun(): void {
    if (this.#count === 0) return;
    const segments = this.#segments.subarray(this.#runBegin, this.#segmentEnd);
    this.#items.push(new EventRun(this.#parts, segments, this.#count));
    this.#startRun();
  }

  #startRun(): void {
    this.#run++;
    this.#runBegin = this.#segmentEnd;
    this.#count = 0;
    this.#parts = [];
  }
}
