/** Log levels of user space tracepoints: number, name, and the spellings of the command line. */

/** Names by number, without the prefix `TRACE_`; 0 is the most severe. */
export const logLevelNames = [
  'EMERG',
  'ALERT',
  'CRIT',
  'ERR',
  'WARNING',
  'NOTICE',
  'INFO',
  'DEBUG_SYSTEM',
  'DEBUG_PROGRAM',
  'DEBUG_PROCESS',
  'DEBUG_MODULE',
  'DEBUG_UNIT',
  'DEBUG_FUNCTION',
  'DEBUG_LINE',
  'DEBUG',
] as const;

/** Finds a level by name: `INFO`, `TRACE_INFO`, in either case. Numbers are refused, as upstream does. */
export function findLogLevel(text: string): number | null {
  const name = text.toUpperCase().replace(/^TRACE_/, '');
  const level = (logLevelNames as readonly string[]).indexOf(name);
  return level < 0 ? null : level;
}

/** The name as upstream prints it. */
export function logLevelText(level: number): string {
  const name = logLevelNames[level];
  return name === undefined ? 'UNKNOWN' : `TRACE_${name}`;
}
