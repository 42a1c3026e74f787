/** Clock classes: what a number of cycles means in time. Conversions are exact, in 64-bit arithmetic. */
import { type Cycles, type NsFromOrigin, nsFromOrigin } from '@lttng-ts/base';

export interface ClockClass {
  readonly name: string | null;
  /** Lower case with dashes. */
  readonly uuid: string | null;
  readonly description: string | null;
  readonly frequencyHz: bigint;
  readonly precisionCycles: bigint;
  readonly offsetSeconds: bigint;
  readonly offsetCycles: bigint;
  /** Whether the origin is the Unix epoch (CTF 1.8: `absolute`, and every LTTng clock). */
  readonly isOriginUnixEpoch: boolean;
}

const NS_PER_S = 1_000_000_000n;

/** Converts `value` of `clockClass` to nanoseconds from its origin. */
export function cyclesToNs(clockClass: ClockClass, value: Cycles): NsFromOrigin {
  const total = clockClass.offsetCycles + value;
  const ns = clockClass.frequencyHz === NS_PER_S ? total : (total * NS_PER_S) / clockClass.frequencyHz;
  return nsFromOrigin(clockClass.offsetSeconds * NS_PER_S + ns);
}
