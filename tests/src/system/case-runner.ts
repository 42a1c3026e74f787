/**
 * Runs one file of recorded command lines with our programs, and prints the outcomes as JSON: an array for each
 * sequence. It runs inside an environment, because a session daemon takes sockets with fixed names.
 *
 *   node case-runner.js FILE APP
 *
 * Node's start is most of a command's time. So lines of `lttng` alone run in this process, and sequences that
 * start with a daemon share one, which has no session at their start. Sequences with a traced program or with
 * daemons of their own run as processes.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import {
  endProcess,
  type Outcome,
  runLineWithDaemon,
  runSequence,
  type Sequence,
} from '@lttng-ts/cli/testing';
import { commandOf, repositoryPath } from '../harness/environment.ts';

const TIMEOUT_MS = 240_000;
const PID_FILE = '/run/lttng/lttng-sessiond.pid';
const [file = '', appPath = ''] = process.argv.slice(2);
const { sequences }: { readonly sequences: readonly Sequence[] } = JSON.parse(readFileSync(file, 'utf8'));
const programs = { binFolder: repositoryPath('bin'), appPath };

const isShared = ({ app, needsRealDaemon, daemon }: Sequence): boolean =>
  app !== true && needsRealDaemon !== true && daemon !== false;

async function runShared(sequence: Sequence): Promise<readonly Outcome[]> {
  const shared = { ...programs, daemonLine: null, shortcut: runLineWithDaemon };
  const outcomes = await runSequence(sequence, shared, { timeoutMs: TIMEOUT_MS });
  await runLineWithDaemon('lttng destroy --all', '/nonexistent');
  return outcomes;
}

async function runAlone(sequence: Sequence): Promise<readonly Outcome[]> {
  mkdirSync('/run/lttng', { recursive: true });
  const daemonLine = 'lttng-sessiond --daemonize --no-kernel';
  return await runSequence(sequence, { ...programs, daemonLine }, { timeoutMs: TIMEOUT_MS });
}

/** Gives the process number of the daemon. */
function startDaemon(): number {
  const { status } = spawnSync(commandOf('ours', 'lttng-sessiond'), ['--daemonize', '--no-kernel']);
  if (status !== 0) throw new Error(`The session daemon does not start: status=${status}`);
  return Number(readFileSync(PID_FILE, 'utf8'));
}

const outcomes = new Map<Sequence, readonly Outcome[]>();
const pid = startDaemon();
for (const sequence of sequences.filter(isShared)) outcomes.set(sequence, await runShared(sequence));
await endProcess(pid, TIMEOUT_MS);
for (const sequence of sequences) {
  if (!isShared(sequence)) outcomes.set(sequence, await runAlone(sequence));
}
process.stdout.write(JSON.stringify(sequences.map((sequence) => outcomes.get(sequence))));
