/** Filters for columns: event records of a run that they reject get the number of no class, so that no table takes them. */
import { cycles as toCycles } from '@lttng-ts/base';
import type { ReadingFilter } from '@lttng-ts/filter';
import { RANGE_LENGTH, StreamFilter } from '../filter/stream-filter.ts';
import { cyclesToNs } from '../model/clock-class.ts';
import type { DataStreamIdentity, EventRecordMessage } from '../stream/messages.ts';
import type { RecordRun } from '../stream/record-run.ts';

/** Is no index of `GeneratedStream.records`. */
const NO_CLASS = -1;

export class RowFilter {
  readonly #filter: StreamFilter;
  #ranges = new Int32Array(0);

  constructor(filters: readonly ReadingFilter[], { dataStreamClass, id, trace }: DataStreamIdentity) {
    const { environment } = trace.traceClass;
    this.#filter = new StreamFilter(filters, {
      dataStreamClass,
      streamId: id,
      traceName: trace.name,
      environment,
    });
  }

  accepts(record: EventRecordMessage): boolean {
    return this.#filter.accepts(record, record.ns);
  }

  /** Takes the classes of those that are rejected away, until the run's columns are filled again. */
  mark(run: RecordRun): void {
    if (this.#ranges.length < run.count * RANGE_LENGTH)
      this.#ranges = new Int32Array(run.count * RANGE_LENGTH);
    const { classes } = run.columns;
    const whole = { part: 0, first: 0, end: run.count };
    const end = this.#filter.ranges(run, whole, (index) => nsAt(run, index), this.#ranges, 0);
    let from = 0;
    for (let at = 0; at < end; at += RANGE_LENGTH) {
      classes.fill(NO_CLASS, from, this.#ranges[at + 1]!);
      from = this.#ranges[at + 2]!;
    }
    classes.fill(NO_CLASS, from, run.count);
  }
}

function nsAt({ dataStream, columns: { clockHigh, clockLow } }: RecordRun, index: number): bigint | null {
  const clock = dataStream.dataStreamClass.defaultClockClass;
  if (clock === null) return null;
  return cyclesToNs(clock, toCycles((BigInt(clockHigh[index]!) << 32n) | BigInt(clockLow[index]!)));
}
