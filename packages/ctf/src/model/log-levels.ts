/** LTTng's log levels: numbers in CTF 1.8, names in CTF 2's attributes. */

/** By number. */
export const LOG_LEVEL_NAMES = [
  'emergency',
  'alert',
  'critical',
  'error',
  'warning',
  'notice',
  'info',
  'debug:system',
  'debug:program',
  'debug:process',
  'debug:module',
  'debug:unit',
  'debug:function',
  'debug:line',
  'debug',
] as const;

/** The number of a level; `null` for an unknown name. */
export function logLevelOfName(name: string): number | null {
  const level = (LOG_LEVEL_NAMES as readonly string[]).indexOf(name);
  return level < 0 ? null : level;
}
