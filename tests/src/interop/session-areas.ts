/**
 * An area of the table of session scenarios (session-scenarios.ts) with the original and with ours: the same texts, exit
 * codes, files with sizes, packets, and counts of events in each stream of each chunk. `LTTNG_TS_ROWS=PATTERN` takes some
 * rows only.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Outcome } from '@lttng-ts/cli/testing';
import { sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { WORD_FAILED } from './scenario-words.ts';
import { type Area, type SessionScenario, scenariosOf, sequenceOf } from './session-scenarios.ts';
import { comparableSteps, faultsBetween, outcomesOf } from './side-by-side.ts';

const skip = skipUnless('root', 'upstream', 'native');
const pattern = new RegExp(process.env['LTTNG_TS_ROWS'] ?? '');

/** Each has environments of its own: commands wait more than they work. */
const GROUPS = 2;

export function testArea(area: Area): void {
  const rows = scenariosOf[area].filter(({ title }) => pattern.test(title));
  test(`the same sessions with both sides: ${area}`, { skip }, async (t) => await runRows(rows, t));
}

async function runRows(rows: readonly SessionScenario[], t: TestContext): Promise<void> {
  // Compiled once, not by both.
  sampleProgram();
  const groups = Array.from({ length: GROUPS }, (_, group) => rows.filter((_, at) => at % GROUPS === group));
  await Promise.all(
    groups.map(async (group) => {
      const words = ['sessions', ...group.map(({ title }) => title)];
      const [ours, upstream] = await Promise.all(sides.map((side) => outcomesOf(side, words)));
      for (const [index, row] of group.entries()) {
        await t.test(row.title, () => assertSame(row, ours?.[index] ?? [], upstream?.[index] ?? []));
      }
    }),
  );
}

function assertSame(row: SessionScenario, ours: readonly Outcome[], upstream: readonly Outcome[]): void {
  const sequence = sequenceOf(row);
  assert.equal(ours.length, sequence.steps.length);
  assert.equal(comparableSteps(upstream), upstream.length, 'the original daemon crashed');
  for (const { exitCode, stderr } of upstream) assert.notEqual(exitCode, WORD_FAILED, stderr.join('\n'));
  const faults = faultsBetween(sequence, ours, upstream);
  assert.equal(faults.length, 0, `\n${faults.join('\n')}`);
}
