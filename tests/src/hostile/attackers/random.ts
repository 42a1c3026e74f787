/** Randomness from a seed, so that an attack that found something can be run again. */

/** A generator of numbers below 1 (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to `limit` − 1. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error('Nothing to pick from');
    return choice;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** A 64-bit word: small, huge, near a power of two, or anything. */
  word(): bigint {
    switch (this.below(5)) {
      case 0:
        return BigInt(this.below(16));
      case 1:
        return BigInt.asUintN(64, -BigInt(1 + this.below(4096)));
      case 2:
        return BigInt.asUintN(64, (1n << BigInt(this.below(64))) + BigInt(this.below(3) - 1));
      case 3:
        return BigInt(this.below(1 << 22));
      default:
        return (BigInt(this.below(2 ** 32)) << 32n) | BigInt(this.below(2 ** 32));
    }
  }

  /** `bytes` with something wrong: bits, length, a number made huge, or other bytes altogether. */
  damaged(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const copy = Uint8Array.from(bytes);
    switch (this.below(5)) {
      case 0:
        for (let count = 1 + this.below(8); count > 0; count--) {
          const at = this.below(copy.length);
          copy[at] = (copy[at] ?? 0) ^ (1 << this.below(8));
        }
        return copy;
      case 1:
        return copy.slice(0, this.below(copy.length));
      case 2:
        return Uint8Array.from([...copy, ...this.bytes(1 + this.below(2048))]);
      case 3:
        new DataView(copy.buffer).setUint32(4 * this.below(copy.length >> 2), Number(this.word() >> 32n));
        return copy;
      default:
        return this.bytes(1 + this.below(2 * copy.length));
    }
  }
}
