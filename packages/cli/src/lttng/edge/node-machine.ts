/** The real machine under a command: Node's files, processes and timers. */
import {
  accessSync,
  constants,
  fstatSync,
  readFileSync,
  realpathSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants as osConstants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Machine, ProgramEnd } from '../machine.ts';
import { readBuildInfo } from './read-build-info.ts';

/** Numbers of devices that are terminals: consoles, and both kinds of pseudo-terminals (devices.txt of Linux). */
const TERMINAL_MAJORS = [
  [4, 5],
  [136, 143],
] as const;
const STDOUT = 1;
/** Mode of `.lttngrc`. */
const PRIVATE_FILE_MODE = 0o644;
const TERMINAL_SIGNALS = ['SIGINT', 'SIGQUIT'] as const;
/** strerror(3) of what execve(2) may say. */
const EXEC_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
};

/** What tests replace. */
export interface MachineChoices {
  /** Where the daemon is looked for. */
  readonly programFolder: string;
  /** The program's file; its manual pages are found from there. */
  readonly programFile?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly workingFolder?: string;
}

/** The machine that this process runs on. */
export function nodeMachine({
  programFolder,
  programFile = join(programFolder, 'lttng'),
  environment = process.env,
  workingFolder = process.cwd(),
}: MachineChoices): Machine {
  const machine: Machine = {
    environment,
    programFolder,
    readText,
    writeText: (path, text) => succeeds(() => writeFileSync(path, text, { mode: PRIVATE_FILE_MODE })),
    removeFile: (path) => {
      succeeds(() => unlinkSync(path));
    },
    sessionFiles: async () => {
      const { nodeSessionFiles } = await import('../../saved-sessions/edge/node-session-files.ts');
      return nodeSessionFiles(workingFolder);
    },
    lookAround: async (...request) => {
      const { lookAround } = await import('./look-around.ts');
      return await lookAround(...request);
    },
    buildInfo: () => readBuildInfo(dirname(expandPath(workingFolder, programFile) ?? programFile)),
    isExecutable: (path) => succeeds(() => accessSync(path, constants.X_OK)),
    expandPath: (path) => expandPath(workingFolder, path),
    run: (program, args, streams) => run(environment, program, args, streams),
    isTerminal,
    terminalColumns: () => (isTerminal() ? (process.stdout.columns ?? null) : null),
    resolveHost: async (host, family) => {
      const { resolveHost } = await import('./resolve-host.ts');
      return await resolveHost(host, family);
    },
    isListening: async (port) => {
      const { createConnection } = await import('node:net');
      return await new Promise((settle) => {
        const socket = createConnection({ port, host: '127.0.0.1' });
        const end = (isListening: boolean): void => {
          socket.destroy();
          settle(isListening);
        };
        socket.once('connect', () => end(true));
        socket.once('error', () => end(false));
      });
    },
    sleep: async (ms) => {
      await new Promise((wake) => setTimeout(wake, ms));
    },
    every: (periodMs, tick) => {
      const timer = setInterval(tick, periodMs);
      return () => clearInterval(timer);
    },
    printTrace: async (path) => {
      // The reader is loaded for `view` only: other commands must start fast.
      const { printTrace } = await import('../../babeltrace2/edge/program.ts');
      return printTrace(path);
    },
    showManual: async (page, print) => {
      const { showManual } = await import('../../documentation/show-manual.ts');
      const file = expandPath(workingFolder, programFile) ?? programFile;
      return await showManual(page, { machine, realProgramFolder: dirname(file), print });
    },
  };
  return machine;
}

/** By the kind of the file: Node's own test loads a module that commands do without. */
function isTerminal(): boolean {
  let status: Stats;
  try {
    status = fstatSync(STDOUT);
  } catch {
    // It is closed: nobody sees it.
    return false;
  }
  const { rdev, mode } = status;
  const isCharacterDevice = (mode & constants.S_IFMT) === constants.S_IFCHR;
  const major = (rdev >> 8) & 0xfff;
  return isCharacterDevice && TERMINAL_MAJORS.some(([first, last]) => major >= first && major <= last);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : '';
  }
}

/** Runs `call` and says whether the system accepted it. */
function succeeds(call: () => void): boolean {
  try {
    call();
    return true;
  } catch {
    // The caller tells the user what could not be done.
    return false;
  }
}

/** Links are followed in the part of the path that exists; the rest is kept as it is. */
function expandPath(workingFolder: string, path: string): string | null {
  const absolute = resolve(workingFolder, path);
  const hasSlash = path === '' || (path.endsWith('/') && absolute !== '/');
  const rest: string[] = [];
  for (let existing = absolute; ; existing = dirname(existing)) {
    try {
      const real = join(realpathSync(existing), ...rest);
      return hasSlash ? `${real}/` : real;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return null;
      rest.unshift(existing.slice(dirname(existing).length).replace(/^\//, ''));
    }
  }
}

async function run(
  environment: NodeJS.ProcessEnv,
  program: string,
  args: readonly string[],
  streams: 'inherited' | 'none',
): Promise<ProgramEnd> {
  // Node refuses an empty name by an exception.
  if (program === '') return { kind: 'not-started', reason: EXEC_REASONS['ENOENT'] ?? '' };
  // Loaded for the few commands that start a program: all others must start fast.
  const { spawn } = await import('node:child_process');
  const stdio = streams === 'inherited' ? 'inherit' : 'ignore';
  // The keys of a terminal reach both programs; what becomes of them is up to the one that was started.
  if (streams === 'inherited') for (const signal of TERMINAL_SIGNALS) process.on(signal, () => undefined);
  const child = spawn(program, [...args], { stdio, env: environment });
  return await new Promise<ProgramEnd>((settle) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      settle({ kind: 'not-started', reason: EXEC_REASONS[error.code ?? ''] ?? error.message });
    });
    child.once('exit', (exitCode, signal) => {
      if (signal === null) settle({ kind: 'exited', exitCode: exitCode ?? 1 });
      else settle({ kind: 'killed', signal: osConstants.signals[signal] });
    });
  });
}
