/**
 * Seeking to a time with an iterator that only knows its beginning: reads on from there, drops what is earlier, and
 * puts messages in front that begin again the streams and packets that are open at that time. Same rules as
 * Babeltrace 2, in a fixed order where upstream's is that of a hash table: streams in order of their beginning.
 */
import { nsToCycles } from '../ir/clock-class.ts';
import type { Packet, Stream } from '../ir/trace.ts';
import type { EventRun, FlowItem } from '../messages/event-run.ts';
import {
  clockClassOf,
  cyclesOf,
  type DiscardedMessage,
  type Message,
  nsOf,
  packetBeginning,
  streamBeginning,
} from '../messages/message.ts';

interface StreamState {
  packet: Packet | null;
  hasClockSnapshot: boolean;
}

export class AutoSeek {
  readonly #ns: bigint;
  readonly #streams = new Map<Stream, StreamState>();
  readonly #losses: DiscardedMessage[] = [];

  constructor(ns: bigint) {
    this.#ns = ns;
  }

  /**
   * Takes the next batch from the beginning on. Gives `null` while everything in it is too early, else what comes
   * first after seeking.
   */
  take(messages: readonly FlowItem[]): readonly FlowItem[] | null {
    for (const [i, message] of messages.entries()) {
      if (message.kind === 'event-run') {
        const first = message.firstAt(this.#ns);
        this.#skipRun(message.slice(0, first));
        if (first === message.count) continue;
        return [...this.opening(), message.slice(first, message.count), ...messages.slice(i + 1)];
      }
      if (this.#isFirst(message)) return [...this.opening(), ...messages.slice(i)];
      const cut = this.#cutLoss(message);
      // The loss began before the time and ends after it: it goes on from there. What follows it may be earlier.
      if (cut !== null) this.#losses.push(cut);
      else this.#skip(message);
    }
    return null;
  }

  /** Messages that begin what is open, and losses; all there is when the end came before the time. */
  opening(): readonly Message[] {
    const messages: Message[] = [];
    for (const [stream, { packet, hasClockSnapshot }] of this.#streams) {
      const clock = stream.class.defaultClockClass;
      const cycles = hasClockSnapshot && clock !== null ? nsToCycles(clock, this.#ns) : null;
      messages.push(streamBeginning(stream, cycles));
      if (packet === null) continue;
      messages.push(packetBeginning(packet, stream.class.packetsHaveBeginningClockSnapshot ? cycles : null));
    }
    return [...messages, ...this.#losses];
  }

  #isFirst(message: Message): boolean {
    const ns = nsOf(message);
    return ns !== null && ns >= this.#ns;
  }

  #cutLoss(message: Message): DiscardedMessage | null {
    if (message.kind !== 'discarded-events' && message.kind !== 'discarded-packets') return null;
    const clock = clockClassOf(message);
    if (message.endCycles === null || clock === null) return null;
    const beginCycles = nsToCycles(clock, this.#ns);
    if (beginCycles === null || message.endCycles < beginCycles) return null;
    return { ...message, beginCycles, count: null };
  }

  #skipRun(run: EventRun): void {
    for (const { stream } of run.columns()) {
      const state = this.#stateOf(stream);
      if (stream.class.defaultClockClass !== null) state.hasClockSnapshot = true;
    }
  }

  #stateOf(stream: Stream): StreamState {
    let state = this.#streams.get(stream);
    if (state === undefined) {
      state = { packet: null, hasClockSnapshot: false };
      this.#streams.set(stream, state);
    }
    return state;
  }

  #skip(message: Message): void {
    if (message.kind === 'message-iterator-inactivity') return;
    if (message.kind === 'stream-end') {
      this.#streams.delete(message.stream);
      return;
    }
    const state = this.#stateOf(message.stream);
    if (message.kind === 'packet-beginning') state.packet = message.packet;
    if (message.kind === 'packet-end') state.packet = null;
    if (cyclesOf(message) !== null) state.hasClockSnapshot = true;
  }
}
