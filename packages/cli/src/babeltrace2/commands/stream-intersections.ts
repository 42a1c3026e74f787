/**
 * `--stream-intersection`: for each output port of a source, the time in which all streams of its trace are active, as
 * the source answers to `babeltrace.trace-infos`.
 */
import { isArray, isMap, type Value, type ValueKind, valueKind } from '@lttng-ts/graph';
import { CommandFailure } from '../failure.ts';

/** Nanoseconds since the clock's origin. */
export interface TimeRangeNs {
  readonly beginNs: bigint;
  readonly endNs: bigint;
}

const UPSTREAM_KINDS: Readonly<Record<ValueKind, string>> = {
  null: 'NULL',
  boolean: 'BOOL',
  integer: 'SIGNED_INTEGER',
  real: 'REAL',
  string: 'STRING',
  array: 'ARRAY',
  map: 'MAP',
};

/** The range of every port that the answer names. */
export function rangesOfPorts(traceInfos: Value): ReadonlyMap<string, TimeRangeNs> {
  const ranges = new Map<string, TimeRangeNs>();
  for (const trace of requireArray(traceInfos, 'expecting result to be an array')) {
    const streams = requireArray(
      entryOf(trace, 'stream-infos', 'trace'),
      'expecting `stream-infos` entry of trace info map to be an array',
    );
    if (streams.length === 0) throw unexpected('expecting `stream-infos` entry to have elements');
    const range = intersectionOf(streams);
    for (const stream of streams) {
      const port = entryOf(stream, 'port-name', 'stream');
      if (typeof port !== 'string') throw unexpected('expecting `port-name` entry to be a string');
      ranges.set(port, range);
    }
  }
  return ranges;
}

function intersectionOf(streams: readonly Value[]): TimeRangeNs {
  let [beginNs, endNs] = [0n, (1n << 64n) - 1n];
  for (const stream of streams) {
    const range = entryOf(stream, 'range-ns', 'stream');
    const [begin, end] = [entryOf(range, 'begin', 'range-ns'), entryOf(range, 'end', 'range-ns')];
    if (typeof begin !== 'bigint' || typeof end !== 'bigint') {
      throw unexpected('expected `begin` and `end` of range-ns map to be signed integers');
    }
    if (begin < 0n || end < 0n || end < begin) {
      throw new CommandFailure(`Invalid stream range values: range-ns:begin=${begin}, range-ns:end=${end}`);
    }
    if (begin > beginNs) beginNs = begin;
    if (end < endNs) endNs = end;
  }
  return { beginNs, endNs };
}

function requireArray(value: Value, fault: string): readonly Value[] {
  if (!isArray(value)) throw unexpected(`${fault}: actual-type=${UPSTREAM_KINDS[valueKind(value)]}`);
  return value;
}

function entryOf(value: Value, name: string, what: string): Value {
  if (!isMap(value)) {
    throw unexpected(`expecting ${what} info to be a map: actual-type=${UPSTREAM_KINDS[valueKind(value)]}`);
  }
  const entry = value.get(name);
  if (entry === undefined) throw unexpected(`missing expected \`${name}\` key in ${what} map`);
  return entry;
}

const unexpected = (fault: string): CommandFailure =>
  new CommandFailure(`Unexpected format of \`babeltrace.trace-infos\` query result: ${fault}.`);

/** A time as the trimmer reads it: seconds and nine digits. */
export function secondsText(ns: bigint): string {
  const [sign, magnitude] = ns < 0n ? ['-', -ns] : ['', ns];
  return `${sign}${magnitude / 1_000_000_000n}.${String(magnitude % 1_000_000_000n).padStart(9, '0')}`;
}
