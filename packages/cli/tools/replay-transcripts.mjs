// @ts-check
/**
 * Runs the command lines of one file of `cases/` with the programs of `bin/`, prints what comes out otherwise than
 * recorded, and fails then. To be started in private namespaces (the tests' `Environment`): daemons take
 * sockets with fixed names.
 *
 *   node packages/cli/tools/replay-transcripts.mjs NAME
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { comparable, expectedOfOurs, runSequence } from '../dist/testing/transcripts.js';

const TIMEOUT_MS = 20_000;
const [name = ''] = process.argv.slice(2);
const path = join(import.meta.dirname, '..', 'cases', `${name}.json`);
/** @type {{ sequences: import('../dist/testing/transcripts.js').Sequence[] }} */
const { sequences } = JSON.parse(readFileSync(path, 'utf8'));
const binFolder = join(import.meta.dirname, '../../../bin');
const programs = { binFolder, daemonLine: 'lttng-sessiond --daemonize --no-kernel', appPath: null };
let lineCount = 0;
for (const sequence of sequences) {
  mkdirSync('/run/lttng', { recursive: true });
  const outcomes = await runSequence(sequence, programs, { timeoutMs: TIMEOUT_MS });
  for (const [index, step] of sequence.steps.entries()) {
    lineCount++;
    const expected = comparable(step.line, expectedOfOurs(step));
    const seen = /** @type {Record<string, unknown>} */ ({
      ...comparable(step.line, outcomes[index] ?? {}),
    });
    const compared = Object.fromEntries(Object.keys(expected).map((key) => [key, seen[key]]));
    if (isDeepStrictEqual(compared, expected)) continue;
    console.log(
      `$ ${step.line}\n  expected ${JSON.stringify(expected)}\n  seen     ${JSON.stringify(compared)}`,
    );
    process.exitCode = 1;
  }
}
if (process.exitCode === undefined) console.log(`${lineCount} lines, no difference`);
