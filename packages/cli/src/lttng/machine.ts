/** The world around a command, as far as it is not the session daemon: files, programs, time. */

import type { BuildInfo } from '@lttng-ts/base';
import type { SessionFiles } from '../saved-sessions/session-files.ts';
import type { LookAround } from './doctor/look-around.ts';

/** What starting a program came to. */
export type ProgramEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'killed'; readonly signal: number }
  | { readonly kind: 'not-started'; readonly reason: string };

export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder that holds this program; the daemon is looked for beside it. */
  readonly programFolder: string;
  /** Reads a whole text file: `null` when it is not there, `''` when it cannot be read. */
  readText(path: string): string | null;
  /** Says whether the text was written. */
  writeText(path: string, text: string): boolean;
  removeFile(path: string): void;
  /** Files of saved sessions. */
  sessionFiles(): Promise<SessionFiles>;
  buildInfo(): BuildInfo;
  /** For `doctor`. */
  readonly lookAround: LookAround;
  isExecutable(path: string): boolean;
  /** Makes a path absolute and follows the links in it as far as it exists; `null` when that is impossible. */
  expandPath(path: string): string | null;
  /** Runs a program with this one's standard streams (or none of them) to its end. */
  run(program: string, args: readonly string[], streams: 'inherited' | 'none'): Promise<ProgramEnd>;
  /** Whether people see the standard output. */
  isTerminal(): boolean;
  /** Columns of the terminal that shows the standard output; null where there is none. */
  terminalColumns(): number | null;
  /** The first number of a host in this version of the Internet Protocol, or null. */
  resolveHost(host: string, family: 4 | 6): Promise<string | null>;
  /** Whether somebody listens on a port of this machine. */
  isListening(port: number): Promise<boolean>;
  sleep(ms: number): Promise<void>;
  /** Calls `tick` every `periodMs` until the returned function is called. */
  every(periodMs: number, tick: () => void): () => void;
  /** Prints the traces below a folder as text on standard output; gives the exit code. */
  printTrace(path: string): Promise<number>;
  /**
   * Shows a manual page of these programs (`lttng-list`): `man` on this one's standard streams, or its text through
   * `print` where there is no `man`.
   */
  showManual(page: string, print: (text: string) => void): Promise<ProgramEnd>;
}

/** Folder of `.lttngrc`, of the per-user daemon and of traces. */
export function lttngHome(machine: Machine): string | null {
  return machine.environment['LTTNG_HOME'] ?? machine.environment['HOME'] ?? null;
}
