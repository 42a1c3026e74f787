/**
 * The command lines of `cases/` through our `lttng`, in this process and with a daemon in memory, compared
 * with what the original printed. Lines that need a shell, a viewer or a traced program are left to the
 * system tests, which run the same files with real daemons.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInProcess } from '../testing/in-process.ts';
import { comparable, expectedOfOurs, type Outcome, type Sequence } from '../testing/transcripts.ts';

const casesFolder = join(import.meta.dirname, '..', '..', 'cases');

/** The lines that only one of two outcomes has. */
function differenceOf(expected: Partial<Outcome>, seen: Partial<Outcome>): string {
  const lines = ({ stdout = [], stderr = [], exitCode = -1 }: Partial<Outcome>): readonly string[] => [
    ...stdout.map((line) => `stdout ${line}`),
    ...stderr.map((line) => `stderr ${line}`),
    `exit code ${exitCode}`,
  ];
  const [wanted, got] = [lines(expected), lines(seen)];
  return [
    ...wanted.filter((line) => !got.includes(line)).map((line) => `  - ${line}`),
    ...got.filter((line) => !wanted.includes(line)).map((line) => `  + ${line}`),
    ...(wanted.length === got.length ? [] : [`  lines: ${wanted.length} expected, ${got.length} seen`]),
  ].join('\n');
}

async function compareSequence(sequence: Sequence): Promise<void> {
  const outcomes = await runInProcess(sequence);
  const faults = sequence.steps.flatMap((step, index) => {
    const outcome = outcomes[index] ?? null;
    if (outcome === null) return [];
    const expected = comparable(step.line, expectedOfOurs(step));
    const seen = comparable(step.line, outcome);
    const compared = Object.fromEntries(
      Object.keys(expected).map((key) => [key, seen[key as keyof Outcome]]),
    );
    const isEqual = JSON.stringify(compared) === JSON.stringify(expected);
    return isEqual ? [] : [`$ ${step.line}\n${differenceOf(expected, compared)}`];
  });
  assert.equal(faults.length, 0, `\n${faults.join('\n')}`);
}

// Those of babeltrace2 have their own form and test.
const files = readdirSync(casesFolder).filter((name) => !name.startsWith('babeltrace2-'));
for (const file of files.sort()) {
  const { sequences }: { readonly sequences: readonly Sequence[] } = JSON.parse(
    readFileSync(join(casesFolder, file), 'utf8'),
  );
  for (const sequence of sequences) {
    const title = `${file.replace('.json', '')}: ${sequence.title}`;
    if (sequence.app === true || sequence.needsRealDaemon === true) continue;
    test(`prints what the original prints: ${title}`, () => compareSequence(sequence));
  }
}
