/**
 * Mistakes of known tracers in the times of their packets, and what is made of them. The versions and remedies are
 * those of Babeltrace 2 (`fs.cpp`, `msg-iter.cpp`).
 */
import type { TraceClass } from '../model/trace-class.ts';

export interface TracerQuirks {
  /** lttng-crash: a packet that was never closed has an end of zero. Its last event record is the end. */
  readonly isEndMissing: boolean;
  /** Event records may come after the end of their packet. */
  readonly isEndEarly: boolean;
  /** Event records may come before the beginning of their packet. */
  readonly isBeginningLate: boolean;
  /** The tracer is known, and none of its event records is outside of the times of its packet, where those are there. */
  readonly areTimesReliable: boolean;
}

/** Of a tracer of which nothing is known. */
export const NO_QUIRKS: TracerQuirks = {
  isEndMissing: false,
  isEndEarly: false,
  isBeginningLate: false,
  areTimesReliable: false,
};

type Version = readonly [major: bigint, minor: bigint, patch: bigint];

/** Versions of tracers that have the mistake repaired; those of an earlier series have a line of their own. */
const END_EARLY_BEFORE: Readonly<Record<string, readonly Version[]>> = {
  'lttng-ust': [[2n, 11n, 0n]],
  'lttng-modules': [
    [2n, 9n, 13n],
    [2n, 10n, 10n],
    [2n, 11n, 0n],
  ],
};
const BEGINNING_LATE_BEFORE: Readonly<Record<string, readonly Version[]>> = { barectf: [[2n, 3n, 1n]] };

/** Tells the quirks from the environment of a trace. */
export function quirksOf({ environment }: Pick<TraceClass, 'environment'>): TracerQuirks {
  const name = environment.get('tracer_name');
  const number = (key: string): bigint | null => {
    const value = environment.get(key);
    return typeof value === 'bigint' ? value : null;
  };
  const major = number('tracer_major');
  if (typeof name !== 'string' || major === null) return NO_QUIRKS;
  const version: Version = [
    major,
    number('tracer_minor') ?? 0n,
    number('tracer_patch') ?? number('tracer_patchlevel') ?? 0n,
  ];
  const isEndEarly = isBefore(version, END_EARLY_BEFORE, name);
  return {
    isEndMissing: name === 'lttng-ust' || name === 'lttng-modules',
    isEndEarly,
    isBeginningLate: isBefore(version, BEGINNING_LATE_BEFORE, name),
    areTimesReliable: Object.hasOwn(END_EARLY_BEFORE, name) && !isEndEarly,
  };
}

function isBefore(
  version: Version,
  table: Readonly<Record<string, readonly Version[]>>,
  name: string,
): boolean {
  const repaired = Object.hasOwn(table, name) ? (table[name] ?? []) : [];
  const series = repaired.find(([major, minor]) => major === version[0] && minor === version[1]);
  if (series !== undefined) return version[2] < series[2];
  // Series without a line of their own: those before the last one have the mistake.
  const last = repaired.at(-1);
  if (last === undefined) return false;
  return version[0] < last[0] || (version[0] === last[0] && version[1] < last[1]);
}
