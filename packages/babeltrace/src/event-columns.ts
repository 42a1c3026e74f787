/** Fields of events as typed arrays: for analyses and exports that go over millions of them. */
import { type ColumnBatch, readColumns, type TimeRange, type Trace } from '@lttng-ts/ctf';
import type { Select } from './event-selection.ts';

export interface EventColumnsParts {
  readonly traces: readonly Trace[];
  readonly range: TimeRange | null;
  readonly eventName: string;
  readonly fieldNames: readonly string[];
  readonly selection: Select | null;
  readonly isMerged: boolean;
  readonly breathe: () => Promise<void>;
}

/**
 * Batches of rows. Iterating begins anew each time; `for await` lets other work happen between batches. A batch is good until
 * the next one: {@link ColumnBatch.copy} keeps it.
 */
export class EventColumns {
  readonly #parts: EventColumnsParts;

  constructor(parts: EventColumnsParts) {
    this.#parts = parts;
  }

  [Symbol.iterator](): Generator<ColumnBatch, void> {
    const { traces, eventName, fieldNames, range, selection, isMerged } = this.#parts;
    const filters = selection?.(traces).filters ?? [];
    return readColumns(traces, eventName, fieldNames, { range, filters, isMerged });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ColumnBatch, void> {
    for (const batch of this) {
      yield batch;
      await this.#parts.breathe();
    }
  }
}
