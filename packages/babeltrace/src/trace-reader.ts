/** Reads opened traces as one flow in order of time. */
import { type DiscardedMessage, readMessages, type TimeRange, type Trace } from '@lttng-ts/ctf';
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

type Breathe = () => Promise<void>;

/**
 * Events in order of time. Iterating begins anew each time; `for await` lets other work happen now and then, a
 * plain `for` does not. Throws `FormatError` when it comes to damage, after everything before it.
 */
export class Events {
  readonly #traces: readonly Trace[];
  readonly #range: TimeRange | null;
  readonly #breathe: Breathe;

  constructor(traces: readonly Trace[], range: TimeRange | null, breathe: Breathe) {
    this.#traces = traces;
    this.#range = range;
    this.#breathe = breathe;
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
    for (const message of readMessages(this.#traces, this.#range)) {
      if (message.kind === 'event-record') yield new TraceEvent(message);
      else if (message.kind === 'discarded-event-records' || message.kind === 'discarded-packets') {
        yield lossOf(message);
      }
    }
  }
}

/** All events of one or more traces, and parts of them. */
export class TraceReader extends Events implements Disposable {
  readonly traces: readonly Trace[];
  readonly #breathe: Breathe;
  readonly #close: () => void;

  constructor({ traces, breathe, close }: ReaderParts) {
    const breathing = breathe ?? (() => Promise.resolve());
    super(traces, null, breathing);
    this.traces = traces;
    this.#breathe = breathing;
    this.#close = close ?? (() => undefined);
  }

  /**
   * Events from `beginNs` to `endNs`, both included, in nanoseconds from the clock's origin. Only the packets that are needed
   * are read. A loss that goes beyond is cut; how many were lost in the rest is not known. Events without a clock are left out.
   */
  seek(beginNs: bigint, endNs: bigint | null = null): Events {
    return new Events(this.traces, { beginNs, endNs }, this.#breathe);
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
