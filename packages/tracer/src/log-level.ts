/** Log levels of an event definition: `lttng enable-event --loglevel` with the prefix `TRACE_`. */

export const logLevels = {
  EMERG: 0,
  ALERT: 1,
  CRIT: 2,
  ERR: 3,
  WARNING: 4,
  NOTICE: 5,
  INFO: 6,
  DEBUG_SYSTEM: 7,
  DEBUG_PROGRAM: 8,
  DEBUG_PROCESS: 9,
  DEBUG_MODULE: 10,
  DEBUG_UNIT: 11,
  DEBUG_FUNCTION: 12,
  DEBUG_LINE: 13,
  DEBUG: 14,
} as const;

export type LogLevel = keyof typeof logLevels;

/** What an event without a level has, as in C. */
export const DEFAULT_LOG_LEVEL: LogLevel = 'DEBUG_LINE';
