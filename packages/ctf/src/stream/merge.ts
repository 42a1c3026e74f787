/**
 * Many data streams to one flow of messages in order of time. Messages of equal time come in an order that
 * depends on what the trace says, never on the order of files: Babeltrace 2's muxer has the same one.
 */
import type { DataStreamIdentity, Message } from './messages.ts';

const NS_PER_S = 1_000_000_000n;

/** Order of data streams for messages of equal time: trace (UUID, name), class, id, name. */
export function compareDataStreams(a: DataStreamIdentity, b: DataStreamIdentity): number {
  return (
    compareAbsentLast(a.trace.traceClass.uuid, b.trace.traceClass.uuid) ||
    compare(a.trace.name, b.trace.name) ||
    compare(a.dataStreamClass.id, b.dataStreamClass.id) ||
    compare(a.id, b.id) ||
    compare(a.name, b.name)
  );
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareAbsentLast(a: string | null, b: string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return compare(a, b);
}

/** What merging needs of a data stream. */
export interface MessageSource {
  readonly identity: DataStreamIdentity;
  batches(): Iterator<readonly Message[], void>;
}

/**
 * Reads ahead in one data stream. Its time is in nanoseconds, as two numbers: high, signed, and the low 32 bits;
 * comparing those is much quicker than comparing bigints.
 */
class Head {
  /** Place of the data stream in {@link compareDataStreams}. */
  readonly rank: number;
  nsHigh = -(2 ** 31);
  nsLow = 0;
  readonly #batches: Iterator<readonly Message[], void>;
  readonly #offsetHigh: number | null;
  readonly #offsetLow: number;
  #batch: readonly Message[] = [];
  #next = 0;

  constructor(source: MessageSource, rank: number) {
    this.rank = rank;
    this.#batches = source.batches();
    const clock = source.identity.dataStreamClass.defaultClockClass;
    // With a cycle of a nanosecond, all there is to do is to add.
    const isPlain = clock?.frequencyHz === NS_PER_S;
    const offset = isPlain ? clock.offsetSeconds * NS_PER_S + clock.offsetCycles : 0n;
    this.#offsetHigh = isPlain ? Number(offset >> 32n) : null;
    this.#offsetLow = Number(offset & 0xffff_ffffn);
  }

  /** The message at hand; {@link advance} must have said that there is one. */
  get message(): Message {
    return this.#batch[this.#next - 1]!;
  }

  /** Goes to the next message; `false` at the end. Throws what reading throws. */
  advance(): boolean {
    while (this.#next >= this.#batch.length) {
      const next = this.#batches.next();
      if (next.done === true) return false;
      this.#batch = next.value;
      this.#next = 0;
    }
    this.#setTime(this.#batch[this.#next++]!);
    return true;
  }

  #setTime(message: Message): void {
    if (this.#offsetHigh !== null && message.kind === 'event-record') {
      const low = message.clockLow + this.#offsetLow;
      const carry = low >= 2 ** 32 ? 1 : 0;
      this.nsLow = low - carry * 2 ** 32;
      this.nsHigh = message.clockHigh + this.#offsetHigh + carry;
      return;
    }
    const { ns } = message;
    // A message without a time goes where the one before it is.
    if (ns === null) return;
    this.nsHigh = Number(ns >> 32n);
    this.nsLow = Number(ns & 0xffff_ffffn);
  }
}

/** A binary heap on (time, rank): each step costs the logarithm of the number of data streams. */
class Heap {
  readonly #heads: Head[] = [];

  get first(): Head | undefined {
    return this.#heads[0];
  }

  push(head: Head): void {
    this.#heads.push(head);
    for (let at = this.#heads.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  removeFirst(): void {
    const last = this.#heads.pop();
    if (last === undefined || this.#heads.length === 0) return;
    this.#heads[0] = last;
    this.sinkFirst();
  }

  /** Restores the order after the first head moved on. */
  sinkFirst(): void {
    const { length } = this.#heads;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      let least = left < length && this.#isBefore(left, at) ? left : at;
      if (left + 1 < length && this.#isBefore(left + 1, least)) least = left + 1;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const left = this.#heads[a]!;
    const right = this.#heads[b]!;
    if (left.nsHigh !== right.nsHigh) return left.nsHigh < right.nsHigh;
    if (left.nsLow !== right.nsLow) return left.nsLow < right.nsLow;
    return left.rank < right.rank;
  }

  #swap(a: number, b: number): void {
    const kept = this.#heads[a]!;
    this.#heads[a] = this.#heads[b]!;
    this.#heads[b] = kept;
  }
}

/**
 * Merges data streams. A message without a time goes where the one before it in its data stream is. A damaged
 * data stream ends with its error only when all of the others are read: what they hold is delivered. Messages after
 * `endNs` are not read.
 */
export function* mergeMessages(
  sources: readonly MessageSource[],
  endNs: bigint | null = null,
): Generator<Message, void> {
  const heap = new Heap();
  const faults: unknown[] = [];
  const advance = (head: Head): boolean => {
    try {
      return head.advance();
    } catch (error) {
      // Reported at the end, see above.
      faults.push(error);
      return false;
    }
  };
  const ranked = [...sources].sort((a, b) => compareDataStreams(a.identity, b.identity));
  for (const [rank, source] of ranked.entries()) {
    const head = new Head(source, rank);
    if (advance(head)) heap.push(head);
  }
  for (let head = heap.first; head !== undefined; head = heap.first) {
    if (endNs !== null && (head.message.ns ?? endNs) > endNs) break;
    yield head.message;
    if (advance(head)) heap.sinkFirst();
    else heap.removeFirst();
  }
  if (faults.length > 0) throw faults[0];
}
