/** Composition root of `lttng-crash`: words and files in; traces, or their text, and an exit code out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { versionInfo } from '../../lttng/commands/version.ts';
import { nodeMachine } from '../../lttng/edge/node-machine.ts';
import { showHelp } from '../../lttng/edge/show-help.ts';
import { STDERR, STDOUT, writeAll } from '../../lttng/edge/write-all.ts';
import { type CrashDecision, decideCrash, optionList } from '../decide.ts';
import { extractTraces } from './extract-traces.ts';

type Recovery = Extract<CrashDecision, { kind: 'recover' }>;

const say = (text: string): void => writeAll(STDERR, Buffer.from(`${text}\n`));
const print = (text: string): void => writeAll(STDOUT, Buffer.from(text));

/** Runs this process's command line to its end. */
export async function runMain(): Promise<void> {
  process.exit(await run(process.argv.slice(2)));
}

async function run(words: readonly string[]): Promise<number> {
  const decision = decideCrash(words);
  switch (decision.kind) {
    case 'version':
      print(versionLine());
      return 0;
    case 'list-options':
      print(optionList());
      return 0;
    case 'help':
      return await showHelp('lttng-crash');
    case 'refuse':
      for (const line of decision.lines) say(line);
      return 1;
    case 'recover':
      return decision.extractPath === null ? await show(decision) : extract(decision, decision.extractPath);
  }
}

/** Differs from upstream: errors name the path and the system call instead of a line of source code. */
function extract({ folder, isVerbose }: Recovery, path: string): number {
  try {
    extractTraces(folder, path, {
      debug: (text) => {
        if (isVerbose) say(`DEBUG - ${text}`);
      },
      warning: (text) => say(`Warning: ${text}`),
    });
    return 0;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    say(`Error: ${error.message}`);
    return 1;
  }
}

async function show(recovery: Recovery): Promise<number> {
  const { viewer } = recovery;
  const place = mkdtempSync(join(tmpdir(), 'lttng-crash-'));
  try {
    const traces = join(place, 'traces');
    const status = extract(recovery, traces);
    if (status !== 0) return status;
    // Differs from upstream: the built-in reader is the default; upstream starts babeltrace2 or babeltrace.
    if (viewer === null) return await machine().printTrace(traces);
    const [program = '', ...words] = viewer.split(' ').filter((word) => word !== '');
    const end = await machine().run(program, [...words, traces], 'inherited');
    // Differs from upstream: a viewer that cannot be started, or that fails, is a failure of this program too.
    if (end.kind === 'exited') return end.exitCode;
    if (end.kind === 'killed') return 128 + end.signal;
    say(`Error: Failed to launch "${viewer}" viewer: ${end.reason}`);
    return 1;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function versionLine(): string {
  const { compatibleVersion, name } = versionInfo(machine().buildInfo());
  return `lttng-crash (LTTng Crash Trace Viewer) ${compatibleVersion} - ${name}\n`;
}

function machine() {
  const programFile = process.argv[1] ?? '';
  return nodeMachine({ programFolder: dirname(programFile), programFile });
}
