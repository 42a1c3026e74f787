/** Real numbers as C's `%f` prints them. */
import { NEGATIVE_NAN } from '@lttng-ts/graph';

/** Six digits after the point. */
export function formatF(value: number | typeof NEGATIVE_NAN): string {
  if (value === NEGATIVE_NAN) return '-nan';
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + sixDecimals(Math.abs(value));
}

/** Exact: `toFixed` gives up at 1e21, and rounds the middle up where C rounds it to the even digit. */
function sixDecimals(value: number): string {
  if (value >= 1e21) return `${BigInt(value)}.000000`;
  const rounded = value.toFixed(6);
  if ((value * 1e6) % 1 !== 0.5) return rounded;
  const exact = value.toFixed(40);
  const end = exact.indexOf('.') + 7;
  const isMiddle = /^50*$/.test(exact.slice(end));
  return isMiddle && Number(exact[end - 1]) % 2 === 0 ? exact.slice(0, end) : rounded;
}
