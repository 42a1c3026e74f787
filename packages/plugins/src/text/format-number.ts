/** Numbers as C's `printf` prints them, where JavaScript prints them differently. */
import { NEGATIVE_NAN } from '@lttng-ts/graph';

/** `%g`: six significant digits, no trailing zeros, an exponent of at least two digits when it is needed. */
export function formatG(value: number | typeof NEGATIVE_NAN): string {
  if (value === NEGATIVE_NAN) return '-nan';
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  // The exponent after rounding to six digits decides which form is taken.
  const [digits, exponentText] = value.toExponential(5).split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? '-' : '+';
    return `${withoutTrailingZeros(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return withoutTrailingZeros(value.toFixed(5 - exponent));
}

function withoutTrailingZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
}

/** An integer in its preferred base, as Babeltrace's pretty text has it. */
export function formatInteger(
  value: bigint,
  base: 2 | 8 | 10 | 16,
  sizeBits: number,
  isSigned: boolean,
): string {
  switch (base) {
    case 2:
      return `0b${BigInt.asUintN(sizeBits, value).toString(2).padStart(sizeBits, '0')}`;
    case 8:
      // Upstream masks signed values only, to a whole number of digits.
      return `0${masked(value, isSigned ? Math.ceil(sizeBits / 3) * 3 : 64).toString(8)}`;
    case 10:
      return value.toString();
    case 16:
      return `0x${masked(value, Math.ceil(sizeBits / 4) * 4)
        .toString(16)
        .toUpperCase()}`;
  }
}

const masked = (value: bigint, bits: number): bigint => BigInt.asUintN(Math.min(bits, 64), value);
