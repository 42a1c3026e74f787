/** The world around `babeltrace2`: what component classes need, and what the commands need besides. */
import type { LogLevel, Plugin } from '@lttng-ts/graph';
import type { Host, TextThreads } from '@lttng-ts/plugins';
import type { Progress } from './progress.ts';

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
  builtInPlugins(): readonly Plugin[];
  /** The plugins in a folder, in the order of their files. Rejects when one cannot be loaded. */
  pluginsIn(folder: string): Promise<readonly Plugin[]>;
  /** As many threads beside this one as are to print its text. Not given where there are none. */
  textThreads?(count: number): TextThreads;
  /** One log line on standard error. */
  writeLog(level: LogLevel, tag: string, message: string): void;
}
