/** Names and letters of log levels. */
import { LOG_LEVELS, type LogLevel } from '@lttng-ts/graph';

const SPELLINGS: Readonly<Record<string, LogLevel>> = {
  TRACE: 'trace',
  T: 'trace',
  DEBUG: 'debug',
  D: 'debug',
  INFO: 'info',
  I: 'info',
  WARN: 'warning',
  WARNING: 'warning',
  W: 'warning',
  ERROR: 'error',
  E: 'error',
  FATAL: 'fatal',
  F: 'fatal',
  NONE: 'none',
  N: 'none',
};

/** The level that a word or a letter means, or `null`. */
export function parseLogLevel(text: string): LogLevel | null {
  return Object.hasOwn(SPELLINGS, text) ? SPELLINGS[text]! : null;
}

/** The one of two levels that says more; `null` is no level. */
export function moreVerbose(first: LogLevel | null, second: LogLevel): LogLevel {
  if (first === null) return second;
  return LOG_LEVELS.indexOf(first) < LOG_LEVELS.indexOf(second) ? first : second;
}

/** Upstream's letter of a level. */
export const letterOf = (level: LogLevel): string => level.charAt(0).toUpperCase();
