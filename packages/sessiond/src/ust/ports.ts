/**
 * What the application side needs of the world. `edge/` gives the real ones; tests give their own.
 */
import type { ApplicationIdentity, Credentials } from './core/registration-table.ts';

export type LogLevel = 'error' | 'warning' | 'info' | 'debug';

/** Lines for the daemon's log. */
export type Log = (level: LogLevel, message: string) => void;

/** Runs callbacks later. */
export interface Timers {
  /** Calls `callback` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The two sockets of an application, as their owner sees them. */
export interface ApplicationSockets {
  sendCommand(bytes: Uint8Array, fds: readonly number[]): void;
  sendNotify(bytes: Uint8Array): void;
  /** Closes both. No callback of the listener follows. */
  close(): void;
}

/** What an application's sockets report. */
export interface ApplicationSocketsListener {
  receiveCommandBytes(bytes: Uint8Array): void;
  receiveNotifyBytes(bytes: Uint8Array): void;
  /** One of the sockets has ended, or broke. */
  end(reason: string): void;
}

/** Takes over the sockets of a new application. */
export type OnApplication = (
  identity: ApplicationIdentity,
  sockets: ApplicationSockets,
) => ApplicationSocketsListener;

/** What one machine and one moment say, for the head of metadata. */
export interface TraceHost {
  readonly hostname: string;
  /** Entries of every trace's environment beside LTTng's own. */
  readonly environment: ReadonlyMap<string, string>;
  /** Boot id, or null when it cannot be read. */
  readonly bootId: string | null;
  /** Realtime minus monotonic clock, sampled now. */
  clockOffsetNs(): bigint;
  /** A random UUID, lower case with dashes. */
  newUuid(): string;
  /** Seconds since the epoch, now. */
  nowS(): number;
  /** Offset of local time from UTC at a time, in minutes, east positive. */
  utcOffsetMinutes(timeS: number): number;
}

/** A process that has shared memory in its address space, or could have it. */
export interface MemoryUser {
  readonly pid: number;
  readonly name: string;
}

/** Who uses shared memory. Processes that this daemon cannot see are nobody's. */
export interface MemoryUsers {
  /**
   * Processes that map one of the files; those that may not be looked into count when they began after `sinceS`
   * (seconds since the epoch).
   */
  usersOf(fds: readonly number[], sinceS: number): Promise<readonly MemoryUser[]>;
  /**
   * `stopped`: by a signal or a debugger. `gone`: ended, whoever still has its sockets. A process in another process
   * namespace has the number 0 here, and runs for all that is known.
   */
  stateOf(pid: number): 'running' | 'stopped' | 'gone';
}

export type { Credentials };
