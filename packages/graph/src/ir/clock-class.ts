/** Clock classes: what a number of cycles means in time. Conversions are exact, in 64-bit arithmetic. */
import { precondition } from '../errors.ts';
import { EMPTY_MAP, type ValueMap } from '../values.ts';

/** What the clock counts from. MIP 0 knows only whether that is the Unix epoch. */
export type ClockOrigin =
  | { readonly kind: 'unix-epoch' }
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'custom';
      readonly namespace: string | null;
      readonly name: string;
      readonly uid: string;
    };

/** A clock class; two of them are the same only when they are the same object. */
export interface ClockClass {
  readonly name: string | null;
  /** MIP 1. */
  readonly namespace: string | null;
  /** MIP 1. */
  readonly uid: string | null;
  /** MIP 0. Lower case with dashes. */
  readonly uuid: string | null;
  readonly description: string | null;
  readonly frequencyHz: bigint;
  readonly precisionCycles: bigint | null;
  /** MIP 1. */
  readonly accuracyCycles: bigint | null;
  readonly offsetSeconds: bigint;
  /** Less than one second. */
  readonly offsetCycles: bigint;
  readonly origin: ClockOrigin;
  readonly userAttributes: ValueMap;
}

const NS_PER_S = 1_000_000_000n;

/** Makes a clock class: what is not given is as in Babeltrace 2 (1 GHz, from the Unix epoch, no offset). */
export function clockClass(properties: Partial<ClockClass> = {}): ClockClass {
  const made: ClockClass = {
    name: null,
    namespace: null,
    uid: null,
    uuid: null,
    description: null,
    frequencyHz: NS_PER_S,
    precisionCycles: null,
    accuracyCycles: null,
    offsetSeconds: 0n,
    offsetCycles: 0n,
    origin: { kind: 'unix-epoch' },
    userAttributes: EMPTY_MAP,
    ...properties,
  };
  precondition(
    made.frequencyHz > 0n && made.frequencyHz < 1n << 64n,
    'clock-class-set-frequency:valid-frequency',
    `Invalid frequency: frequency=${made.frequencyHz}`,
  );
  precondition(
    made.offsetCycles < made.frequencyHz,
    'clock-class-set-offset:offset-cycles-lt-frequency',
    `Offset in cycles is a second or more: offset=${made.offsetCycles}, frequency=${made.frequencyHz}`,
  );
  return made;
}

/**
 * Converts a clock value to nanoseconds from the clock's origin. Throws `RangeError` when 64 bits cannot
 * hold them.
 */
export function cyclesToNs(clock: ClockClass, cycles: bigint): bigint {
  const total = clock.offsetCycles + cycles;
  const ns = clock.frequencyHz === NS_PER_S ? total : (total * NS_PER_S) / clock.frequencyHz;
  const result = clock.offsetSeconds * NS_PER_S + ns;
  if (BigInt.asIntN(64, result) !== result) {
    throw new RangeError(`Time exceeds 64 bits: cycles=${cycles}, clock=${JSON.stringify(clock.name)}`);
  }
  return result;
}

/**
 * The smallest clock value at or after `ns` nanoseconds from the origin; `null` when `ns` lies before the
 * clock's zero or beyond 64 bits of cycles.
 */
export function nsToCycles(clock: ClockClass, ns: bigint): bigint | null {
  const fromOffset = ns - clock.offsetSeconds * NS_PER_S;
  const scaled = fromOffset * clock.frequencyHz;
  const cycles = scaled <= 0n ? scaled / NS_PER_S : (scaled + NS_PER_S - 1n) / NS_PER_S;
  const value = cycles - clock.offsetCycles;
  return value < 0n || value >= 1n << 64n ? null : value;
}
