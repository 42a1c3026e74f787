/**
 * The course of every daemon's command line: decided, then refused, answered, served, or started in the background.
 */
import { COMPATIBLE_VERSION } from '../../lttng/commands/version.ts';
import { showHelp } from '../../lttng/edge/show-help.ts';
import { STDERR, STDOUT } from '../../lttng/edge/write-all.ts';
import type { StartDecision, StartMode, StartRequest } from '../start.ts';
import { startInBackground, takeReadyFd } from './background.ts';
import { configPaths, homeFolder, print, readText, tell } from './start-process.ts';

/** What the process that serves must know of its start. */
export interface StartedProcess {
  /** The command line, for the process's title. */
  readonly words: readonly string[];
  readonly home: string | null;
  /** Pipe to the process that waits for readiness, or null. */
  readonly readyFd: number | null;
  /** The process that started this one, from before anything was waited for. */
  readonly parentPid: number;
}

export interface DaemonProgram<Settings extends { readonly mode: StartMode }> {
  readonly name: string;
  readonly decide: (request: StartRequest) => StartDecision<Settings>;
  /**
   * Serves until it is told to stop; gives the exit code. It loads the daemon: the process that only waits for that
   * must start fast.
   */
  readonly serve: (settings: Settings, started: StartedProcess) => Promise<number>;
}

const FAILED = 1;

/** Runs this process's command line to its end, and the process with it. */
export async function runDaemon<Settings extends { readonly mode: StartMode }>(
  program: DaemonProgram<Settings>,
): Promise<void> {
  process.exit(await run(program));
}

async function run<Settings extends { readonly mode: StartMode }>({
  name,
  decide,
  serve,
}: DaemonProgram<Settings>): Promise<number> {
  const readyFd = takeReadyFd();
  const parentPid = process.ppid;
  const words = process.argv.slice(2);
  const home = homeFolder();
  const decision = decide({ words, environment: process.env, configPaths: configPaths(home), readText });
  // The first process has said it already.
  if (readyFd === null) for (const message of decision.messages) tell(name, message);
  switch (decision.kind) {
    case 'refuse':
      return FAILED;
    case 'version':
      print(STDOUT, COMPATIBLE_VERSION);
      return 0;
    case 'help':
      return await showHelp(name);
    case 'run': {
      const { settings } = decision;
      const servesHere = settings.mode === 'foreground' || readyFd !== null;
      return servesHere
        ? await serve(settings, { words, home, readyFd, parentPid })
        : await runInBackground(words, name);
    }
  }
}

async function runInBackground(words: readonly string[], name: string): Promise<number> {
  const start = await startInBackground(words, name);
  switch (start.kind) {
    case 'ready':
      return 0;
    case 'ended':
      return start.exitCode;
    case 'not-started':
      print(STDERR, `Error: Cannot start in the background: ${start.reason}`);
      return FAILED;
  }
}
