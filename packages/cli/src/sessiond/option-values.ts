/**
 * Checks of the options' arguments, with upstream's texts. Pure.
 */
import type { TraceFormat } from '@lttng-ts/protocols';
import { parseNumber, type StartMessage } from '../daemon/start.ts';

/** Ranges of the numbers as upstream takes them, both ends allowed. */
const ranges = {
  'agent-tcp-port': { min: 1, max: 65534, outside: 'Port overflow in' },
  'event-notifier-error-buffer-size-kernel': { min: 1, max: 65534, outside: 'Value out of range for' },
  'event-notifier-error-buffer-size-userspace': { min: 1, max: 65534, outside: 'Value out of range for' },
} as const;

export const TRACE_FORMATS = ['ctf-1.8', 'ctf-2'] as const satisfies readonly TraceFormat[];

export function isTraceFormat(text: string): text is TraceFormat {
  return (TRACE_FORMATS as readonly string[]).includes(text);
}

/** What is wrong with an option's argument, or null. `value` is null for a flag. */
export function checkArgument(name: string, value: string | null): StartMessage | null {
  if (value === null || name === 'config') return null;
  const range = Object.hasOwn(ranges, name) ? ranges[name as keyof typeof ranges] : null;
  // Differs from upstream: the option that is meant is named; upstream names its first option without a
  // short form when this one has none, because it looks the name up by that.
  if (value === '' && (range === null || name === 'agent-tcp-port')) {
    return { kind: 'warning', text: `Invalid argument provided for option "${name}", using default value.` };
  }
  if (name === 'default-trace-format' && !isTraceFormat(value)) {
    const text = `Wrong value in --${name} parameter: ${value} (there are ${TRACE_FORMATS.join(', ')})`;
    return { kind: 'error', text };
  }
  if (range === null) return null;
  const number = parseNumber(value);
  if (number === null) return { kind: 'error', text: `Wrong value in --${name} parameter: ${value}` };
  if (number >= range.min && number <= range.max) return null;
  return { kind: 'error', text: `${range.outside} --${name} parameter: ${value}` };
}
