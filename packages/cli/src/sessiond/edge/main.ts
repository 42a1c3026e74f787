/** Composition root of `lttng-sessiond`: words, environment and files in; a daemon, and an exit code, out. */
import { startInBackground, takeReadyFd } from '../../daemon/edge/background.ts';
import { configPaths, homeFolder, print, readText, showHelp, tell } from '../../daemon/edge/start-process.ts';
import { COMPATIBLE_VERSION } from '../../lttng/commands/version.ts';
import { STDERR, STDOUT } from '../../lttng/edge/write-all.ts';
import { decideStart } from '../settings.ts';

const PROGRAM = 'lttng-sessiond';

/** Runs this process's command line to its end. `programUrl`: the program's own file; the consumer is beside it. */
export async function runMain(programUrl: string): Promise<void> {
  process.exit(await run(programUrl));
}

async function run(programUrl: string): Promise<number> {
  const readyFd = takeReadyFd();
  const parentPid = process.ppid;
  const words = process.argv.slice(2);
  const home = homeFolder();
  const decision = decideStart({
    words,
    environment: process.env,
    configPaths: configPaths(home),
    readText,
  });
  // The first process has said it already.
  if (readyFd === null) for (const message of decision.messages) tell(PROGRAM, message);
  switch (decision.kind) {
    case 'refuse':
      return 1;
    case 'version':
      print(STDOUT, COMPATIBLE_VERSION);
      return 0;
    case 'help':
      return await showHelp(PROGRAM);
    case 'run': {
      const { settings } = decision;
      if (settings.mode === 'foreground' || readyFd !== null) {
        // The daemon itself is loaded where it runs: the process that only waits for it must start fast.
        const { serve } = await import('./serve.ts');
        return await serve({ settings, words, home, programUrl, readyFd, parentPid });
      }
      return await runInBackground(words);
    }
  }
}

async function runInBackground(words: readonly string[]): Promise<number> {
  const start = await startInBackground(words, PROGRAM);
  switch (start.kind) {
    case 'ready':
      return 0;
    case 'ended':
      return start.exitCode;
    case 'not-started':
      print(STDERR, `Error: Cannot start in the background: ${start.reason}`);
      return 1;
  }
}
