/**
 * Times of the events that the inputs of a merge have at hand, all in one array, with the place where each input is: a
 * merge of hundreds of inputs looks at another one for each event, and should find what it needs close together.
 */

export class EventTimes {
  /** The place of each input's first event in {@link values}; the same as `ends` where the first message is no event. */
  readonly at: Int32Array;
  readonly ends: Int32Array;
  values: Float64Array;
  /** Places that each input has. */
  #length = 0;

  constructor(inputCount: number) {
    this.at = new Int32Array(inputCount);
    this.ends = new Int32Array(inputCount);
    this.values = new Float64Array(0);
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
