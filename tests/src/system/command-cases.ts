/**
 * The recorded command lines (`packages/cli/cases`) with our commands and our daemon, compared with what the
 * original printed. Two test files share them, because each has a time limit.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { faultsOf, type Outcome, recordedFiles } from '@lttng-ts/cli/testing';
import { Environment } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { caseProgram } from '../harness/programs.ts';

const DEADLINE_MS = 880_000;

/** Cases that are not about one command of `lttng`. */
const ACROSS: ReadonlySet<string> = new Set([
  'general.json',
  'mi.json',
  'network.json',
  'options.json',
  'order-of-checks.json',
  'refusals.json',
  'relayd.json',
  'sessiond.json',
]);

/** Tests every file of cases of that part: about one command each, or across commands and daemons. */
export function testCases(part: 'one-command' | 'across'): void {
  const skip = skipUnless('root', 'upstream', 'native');
  for (const { name, path, sequences } of recordedFiles()) {
    if (ACROSS.has(name) !== (part === 'across')) continue;
    test(`our commands with our daemon print what the original prints: ${name}`, { skip }, async (t) => {
      await using environment = await Environment.create();
      const runner = join(import.meta.dirname, 'case-runner.js');
      const words = [runner, path, caseProgram()];
      const program = environment.start([process.execPath, ...words], environment.temporary);
      const { stdout, stderr, status } = await program.finished(DEADLINE_MS);
      assert.equal(status, 0, stderr);
      const outcomes: readonly (readonly Outcome[])[] = JSON.parse(stdout);
      for (const [index, sequence] of sequences.entries()) {
        await t.test(sequence.title, () => {
          const seen = outcomes[index] ?? [];
          assert.equal(seen.length, sequence.steps.length);
          const faults = faultsOf(sequence, seen);
          assert.equal(faults.length, 0, `\n${faults.join('\n')}`);
        });
      }
    });
  }
}
