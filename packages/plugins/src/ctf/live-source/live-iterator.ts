/**
 * Messages of a recording that is followed live, merged by time: the message that goes next is known when every stream
 * has one, be it that nothing comes until some time. What is there is given; nothing is waited for.
 */
import {
  AGAIN,
  END,
  type Message,
  type MessageIteratorBehaviour,
  type MipVersion,
  type NextResult,
} from '@lttng-ts/graph';
import { compareMessages } from '../../utils/muxer/compare-messages.ts';
import type { LiveEngine } from './live-engine.ts';
import type { LiveItem, LiveStreamFeed, LiveTrace } from './live-feed.ts';
import { LiveStreamReader } from './live-stream-reader.ts';
import { LiveTraceReader } from './live-trace-reader.ts';

/** Messages given at once. */
const BATCH_LENGTH = 256;

export class LiveIterator implements MessageIteratorBehaviour {
  readonly canSeekForward = false;
  readonly #engine: LiveEngine;
  readonly #mipVersion: MipVersion;
  readonly #traces = new Map<LiveTrace, LiveTraceReader>();
  #streams: LiveStreamReader[] = [];
  /** Time of the last message that had one. */
  #lastNs: bigint | null = null;
  /** What is ready to be given. */
  #batch: Message[] = [];
  #pendingError: unknown = null;

  constructor(engine: LiveEngine, mipVersion: MipVersion) {
    this.#engine = engine;
    this.#mipVersion = mipVersion;
  }

  next(): NextResult {
    if (this.#pendingError === null) {
      try {
        this.#fill(this.#batch);
      } catch (error) {
        // What came before the damage is delivered first; the next call fails.
        this.#pendingError = error;
      }
    }
    if (this.#batch.length > 0) return this.#giveBatch();
    this.#engine.isAwaited = false;
    if (this.#pendingError !== null) throw this.#pendingError;
    const { failure, isOver } = this.#engine;
    if (failure !== null) throw failure;
    return isOver && this.#streams.length === 0 ? END : AGAIN;
  }

  /**
   * A batch that could be longer waits for answers that are near, as Babeltrace does: new classes that come with them
   * are known when its messages are looked at.
   */
  #giveBatch(): NextResult {
    const isHeld =
      this.#pendingError === null &&
      !this.#engine.isOver &&
      this.#batch.length < BATCH_LENGTH &&
      this.#streams.some(({ isExpecting }) => isExpecting);
    this.#engine.isAwaited = isHeld;
    if (isHeld) return AGAIN;
    const messages = this.#batch;
    this.#batch = [];
    return { kind: 'messages', messages };
  }

  finalize(): void {
    this.#engine.stop();
  }

  #fill(messages: Message[]): void {
    while (messages.length < BATCH_LENGTH && this.#loadAll()) {
      const first = this.#first();
      if (first === null) return;
      const limitNs = this.#earliestOfOthers(first);
      this.#give(first, messages);
      // As long as no other stream has anything as early, there is nothing to compare.
      while (messages.length < BATCH_LENGTH && first.loadFromPacket()) {
        if (first.headNs === null || (limitNs !== null && first.headNs >= limitNs)) break;
        this.#give(first, messages);
      }
    }
  }

  /** Gets every stream's first message; `false` when one has none yet. */
  #loadAll(): boolean {
    this.#begin(this.#engine.begun.splice(0));
    // Streams that begin meanwhile are behind the others and get their turn.
    for (const stream of this.#streams) {
      const hadHead = stream.head !== null;
      if (!stream.load() && !stream.isEnded) return false;
      if (!hadHead) this.#correctLate(stream);
    }
    this.#streams = this.#streams.filter((stream) => stream.head !== null || !stream.isEnded);
    return true;
  }

  /**
   * A loss may begin before an inactivity that was told.
   *
   * Differs from upstream: anything else that is late is given late, and does not end the reading, because the streams
   * of a program that just began often are.
   */
  #correctLate(stream: LiveStreamReader): void {
    if (stream.headNs !== null && this.#lastNs !== null && stream.headNs < this.#lastNs) stream.moveLoss();
  }

  #begin(feeds: readonly LiveStreamFeed[]): void {
    const listener = {
      streamsBegin: (streams: readonly LiveStreamFeed[]) => this.#begin(streams),
      taken: (item: LiveItem) => this.#engine.noteTaken(item.kind === 'packet' ? item.bytes.length : 0),
    };
    for (const feed of feeds) {
      let trace = this.#traces.get(feed.trace);
      if (trace === undefined) {
        trace = new LiveTraceReader(feed.trace, this.#mipVersion);
        this.#traces.set(feed.trace, trace);
      }
      this.#streams.push(new LiveStreamReader(feed, trace, listener));
    }
  }

  #first(): LiveStreamReader | null {
    let first: LiveStreamReader | null = null;
    for (const stream of this.#streams) {
      if (first === null || isBefore(stream, first)) first = stream;
    }
    return first;
  }

  #earliestOfOthers(first: LiveStreamReader): bigint | null {
    let earliestNs: bigint | null = null;
    for (const stream of this.#streams) {
      if (stream === first) continue;
      // What has no time goes at once.
      if (stream.headNs === null) return MIN_NS;
      if (earliestNs === null || stream.headNs < earliestNs) earliestNs = stream.headNs;
    }
    return earliestNs;
  }

  #give(stream: LiveStreamReader, messages: Message[]): void {
    const { head, headNs } = stream;
    if (head === null) return;
    messages.push(head);
    if (headNs !== null) this.#lastNs = headNs;
    stream.take();
  }
}

/** Before all times. */
const MIN_NS = -(1n << 63n);

function isBefore(a: LiveStreamReader, b: LiveStreamReader): boolean {
  const [aNs, bNs] = [a.headNs ?? MIN_NS, b.headNs ?? MIN_NS];
  if (aNs !== bNs) return aNs < bNs;
  return a.head !== null && b.head !== null && compareMessages(a.head, b.head) < 0;
}
