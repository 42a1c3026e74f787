/**
 * Many data streams to one flow of messages in order of time. Messages of equal time come in an order that
 * depends on what the trace says, never on the order of files: Babeltrace 2's muxer has the same one.
 */
import type { DataStreamIdentity, Message } from './messages.ts';

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

interface Head {
  /** Place of the data stream in {@link compareDataStreams}. */
  readonly rank: number;
  readonly messages: Iterator<Message, void>;
  message: Message;
  ns: bigint;
}

/** What merging needs of a data stream. */
export interface MessageSource {
  readonly identity: DataStreamIdentity;
  messages(): Iterator<Message, void>;
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
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heads.length && this.#isBefore(child, least)) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const left = this.#heads[a]!;
    const right = this.#heads[b]!;
    return left.ns < right.ns || (left.ns === right.ns && left.rank < right.rank);
  }

  #swap(a: number, b: number): void {
    const kept = this.#heads[a]!;
    this.#heads[a] = this.#heads[b]!;
    this.#heads[b] = kept;
  }
}

/**
 * Merges data streams. A message without a time goes where the one before it in its data stream is. A damaged
 * data stream ends with its error only when all of the others are read: what they hold is delivered.
 */
export function* mergeMessages(sources: readonly MessageSource[]): Generator<Message, void> {
  const heap = new Heap();
  const faults: unknown[] = [];
  const advance = (head: Head): boolean => {
    try {
      const next = head.messages.next();
      if (next.done === true) return false;
      head.message = next.value;
      if (next.value.ns !== null) head.ns = next.value.ns;
      return true;
    } catch (error) {
      // Reported at the end, see above.
      faults.push(error);
      return false;
    }
  };
  const ranked = [...sources].sort((a, b) => compareDataStreams(a.identity, b.identity));
  for (const [rank, source] of ranked.entries()) {
    const head = { rank, messages: source.messages(), ns: -(1n << 63n) } as Head;
    if (advance(head)) heap.push(head);
  }
  for (let head = heap.first; head !== undefined; head = heap.first) {
    yield head.message;
    if (advance(head)) heap.sinkFirst();
    else heap.removeFirst();
  }
  if (faults.length > 0) throw faults[0];
}
