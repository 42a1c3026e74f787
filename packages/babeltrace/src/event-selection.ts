/** Which events a reader gives: those that its filters accept. */
import {
  type EventRecordMessage,
  filteredRange,
  filtersOnDay,
  StreamFilter,
  type TimeRange,
  type Trace,
} from '@lttng-ts/ctf';
import { parseReadingFilter, type ReadingFilter } from '@lttng-ts/filter';
import type { ReaderOptions } from './trace-reader.ts';

/** Filters that are ready for the events of some traces. */
export class EventSelection {
  readonly filters: readonly ReadingFilter[];
  readonly #streams = new Map<EventRecordMessage['dataStream'], StreamFilter>();

  constructor(filters: readonly ReadingFilter[]) {
    this.filters = filters;
  }

  /** The part of `range` in which something can pass. */
  within(range: TimeRange | null): TimeRange | null {
    return filteredRange(this.filters, range);
  }

  accepts(record: EventRecordMessage): boolean {
    let filter = this.#streams.get(record.dataStream);
    if (filter === undefined) {
      const { dataStreamClass, id, trace } = record.dataStream;
      filter = new StreamFilter(this.filters, {
        dataStreamClass,
        streamId: id,
        traceName: trace.name,
        environment: trace.traceClass.environment,
      });
      this.#streams.set(record.dataStream, filter);
    }
    return filter.accepts(record, record.ns);
  }
}

/** Gives the selection for the traces that are read. */
export type Select = (traces: readonly Trace[]) => EventSelection;

/** The selection that options ask for; `null`: all events. Throws `UsageError` that names the expression and the place in it. */
export function selectionOf({ filter, isGmt = false }: ReaderOptions): Select | null {
  if (filter === undefined) return null;
  const expressions = typeof filter === 'string' ? [filter] : filter;
  const filters = expressions.map((expression) => parseReadingFilter(expression, isGmt));
  let known: EventSelection | null = null;
  return (traces) => {
    known ??= new EventSelection(filtersOnDay(filters, traces));
    return known;
  };
}
