/**
 * The recorded command lines (`packages/cli/cases`) with our commands and our daemon, compared with what the
 * original printed.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { faultsOf, type Outcome, type Sequence } from '@lttng-ts/cli/testing';
import { Environment, repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { caseProgram } from '../harness/programs.ts';

const skip = skipUnless('root', 'upstream', 'native');
const folder = repositoryPath('packages/cli/cases');
const DEADLINE_MS = 280_000;

// Those of babeltrace2 have their own form and test.
const files = readdirSync(folder).filter((name) => !name.startsWith('babeltrace2-'));
for (const file of files.sort()) {
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
