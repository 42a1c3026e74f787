/**
 * Which of many inputs goes first: a tree whose inner nodes hold the inputs that lost there, so that finding the next one
 * takes one comparison on each level, all of them of numbers that lie together.
 */

/** Behind every key of an input that has something. */
export const NOTHING_LEFT = Number.POSITIVE_INFINITY;

/** Whether input `a` goes before input `b` when their keys are equal. */
export type IsBefore = (a: number, b: number) => boolean;

export class LoserTree {
  /** Key of each input; {@link NOTHING_LEFT} for one that has nothing any more. */
  readonly keys: Float64Array;
  /** Losers by node; node 1 is the root, the parent of input `i` is node `(i + count) >> 1`. */
  readonly #losers: Int32Array;
  readonly #isBefore: IsBefore;
  #first = -1;

  constructor(count: number, isBefore: IsBefore) {
    this.keys = new Float64Array(count).fill(NOTHING_LEFT);
    this.#losers = new Int32Array(count);
    this.#isBefore = isBefore;
  }

  /** Number of the input that goes first; it may have nothing left, then none has. -1 without inputs. */
  get first(): number {
    return this.#first;
  }

  /** Plays all games anew. */
  build(): void {
    const losers = this.#losers;
    const count = losers.length;
    losers.fill(-1);
    this.#first = count === 1 ? 0 : -1;
    for (let input = 0; input < count; input++) {
      let winner = input;
      for (let node = (input + count) >> 1; node > 0; node >>= 1) {
        const other = losers[node]!;
        if (other < 0) {
          // The other side of this game has not been played yet.
          losers[node] = winner;
          winner = -1;
          break;
        }
        if (!this.#goesBefore(other, winner)) continue;
        losers[node] = winner;
        winner = other;
      }
      if (winner >= 0) this.#first = winner;
    }
  }

  /** The key of the first input has changed: finds out which one goes first now. */
  replay(): number {
    const { keys } = this;
    const losers = this.#losers;
    let winner = this.#first;
    let key = keys[winner]!;
    for (let node = (winner + losers.length) >> 1; node > 0; node >>= 1) {
      const other = losers[node]!;
      const otherKey = keys[other]!;
      if (otherKey > key || (otherKey === key && !this.#goesBefore(other, winner))) continue;
      losers[node] = winner;
      winner = other;
      key = otherKey;
    }
    this.#first = winner;
    return winner;
  }

  /** The least key of all inputs but the first. */
  secondKey(): number {
    const { keys } = this;
    const losers = this.#losers;
    let least = NOTHING_LEFT;
    for (let node = (this.#first + losers.length) >> 1; node > 0; node >>= 1) {
      const key = keys[losers[node]!]!;
      if (key < least) least = key;
    }
    return least;
  }

  #goesBefore(a: number, b: number): boolean {
    const key = this.keys[a]!;
    const otherKey = this.keys[b]!;
    if (key !== otherKey) return key < otherKey;
    return key !== NOTHING_LEFT && this.#isBefore(a, b);
  }
}
