/** Numbers as C's `printf` prints them, where JavaScript prints them differently. */
import { NEGATIVE_NAN } from '../decode/values.ts';

/** `%g`: six significant digits, no trailing zeros, an exponent of at least two digits when it is needed. */
export function formatG(value: number | typeof NEGATIVE_NAN): string {
  if (value === NEGATIVE_NAN) return '-nan';
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  // The exponent after rounding to six digits decides which form is taken.
  let [digits, exponentText] = value.toExponential(5).split('e') as [string, string];
  const exponent = Number(exponentText);
  if (isTie(value, exponent)) digits = evenDigits(value, digits);
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? '-' : '+';
    return `${withoutTrailingZeros(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return withoutTrailingZeros(Number(`${digits}e${exponentText}`).toFixed(5 - exponent));
}

/** Whether a value may lie in the middle of two texts of six digits. */
function isTie(value: number, exponent: number): boolean {
  const shift = 5 - exponent;
  const scaled = shift < 0 ? value / 10 ** -shift : value * 10 ** shift;
  return Math.abs(scaled % 1) === 0.5;
}

/** C rounds the middle to the even digit, JavaScript up. */
function evenDigits(value: number, rounded: string): string {
  const [exact = ''] = value.toExponential(40).split('e');
  const sixDigits = exact.slice(0, exact.indexOf('.') + 6);
  const isMiddle = /^50*$/.test(exact.slice(sixDigits.length));
  return isMiddle && Number(sixDigits.at(-1)) % 2 === 0 ? sixDigits : rounded;
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
