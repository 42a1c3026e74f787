/**
 * Bounds of a time range as people write them: `YYYY-MM-DD [hh:mm[:ss[.ns]]]`, `hh:mm[:ss[.ns]]` of a day that is not
 * known yet, or `[-]s[.ns]` from the origin.
 */
import { UsageError } from './errors.ts';

const NS_PER_S = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;

/** A time of day. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ns: bigint;
}

export type Bound =
  | { readonly kind: 'infinite' }
  | { readonly kind: 'ns'; readonly ns: bigint }
  | { readonly kind: 'time-of-day'; readonly time: TimeOfDay };

const DATE = '([0-9]{4})-([0-9]{2})-([0-9]{2})';
const TIME = '([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\\.([0-9]{1,9}))?)?';
const DATE_AND_TIME = new RegExp(`^${DATE}(?: ${TIME})?$`);
const ONLY_TIME = new RegExp(`^${TIME}$`);
const SECONDS = /^(-?)([0-9]+)(?:\.([0-9]{1,9}))?$/;

/** Parses a bound. Throws `UsageError`. */
export function parseBound(text: string, isGmt: boolean): Bound {
  const full = DATE_AND_TIME.exec(text);
  if (full !== null) {
    const [year, month, day] = full.slice(1, 4).map(Number) as [number, number, number];
    const ns = nsOfDate(year, month, day, timeOf(full.slice(4)), isGmt);
    if (ns !== null) return { kind: 'ns', ns };
  }
  const time = ONLY_TIME.exec(text);
  if (time !== null) return { kind: 'time-of-day', time: timeOf(time.slice(1)) };
  const seconds = SECONDS.exec(text);
  if (seconds !== null) {
    const ns = BigInt(seconds[2]!) * NS_PER_S + nanoseconds(seconds[3]);
    return { kind: 'ns', ns: seconds[1] === '-' ? -ns : ns };
  }
  throw new UsageError(`Invalid date/time format: param="${text}"`);
}

function timeOf([hour, minute, second, fraction]: readonly (string | undefined)[]): TimeOfDay {
  return {
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    ns: nanoseconds(fraction),
  };
}

/** `.512` is 512,000,000 nanoseconds. */
const nanoseconds = (digits: string | undefined): bigint => BigInt((digits ?? '').padEnd(9, '0'));

/** Nanoseconds of a date from the Unix epoch; `null` before it. Values out of range carry, as in C's `mktime`. */
function nsOfDate(
  year: number,
  month: number,
  day: number,
  { hour, minute, second, ns }: TimeOfDay,
  isGmt: boolean,
): bigint | null {
  const date = new Date(0);
  if (isGmt) {
    date.setUTCFullYear(year, month - 1, day);
    date.setUTCHours(hour, minute, second);
  } else {
    date.setFullYear(year, month - 1, day);
    date.setHours(hour, minute, second);
  }
  const ms = date.getTime();
  return Number.isNaN(ms) || ms < 0 ? null : BigInt(ms) * NS_PER_MS + ns;
}

/** Puts a time of day on the day of `ns`. */
export function onDayOf(ns: bigint, time: TimeOfDay, isGmt: boolean): bigint {
  const date = new Date(Number(ns / NS_PER_MS));
  const day = isGmt
    ? ([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()] as const)
    : ([date.getFullYear(), date.getMonth() + 1, date.getDate()] as const);
  const result = nsOfDate(...day, time, isGmt);
  if (result === null) throw new UsageError(`Cannot convert timestamp to date and time: ns=${ns}`);
  return result;
}
