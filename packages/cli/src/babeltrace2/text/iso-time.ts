/** Times as ISO 8601 in UTC, to the nanosecond. */

const NS_PER_S = 1_000_000_000n;
/** Seconds that a JavaScript date can hold. */
const MAX_DATE_S = 8_640_000_000_000n;

/** The time `ns` nanoseconds from the Unix epoch; `null` beyond what dates can be. */
export function isoTime(ns: bigint): string | null {
  const fraction = ((ns % NS_PER_S) + NS_PER_S) % NS_PER_S;
  const second = (ns - fraction) / NS_PER_S;
  if (second > MAX_DATE_S || second < -MAX_DATE_S) return null;
  const date = new Date(Number(second) * 1000).toISOString();
  return `${date.slice(0, date.lastIndexOf('.'))}.${String(fraction).padStart(9, '0')}Z`;
}
