/** Number literals of the filter language → values, as C's scanf converts them. */

const MAX_U64 = (1n << 64n) - 1n;

/**
 * Converts a decimal, octal or hexadecimal literal with optional suffix. A literal above 64 bits becomes the
 * largest 64-bit value, as upstream's conversion saturates.
 */
export function parseIntegerLiteral(text: string): bigint {
  const digits = text.replace(/[uUlL]+$/, '');
  if (/^0[xX]/.test(digits)) return saturate(BigInt(digits));
  if (digits.length > 1 && digits.startsWith('0')) return saturate(BigInt(`0o${digits.slice(1)}`));
  return saturate(BigInt(digits));
}

/** Converts a decimal or hexadecimal floating point literal with optional suffix. */
export function parseFloatLiteral(text: string): number {
  const hex = /^0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?[0-9]+))?/.exec(text);
  if (hex === null) return Number(text.replace(/[fFlL]$/, ''));
  const [, whole = '', fraction = '', exponent = '0'] = hex;
  const mantissa = Number(BigInt(`0x${whole}${fraction}`));
  return mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
}

function saturate(value: bigint): bigint {
  return value > MAX_U64 ? MAX_U64 : value;
}
