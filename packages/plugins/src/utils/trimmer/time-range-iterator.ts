/**
 * Lets messages of a time range pass: goes to its beginning, and where it ends begins and ends what is open, streams and
 * packets.
 *
 * Differs from upstream: streams that are cut end in order of their beginning, because upstream's order (that of a hash
 * table of addresses) changes from run to run.
 */
import { FormatError } from '@lttng-ts/base';
import {
  AGAIN,
  cyclesOf,
  cyclesToNs,
  type DiscardedMessage,
  END,
  type EventRun,
  type FlowItem,
  type FlowIterator,
  type FlowIteratorBehaviour,
  type FlowResult,
  type Message,
  nsOf,
  nsToCycles,
  type Packet,
  packetEnd,
  type Stream,
  streamEnd,
} from '@lttng-ts/graph';

/** Nanoseconds from the clock's origin, both included; `null`: no bound. */
export interface NsRange {
  readonly beginNs: bigint | null;
  readonly endNs: bigint | null;
}

/** A range that may be known only when the first time is. */
export interface WantedRange {
  readonly needsDay: boolean;
  /** `dayNs`: the time of the first message that has one; `null` where no day is needed. */
  of(dayNs: bigint | null): NsRange;
  /** Called with each stream that a message is of. Throws for one that has no place in the range. */
  check(stream: Stream): void;
  /** What cannot seek is read from where it is, and nothing before the range is left out. */
  readonly isSeekOptional: boolean;
}

const EVERYTHING: NsRange = { beginNs: null, endNs: null };

interface StreamState {
  packet: Packet | null;
  hasClockSnapshot: boolean;
}

type Phase = 'find-day' | 'seek' | 'trim' | 'ended';

export class TimeRangeIterator implements FlowIteratorBehaviour {
  readonly canSeekForward: boolean;
  readonly #upstream: FlowIterator;
  readonly #isInterrupted: () => boolean;
  readonly #wanted: WantedRange;
  #range = EVERYTHING;
  #isRangeKnown = false;
  /** Whether the upstream iterator stands where it was when it was made. */
  #isUnread = true;
  #phase: Phase = 'find-day';
  readonly #streams = new Map<Stream, StreamState>();

  constructor(upstream: FlowIterator, wanted: WantedRange, isInterrupted: () => boolean) {
    this.#upstream = upstream;
    this.#wanted = wanted;
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
      this.#isUnread = false;
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
    this.#phase = this.#isRangeKnown ? 'seek' : 'find-day';
    return 'ok';
  }

  canSeekBeginning(): boolean {
    return this.#upstream.canSeekBeginning();
  }

  seekBefore(ns: bigint): 'ok' | 'again' {
    if (!this.#wanted.needsDay) this.#setRange(null);
    const { beginNs, endNs } = this.#range;
    const from = beginNs !== null && beginNs > ns ? beginNs : ns;
    if (!this.#isRangeKnown || !this.#upstream.canSeekNsFromOrigin(from)) return this.seekBeginning();
    this.#streams.clear();
    if (endNs !== null && ns > endNs) {
      this.#phase = 'ended';
      return 'ok';
    }
    this.#phase = 'trim';
    this.#isUnread = false;
    return this.#upstream.seekNsFromOrigin(from);
  }

  #setRange(dayNs: bigint | null): void {
    if (this.#isRangeKnown) return;
    this.#range = this.#wanted.of(dayNs);
    this.#isRangeKnown = true;
  }

  /** Times of day are on the day of the first message that has a time. Gives what to return while it is not found. */
  #findDay(): FlowResult | null {
    if (!this.#wanted.needsDay) this.#setRange(null);
    while (!this.#isRangeKnown) {
      this.#isUnread = false;
      const result = this.#upstream.next();
      if (result.kind !== 'messages') return result;
      const ns = this.#firstNsIn(result.messages);
      if (ns !== null) this.#setRange(ns);
    }
    return null;
  }

  #seek(): 'ok' | 'again' {
    const { beginNs } = this.#range;
    const upstream = this.#upstream;
    const { isSeekOptional } = this.#wanted;
    if (beginNs !== null && upstream.canSeekNsFromOrigin(beginNs)) {
      this.#isUnread = false;
      return upstream.seekNsFromOrigin(beginNs);
    }
    if (beginNs !== null && !isSeekOptional) {
      throw new FormatError(
        `Cannot make upstream message iterator initially seek: seek-ns-from-origin=${beginNs}`,
      );
    }
    if (isSeekOptional && this.#isUnread) return 'ok';
    if (!upstream.canSeekBeginning()) {
      throw new FormatError('Cannot make upstream message iterator initially seek its beginning.');
    }
    this.#isUnread = true;
    return upstream.seekBeginning();
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
    const { endNs } = this.#range;
    const count = endNs !== null ? run.firstAt(endNs + 1n) : run.count;
    const kept = count === run.count ? run : run.slice(0, count);
    for (const { stream } of kept.columns()) {
      const state = this.#stateOf(stream);
      if (stream.class.defaultClockClass !== null) state.hasClockSnapshot = true;
    }
    return kept;
  }

  #isAfterEnd(message: Message): boolean {
    const { endNs } = this.#range;
    if (endNs === null) return false;
    const ns = nsOf(message);
    return ns !== null && ns > endNs;
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
      this.#wanted.check(stream);
      state = { packet: null, hasClockSnapshot: false };
      this.#streams.set(stream, state);
    }
    return state;
  }

  /** A loss that goes on after the end: how many were lost before it is not known. */
  #cut(message: DiscardedMessage): DiscardedMessage {
    const { endNs } = this.#range;
    const clock = message.stream.class.defaultClockClass;
    if (endNs === null || clock === null || message.endCycles === null) return message;
    if (cyclesToNs(clock, message.endCycles) <= endNs) return message;
    return { ...message, endCycles: nsToCycles(clock, endNs), count: null };
  }

  #endStreams(): readonly Message[] {
    const messages: Message[] = [];
    const { endNs } = this.#range;
    if (endNs !== null) {
      for (const [stream, { packet, hasClockSnapshot }] of this.#streams) {
        const { defaultClockClass: clock, packetsHaveEndClockSnapshot } = stream.class;
        const cycles = hasClockSnapshot && clock !== null ? nsToCycles(clock, endNs) : null;
        if (packet !== null) messages.push(packetEnd(packet, packetsHaveEndClockSnapshot ? cycles : null));
        messages.push(streamEnd(stream, cycles));
      }
    }
    this.#streams.clear();
    return messages;
  }

  /** The first time in messages. A stream without a clock that begins before it may have no day. */
  #firstNsIn(items: readonly FlowItem[]): bigint | null {
    for (const item of items) {
      if (item.kind === 'stream-beginning' && item.stream.class.defaultClockClass === null) {
        this.#wanted.check(item.stream);
      }
      const ns = firstNsOf(item);
      if (ns !== null) return ns;
    }
    return null;
  }
}

/** Time of a message, or of the first event of a run that has one. */
function firstNsOf(item: FlowItem): bigint | null {
  if (item.kind !== 'event-run') return nsOf(item);
  for (const event of item.events()) if (event.cycles !== null) return nsOf(event);
  return null;
}
