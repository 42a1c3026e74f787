/** Numbers that a seed fixes: what a test found can be found again. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 to `limit` - 1 (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** An unsigned integer of at most `sizeBits` bits; small ones and the limits are more likely than others. */
  bits(sizeBits: number): bigint {
    const all = (1n << BigInt(sizeBits)) - 1n;
    switch (this.below(4)) {
      case 0:
        return BigInt(this.below(16)) & all;
      case 1:
        return all - (BigInt(this.below(3)) & all);
      default:
        return ((BigInt(this.below(2 ** 32)) << 32n) | BigInt(this.below(2 ** 32))) & all;
    }
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}
