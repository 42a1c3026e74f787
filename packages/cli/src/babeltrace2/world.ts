/** The world around `babeltrace2`: what component classes need, and what the commands need besides. */
import type { LogLevel, Plugin } from '@lttng-ts/graph';
import type { Host, TextSlices } from '@lttng-ts/plugins';
import type { Progress } from './progress.ts';

/** Threads that print one text with this one. */
export interface TextJobs {
  readonly slices: TextSlices;
  /** Ends the text where it is. */
  end(): void;
  /** Exit status of those that failed; 0 when all is well. Rejects when one of them has a bug. */
  finished(): Promise<number>;
}

export interface Babeltrace2World {
  /** What component classes get. Its standard streams and environment are the program's, too. */
  readonly host: Host;
  /** Width of the terminal that shows standard error; `null` when there is none. */
  readonly columns: number | null;
  /** Shows how far a command is; `null` where nobody would see it. */
  readonly progress: Progress | null;
  /** Whether somebody wants the command to stop (SIGINT). */
  isInterrupted(): boolean;
  /** Waits, but not longer than until an interruption. */
  sleep(durationUs: number): Promise<void>;
  /** Lets what happened outside (signals, sockets) be noticed. */
  breathe(): Promise<void>;
  /** The plugins that come with the program, in their order. */
  builtInPlugins(): Promise<readonly Plugin[]>;
  /** The plugins in a folder, in the order of their files. Rejects when one cannot be loaded. */
  pluginsIn(folder: string): Promise<readonly Plugin[]>;
  /** Starts `count` threads that run the same words and print what lies between times, in nanoseconds. */
  startTextJobs?(cuts: readonly bigint[], count: number): TextJobs;
  /** In such a thread: what it has in common with the others. */
  readonly slices?: TextSlices;
  /** One log line on standard error. */
  writeLog(level: LogLevel, tag: string, message: string): void;
}
