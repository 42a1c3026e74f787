/**
 * The recorded command lines (`packages/cli/cases`) with our commands and our daemon, compared with what the
 * original printed. Two test files share them, because each has a time limit.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { faultsOf, type Outcome, type Sequence } from '@lttng-ts/cli/testing';
import { Environment, repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { caseProgram } from '../harness/programs.ts';

const folder = repositoryPath('packages/cli/cases');
const DEADLINE_MS = 280_000;

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
  // Those of babeltrace2 have their own form and test.
  const files = readdirSync(folder).filter((name) => !name.startsWith('babeltrace2-'));
  const isMeant = (name: string): boolean => ACROSS.has(name) === (part === 'across');
  for (const file of files.filter(isMeant).sort()) {
    const path = join(folder, file);
    const { sequences }: { readonly sequences: readonly Sequence[] } = JSON.parse(readFileSync(path, 'utf8'));
    test(`our commands with our daemon print what the original prints: ${file}`, { skip }, async (t) => {
      await using environment = await Environment.create();
      const runner = join(import.meta.dirname, 'case-runner.js');
      const program = environment.start([process.execPath, runner, path, caseProgram()]);
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
