/** A stream's queue as messages, the first of them at hand. */
import type { GrowingDataStream } from '@lttng-ts/ctf';
import { type Message, nsOf, type Stream, streamBeginning, streamEnd } from '@lttng-ts/graph';
import { PacketState } from '../fs-source/stream-iterator.ts';
import type { LiveItem, LiveStreamFeed } from './live-feed.ts';
import type { LiveTraceReader } from './live-trace-reader.ts';

interface Begun {
  readonly stream: Stream;
  readonly dataStream: GrowingDataStream;
  readonly state: PacketState;
}

/** What a reader tells whoever merges it with others. */
export interface LiveStreamListener {
  /** Other streams begin before what comes next here. */
  streamsBegin(streams: readonly LiveStreamFeed[]): void;
  taken(item: LiveItem): void;
}

export class LiveStreamReader {
  readonly #feed: LiveStreamFeed;
  readonly #trace: LiveTraceReader;
  readonly #listener: LiveStreamListener;
  #begun: Begun | null = null;
  #messages: Iterator<Message, void> | null = null;
  #head: Message | null = null;
  /** Time of the first message; `null`: it has none, and goes at once. */
  headNs: bigint | null = null;
  /** The last inactivity that was told. */
  #inactiveCycles: bigint | null = null;
  isEnded = false;

  constructor(feed: LiveStreamFeed, trace: LiveTraceReader, listener: LiveStreamListener) {
    this.#feed = feed;
    this.#trace = trace;
    this.#listener = listener;
  }

  /** Nothing is at hand, and what comes next is being asked for: an answer is near. */
  get isExpecting(): boolean {
    return this.#head === null && !this.isEnded && !this.#feed.isIdle;
  }

  get head(): Message | null {
    return this.#head;
  }

  /** Takes the first message away. */
  take(): void {
    this.#head = null;
  }

  /** Gets a first message when there is none; says whether there is one now. Throws `FormatError`. */
  load(): boolean {
    while (this.#head === null && !this.isEnded) {
      const { value, done } = this.#messages?.next() ?? { value: undefined, done: true };
      if (done !== true && value !== undefined) this.#setHead(value);
      else if (!this.#takeItem()) return false;
    }
    return this.#head !== null;
  }

  /** As {@link load}, but only what the packet at hand has. */
  loadFromPacket(): boolean {
    const next = this.#messages?.next();
    if (next === undefined || next.done === true) {
      this.#messages = null;
      return false;
    }
    this.#setHead(next.value);
    return true;
  }

  #setHead(message: Message): void {
    this.#head = message;
    this.headNs = nsOf(message);
  }

  /**
   * Lets a loss begin when the inactivity that was told ends: it was told that nothing comes before. Gives whether the
   * first message is such a loss.
   */
  moveLoss(): boolean {
    const head = this.#head;
    const cycles = this.#inactiveCycles;
    if (head === null || cycles === null) return false;
    if (head.kind !== 'discarded-events' && head.kind !== 'discarded-packets') return false;
    if (head.beginCycles === null || head.beginCycles >= cycles) return false;
    this.#setHead({ ...head, beginCycles: cycles });
    return true;
  }

  /** Looks at what is next in the queue; says whether there was something. */
  #takeItem(): boolean {
    this.#messages = null;
    const item = this.#feed.take();
    if (item === null) return false;
    this.#listener.taken(item);
    switch (item.kind) {
      case 'streams':
        this.#listener.streamsBegin(item.streams);
        break;
      case 'inactive':
        this.#takeInactivity(item.cycles, item.metadataCount);
        break;
      case 'packet':
        this.#trace.update(item.metadataCount);
        this.#messages = this.#packet(item.bytes);
        break;
      case 'end':
        if (this.#begun !== null) this.#setHead(streamEnd(this.#begun.stream));
        this.isEnded = true;
        break;
    }
    return true;
  }

  #takeInactivity(cycles: bigint, metadataCount: number): void {
    this.#trace.update(metadataCount);
    const { clockClass } = this.#trace;
    // Without a clock there is no way to tell it.
    if (clockClass === null) return;
    this.#inactiveCycles = cycles;
    this.#setHead({ kind: 'message-iterator-inactivity', clockClass, cycles });
  }

  *#packet(bytes: Uint8Array): Generator<Message, void> {
    let begun = this.#begun;
    if (begun === null) {
      begun = this.#begin(bytes);
      yield streamBeginning(begun.stream);
    }
    const { dataStream, state } = begun;
    state.grow(this.#trace.translationOf(dataStream));
    for (const item of dataStream.packet(bytes)) {
      for (const message of item.kind === 'event-record-run' ? item.eventRecords() : [item]) {
        const messages: Message[] = [];
        state.add(message, messages);
        yield* messages;
      }
    }
  }

  #begin(firstPacket: Uint8Array): Begun {
    const name = `stream-${this.#feed.id}`;
    const dataStream = this.#trace.openDataStream(name, firstPacket);
    const translation = this.#trace.translationOf(dataStream);
    // Old tracers do not number their streams.
    const stream = this.#trace.addStream(translation, dataStream.id ?? this.#feed.id, name);
    this.#begun = { stream, dataStream, state: new PacketState(stream, translation) };
    return this.#begun;
  }
}
