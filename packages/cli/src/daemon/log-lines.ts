/**
 * The lines of the daemon's log, in the form of upstream's: errors and warnings for people, everything
 * else with a level, the time of day and the thread (`DBG1 - 12:00:00.123456789 [Main]: …`). Pure.
 */
import type { Log, LogLevel } from '@lttng-ts/sessiond';

export interface LogChoices {
  readonly isQuiet: boolean;
  /** 0 to 3: what upstream's -v, -vv and -vvv give. */
  readonly verbosity: number;
}

export interface LogWorld {
  /** Nanoseconds since the epoch, now. */
  readonly nowNs: () => bigint;
  /** Offset of local time from UTC at a time in milliseconds, in minutes, east positive. */
  readonly utcOffsetMinutes: (timeMs: number) => number;
  readonly write: (line: string) => void;
}

/** The verbosity from which a level is shown, and its name in upstream's log. */
const debugLevels = {
  info: { verbosity: 1, name: 'DBG1' },
  debug: { verbosity: 2, name: 'DBG2' },
} as const;

const NS_PER_MINUTE = 60_000_000_000n;
const NS_PER_DAY = 1440n * NS_PER_MINUTE;

/** Makes the log. */
export function daemonLog({ isQuiet, verbosity }: LogChoices, world: LogWorld): Log {
  return (level, message) => {
    if (isQuiet) return;
    if (level === 'error' || level === 'warning') world.write(`${prefixes[level]}: ${message}\n`);
    else if (verbosity >= debugLevels[level].verbosity) {
      world.write(`${debugLevels[level].name} - ${timeOfDay(world)} [Main]: ${message}\n`);
    }
  };
}

const prefixes = { error: 'Error', warning: 'Warning' } as const satisfies Partial<Record<LogLevel, string>>;

/** Local time as `HH:MM:SS.nnnnnnnnn`. */
function timeOfDay({ nowNs, utcOffsetMinutes }: LogWorld): string {
  const now = nowNs();
  const offsetNs = BigInt(utcOffsetMinutes(Number(now / 1_000_000n))) * NS_PER_MINUTE;
  const ofDay = (now + offsetNs) % NS_PER_DAY;
  const part = (unitNs: bigint, count: bigint): string => String((ofDay / unitNs) % count).padStart(2, '0');
  const nanoseconds = String(ofDay % 1_000_000_000n).padStart(9, '0');
  return `${part(3_600_000_000_000n, 24n)}:${part(NS_PER_MINUTE, 60n)}:${part(1_000_000_000n, 60n)}.${nanoseconds}`;
}
