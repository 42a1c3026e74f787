/**
 * Tracers whose packets end later than they say, by what the environment says of them. Reading the packets puts their
 * times right; this is for who only looks at an index. Knowledge and versions are Babeltrace 2's.
 */
import type { TraceClass } from '@lttng-ts/ctf';

export interface TracerFaults {
  /** Event records may be later than their packet's end. */
  readonly hasEventsAfterPacket: boolean;
  /** The end of a packet may be zero: the traced program died before it was closed. */
  readonly hasUnendedPackets: boolean;
}

type Version = readonly [major: number, minor: number, patch: number];

export function tracerFaults({ environment }: TraceClass): TracerFaults {
  const name = environment.get('tracer_name');
  const major = environment.get('tracer_major');
  if (typeof name !== 'string' || typeof major !== 'bigint') {
    return { hasEventsAfterPacket: false, hasUnendedPackets: false };
  }
  const numberOf = (entry: string): number => Number(environment.get(entry) ?? 0);
  const patch = environment.has('tracer_patch') ? numberOf('tracer_patch') : numberOf('tracer_patchlevel');
  const version: Version = [Number(major), numberOf('tracer_minor'), patch];
  return {
    hasEventsAfterPacket:
      (name === 'lttng-ust' && isBefore(version, [2, 11, 0])) ||
      (name === 'lttng-modules' && isFaultyModules(version)),
    hasUnendedPackets: name === 'lttng-ust' || name === 'lttng-modules',
  };
}

/** Repaired in 2.11.0, and in 2.10.10 and 2.9.13 of the older branches. */
function isFaultyModules(version: Version): boolean {
  const [major, minor] = version;
  if (major === 2 && minor === 10) return isBefore(version, [2, 10, 10]);
  return isBefore(version, [2, 9, 13]);
}

function isBefore(version: Version, other: Version): boolean {
  const index = version.findIndex((part, i) => part !== other[i]);
  return index >= 0 && version[index]! < other[index]!;
}
