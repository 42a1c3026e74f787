// @ts-check
/**
 * Runs the command lines of one file of `cases/` with the programs of `bin/` and prints their outcomes as JSON.
 * To be started in private namespaces (the tests' `Environment`): daemons take sockets with fixed names.
 *
 *   node packages/cli/tools/replay-transcripts.mjs NAME
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSequence } from '../dist/testing/transcripts.js';

const TIMEOUT_MS = 20_000;
const [name = ''] = process.argv.slice(2);
const path = join(import.meta.dirname, '..', 'cases', `${name}.json`);
/** @type {{ sequences: import('../dist/testing/transcripts.js').Sequence[] }} */
const { sequences } = JSON.parse(readFileSync(path, 'utf8'));
const binFolder = join(import.meta.dirname, '../../../bin');
const programs = { binFolder, daemonLine: 'lttng-sessiond --daemonize --no-kernel', appPath: null };
const outcomes = [];
for (const sequence of sequences) {
  mkdirSync('/run/lttng', { recursive: true });
  outcomes.push(await runSequence(sequence, programs, { timeoutMs: TIMEOUT_MS }));
}
console.log(JSON.stringify(outcomes));
