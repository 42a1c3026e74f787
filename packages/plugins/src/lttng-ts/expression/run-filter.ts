/** Which events of runs filters let pass: those of CTF sources are looked at in their packets' bytes, others as messages. */
import { RANGE_LENGTH, StreamFilter } from '@lttng-ts/ctf';
import { clearerRefusal, type ReadingFilter, type Refusal } from '@lttng-ts/filter';
import { cyclesToNs, type EventColumns, EventRun, SEGMENT_LENGTH, type Stream } from '@lttng-ts/graph';
import { CtfColumns } from '../../ctf/fs-source/ctf-columns.ts';
import type { MessageFilter } from './message-filter.ts';

export class RunFilter {
  readonly #filters: readonly ReadingFilter[];
  readonly #messages: MessageFilter;
  readonly #streams = new Map<Stream, StreamFilter>();
  /** Ranges of the run at hand. */
  #ranges = new Int32Array(0);

  /** `messages` tells of events that no CTF source read. */
  constructor(filters: readonly ReadingFilter[], messages: MessageFilter) {
    this.#filters = filters;
    this.#messages = messages;
  }

  /** The events of `run` that pass: a run over the same columns. */
  pass({ parts, segments, count }: EventRun): EventRun {
    // A range for each event, at most.
    if (this.#ranges.length < count * RANGE_LENGTH) this.#ranges = new Int32Array(2 * count * RANGE_LENGTH);
    const ranges = this.#ranges;
    let o = 0;
    for (let at = 0; at < segments.length; at += SEGMENT_LENGTH) {
      const part = segments[at]!;
      const columns = parts[part]!;
      const [first, end] = [segments[at + 1]!, segments[at + 2]!];
      if (columns instanceof CtfColumns) {
        const nsAt = (index: number): bigint | null => nsOf(columns, index);
        o = this.#filterOf(columns).ranges(columns.run, { part, first, end }, nsAt, ranges, o);
      } else o = this.#asMessages(columns, part, first, end, o);
    }
    let passed = 0;
    for (let at = 0; at < o; at += RANGE_LENGTH) passed += ranges[at + 2]! - ranges[at + 1]!;
    return new EventRun(parts, ranges.slice(0, o), passed);
  }

  /** Why no event of any class that occurred can pass; `null` when one might. */
  get hopelessness(): Refusal | null {
    let refusal: Refusal | null = null;
    for (const filter of this.#streams.values()) {
      if (filter.isUnused) continue;
      const { hopelessness } = filter;
      if (hopelessness === null) return null;
      refusal = clearerRefusal(refusal, hopelessness);
    }
    return refusal;
  }

  #filterOf({ stream, run }: CtfColumns): StreamFilter {
    let filter = this.#streams.get(stream);
    if (filter === undefined) {
      filter = new StreamFilter(this.#filters, {
        dataStreamClass: run.dataStream.dataStreamClass,
        streamId: stream.id,
        traceName: stream.trace.name,
        environment: stream.trace.environment,
      });
      this.#streams.set(stream, filter);
    }
    return filter;
  }

  #asMessages(columns: EventColumns, part: number, first: number, end: number, at: number): number {
    let o = at;
    for (let i = first; i < end; i++) {
      if (!this.#messages.accepts(columns.eventAt(i))) continue;
      this.#ranges[o] = part;
      this.#ranges[o + 1] = i;
      this.#ranges[o + 2] = i + 1;
      o += RANGE_LENGTH;
    }
    return o;
  }
}

function nsOf({ stream, clockHigh, clockLow }: EventColumns, index: number): bigint | null {
  const clock = stream.class.defaultClockClass;
  if (clock === null) return null;
  return cyclesToNs(clock, (BigInt(clockHigh[index]!) << 32n) | BigInt(clockLow[index]!));
}
