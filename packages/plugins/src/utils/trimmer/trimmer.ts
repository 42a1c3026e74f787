/**
 * `filter.utils.trimmer`: lets messages of a time range pass. Streams and packets that the range cuts begin at its
 * beginning and end at its end.
 *
 * Differs from upstream: streams that are cut end in order of their beginning, because upstream's order (that of a hash
 * table of addresses) changes from run to run.
 */
import { FormatError, UsageError } from '@lttng-ts/base';
import {
  AGAIN,
  cyclesOf,
  cyclesToNs,
  type DiscardedMessage,
  END,
  type EventRun,
  type FilterClass,
  type FlowItem,
  type FlowIterator,
  type FlowIteratorBehaviour,
  type FlowResult,
  type Message,
  type MessageIteratorBehaviour,
  nsOf,
  nsToCycles,
  type Packet,
  packetEnd,
  type Stream,
  streamEnd,
  type Value,
} from '@lttng-ts/graph';
import { booleanParam, type Parameters, validateParams } from '../../params/validate.ts';
import { type Bound, onDayOf, parseBound } from './bound.ts';

const bound = { shape: { kind: 'any-of', shapes: [{ kind: 'integer' }, { kind: 'string' }] } } as const;

const PARAMETERS: Parameters = { gmt: { shape: { kind: 'boolean' } }, begin: bound, end: bound };

export const trimmer: FilterClass = {
  kind: 'filter',
  name: 'trimmer',
  description: 'Discard messages that occur outside a specific time range.',
  help: 'See the babeltrace2-filter.utils.trimmer(7) manual page.',
  initialize(self, params) {
    const input = self.addInputPort('in');
    self.addOutputPort('out');
    validateParams(params, PARAMETERS);
    const isGmt = booleanParam(params, 'gmt', false);
    const range: Range = {
      isGmt,
      begin: boundParam(params.get('begin'), isGmt),
      end: boundParam(params.get('end'), isGmt),
    };
    checkRange(range);
    return {
      createMessageIterator(iterator) {
        const upstream = iterator.createMessageIterator(input);
        // Without runs in its input, messages are all that it gives.
        return new TrimmerIterator(upstream, range, () =>
          iterator.isInterrupted(),
        ) as MessageIteratorBehaviour;
      },
      createFlowIterator: (iterator) =>
        new TrimmerIterator(iterator.createFlowIterator(input), range, () => iterator.isInterrupted()),
    };
  },
};

interface Range {
  readonly isGmt: boolean;
  readonly begin: Bound;
  readonly end: Bound;
}

function boundParam(value: Value | undefined, isGmt: boolean): Bound {
  return value === undefined ? { kind: 'infinite' } : parseBound(String(value), isGmt);
}

function checkRange({ begin, end }: Range): void {
  if (begin.kind !== 'ns' || end.kind !== 'ns' || begin.ns <= end.ns) return;
  throw new UsageError(
    `Trimming time range's beginning time is greater than end time: begin-ns-from-origin=${begin.ns}, ` +
      `end-ns-from-origin=${end.ns}`,
  );
}

interface StreamState {
  packet: Packet | null;
  hasClockSnapshot: boolean;
}

type Phase = 'find-day' | 'seek' | 'trim' | 'ended';

class TrimmerIterator implements FlowIteratorBehaviour {
  readonly canSeekForward: boolean;
  readonly #upstream: FlowIterator;
  readonly #isInterrupted: () => boolean;
  #range: Range;
  #phase: Phase = 'find-day';
  readonly #streams = new Map<Stream, StreamState>();

  constructor(upstream: FlowIterator, range: Range, isInterrupted: () => boolean) {
    this.#upstream = upstream;
    this.#range = range;
    this.#isInterrupted = isInterrupted;
    this.canSeekForward = upstream.canSeekForward;
  }

  next(): FlowResult {
    if (this.#phase === 'find-day') {
      const found = this.#findDay();
      if (found !== null) return found;
      this.#phase = 'seek';
    }
    if (this.#phase === 'seek') {
      if (this.#seek() === 'again') return AGAIN;
      this.#phase = 'trim';
    }
    while (this.#phase === 'trim') {
      const result = this.#upstream.next();
      if (result.kind === 'again') return result;
      if (result.kind === 'end') this.#phase = 'ended';
      const messages = result.kind === 'end' ? this.#endStreams() : this.#trim(result.messages);
      if (messages.length > 0) return { kind: 'messages', messages };
      if (this.#isInterrupted()) return AGAIN;
    }
    // It would be told when everything has been given.
    if (this.damage !== null) throw this.damage;
    return END;
  }

  get damage(): Error | null {
    return this.#upstream.damage;
  }

  seekBeginning(): 'ok' {
    this.#streams.clear();
    this.#phase = this.#isDayUnknown ? 'find-day' : 'seek';
    return 'ok';
  }

  canSeekBeginning(): boolean {
    return this.#upstream.canSeekBeginning();
  }

  seekBefore(ns: bigint): 'ok' | 'again' {
    const { begin, end } = this.#range;
    const from = begin.kind === 'ns' && begin.ns > ns ? begin.ns : ns;
    if (this.#isDayUnknown || !this.#upstream.canSeekNsFromOrigin(from)) return this.seekBeginning();
    this.#streams.clear();
    if (end.kind === 'ns' && ns > end.ns) {
      this.#phase = 'ended';
      return 'ok';
    }
    this.#phase = 'trim';
    return this.#upstream.seekNsFromOrigin(from);
  }

  get #isDayUnknown(): boolean {
    const { begin, end } = this.#range;
    return begin.kind === 'time-of-day' || end.kind === 'time-of-day';
  }

  /** Times of day are on the day of the first message that has a time. Gives what to return while it is not found. */
  #findDay(): FlowResult | null {
    if (!this.#isDayUnknown) return null;
    const { begin, end, isGmt } = this.#range;
    for (;;) {
      const result = this.#upstream.next();
      if (result.kind !== 'messages') return result;
      const ns = firstNsIn(result.messages);
      if (ns === null) continue;
      const resolve = (one: Bound): Bound =>
        one.kind === 'time-of-day' ? { kind: 'ns', ns: onDayOf(ns, one.time, isGmt) } : one;
      this.#range = { isGmt, begin: resolve(begin), end: resolve(end) };
      checkRange(this.#range);
      return null;
    }
  }

  #seek(): 'ok' | 'again' {
    const { begin } = this.#range;
    if (begin.kind === 'ns') {
      if (!this.#upstream.canSeekNsFromOrigin(begin.ns)) {
        throw new FormatError(
          `Cannot make upstream message iterator initially seek: seek-ns-from-origin=${begin.ns}`,
        );
      }
      return this.#upstream.seekNsFromOrigin(begin.ns);
    }
    if (!this.#upstream.canSeekBeginning()) {
      throw new FormatError('Cannot make upstream message iterator initially seek its beginning.');
    }
    return this.#upstream.seekBeginning();
  }

  #trim(messages: readonly FlowItem[]): readonly FlowItem[] {
    const kept: FlowItem[] = [];
    for (const message of messages) {
      if (message.kind === 'event-run') {
        const run = this.#trimRun(message);
        if (run.count > 0) kept.push(run);
        if (run.count === message.count) continue;
        this.#phase = 'ended';
        kept.push(...this.#endStreams());
        return kept;
      }
      if (this.#isAfterEnd(message)) {
        this.#phase = 'ended';
        kept.push(...this.#endStreams());
        return kept;
      }
      this.#follow(message);
      kept.push(
        message.kind === 'discarded-events' || message.kind === 'discarded-packets'
          ? this.#cut(message)
          : message,
      );
    }
    return kept;
  }

  /** The events of a run that are not after the end. */
  #trimRun(run: EventRun): EventRun {
    const { end } = this.#range;
    const count = end.kind === 'ns' ? run.firstAt(end.ns + 1n) : run.count;
    const kept = count === run.count ? run : run.slice(0, count);
    for (const { stream } of kept.columns()) {
      const state = this.#stateOf(stream);
      if (stream.class.defaultClockClass !== null) state.hasClockSnapshot = true;
    }
    return kept;
  }

  #isAfterEnd(message: Message): boolean {
    const { end } = this.#range;
    if (end.kind !== 'ns') return false;
    const ns = nsOf(message);
    return ns !== null && ns > end.ns;
  }

  /** Keeps what must be ended when the range does. */
  #follow(message: Message): void {
    if (message.kind === 'message-iterator-inactivity') return;
    const { stream } = message;
    const state = this.#stateOf(stream);
    if (cyclesOf(message) !== null) state.hasClockSnapshot = true;
    if (message.kind === 'packet-beginning') state.packet = message.packet;
    if (message.kind === 'packet-end') state.packet = null;
    if (message.kind === 'stream-end') this.#streams.delete(stream);
  }

  #stateOf(stream: Stream): StreamState {
    let state = this.#streams.get(stream);
    if (state === undefined) {
      checkStream(stream);
      state = { packet: null, hasClockSnapshot: false };
      this.#streams.set(stream, state);
    }
    return state;
  }

  /** A loss that goes on after the end: how many were lost before it is not known. */
  #cut(message: DiscardedMessage): DiscardedMessage {
    const { end } = this.#range;
    const clock = message.stream.class.defaultClockClass;
    if (end.kind !== 'ns' || clock === null || message.endCycles === null) return message;
    if (cyclesToNs(clock, message.endCycles) <= end.ns) return message;
    return { ...message, endCycles: nsToCycles(clock, end.ns), count: null };
  }

  #endStreams(): readonly Message[] {
    const messages: Message[] = [];
    const { end } = this.#range;
    if (end.kind === 'ns') {
      for (const [stream, { packet, hasClockSnapshot }] of this.#streams) {
        const clock = stream.class.defaultClockClass;
        const cycles = hasClockSnapshot && clock !== null ? nsToCycles(clock, end.ns) : null;
        if (packet !== null) messages.push(packetEnd(packet, cycles));
        messages.push(streamEnd(stream, cycles));
      }
    }
    this.#streams.clear();
    return messages;
  }
}

/** The first time in messages. A stream without a clock that begins before it has no day. */
function firstNsIn(items: readonly FlowItem[]): bigint | null {
  for (const item of items) {
    if (item.kind === 'stream-beginning' && item.stream.class.defaultClockClass === null) {
      checkStream(item.stream);
    }
    const ns = firstNsOf(item);
    if (ns !== null) return ns;
  }
  return null;
}

/** Time of a message, or of the first event of a run that has one. */
function firstNsOf(item: FlowItem): bigint | null {
  if (item.kind !== 'event-run') return nsOf(item);
  for (const event of item.events()) if (event.cycles !== null) return nsOf(event);
  return null;
}

/** Only what has times can be trimmed. */
function checkStream(stream: Stream): void {
  const { class: streamClass, id, name } = stream;
  const what =
    streamClass.defaultClockClass === null
      ? 'stream class does not have a default clock class'
      : streamClass.supportsPackets && !streamClass.packetsHaveBeginningClockSnapshot
        ? 'packets have no beginning clock snapshot'
        : streamClass.supportsPackets && !streamClass.packetsHaveEndClockSnapshot
          ? 'packets have no end clock snapshot'
          : streamClass.supportsDiscardedPackets && !streamClass.discardedPacketsHaveClockSnapshots
            ? 'discarded packets have no clock snapshots'
            : streamClass.supportsDiscardedEvents && !streamClass.discardedEventsHaveClockSnapshots
              ? 'discarded events have no clock snapshots'
              : null;
  if (what !== null) {
    throw new FormatError(`Unsupported stream: ${what}: stream-id=${id}, stream-name="${name ?? '(null)'}"`);
  }
}
