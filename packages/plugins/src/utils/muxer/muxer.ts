/**
 * `filter.utils.muxer`: many inputs to one flow in order of time. A message without a time goes first, because behind
 * it may be one with a time; equal times go in the order of `compareMessages`. A binary heap holds the first
 * message of each input; events of an input that come in a run are taken as long as they are before all others.
 */
import {
  AGAIN,
  ClockCorrelation,
  END,
  type FilterClass,
  type FlowIterator,
  type FlowIteratorBehaviour,
  type FlowResult,
  type InputPort,
  type MessageIteratorBehaviour,
  type MipVersion,
} from '@lttng-ts/graph';
import { validateParams } from '../../params/validate.ts';
import { InputHead, MergeOrigin } from './input-head.ts';
import { MergedBatch } from './merged-batch.ts';

const connected = (ports: readonly InputPort[]): readonly InputPort[] =>
  ports.filter(({ isConnected }) => isConnected);

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
      createMessageIterator(iterator) {
        const inputs = connected(self.inputPorts).map((port) => iterator.createMessageIterator(port));
        // Without runs in its inputs, messages are all that it gives.
        return new MuxerIterator(inputs, self.mipVersion) as MessageIteratorBehaviour;
      },
      createFlowIterator(iterator) {
        const inputs = connected(self.inputPorts).map((port) => iterator.createFlowIterator(port));
        return new MuxerIterator(inputs, self.mipVersion);
      },
    };
  },
};

class MuxerIterator implements FlowIteratorBehaviour {
  readonly canSeekForward: boolean;
  readonly #mipVersion: MipVersion;
  readonly #inputs: readonly InputHead[];
  readonly #heap: InputHead[] = [];
  readonly #batch = new MergedBatch();
  /** Inputs whose next message is not known. */
  #toLoad: InputHead[];
  #clocks: ClockCorrelation;
  #pendingError: unknown = null;

  constructor(iterators: readonly FlowIterator[], mipVersion: MipVersion) {
    this.#mipVersion = mipVersion;
    this.#clocks = new ClockCorrelation(mipVersion);
    const origin = new MergeOrigin();
    this.#inputs = iterators.map((iterator) => new InputHead(iterator, origin));
    this.#toLoad = [...this.#inputs];
    this.canSeekForward = iterators.every((iterator) => iterator.canSeekForward);
  }

  next(): FlowResult {
    if (this.#pendingError !== null) throw this.#pendingError;
    const batch = this.#batch;
    batch.begin();
    try {
      if (!this.#fillHeap()) return AGAIN;
      while (batch.hasRoom) {
        const first = this.#heap[0];
        if (first === undefined) break;
        if (!this.#take(first)) break;
      }
    } catch (error) {
      // What came before the failure is delivered first; the next call fails.
      if (batch.isEmpty) throw error;
      this.#pendingError = error;
    }
    if (!batch.isEmpty) return { kind: 'messages', messages: batch.end() };
    return this.#toLoad.length > 0 ? AGAIN : END;
  }

  /** Takes what `first` has before all others; `false` when the batch must be delivered now. */
  #take(first: InputHead): boolean {
    const { columns } = first;
    let isMore: boolean;
    if (columns === null) {
      const { message } = first;
      this.#clocks.check(message);
      this.#batch.add(message);
      isMore = first.advance();
    } else {
      const from = first.index;
      first.passBefore(this.#secondKey());
      this.#batch.addEvents(first, columns, from);
      isMore = first.index < first.end || first.advance();
    }
    if (isMore) {
      this.#sinkFirst();
      return true;
    }
    if (first.hasRuns) {
      // The input will use the memory of its events again.
      this.#removeFirst();
      this.#toLoad.push(first);
      return false;
    }
    const state = first.load();
    if (state === 'more') this.#sinkFirst();
    else this.#removeFirst();
    if (state === 'again') this.#toLoad.push(first);
    return state !== 'again';
  }

  /** The least key of the inputs behind the first. */
  #secondKey(): number {
    const left = this.#heap[1]?.key ?? Number.POSITIVE_INFINITY;
    const right = this.#heap[2]?.key ?? Number.POSITIVE_INFINITY;
    return Math.min(left, right);
  }

  /** Brings every input that has a message into the heap; `false` when one of them must be asked again. */
  #fillHeap(): boolean {
    while (this.#toLoad.length > 0) {
      const head = this.#toLoad[0]!;
      const state = head.load();
      if (state === 'again') return false;
      this.#toLoad.shift();
      if (state === 'more') {
        this.#heap.push(head);
        this.#rise(this.#heap.length - 1);
      }
    }
    return true;
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
    for (const head of this.#inputs) head.clear();
    this.#toLoad = [...this.#inputs];
    this.#clocks = new ClockCorrelation(this.#mipVersion);
    this.#pendingError = null;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sinkFirst();
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#heap[at]!.isBefore(this.#heap[parent]!)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /**
   * Brings the first input to its place after it changed. Where inputs take turns that place is mostly far down: its way
   * is sought there, then up again, which takes fewer comparisons than to stop on the way.
   */
  #sinkFirst(): void {
    const heap = this.#heap;
    const { length } = heap;
    const head = heap[0]!;
    if (!(length > 1 && heap[1]!.isBefore(head)) && !(length > 2 && heap[2]!.isBefore(head))) return;
    let at = 0;
    for (let left = 1; left < length; left = 2 * at + 1) {
      const right = left + 1;
      const least = right < length && heap[right]!.isBefore(heap[left]!) ? right : left;
      heap[at] = heap[least]!;
      at = least;
    }
    heap[at] = head;
    this.#rise(at);
  }

  #swap(a: number, b: number): void {
    const kept = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = kept;
  }
}
