/** Which events a reader gives: those that its filters accept. */
import { type EventRecordMessage, StreamFilter } from '@lttng-ts/ctf';
import { parseReadingFilter, type ReadingFilter } from '@lttng-ts/filter';
import type { ReaderOptions } from './trace-reader.ts';

export class EventSelection {
  readonly #filters: readonly ReadingFilter[];
  readonly #streams = new Map<EventRecordMessage['dataStream'], StreamFilter>();

  /** Throws `UsageError` that names the expression and the place in it. */
  constructor(expressions: string | readonly string[]) {
    this.#filters = (typeof expressions === 'string' ? [expressions] : expressions).map(parseReadingFilter);
  }

  accepts(record: EventRecordMessage): boolean {
    let filter = this.#streams.get(record.dataStream);
    if (filter === undefined) {
      const { dataStreamClass, id, trace } = record.dataStream;
      filter = new StreamFilter(this.#filters, {
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

/** The selection that options ask for; `null`: all events. */
export const selectionOf = ({ filter }: ReaderOptions): EventSelection | null =>
  filter === undefined ? null : new EventSelection(filter);
