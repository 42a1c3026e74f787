/** Reads opened traces as one flow in order of time. */
import { type DiscardedMessage, readMessages, type Trace } from '@lttng-ts/ctf';
import { TraceEvent } from './trace-event.ts';

/** Events or packets that the tracer lost. */
export interface Loss {
  readonly kind: 'discarded-events' | 'discarded-packets';
  /** `null`: some. */
  readonly count: bigint | null;
  readonly traceName: string;
  /** Nanoseconds from the clock's origin; `null` without a clock. */
  readonly beginNs: bigint | null;
  readonly endNs: bigint | null;
}

export interface ReaderParts {
  readonly traces: readonly Trace[];
  /** Lets other work happen; called now and then by asynchronous iteration. */
  breathe?(): Promise<void>;
  /** Releases files. */
  close?(): void;
}

/** Between two breaths of asynchronous iteration. */
const EVENTS_PER_BREATH = 1024;

/**
 * Events of one or more traces. Iterating begins anew each time; `for await` lets other work happen now and then, a
 * plain `for` does not. Throws `FormatError` when it comes to damage, after everything before it.
 */
export class TraceReader implements Disposable {
  readonly traces: readonly Trace[];
  readonly #breathe: () => Promise<void>;
  readonly #close: () => void;

  constructor({ traces, breathe, close }: ReaderParts) {
    this.traces = traces;
    this.#breathe = breathe ?? (() => Promise.resolve());
    this.#close = close ?? (() => undefined);
  }

  *[Symbol.iterator](): Generator<TraceEvent, void> {
    for (const message of this.messages()) if (message.kind === 'event') yield message;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TraceEvent, void> {
    let count = 0;
    for (const event of this) {
      yield event;
      count++;
      if (count % EVENTS_PER_BREATH === 0) await this.#breathe();
    }
  }

  /** Events and losses. */
  *messages(): Generator<TraceEvent | Loss, void> {
    for (const message of readMessages(this.traces)) {
      if (message.kind === 'event-record') yield new TraceEvent(message);
      else if (message.kind === 'discarded-event-records' || message.kind === 'discarded-packets') {
        yield lossOf(message);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}

function lossOf({ kind, count, beginNs, endNs, dataStream }: DiscardedMessage): Loss {
  return {
    kind: kind === 'discarded-packets' ? kind : 'discarded-events',
    count,
    traceName: dataStream.trace.name,
    beginNs,
    endNs,
  };
}
