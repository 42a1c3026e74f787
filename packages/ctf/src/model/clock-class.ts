/** Clock classes: what a number of cycles means in time. Conversions are exact, in 64-bit arithmetic. */
import { type Cycles, type NsFromOrigin, nsFromOrigin } from '@lttng-ts/base';
import type { Attributes } from './attributes.ts';

/** An origin that is known by name: clocks of one origin can be compared. */
export interface ClockOrigin {
  readonly namespace: string | null;
  readonly name: string;
  readonly uid: string;
}

export interface ClockClass {
  /** What data stream classes call it by. CTF 1.8: the name. */
  readonly id: string;
  readonly namespace: string | null;
  readonly name: string | null;
  /** CTF 2's identity; `null` in CTF 1.8. */
  readonly uid: string | null;
  /** CTF 1.8; lower case with dashes. */
  readonly uuid: string | null;
  readonly description: string | null;
  readonly frequencyHz: bigint;
  readonly precisionCycles: bigint | null;
  readonly accuracyCycles: bigint | null;
  readonly offsetSeconds: bigint;
  readonly offsetCycles: bigint;
  /** Whether the origin is the Unix epoch (CTF 1.8: `absolute`, and every LTTng clock). */
  readonly isOriginUnixEpoch: boolean;
  /** The origin when it is known and not the Unix epoch (CTF 2). */
  readonly origin: ClockOrigin | null;
  readonly attributes?: Attributes;
}

const NS_PER_S = 1_000_000_000n;

/** Converts `value` of `clockClass` to nanoseconds from its origin. */
export function cyclesToNs(clockClass: ClockClass, value: Cycles): NsFromOrigin {
  const total = clockClass.offsetCycles + value;
  const ns = clockClass.frequencyHz === NS_PER_S ? total : (total * NS_PER_S) / clockClass.frequencyHz;
  return nsFromOrigin(clockClass.offsetSeconds * NS_PER_S + ns);
}
