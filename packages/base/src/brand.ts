/**
 * Branded types: numbers and strings that get mixed up. They are made at the border (codec, clock) by
 * the functions below and have no cost at run time.
 */

declare const brand: unique symbol;

/** `T` with a name that only the maker of the value can give. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Clock value in cycles of its clock class, unsigned 64 bits. */
export type Cycles = Brand<bigint, 'Cycles'>;
/** Nanoseconds from the clock's origin (Unix epoch for LTTng), signed 64 bits. */
export type NsFromOrigin = Brand<bigint, 'NsFromOrigin'>;
/** Nanoseconds of CLOCK_MONOTONIC. */
export type MonotonicNs = Brand<bigint, 'MonotonicNs'>;
/** Position in a packet, in bits from its first bit. */
export type BitOffset = Brand<number, 'BitOffset'>;
/** Position in a file or in memory, in bytes. */
export type ByteOffset = Brand<number, 'ByteOffset'>;

export const cycles = (value: bigint): Cycles => value as Cycles;
export const nsFromOrigin = (value: bigint): NsFromOrigin => value as NsFromOrigin;
export const monotonicNs = (value: bigint): MonotonicNs => value as MonotonicNs;
export const bitOffset = (value: number): BitOffset => value as BitOffset;
export const byteOffset = (value: number): ByteOffset => value as ByteOffset;
