/** Clock classes: what a number of cycles means in time. */
import { FormatError } from '@lttng-ts/base';
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
  /** The offset in nanoseconds; follows from the members above. */
  readonly offsetNs: bigint;
}

const NS_PER_S = 1_000_000_000n;

/** Makes a clock class: what is not given is as in Babeltrace 2 (1 GHz, from the Unix epoch, no offset). */
export function clockClass(properties: Partial<Omit<ClockClass, 'offsetNs'>> = {}): ClockClass {
  const made: Omit<ClockClass, 'offsetNs'> = {
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
  const { offsetSeconds, offsetCycles, frequencyHz } = made;
  return { ...made, offsetNs: offsetSeconds * NS_PER_S + durationNs(offsetCycles, frequencyHz) };
}

/**
 * Nanoseconds of some cycles. Clocks that do not count nanoseconds are converted in floating point, as in Babeltrace 2:
 * which of two clock values counts as the later one depends on it.
 */
function durationNs(cycles: bigint, frequencyHz: bigint): bigint {
  if (frequencyHz === NS_PER_S) return cycles;
  return BigInt(Math.trunc((1e9 * Number(cycles)) / Number(frequencyHz)));
}

/**
 * Converts a clock value to nanoseconds from the clock's origin. Throws `FormatError` when 64 bits cannot
 * hold them: a trace may have any value.
 */
export function cyclesToNs(clock: ClockClass, cycles: bigint): bigint {
  const ns = findNs(clock, cycles);
  if (ns === null) {
    throw new FormatError(`Time exceeds 64 bits: cycles=${cycles}, clock=${JSON.stringify(clock.name)}`);
  }
  return ns;
}

/** The same; `null` when 64 bits cannot hold them. */
export function findNs(clock: ClockClass, cycles: bigint): bigint | null {
  const ns = clock.offsetNs + durationNs(cycles, clock.frequencyHz);
  return BigInt.asIntN(64, ns) === ns ? ns : null;
}

/**
 * The clock value at `ns` nanoseconds from the origin, rounded down; `null` when `ns` lies before the clock's zero or
 * beyond 64 bits of cycles.
 */
export function nsToCycles(clock: ClockClass, ns: bigint): bigint | null {
  if (ns < clock.offsetNs) return null;
  const value = ((ns - clock.offsetNs) * clock.frequencyHz) / NS_PER_S;
  return value >= 1n << 64n ? null : value;
}
