/** Composition root of `lttng-sessiond`: words, environment and files in; a daemon, and an exit code, out. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMPATIBLE_VERSION } from '../../lttng/commands/version.ts';
import { STDERR, STDOUT, writeAll } from '../../lttng/edge/write-all.ts';
import { decideStart, type StartMessage } from '../settings.ts';
import { startInBackground, takeReadyFd } from './background.ts';

const SYSTEM_CONFIG = '/etc/lttng/lttng.conf';

/** Runs this process's command line to its end. `programUrl`: the program's own file; the consumer is beside it. */
export async function runMain(programUrl: string): Promise<void> {
  process.exit(await run(programUrl));
}

async function run(programUrl: string): Promise<number> {
  const readyFd = takeReadyFd();
  const parentPid = process.ppid;
  const words = process.argv.slice(2);
  const home = process.env['LTTNG_HOME'] ?? process.env['HOME'] ?? null;
  const decision = decideStart({
    words,
    environment: process.env,
    configPaths: [SYSTEM_CONFIG, ...(home === null ? [] : [join(home || '/', '.lttng/lttng.conf')])],
    readText,
  });
  // The first process has said it already.
  if (readyFd === null) for (const message of decision.messages) print(STDERR, lineOf(message));
  switch (decision.kind) {
    case 'refuse':
      return 1;
    case 'version':
      print(STDOUT, COMPATIBLE_VERSION);
      return 0;
    case 'help':
      return await showHelp();
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
  const start = await startInBackground(words);
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

async function showHelp(): Promise<number> {
  // Loaded here only: the daemon must start fast.
  const { nodeMachine } = await import('../../lttng/edge/node-machine.ts');
  const programFile = process.argv[1] ?? '';
  const machine = nodeMachine({ programFolder: dirname(programFile), programFile });
  const end = await machine.showManual('lttng-sessiond', (text) => writeAll(STDOUT, Buffer.from(text)));
  switch (end.kind) {
    case 'exited':
      return end.exitCode;
    case 'killed':
      return 128 + end.signal;
    case 'not-started':
      print(STDERR, `Error: Cannot show --help for \`lttng-sessiond\`\nexec: ${end.reason}`);
      return 1;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // A folder can be opened, and holds no settings.
    return (error as NodeJS.ErrnoException).code === 'EISDIR' ? '' : null;
  }
}

function lineOf({ kind, text }: StartMessage): string {
  switch (kind) {
    case 'refusal':
      return `lttng-sessiond: ${text}`;
    case 'error':
      return `Error: ${text}`;
    case 'warning':
      return `Warning: ${text}`;
  }
}

const print = (fd: number, text: string): void => writeAll(fd, Buffer.from(`${text}\n`));
