import type { UstIntegerType } from './fields.ts';

/** A plain signed decimal integer in host byte order. */
export function signedInteger(sizeBits: number, alignBits: number): UstIntegerType {
  return {
    kind: 'integer',
    sizeBits,
    isSigned: true,
    isReverseByteOrder: false,
    base: 10,
    encoding: 'none',
    alignBits,
  };
}

/** A plain unsigned decimal integer in host byte order. */
export function unsignedInteger(sizeBits: number, alignBits: number): UstIntegerType {
  return { ...signedInteger(sizeBits, alignBits), isSigned: false };
}
