/**
 * Checks of the options' arguments, with upstream's texts. Pure.
 */
import type { StartMessage } from './settings.ts';

/** Ranges of the numbers as upstream takes them, both ends allowed. */
const ranges = {
  'agent-tcp-port': { min: 1, max: 65534, outside: 'Port overflow in' },
  'event-notifier-error-buffer-size-kernel': { min: 1, max: 65534, outside: 'Value out of range for' },
  'event-notifier-error-buffer-size-userspace': { min: 1, max: 65534, outside: 'Value out of range for' },
} as const;

/** Largest number that upstream's parser takes for a number at all. */
const MAX_NUMBER = 2n ** 64n - 1n;

/** What is wrong with an option's argument, or null. `value` is null for a flag. */
export function checkArgument(name: string, value: string | null): StartMessage | null {
  if (value === null || name === 'config') return null;
  const range = Object.hasOwn(ranges, name) ? ranges[name as keyof typeof ranges] : null;
  // Differs from upstream: the option that is meant is named; upstream names its first option without a
  // short form when this one has none, because it looks the name up by that.
  if (value === '' && (range === null || name === 'agent-tcp-port')) {
    return { kind: 'warning', text: `Invalid argument provided for option "${name}", using default value.` };
  }
  if (range === null) return null;
  const number = parseNumber(value);
  if (number === null) return { kind: 'error', text: `Wrong value in --${name} parameter: ${value}` };
  if (number >= range.min && number <= range.max) return null;
  return { kind: 'error', text: `${range.outside} --${name} parameter: ${value}` };
}

/** Reads a number as C's strtoul does (0x, octal, trailing text), but only when it begins with a digit. */
export function parseNumber(text: string): bigint | null {
  const match = /^(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)/i.exec(text);
  if (match === null) return null;
  const digits = match[0];
  const number = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits);
  return number > MAX_NUMBER ? null : number;
}
