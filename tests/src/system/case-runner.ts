/**
 * Runs one file of recorded command lines with our programs, and prints the outcomes as JSON: an array for each
 * sequence. It runs inside an environment, because a session daemon takes sockets with fixed names.
 *
 *   node case-runner.js FILE APP
 *
 * Lines of `lttng` alone run in this process with the real daemon: most of their time is Node's start. Sequences
 * with a traced program, and lines that need a shell, run as processes.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { runLineWithDaemon, runSequence, type Sequence } from '@lttng-ts/cli/testing';
import { repositoryPath } from '../harness/environment.ts';

const TIMEOUT_MS = 60_000;
const [file = '', appPath = ''] = process.argv.slice(2);
const { sequences }: { readonly sequences: readonly Sequence[] } = JSON.parse(readFileSync(file, 'utf8'));

const outcomes = [];
for (const sequence of sequences) {
  mkdirSync('/run/lttng', { recursive: true });
  const isWhole = sequence.app === true || sequence.needsRealDaemon === true;
  const programs = {
    binFolder: repositoryPath('bin'),
    daemonLine: 'lttng-sessiond --daemonize --no-kernel',
    appPath,
    ...(isWhole ? {} : { shortcut: runLineWithDaemon }),
  };
  outcomes.push(await runSequence(sequence, programs, { timeoutMs: TIMEOUT_MS }));
}
process.stdout.write(JSON.stringify(outcomes));
