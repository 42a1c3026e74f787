/** Log levels of the UST domain: numbers in the ABI and in metadata, names as users see them. */

/** Numbers by the name that `lttng enable-event --loglevel` takes; lower is more severe. */
export const ustLogLevels = {
  TRACE_EMERG: 0,
  TRACE_ALERT: 1,
  TRACE_CRIT: 2,
  TRACE_ERR: 3,
  TRACE_WARNING: 4,
  TRACE_NOTICE: 5,
  TRACE_INFO: 6,
  TRACE_DEBUG_SYSTEM: 7,
  TRACE_DEBUG_PROGRAM: 8,
  TRACE_DEBUG_PROCESS: 9,
  TRACE_DEBUG_MODULE: 10,
  TRACE_DEBUG_UNIT: 11,
  TRACE_DEBUG_FUNCTION: 12,
  TRACE_DEBUG_LINE: 13,
  TRACE_DEBUG: 14,
} as const;

export type UstLogLevelName = keyof typeof ustLogLevels;

/** What a tracepoint without log level has. */
export const DEFAULT_UST_LOG_LEVEL = ustLogLevels.TRACE_DEBUG_LINE;

const namesByNumber = new Map(
  Object.entries(ustLogLevels).map(([name, number]) => [number as number, name as UstLogLevelName]),
);

/** Name of a log level, or `null` for a number outside the table. */
export function findUstLogLevelName(level: number): UstLogLevelName | null {
  return namesByNumber.get(level) ?? null;
}

/** How an enabler compares log levels. */
export const ustLogLevelTypes = { all: 0, range: 1, single: 2 } as const;
export type UstLogLevelType = keyof typeof ustLogLevelTypes;

/** Whether an event of `level` is matched by an enabler's log level rule. */
export function matchesUstLogLevel(type: number, requested: number, level: number): boolean {
  switch (type) {
    case ustLogLevelTypes.range:
      return requested === -1 || level <= requested;
    case ustLogLevelTypes.single:
      return requested === -1 || level === requested;
    default:
      return level <= ustLogLevels.TRACE_DEBUG;
  }
}
