/**
 * `filter.utils.muxer`: many inputs to one flow in order of time. A message without a time goes first, because behind
 * it may be one with a time; equal times go in the order of {@link compareMessages}. A binary heap holds the first
 * message of each input.
 */
import {
  AGAIN,
  ClockCorrelation,
  END,
  type FilterClass,
  type InputPort,
  type Message,
  type MessageIterator,
  type MessageIteratorBehaviour,
  type MipVersion,
  type NextResult,
  nsOf,
  type SelfMessageIterator,
} from '@lttng-ts/graph';
import { validateParams } from '../../params/validate.ts';
import { compareMessages } from './compare-messages.ts';

/** Messages given at once. */
const BATCH_LENGTH = 64;

/** The newest input is always free: connecting it makes the next one. */
export const muxer: FilterClass = {
  kind: 'filter',
  name: 'muxer',
  description: 'Sort messages from multiple input ports to a single output port by time.',
  help: 'See the babeltrace2-filter.utils.muxer(7) manual page.',
  initialize(self, params) {
    validateParams(params, {});
    self.addOutputPort('out');
    let inputCount = 0;
    const addInput = (): InputPort => self.addInputPort(`in${inputCount++}`);
    addInput();
    return {
      inputPortConnected() {
        addInput();
      },
      createMessageIterator: (iterator) => new MuxerIterator(iterator, self.inputPorts, self.mipVersion),
    };
  },
};

/** One input: a batch and the place in it. */
interface Head {
  readonly iterator: MessageIterator;
  batch: readonly Message[];
  at: number;
  /** Time of the first message; `null` when it has none. */
  ns: bigint | null;
}

class MuxerIterator implements MessageIteratorBehaviour {
  readonly canSeekForward: boolean;
  readonly #mipVersion: MipVersion;
  readonly #inputs: readonly Head[];
  readonly #heap: Head[] = [];
  /** Inputs whose next message is not known. */
  #toReload: Head[];
  #clocks: ClockCorrelation;
  #pendingError: unknown = null;

  constructor(self: SelfMessageIterator, ports: readonly InputPort[], mipVersion: MipVersion) {
    this.#mipVersion = mipVersion;
    this.#clocks = new ClockCorrelation(mipVersion);
    this.#inputs = ports
      .filter((port) => port.isConnected)
      .map((port) => ({ iterator: self.createMessageIterator(port), batch: [], at: 0, ns: null }));
    this.#toReload = [...this.#inputs];
    this.canSeekForward = this.#inputs.every(({ iterator }) => iterator.canSeekForward);
  }

  next(): NextResult {
    if (this.#pendingError !== null) throw this.#pendingError;
    const messages: Message[] = [];
    try {
      if (!this.#fillHeap()) return AGAIN;
      while (messages.length < BATCH_LENGTH) {
        const first = this.#heap[0];
        if (first === undefined) break;
        const message = first.batch[first.at]!;
        this.#clocks.check(message);
        messages.push(message);
        first.at++;
        const state = this.#reload(first);
        if (state === 'more') this.#sink(0);
        else this.#removeFirst();
        if (state === 'again') {
          this.#toReload.push(first);
          break;
        }
      }
    } catch (error) {
      // What came before the failure is delivered first; the next call fails.
      if (messages.length === 0) throw error;
      this.#pendingError = error;
    }
    if (messages.length > 0) return { kind: 'messages', messages };
    return this.#toReload.length > 0 ? AGAIN : END;
  }

  /** Brings every input that has a message into the heap; `false` when one of them must be asked again. */
  #fillHeap(): boolean {
    while (this.#toReload.length > 0) {
      const head = this.#toReload[0]!;
      const state = this.#reload(head);
      if (state === 'again') return false;
      this.#toReload.shift();
      if (state === 'more') {
        this.#heap.push(head);
        this.#rise(this.#heap.length - 1);
      }
    }
    return true;
  }

  #reload(head: Head): 'more' | 'again' | 'end' {
    if (head.at >= head.batch.length) {
      const result = head.iterator.next();
      if (result.kind !== 'messages') return result.kind;
      head.batch = result.messages;
      head.at = 0;
    }
    head.ns = nsOf(head.batch[head.at]!);
    return 'more';
  }

  canSeekBeginning(): boolean {
    return this.#inputs.every(({ iterator }) => iterator.canSeekBeginning());
  }

  seekBeginning(): 'ok' | 'again' {
    for (const { iterator } of this.#inputs) if (iterator.seekBeginning() === 'again') return 'again';
    this.#restart();
    return 'ok';
  }

  canSeekNsFromOrigin(ns: bigint): boolean {
    return this.#inputs.every(({ iterator }) => iterator.canSeekNsFromOrigin(ns));
  }

  seekNsFromOrigin(ns: bigint): 'ok' | 'again' {
    for (const { iterator } of this.#inputs) if (iterator.seekNsFromOrigin(ns) === 'again') return 'again';
    this.#restart();
    return 'ok';
  }

  #restart(): void {
    this.#heap.length = 0;
    for (const head of this.#inputs) {
      head.batch = [];
      head.at = 0;
    }
    this.#toReload = [...this.#inputs];
    this.#clocks = new ClockCorrelation(this.#mipVersion);
    this.#pendingError = null;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isBefore(this.#heap[at]!, this.#heap[parent]!)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#heap.length && isBefore(this.#heap[child]!, this.#heap[first]!)) first = child;
      }
      if (first === at) return;
      this.#swap(at, first);
      at = first;
    }
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = kept;
  }
}

function isBefore(a: Head, b: Head): boolean {
  if (a.ns !== null && b.ns !== null) {
    if (a.ns !== b.ns) return a.ns < b.ns;
  } else if (a.ns !== b.ns) {
    return a.ns === null;
  }
  return compareMessages(a.batch[a.at]!, b.batch[b.at]!) < 0;
}
