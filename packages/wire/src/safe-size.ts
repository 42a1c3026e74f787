import { ProtocolError } from '@lttng-ts/base';

/**
 * Converts a 64-bit length or count from outside to a number; throws `ProtocolError` when it is above
 * `limit`. Call it before the allocation that the number decides.
 */
export function toSafeSize(value: bigint | number, what: string, limit: number): number {
  if (value < 0 || value > limit) {
    throw new ProtocolError(`Value out of range: what="${what}", value=${value}, limit=${limit}`);
  }
  return Number(value);
}
