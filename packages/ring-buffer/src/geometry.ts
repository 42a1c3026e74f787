/**
 * The shape of a ring: sub-buffer size and count, and the rounding rules that make a request a shape.
 */
import { UsageError } from '@lttng-ts/base';
import { PAGE_BYTES, type RingMode } from './constants.ts';

export interface RingGeometry {
  readonly mode: RingMode;
  /** A power of two. */
  readonly subbufferSizeBytes: number;
  /** A power of two; at least 2 in overwrite mode. */
  readonly subbufferCount: number;
}

/** Most bytes of one ring: what a Number counts and a machine could map. */
const MAX_RING_BYTES = 2 ** 40;

/** Next power of two, at least `value`. */
export function powerOfTwoAtLeast(value: number): number {
  let power = 1;
  while (power < value) power *= 2;
  return power;
}

export function isPowerOfTwo(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0 && powerOfTwoAtLeast(value) === value;
}

/** Base-2 logarithm of a power of two. */
export function orderOf(power: number): number {
  return Math.round(Math.log2(power));
}

/** Rounds a requested shape up to one that the ring can have; throws `UsageError` when there is none. */
export function roundGeometry(requested: RingGeometry): RingGeometry {
  const { mode, subbufferSizeBytes, subbufferCount } = requested;
  const subbufferSize = powerOfTwoAtLeast(Math.max(subbufferSizeBytes, PAGE_BYTES));
  const count = powerOfTwoAtLeast(Math.max(subbufferCount, mode === 'overwrite' ? 2 : 1));
  if (!(subbufferSizeBytes > 0 && subbufferCount > 0 && subbufferSize * count <= MAX_RING_BYTES)) {
    throw new UsageError(`Impossible ring: subbuffer-size=${subbufferSizeBytes}, count=${subbufferCount}`);
  }
  return { mode, subbufferSizeBytes: subbufferSize, subbufferCount: count };
}
