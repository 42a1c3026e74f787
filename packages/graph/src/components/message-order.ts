/**
 * Checks that the messages of an iterator follow the rules (upstream's postconditions of "next"): for people who write
 * components. Costs time, so a graph does it only when told to.
 */
import { precondition } from '../errors.ts';
import type { Packet, Stream } from '../ir/trace.ts';
import type { FlowItem } from '../messages/event-run.ts';
import { type Message, nsOf } from '../messages/message.ts';

const POST = 'message-iterator-class-next-method';

interface StreamState {
  packet: Packet | null;
  hasEnded: boolean;
}

export class MessageOrderCheck {
  #streams = new Map<Stream, StreamState>();
  #lastNs: bigint | null = null;

  /** What comes next begins anew; never before `ns`. */
  reset(ns: bigint | null = null): void {
    this.#streams = new Map();
    this.#lastNs = ns;
  }

  messages(messages: readonly FlowItem[]): void {
    precondition(messages.length > 0, `${POST}:count-gt-zero`, 'Batch of no messages');
    for (const message of messages) {
      if (message.kind === 'event-run') for (const event of message.events()) this.#message(event);
      else this.#message(message);
    }
  }

  #message(message: Message): void {
    this.#time(message);
    if (message.kind !== 'message-iterator-inactivity') this.#sequence(message);
  }

  #time(message: Message): void {
    const ns = nsOf(message);
    if (ns === null) return;
    precondition(
      this.#lastNs === null || ns >= this.#lastNs,
      `${POST}:clock-snapshots-are-monotonic`,
      `Clock snapshots are not monotonic: kind="${message.kind}", ns=${ns}, last-ns=${this.#lastNs}`,
    );
    this.#lastNs = ns;
  }

  #sequence(message: Exclude<Message, { kind: 'message-iterator-inactivity' }>): void {
    let state = this.#streams.get(message.stream);
    const isExpected = (condition: boolean): void =>
      precondition(
        condition,
        `${POST}:message-is-expected`,
        `Unexpected message: kind="${message.kind}", stream-id=${message.stream.id}`,
      );
    if (message.kind === 'stream-beginning') {
      isExpected(state === undefined);
      state = { packet: null, hasEnded: false };
      this.#streams.set(message.stream, state);
      return;
    }
    isExpected(state !== undefined && !state.hasEnded);
    const known = state!;
    switch (message.kind) {
      case 'packet-beginning':
        isExpected(known.packet === null && message.stream.class.supportsPackets);
        known.packet = message.packet;
        break;
      case 'packet-end':
        isExpected(known.packet === message.packet);
        known.packet = null;
        break;
      case 'event':
        isExpected(message.packet === known.packet);
        break;
      case 'stream-end':
        isExpected(known.packet === null);
        known.hasEnded = true;
        break;
      default:
        break;
    }
  }
}
