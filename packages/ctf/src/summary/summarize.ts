/**
 * What there is in a trace: how many event records, of which classes, when, how large, how many were lost. Reads every
 * data stream from its beginning to its end, one after another: nothing has to be merged.
 */
import { FormatError, cycles as toCycles } from '@lttng-ts/base';
import type { ReadingFilter } from '@lttng-ts/filter';
import { filteredRange, filtersOnDay } from '../filter/filtered-time.ts';
import { RANGE_LENGTH, StreamFilter } from '../filter/stream-filter.ts';
import { type ClockClass, cyclesToNs } from '../model/clock-class.ts';
import type { EventRecordClass } from '../model/trace-class.ts';
import type { DataStream } from '../stream/data-stream.ts';
import type { DiscardedMessage, EventRecordMessage } from '../stream/messages.ts';
import type { Notice } from '../stream/notice.ts';
import type { RecordRun } from '../stream/record-run.ts';
import { partInRange, startAt, type TimeRange } from '../stream/time-range.ts';
import type { Trace } from '../stream/trace.ts';

/** When something began and ended, in nanoseconds from the clock's origin; `null`: it has no times. */
export interface EventTimes {
  readonly beginNs: bigint;
  readonly endNs: bigint;
}

/** What was lost. */
export interface LossSummary {
  readonly count: bigint;
  /** More than that: of some losses the number is not known. */
  readonly isAtLeast: boolean;
}

/** Figures that traces, data streams and classes have. */
export interface EventFigures {
  readonly events: number;
  /** Bytes that the event records take; `null` where only the reference decoder reads them. */
  readonly eventBytes: number | null;
  /** Times of the first and the last event record. */
  readonly time: EventTimes | null;
}

export interface StreamSummary extends EventFigures {
  readonly classId: bigint;
  readonly id: bigint;
  /** Path of its earliest file. */
  readonly path: string;
  readonly packets: number;
  /** Of the packets, whatever is in them. */
  readonly bytes: number;
  readonly discardedEvents: LossSummary;
  readonly discardedPackets: LossSummary;
}

export interface ClassSummary extends EventFigures {
  readonly streamClassId: bigint;
  readonly id: bigint;
  readonly name: string | null;
  /** LTTng's, 0 to 14. */
  readonly logLevel: number | null;
}

export interface TraceSummary extends EventFigures {
  readonly name: string;
  readonly uuid: string | null;
  readonly format: 'ctf-1.8' | 'ctf-2';
  readonly environment: ReadonlyMap<string, string | bigint>;
  readonly clocks: readonly ClockClass[];
  readonly packets: number;
  readonly bytes: number;
  readonly discardedEvents: LossSummary;
  readonly discardedPackets: LossSummary;
  readonly streams: readonly StreamSummary[];
  /** Classes of which there are event records, those that take most bytes first. */
  readonly eventClasses: readonly ClassSummary[];
  /** Damage that was met: figures are those of what is whole. */
  readonly faults: readonly FormatError[];
  /** What is not in order besides. */
  readonly notices: readonly Notice[];
}

/** How far a summary has come. */
export interface SummaryProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/**
 * Summarizes a trace, step by step: each step tells how far it has come, so that whoever asks can show it and do other
 * things. `filters`: only event records that all of them accept count; where they bound the time, only the packets that are
 * needed are read, and losses are those of that time. Damage is told in the summary, which counts what is before it in each
 * data stream; the sizes are those of all packets.
 */
export function* summarizeSteps(
  trace: Trace,
  filters: readonly ReadingFilter[] = [],
): Generator<SummaryProgress, TraceSummary> {
  const totalBytes = trace.dataStreams.reduce((sum, stream) => sum + bytesOf(stream), 0);
  const classes = new Map<EventRecordClass, ClassCounter>();
  const streams: StreamSummary[] = [];
  const faults: FormatError[] = [];
  const filtersOfDay = filtersOnDay(filters, [trace]);
  const selection: Selection = { filters: filtersOfDay, range: filteredRange(filtersOfDay) };
  let doneBytes = 0;
  for (const stream of trace.dataStreams) {
    const counter = new StreamCounter(stream, classes, selection);
    try {
      for (const packetBytes of counter.steps()) yield { doneBytes: doneBytes + packetBytes, totalBytes };
    } catch (error) {
      // The other data streams are counted all the same.
      if (!(error instanceof FormatError)) throw error;
      faults.push(error);
    }
    doneBytes += bytesOf(stream);
    yield { doneBytes, totalBytes };
    streams.push(counter.summary);
  }
  const { traceClass } = trace;
  return {
    name: trace.name,
    uuid: traceClass.uuid,
    format: traceClass.format,
    environment: traceClass.environment,
    clocks: traceClass.clockClasses,
    ...sumOf(streams),
    packets: streams.reduce((sum, { packets }) => sum + packets, 0),
    bytes: totalBytes,
    discardedEvents: lossOf(streams.map(({ discardedEvents }) => discardedEvents)),
    discardedPackets: lossOf(streams.map(({ discardedPackets }) => discardedPackets)),
    streams,
    eventClasses: [...classes.values()].map(({ summary }) => summary).sort(compareClasses),
    faults: [...faults, ...trace.faults],
    notices: [...trace.notices],
  };
}

/** {@link summarizeSteps} in one step. */
export function summarizeTrace(trace: Trace, filters: readonly ReadingFilter[] = []): TraceSummary {
  const steps = summarizeSteps(trace, filters);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Events per second in the time of a trace; `null` when that is not known, or has no length. */
export function eventRate({ events }: EventFigures, { time }: EventFigures): number | null {
  if (time === null || time.endNs <= time.beginNs) return null;
  return events / (Number(time.endNs - time.beginNs) / 1e9);
}

const bytesOf = ({ packets }: DataStream): number =>
  packets.reduce((sum, { packetSizeBytes }) => sum + packetSizeBytes, 0);

/** Most bytes first; where these are not known or equal, most events, then by name. */
function compareClasses(a: ClassSummary, b: ClassSummary): number {
  const [nameA, nameB] = [a.name ?? '', b.name ?? ''];
  return (
    (b.eventBytes ?? 0) - (a.eventBytes ?? 0) ||
    b.events - a.events ||
    (nameA < nameB ? -1 : nameA > nameB ? 1 : 0)
  );
}

function sumOf(parts: readonly EventFigures[]): EventFigures {
  const figures = new Figures();
  for (const { events, eventBytes, time } of parts) {
    figures.events += events;
    figures.eventBytes =
      eventBytes === null || figures.eventBytes === null ? null : figures.eventBytes + eventBytes;
    if (time !== null) {
      figures.take(time.beginNs);
      figures.take(time.endNs);
    }
  }
  return figures.summary;
}

function lossOf(parts: readonly LossSummary[]): LossSummary {
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0n),
    isAtLeast: parts.some(({ isAtLeast }) => isAtLeast),
  };
}

/** Figures while they are counted. */
class Figures {
  events = 0;
  eventBytes: number | null = 0;
  #beginNs: bigint | null = null;
  #endNs: bigint | null = null;

  take(ns: bigint): void {
    if (this.#beginNs === null || ns < this.#beginNs) this.#beginNs = ns;
    if (this.#endNs === null || ns > this.#endNs) this.#endNs = ns;
  }

  get summary(): EventFigures {
    const [beginNs, endNs] = [this.#beginNs, this.#endNs];
    return {
      events: this.events,
      eventBytes: this.eventBytes,
      time: beginNs === null || endNs === null ? null : { beginNs, endNs },
    };
  }
}

class ClassCounter {
  readonly figures = new Figures();
  readonly #streamClassId: bigint;
  readonly #class: EventRecordClass;

  constructor(streamClassId: bigint, eventRecordClass: EventRecordClass) {
    this.#streamClassId = streamClassId;
    this.#class = eventRecordClass;
  }

  get summary(): ClassSummary {
    const { id, name, logLevel } = this.#class;
    return { streamClassId: this.#streamClassId, id, name, logLevel, ...this.figures.summary };
  }
}

/** Figures of one class in the run at hand: numbers only. */
interface RunFigures {
  events: number;
  bytes: number;
  first: number;
  last: number;
}

/** What is counted of a trace. */
interface Selection {
  readonly filters: readonly ReadingFilter[];
  /** Where in time they can be true; `null`: everywhere. */
  readonly range: TimeRange | null;
}

class StreamCounter {
  readonly #stream: DataStream;
  readonly #range: TimeRange | null;
  readonly #classes: Map<EventRecordClass, ClassCounter>;
  readonly #filter: StreamFilter | null;
  readonly #figures = new Figures();
  readonly #clock: ClockClass | null;
  #events = { count: 0n, isAtLeast: false };
  #packets = { count: 0n, isAtLeast: false };
  #ranges = new Int32Array(0);

  constructor(
    stream: DataStream,
    classes: Map<EventRecordClass, ClassCounter>,
    { filters, range }: Selection,
  ) {
    this.#stream = stream;
    this.#range = range;
    this.#classes = classes;
    const { dataStreamClass, id, trace } = stream.identity;
    this.#clock = dataStreamClass.defaultClockClass;
    const { environment } = trace.traceClass;
    this.#filter =
      filters.length === 0
        ? null
        : new StreamFilter(filters, { dataStreamClass, streamId: id, traceName: trace.name, environment });
  }

  get summary(): StreamSummary {
    const { identity, packets } = this.#stream;
    return {
      classId: identity.dataStreamClass.id,
      id: identity.id,
      path: identity.name,
      packets: packets.length,
      bytes: bytesOf(this.#stream),
      ...this.#figures.summary,
      discardedEvents: this.#events,
      discardedPackets: this.#packets,
    };
  }

  /** Gives how many bytes of packets are done, after each packet. */
  *steps(): Generator<number, void> {
    const { packets } = this.#stream;
    const { beginNs, endNs } = this.#range ?? { beginNs: null, endNs: null };
    const start = beginNs === null ? null : startAt(this.#stream, beginNs);
    let packet = start?.packet ?? 0;
    let doneBytes = packets.slice(0, packet).reduce((sum, { packetSizeBytes }) => sum + packetSizeBytes, 0);
    for (const item of this.#stream.runs(start)) {
      switch (item.kind) {
        case 'packet-beginning':
          if (endNs !== null && item.ns !== null && item.ns > endNs) return;
          break;
        case 'event-record-run':
          this.#run(item);
          break;
        case 'event-record':
          if (this.#filter === null || this.#filter.accepts(item, item.ns)) this.#record(item);
          break;
        case 'packet-end':
          doneBytes += packets[packet++]?.packetSizeBytes ?? 0;
          yield doneBytes;
          break;
        case 'discarded-event-records':
        case 'discarded-packets':
          this.#loss(item);
          break;
      }
    }
  }

  #loss(message: DiscardedMessage): void {
    const part = this.#range === null ? message : partInRange(message, this.#range);
    if (part?.kind === 'discarded-event-records') this.#events = lossOf([this.#events, lossFrom(part)]);
    if (part?.kind === 'discarded-packets') this.#packets = lossOf([this.#packets, lossFrom(part)]);
  }

  #record({ eventRecordClass, ns }: EventRecordMessage): void {
    for (const figures of [this.#figures, this.#counterOf(eventRecordClass).figures]) {
      figures.events++;
      figures.eventBytes = null;
      if (ns !== null) figures.take(ns);
    }
  }

  #counterOf(eventRecordClass: EventRecordClass): ClassCounter {
    let counter = this.#classes.get(eventRecordClass);
    if (counter === undefined) {
      counter = new ClassCounter(this.#stream.identity.dataStreamClass.id, eventRecordClass);
      this.#classes.set(eventRecordClass, counter);
    }
    return counter;
  }

  #run(run: RecordRun): void {
    const byClass: (RunFigures | undefined)[] = [];
    const { starts, classes } = run.columns;
    const count = (first: number, end: number): void => {
      for (let i = first; i < end; i++) {
        const k = classes[i]!;
        let figures = byClass[k];
        if (figures === undefined) {
          figures = { events: 0, bytes: 0, first: i, last: i };
          byClass[k] = figures;
        }
        figures.events++;
        figures.bytes += starts[i + 1]! - starts[i]!;
        figures.last = i;
      }
    };
    if (this.#filter === null) count(0, run.count);
    else {
      if (this.#ranges.length < run.count * RANGE_LENGTH)
        this.#ranges = new Int32Array(run.count * RANGE_LENGTH);
      const whole = { part: 0, first: 0, end: run.count };
      const end = this.#filter.ranges(run, whole, (i) => this.#nsAt(run, i), this.#ranges, 0);
      for (let at = 0; at < end; at += RANGE_LENGTH) count(this.#ranges[at + 1]!, this.#ranges[at + 2]!);
    }
    byClass.forEach((figures) => {
      if (figures !== undefined) this.#add(run, figures);
    });
  }

  /** Times of a data stream never go back, so that those of the first and the last one do. */
  #add(run: RecordRun, { events, bytes, first, last }: RunFigures): void {
    const { eventRecordClass } = run.recordAt(first);
    const [beginNs, endNs] = [this.#nsAt(run, first), this.#nsAt(run, last)];
    for (const figures of [this.#figures, this.#counterOf(eventRecordClass).figures]) {
      figures.events += events;
      if (figures.eventBytes !== null) figures.eventBytes += bytes;
      if (beginNs !== null) figures.take(beginNs);
      if (endNs !== null) figures.take(endNs);
    }
  }

  #nsAt({ columns: { clockHigh, clockLow } }: RecordRun, index: number): bigint | null {
    if (this.#clock === null) return null;
    return cyclesToNs(this.#clock, toCycles((BigInt(clockHigh[index]!) << 32n) | BigInt(clockLow[index]!)));
  }
}

const lossFrom = ({ count }: DiscardedMessage): LossSummary => ({
  count: count ?? 0n,
  isAtLeast: count === null,
});
