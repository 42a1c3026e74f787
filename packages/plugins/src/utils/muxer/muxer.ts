/**
 * `filter.utils.muxer`: many inputs to one flow in order of time. A message without a time goes first, because behind
 * it may be one with a time; equal times go in the order of `compareMessages`. Where all inputs have events, a stretch of
 * time is taken at once. Else a tree tells which input goes first; events of an input that comes first twice are taken as
 * long as they are before all others.
 */
import {
  AGAIN,
  ClockCorrelation,
  END,
  type EventColumns,
  type FilterClass,
  type FlowIterator,
  type FlowIteratorBehaviour,
  type FlowResult,
  GraphError,
  type InputPort,
  type MessageIteratorBehaviour,
  type MipVersion,
  type SelfComponent,
} from '@lttng-ts/graph';
import { validateParams } from '../../params/validate.ts';
import { EventTimes } from './event-times.ts';
import { InputHead, MergeOrigin } from './input-head.ts';
import { LoserTree, NOTHING_LEFT } from './loser-tree.ts';
import { MergedBatch } from './merged-batch.ts';
import { Stretches, shareOf } from './stretch.ts';

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
        return new MuxerIterator(inputs, self) as MessageIteratorBehaviour;
      },
      createFlowIterator(iterator) {
        const inputs = connected(self.inputPorts).map((port) => iterator.createFlowIterator(port));
        return new MuxerIterator(inputs, self);
      },
    };
  },
};

class MuxerIterator implements FlowIteratorBehaviour {
  readonly canSeekForward: boolean;
  readonly #mipVersion: MipVersion;
  readonly #name: string;
  readonly #inputs: readonly InputHead[];
  readonly #tree: LoserTree;
  readonly #times: EventTimes;
  readonly #batch: MergedBatch;
  readonly #stretches: Stretches;
  readonly #columnsOf = (input: number): EventColumns | null => this.#inputs[input]!.columns;
  /** Inputs whose next message is not known: at the beginning all, then the first one at most. */
  #toLoad: InputHead[];
  #isBuilt = false;
  #clocks: ClockCorrelation;
  #pendingError: unknown = null;

  constructor(iterators: readonly FlowIterator[], { mipVersion, name }: SelfComponent) {
    this.#mipVersion = mipVersion;
    this.#name = name;
    this.#clocks = new ClockCorrelation(mipVersion);
    const origin = new MergeOrigin();
    const times = new EventTimes(iterators.length);
    const inputs = iterators.map((iterator, i) => new InputHead(iterator, i, times, origin));
    this.#times = times;
    this.#batch = new MergedBatch(inputs.length);
    this.#inputs = inputs;
    const tree = new LoserTree(inputs.length, (a, b) => inputs[a]!.isBefore(inputs[b]!, tree.keys[a]!));
    this.#tree = tree;
    this.#stretches = new Stretches(times, tree.keys);
    this.#toLoad = [...inputs];
    this.canSeekForward = iterators.every((iterator) => iterator.canSeekForward);
  }

  next(): FlowResult {
    if (this.#pendingError !== null) throw this.#pendingError;
    const batch = this.#batch;
    batch.begin();
    try {
      if (!this.#load()) return AGAIN;
      this.#refill();
      const run = this.#stretches.take(this.#columnsOf);
      if (run !== null) {
        this.#tree.build();
        return { kind: 'messages', messages: [run] };
      }
      this.#merge();
    } catch (error) {
      // What came before the failure is delivered first; the next call fails.
      if (batch.isEmpty) throw error;
      this.#pendingError = error;
    }
    if (!batch.isEmpty) return { kind: 'messages', messages: batch.end() };
    if (this.#toLoad.length > 0) return AGAIN;
    const [first, ...others] = this.#failures;
    if (first === undefined) return END;
    if (first instanceof GraphError) {
      for (const { message } of others)
        first.causedFailureOf(
          { kind: 'unknown', module: this.#name },
          `Another input is damaged:\n${message}`,
        );
    }
    throw first;
  }

  /** Gets more events behind those of inputs that would end a stretch too soon. Nobody has a part of what was given before. */
  #refill(): void {
    const { at, ends, few } = this.#times;
    const share = shareOf(few.length);
    if (few.length < 2) return;
    for (let input = 0; input < few.length; input++)
      if (ends[input]! - at[input]! < Math.min(few[input]!, share)) this.#inputs[input]!.refill();
  }

  // Differs from upstream: an input whose data are damaged does not end the others, because what they have is whole.
  get #failures(): readonly Error[] {
    return this.#inputs.flatMap(({ failure }) => failure ?? []);
  }

  get damage(): Error | null {
    return this.#inputs.find(({ failure }) => failure !== null)?.failure ?? null;
  }

  /** Fills the batch. Loops of an event each stay in this function, which the engine optimises as a whole. */
  #merge(): void {
    const times = this.#times;
    const { at: places, ends } = times;
    const tree = this.#tree;
    const batch = this.#batch;
    const { keys } = tree;
    /** Input whose events were added last. */
    let last = -1;
    for (let first = tree.first; batch.hasRoom && first >= 0 && keys[first] !== NOTHING_LEFT; ) {
      let place = places[first]!;
      const end = ends[first]!;
      if (place < end) {
        const index = place - times.baseOf(first);
        place++;
        if (first === last) {
          const limit = tree.secondKey();
          const { values } = times;
          while (place < end && values[place]! < limit) place++;
          batch.addMore(place - times.baseOf(first));
        } else {
          let part = batch.partOf(first);
          if (part < 0) part = batch.addPart(first, this.#inputs[first]!.columns!);
          batch.addEvent(part, index);
          last = first;
        }
        places[first] = place;
        if (place < end) keys[first] = times.values[place]!;
        else {
          last = -1;
          if (!this.#advance(first)) return;
        }
      } else {
        last = -1;
        const { message } = this.#inputs[first]!;
        this.#clocks.check(message);
        batch.add(message);
        if (!this.#advance(first)) return;
      }
      first = tree.replay();
    }
  }

  /** Goes on with an input whose first events, or message, are used up; `false` when the batch must be delivered before. */
  #advance(input: number): boolean {
    const head = this.#inputs[input]!;
    this.#batch.forgetPart(input);
    if (!head.advance()) return this.#loadFirst(input);
    this.#tree.keys[input] = head.key;
    return true;
  }

  /** Asks the first input for more; `false` when the batch must be delivered before. */
  #loadFirst(first: number): boolean {
    const head = this.#inputs[first]!;
    if (head.hasRuns) {
      // The input will use the memory of its events again.
      this.#toLoad.push(head);
      return false;
    }
    const state = head.load();
    if (state === 'again') {
      this.#toLoad.push(head);
      return false;
    }
    this.#tree.keys[first] = state === 'more' ? head.key : NOTHING_LEFT;
    return true;
  }

  /** Asks every input whose next message is not known; `false` when one of them must be asked again. */
  #load(): boolean {
    const tree = this.#tree;
    while (this.#toLoad.length > 0) {
      const head = this.#toLoad[0]!;
      const state = head.load();
      if (state === 'again') return false;
      this.#toLoad.shift();
      const key = state === 'more' ? head.key : NOTHING_LEFT;
      if (this.#isBuilt) {
        tree.keys[tree.first] = key;
        tree.replay();
      } else tree.keys[this.#inputs.length - this.#toLoad.length - 1] = key;
    }
    if (!this.#isBuilt) tree.build();
    this.#isBuilt = true;
    return true;
  }

  canSeekBeginning(): boolean {
    return this.#inputs.every(({ iterator }) => iterator.canSeekBeginning());
  }

  seekBeginning(): 'ok' | 'again' {
    return this.#seek((iterator) => iterator.seekBeginning());
  }

  seekBefore(ns: bigint): 'ok' | 'again' {
    return this.#seek((iterator) => iterator.seekBefore(ns));
  }

  canSeekNsFromOrigin(ns: bigint): boolean {
    return this.#inputs.every(({ iterator }) => iterator.canSeekNsFromOrigin(ns));
  }

  seekNsFromOrigin(ns: bigint): 'ok' | 'again' {
    return this.#seek((iterator) => iterator.seekNsFromOrigin(ns));
  }

  #seek(action: (iterator: FlowIterator) => 'ok' | 'again'): 'ok' | 'again' {
    for (const head of this.#inputs) if (head.seek(action) === 'again') return 'again';
    this.#isBuilt = false;
    this.#toLoad = [...this.#inputs];
    this.#clocks = new ClockCorrelation(this.#mipVersion);
    this.#pendingError = null;
    return 'ok';
  }
}
