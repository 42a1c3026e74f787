/**
 * Random sequences of commands and traced programs, with the original and with ours in private namespaces of their own: the
 * same texts, exit codes, files and counts of events. `LTTNG_TS_SCENARIOS=FIRST-LAST` takes other seeds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scenarioOf } from '@lttng-ts/cli/testing';
import { sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { caseProgram } from '../harness/programs.ts';
import { comparableSteps, faultsBetween, outcomesOf } from './side-by-side.ts';

const skip = skipUnless('root', 'upstream', 'native');
const [first = 1, last = first] = (process.env['LTTNG_TS_SCENARIOS'] ?? '1-20').split('-').map(Number);
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);

test('random scenarios come out the same', { skip }, async (t) => {
  const words = ['random', caseProgram(), ...seeds.map(String)];
  const [ours, upstream] = await Promise.all(sides.map((side) => outcomesOf(side, words)));
  let comparedCount = 0;
  let stepCount = 0;
  for (const [index, seed] of seeds.entries()) {
    const scenario = scenarioOf(seed);
    const { steps } = scenario;
    const [seen = [], expected = []] = [ours?.[index], upstream?.[index]];
    const comparedSteps = comparableSteps(expected);
    stepCount += steps.length;
    comparedCount += comparedSteps;
    await t.test(`seed ${seed}: ${comparedSteps} of ${steps.length} steps`, () => {
      assert.equal(seen.length, steps.length);
      const faults = faultsBetween(scenario, seen, expected, comparedSteps);
      const lines = steps.map(({ line }) => line).slice(0, -2);
      assert.equal(faults.length, 0, `\n${faults.join('\n')}\n\n${lines.join('\n')}`);
    });
  }
  assert.ok(comparedCount > stepCount / 2, `compared ${comparedCount} of ${stepCount} steps`);
});
