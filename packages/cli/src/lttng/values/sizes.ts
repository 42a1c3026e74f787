/** Numbers as people write them on the command line: sizes with k, M, G and times with us, ms, s, m, h. */

const SIZE = /^(0[xX][0-9a-fA-F]+|\d+)([kKMG]?)$/;
const SIZE_FACTORS = { '': 1, k: 1024, K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;
const TIME = /^(\d+)(us|ms|s|m|h)?$/;
const TIME_FACTORS_US = { us: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6 } as const;

/** The largest value of the 32-bit members in upstream's structures. */
export const MAX_U32 = 2 ** 32 - 1;

/** Reads digits like C's `strtoull` with base 0: `0x` is hexadecimal, a leading `0` octal. `NaN`: neither. */
function parseCInteger(digits: string): number {
  if (/^0[xX]/.test(digits)) return Number.parseInt(digits.slice(2), 16);
  if (/^0\d/.test(digits)) return /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  return Number(digits);
}

/** Reads a size in bytes, or gives `null`. Blanks before the number are accepted, as upstream does. */
export function parseSizeBytes(text: string): number | null {
  const match = SIZE.exec(text.trimStart());
  if (match === null) return null;
  const [, digits = '', suffix = ''] = match;
  const bytes = parseCInteger(digits) * SIZE_FACTORS[suffix as keyof typeof SIZE_FACTORS];
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** Reads a time in microseconds, the unit without a suffix, or gives `null`. */
export function parseTimeUs(text: string): number | null {
  const match = TIME.exec(text);
  if (match === null) return null;
  const [, digits = '', suffix = 'us'] = match;
  const us = Number(digits) * TIME_FACTORS_US[suffix as keyof typeof TIME_FACTORS_US];
  return Number.isSafeInteger(us) ? us : null;
}

/**
 * Reads a count, or gives `null`: the digits at the beginning count, and what follows them is ignored
 * (`2k` is 2), because upstream reads them so.
 */
export function parseCount(text: string): number | null {
  const match = /^(0[xX][0-9a-fA-F]+|0[0-7]*|\d+)/.exec(text);
  if (match === null) return null;
  const count = parseCInteger(match[0]);
  return Number.isSafeInteger(count) ? count : null;
}

/** The smallest power of two that is not below `value`. */
export function ceilToPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, value)));
}
