/** Reads opened traces as one flow in order of time. */
import { type DiscardedMessage, readMessages, type TimeRange, type Trace } from '@lttng-ts/ctf';
import { EventColumns } from './event-columns.ts';
import type { Select } from './event-selection.ts';
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

/** What events a reader gives. */
export interface ReaderOptions {
  /**
   * An expression of the filter language of `lttng enable-event --filter`, or several that must all be true: events for
   * which it is not are left out. See `docs/filter.md` for what can be named.
   */
  readonly filter?: string | readonly string[];
  /** Dates in filters are those of UTC, not of the local time. */
  readonly isGmt?: boolean;
}

/** How traces are opened, besides. */
export interface OpeningOptions extends ReaderOptions {
  /**
   * Damage ends its packet, not its data stream, and is not thrown: what was passed over is among the `notices` of the trace
   * when it has been read.
   */
  readonly continuesAfterDamage?: boolean;
}

export interface ReaderParts {
  readonly traces: readonly Trace[];
  /** Lets other work happen; called now and then by asynchronous iteration. */
  breathe?(): Promise<void>;
  /** Which events to give; `null`: all. */
  readonly selection: Select | null;
  /** Releases files. */
  close?(): void;
}

/** Between two breaths of asynchronous iteration. */
const EVENTS_PER_BREATH = 1024;

type Breathe = () => Promise<void>;

/** In a task of its own: what waits for its turn, like the drawing of a page, gets it. Timers would wait for milliseconds. */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  // As browsers have it; the types of Node.js know its own members only.
  const port: { close(): void; onmessage?: () => void } = port1;
  return new Promise((resolve) => {
    port.onmessage = () => {
      port.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

interface EventsParts {
  readonly traces: readonly Trace[];
  readonly range: TimeRange | null;
  readonly selection: Select | null;
  readonly breathe: Breathe;
}

/**
 * Events in order of time. Iterating begins anew each time; `for await` lets other work happen now and then, a
 * plain `for` does not. Throws `FormatError` when it comes to damage, after everything before it.
 */
export class Events {
  readonly #traces: readonly Trace[];
  readonly #range: TimeRange | null;
  readonly #selection: Select | null;
  readonly #breathe: Breathe;

  constructor({ traces, range, selection, breathe }: EventsParts) {
    this.#traces = traces;
    this.#range = range;
    this.#selection = selection;
    this.#breathe = breathe;
  }

  *[Symbol.iterator](): Generator<TraceEvent, void> {
    for (const step of this.#steps()) if (step?.kind === 'event') yield step;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TraceEvent, void> {
    let count = 0;
    for (const step of this.#steps()) {
      if (step?.kind === 'event') yield step;
      count++;
      if (count % EVENTS_PER_BREATH === 0) await this.#breathe();
    }
  }

  /**
   * Fields of the events called `eventName` as columns: `field`, `struct.member`, `$ctx.vpid`, `$packet.cpu_id`. Other events
   * are passed over, other fields are not decoded, rows are those that the reader's filter accepts. Data streams come one after
   * another, or with `isMerged` in one order of time, which takes longer. Throws `UsageError` when iteration begins, if there is no
   * such event or field.
   */
  columns(
    eventName: string,
    fieldNames: readonly string[],
    { isMerged = false }: { readonly isMerged?: boolean } = {},
  ): EventColumns {
    const [traces, range, breathe, selection] = [this.#traces, this.#range, this.#breathe, this.#selection];
    return new EventColumns({ traces, range, eventName, fieldNames, breathe, selection, isMerged });
  }

  /** Events and losses. */
  *messages(): Generator<TraceEvent | Loss, void> {
    for (const step of this.#steps()) if (step !== null) yield step;
  }

  /** Events and losses; `null` for each event that is left out, so that looking for few lets other work happen, too. */
  *#steps(): Generator<TraceEvent | Loss | null, void> {
    const selection = this.#selection?.(this.#traces) ?? null;
    const range = selection === null ? this.#range : selection.within(this.#range);
    for (const message of readMessages(this.#traces, range)) {
      if (message.kind === 'event-record') {
        yield selection === null || selection.accepts(message) ? new TraceEvent(message) : null;
      } else if (message.kind === 'discarded-event-records' || message.kind === 'discarded-packets') {
        yield lossOf(message);
      }
    }
  }
}

/** All events of one or more traces, and parts of them. */
export class TraceReader extends Events implements Disposable {
  readonly traces: readonly Trace[];
  readonly #breathe: Breathe;
  readonly #selection: Select | null;
  readonly #close: () => void;

  constructor({ traces, breathe, close, selection }: ReaderParts) {
    const breathing = breathe ?? nextTask;
    super({ traces, range: null, selection, breathe: breathing });
    this.traces = traces;
    this.#selection = selection;
    this.#breathe = breathing;
    this.#close = close ?? (() => undefined);
  }

  /**
   * Events from `beginNs` to `endNs`, both included, in nanoseconds from the clock's origin. Only the packets that are needed
   * are read. A loss that goes beyond is cut; how many were lost in the rest is not known. Events without a clock are left out.
   */
  seek(beginNs: bigint, endNs: bigint | null = null): Events {
    return new Events({
      traces: this.traces,
      range: { beginNs, endNs },
      selection: this.#selection,
      breathe: this.#breathe,
    });
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
