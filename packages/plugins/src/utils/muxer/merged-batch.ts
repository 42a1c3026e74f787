/** What the muxer gives at once: messages, and between them the events of all inputs as runs. */
import { type EventColumns, EventRun, type FlowItem, type Message, SEGMENT_LENGTH } from '@lttng-ts/graph';

/** Messages given at once. */
const MESSAGES = 64;
/** Segments of events given at once; one may be a single event. */
const SEGMENTS = 1024;
const NO_RUN = -1;

export class MergedBatch {
  #items: FlowItem[] = [];
  /** All segments of the batch, used again for the next one. */
  readonly #segments = new Int32Array(SEGMENTS * SEGMENT_LENGTH);
  #segmentEnd = 0;
  /** The run that is being gathered. */
  #run = 0;
  #runNumber = 0;
  #runBegin = 0;
  #count = 0;
  /** Columns of the run; what lies behind the first `#partCount` is of earlier ones. */
  #parts: EventColumns[] = [];
  #partCount = 0;
  /** Arrays for the columns of each run of a batch, used again in the next one. */
  readonly #partArrays: EventColumns[][] = [];

  /** By input: the run that {@link #inputParts} is of. */
  readonly #partRuns: Int32Array;
  readonly #inputParts: Int32Array;

  constructor(inputCount: number) {
    this.#partRuns = new Int32Array(inputCount).fill(NO_RUN);
    this.#inputParts = new Int32Array(inputCount);
  }

  begin(): void {
    this.#items = [];
    this.#run = 0;
    this.#partRuns.fill(NO_RUN);
    this.#runNumber = 0;
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

  /** Number of the columns that the events of `input` are in; -1 when the run does not have them yet. */
  partOf(input: number): number {
    return this.#partRuns[input] === this.#run ? this.#inputParts[input]! : -1;
  }

  addPart(input: number, columns: EventColumns): number {
    const part = this.#partCount++;
    this.#parts[part] = columns;
    this.#partRuns[input] = this.#run;
    this.#inputParts[input] = part;
    return part;
  }

  /** The next events of `input` may be in other columns. */
  forgetPart(input: number): void {
    this.#partRuns[input] = NO_RUN;
  }

  /** Adds the event with number `index` of a part. */
  addEvent(part: number, index: number): void {
    const segments = this.#segments;
    const at = this.#segmentEnd;
    segments[at] = part;
    segments[at + 1] = index;
    segments[at + 2] = index + 1;
    this.#segmentEnd = at + SEGMENT_LENGTH;
    this.#count++;
  }

  /** Adds the events behind the one that was added last, of the same part, before number `end`. */
  addMore(end: number): void {
    const at = this.#segmentEnd - 1;
    this.#count += end - this.#segments[at]!;
    this.#segments[at] = end;
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
    const parts = this.#partArrays[this.#runNumber] ?? [];
    this.#partArrays[this.#runNumber++] = parts;
    this.#parts = parts;
    this.#partCount = 0;
  }
}
