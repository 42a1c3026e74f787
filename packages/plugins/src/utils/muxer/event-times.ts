/**
 * Times of the events that the inputs of a merge have at hand, all in one array, with the place where each input is: a
 * merge of hundreds of inputs looks at another one for each event, and should find what it needs close together.
 */
import type { Stream } from '@lttng-ts/graph';

export class EventTimes {
  /** The place of each input's first event in {@link values}; the same as `ends` where the first message is no event. */
  readonly at: Int32Array;
  readonly ends: Int32Array;
  values: Float64Array;
  /** By input: with fewer events at hand it should be asked for more behind them; 0: it has been. */
  readonly few: Int32Array;
  /** By input: whether no time that it has at hand is before the one in front of it. */
  readonly areAscending: Uint8Array;
  /** By input: the stream of its events, once there were some. */
  readonly streams: (Stream | null)[];
  /** How often one of {@link streams} has changed. */
  streamChanges = 0;
  /** Places that each input has. */
  #length = 0;

  constructor(inputCount: number) {
    this.at = new Int32Array(inputCount);
    this.ends = new Int32Array(inputCount);
    this.few = new Int32Array(inputCount);
    this.values = new Float64Array(0);
    this.areAscending = new Uint8Array(inputCount);
    this.streams = Array.from({ length: inputCount }, () => null);
  }

  /** Events of each input have numbers below this. */
  get length(): number {
    return this.#length;
  }

  /** The events of `input` are of `stream` from now on. */
  setStream(input: number, stream: Stream): void {
    if (this.streams[input] === stream) return;
    this.streams[input] = stream;
    this.streamChanges++;
  }

  /** Where the places of `input` begin: that of its event number `i` is `i` places further. */
  baseOf(input: number): number {
    return input * this.#length;
  }

  /** Makes room for events with numbers below `length`. The array may be another one then. */
  reserve(length: number): void {
    const known = this.#length;
    if (length <= known) return;
    const { at, ends, values } = this;
    const grown = new Float64Array(at.length * length);
    for (let input = 0; input < at.length; input++) {
      const shift = input * (length - known);
      grown.set(values.subarray(at[input]!, ends[input]), at[input]! + shift);
      at[input] = at[input]! + shift;
      ends[input] = ends[input]! + shift;
    }
    this.values = grown;
    this.#length = length;
  }

  /** The first messages of `input` are its events from number `index` on, before number `end`. */
  set(input: number, index: number, end: number): void {
    const base = this.baseOf(input);
    this.at[input] = base + index;
    this.ends[input] = base + end;
  }
}
