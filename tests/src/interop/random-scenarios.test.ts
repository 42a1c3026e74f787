/**
 * Random sequences of commands and traced programs, with the original and with ours in private namespaces of their own: the
 * same texts, exit codes, files and counts of events. `LTTNG_TS_SCENARIOS=FIRST-LAST` takes other seeds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf, type Outcome, type Step, scenarioOf } from '@lttng-ts/cli/testing';
import { Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { caseProgram } from '../harness/programs.ts';

const skip = skipUnless('root', 'upstream', 'native');
const DEADLINE_MS = 900_000;
const [first = 1, last = first] = (process.env['LTTNG_TS_SCENARIOS'] ?? '1-20').split('-').map(Number);
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Where ours differs on purpose: parts of texts that are not compared. */
const onPurpose: readonly { readonly line: RegExp; readonly hidden: RegExp; readonly why: string }[] = [
  { line: /regenerate statedump/, hidden: /^Error: .*$/, why: 'why a state dump fails is told' },
  {
    line: /rotate/,
    hidden: /^Waiting for rotation to complete<dots>$/,
    why: 'told when it takes longer than a moment',
  },
  {
    line: /enable-event .*--loglevel=nosuch/,
    hidden: /^Warning: .* does not exclude any events .*$/,
    why: 'a level that does not exist is told first',
  },
  {
    line: /load -i/,
    hidden: /^Error: Invalid input path: .*$/,
    why: 'told as an error; upstream tells it as one of its own',
  },
  {
    line: /--mi xml enable-channel/,
    hidden: /<attributes>.*?<\/attributes>/g,
    why: 'upstream shows members of a request that nobody set',
  },
  {
    line: /--mi xml enable-event/,
    hidden: /<output(\/>|><events\/>)<success>false<\/success>(<\/output>)?/,
    why: 'upstream’s document has its elements in the wrong places',
  },
];

/** Of a client that the daemon hung up on before it had read all of a request: SIGPIPE, now and then. */
const BROKEN_PIPE = 141;

async function outcomesOf(side: Side): Promise<readonly (readonly Outcome[])[]> {
  await using environment = await Environment.create();
  const runner = `${import.meta.dirname}/scenario-runner.js`;
  const program = environment.start([process.execPath, runner, side, caseProgram(), ...seeds.map(String)]);
  const { stdout, stderr, status } = await program.finished(DEADLINE_MS);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

function withoutHidden(line: string, outcome: Outcome): Outcome {
  const hidden = onPurpose.filter((row) => row.line.test(line)).map((row) => row.hidden);
  const shown = (texts: readonly string[]) =>
    texts.flatMap((text) => {
      const rest = hidden.reduce((left, pattern) => left.replace(pattern, ''), text);
      return rest === '' && text !== '' ? [] : [rest];
    });
  return { ...outcome, stdout: shown(outcome.stdout), stderr: shown(outcome.stderr) };
}

/** How many steps can be compared: the original daemon crashes now and then. */
function comparableSteps(outcomes: readonly Outcome[]): number {
  const gone = outcomes.findIndex(({ stderr }) =>
    stderr.some((text) => text.includes('No session daemon is available')),
  );
  // What ran before was the last word of that daemon.
  return gone < 0 ? outcomes.length : Math.max(0, gone - 1);
}

test('random scenarios come out the same', { skip }, async (t) => {
  const [ours, upstream] = await Promise.all(sides.map(outcomesOf));
  let comparedCount = 0;
  let stepCount = 0;
  for (const [index, seed] of seeds.entries()) {
    const { steps, ...scenario } = scenarioOf(seed);
    const [seen = [], expected = []] = [ours?.[index], upstream?.[index]];
    const comparedSteps = comparableSteps(expected);
    stepCount += steps.length;
    comparedCount += comparedSteps;
    await t.test(`seed ${seed}: ${comparedSteps} of ${steps.length} steps`, () => {
      assert.equal(seen.length, steps.length);
      const wanted: readonly Step[] = steps.map((step, at) => ({
        ...step,
        ...withoutHidden(step.line, expected[at] as Outcome),
      }));
      const found = seen.map((outcome, at) =>
        at >= comparedSteps || expected[at]?.exitCode === BROKEN_PIPE
          ? null
          : withoutHidden(steps[at]?.line ?? '', outcome),
      );
      const faults = faultsOf({ ...scenario, steps: wanted }, found);
      const lines = steps.map(({ line }) => line).slice(0, -2);
      assert.equal(faults.length, 0, `\n${faults.join('\n')}\n\n${lines.join('\n')}`);
    });
  }
  assert.ok(comparedCount > stepCount / 2, `compared ${comparedCount} of ${stepCount} steps`);
});
