/**
 * Runs sequences of command lines through our `lttng` in this process, with a daemon in memory: fast, and
 * without the machine's daemons. Lines that need a shell around `lttng` give no outcome.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlCaller } from '../lttng/control-caller.ts';
import { ControlConnection } from '../lttng/edge/control-connection.ts';
import { controlSocketPaths } from '../lttng/edge/daemon-sockets.ts';
import { nodeMachine } from '../lttng/edge/node-machine.ts';
import { runLttng } from '../lttng/run.ts';
import { FakeDaemon } from './fake-daemon.ts';
import { mask, type Outcome, type Sequence, type Step } from './transcripts.ts';

/** Words of a simple command line: quotes, no other syntax; `null` when it needs a shell. */
function wordsOf(shellLine: string, home: string): readonly string[] | null {
  // Names of a certain length, and folders, are written with the shell's means.
  const known = shellLine.replaceAll('$PWD', join(home, 'work')).replaceAll('$LTTNG_HOME', home);
  const line = known.replaceAll(/\$\(printf '(.)%\.0s' \$\(seq 1 (\d+)\)\)/g, (_, letter, count) =>
    String(letter).repeat(Number(count)),
  );
  const isSimple = /^lttng( |$)/.test(line) && !/[`|>;]|\$\(/.test(line.replaceAll(/'[^']*'/g, ''));
  if (!isSimple) return null;
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+|''/g) ?? [];
  return words.slice(1).map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

/** Runs one line in this process; `null` when it is not one of `lttng`, or needs a shell. */
async function runLine(
  line: string,
  home: string,
  clientFor: (group: string) => ControlCaller,
): Promise<Outcome | null> {
  const words = wordsOf(line, home);
  if (words === null) return null;
  const environment = { HOME: home, LTTNG_HOME: home };
  let [stdout, stderr] = ['', ''];
  const exitCode = await runLttng(words, {
    machine: nodeMachine({ programFolder: '/nonexistent', environment, workingFolder: join(home, 'work') }),
    streams: { stdout: (text) => (stdout += text), stderr: (text) => (stderr += text) },
    clientFor,
  });
  return { stdout: mask(stdout, home).split('\n'), stderr: mask(stderr, home).split('\n'), exitCode };
}

/** The same with the daemon that runs in this process's namespaces. */
export async function runLineWithDaemon(line: string, home: string): Promise<Outcome | null> {
  const connections: ControlConnection[] = [];
  try {
    return await runLine(line, home, (group) => {
      const connection = new ControlConnection(controlSocketPaths(group, home));
      connections.push(connection);
      return connection;
    });
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function runStep({ line }: Step, home: string, daemon: FakeDaemon): Promise<Outcome | null> {
  const outcome = await runLine(line, home, () => daemon);
  if (outcome !== null || /(^|[;&|(] *|=.* )lttng /.test(line)) return outcome;
  try {
    const env = { ...process.env, HOME: home, LTTNG_HOME: home };
    execFileSync('/bin/sh', ['-c', line], { cwd: join(home, 'work'), stdio: 'ignore', env });
  } catch {
    // The exit code of these lines (`cat` of a file that is gone) is not ours to compare.
  }
  return null;
}

/** Runs a sequence from a fresh home folder; `null` for lines that were not for us. */
export async function runInProcess(
  sequence: Sequence,
  daemon: FakeDaemon = new FakeDaemon(),
): Promise<readonly (Outcome | null)[]> {
  const home = mkdtempSync(join(tmpdir(), 'lttng-case-'));
  mkdirSync(join(home, 'work'));
  daemon.isRunning = sequence.daemon !== false;
  const outcomes: (Outcome | null)[] = [];
  try {
    for (const step of sequence.steps) outcomes.push(await runStep(step, home, daemon));
    return outcomes;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
