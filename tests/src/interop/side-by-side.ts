/**
 * Sequences of command lines with the original and with ours, each side in an environment of its own: what they print, and
 * the exit codes. What they leave is printed by the sequences themselves (shell lines, or `look`, see scenario-words.ts).
 */
import assert from 'node:assert/strict';
import { faultsOf, type Outcome, type Sequence, type Step } from '@lttng-ts/cli/testing';
import { Environment, type Side } from '../harness/environment.ts';

const DEADLINE_MS = 900_000;

/** Where ours differs on purpose: parts of texts that are not compared. */
const onPurpose: readonly {
  /** Of the sequences with such a title; default: of all. */
  readonly title?: RegExp;
  readonly line: RegExp;
  readonly hidden: RegExp;
  readonly why: string;
}[] = [
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
    line: /lttng load/,
    hidden: /^Error: Invalid input path: .*$/,
    why: 'told as an error; upstream tells it as one of its own',
  },
  {
    line: /lttng load/,
    hidden: /^Warning: Not loaded: .*$/,
    why: 'which file was not loaded is told, and why',
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
  {
    title: /before the start, and after a clear|of a snapshot session/,
    line: /^look$/,
    hidden: /(?<=\/snapshot-.*\/c_\d) \d+ bytes$/,
    why:
      'upstream closes a packet without events where a snapshot session starts or is cleared, which takes one of the ' +
      'sub-buffers; a snapshot needs none, as every stream of it gets a packet anyway',
  },
];

/** Of a client that the daemon hung up on before it had read all of a request: SIGPIPE, now and then. */
const BROKEN_PIPE = 141;

/** Runs `scenario-runner.js SIDE WORDS…` in an environment; an array of outcomes for each sequence. */
export async function outcomesOf(
  side: Side,
  words: readonly string[],
): Promise<readonly (readonly Outcome[])[]> {
  await using environment = await Environment.create();
  const runner = `${import.meta.dirname}/scenario-runner.js`;
  const program = environment.start([process.execPath, runner, side, ...words], environment.temporary);
  const { stdout, stderr, status } = await program.finished(DEADLINE_MS);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

/** How many steps can be compared: the original daemon crashes now and then. */
export function comparableSteps(outcomes: readonly Outcome[]): number {
  const gone = outcomes.findIndex(({ stderr }) =>
    stderr.some((text) => text.includes('No session daemon is available')),
  );
  // What ran before was the last word of that daemon.
  return gone < 0 ? outcomes.length : Math.max(0, gone - 1);
}

/** How ours differs from the original, a text for each step of the first `count`. */
export function faultsBetween(
  sequence: Sequence,
  ours: readonly Outcome[],
  upstream: readonly Outcome[],
  count = sequence.steps.length,
): readonly string[] {
  const wanted: readonly Step[] = sequence.steps.map((step, at) => ({
    ...step,
    ...withoutHidden(sequence.title, step.line, upstream[at] as Outcome),
  }));
  const found = ours.map((outcome, at) =>
    at >= count || upstream[at]?.exitCode === BROKEN_PIPE
      ? null
      : withoutHidden(sequence.title, sequence.steps[at]?.line ?? '', outcome),
  );
  return faultsOf({ ...sequence, steps: wanted }, found);
}

function withoutHidden(ofTitle: string, ofLine: string, outcome: Outcome): Outcome {
  const hidden = onPurpose
    .filter(({ title, line }) => title?.test(ofTitle) !== false && line.test(ofLine))
    .map((row) => row.hidden);
  const shown = (texts: readonly string[]) =>
    texts.flatMap((text) => {
      const rest = hidden.reduce((left, pattern) => left.replace(pattern, ''), text);
      return rest === '' && text !== '' ? [] : [rest];
    });
  return { ...outcome, stdout: shown(outcome.stdout), stderr: shown(outcome.stderr) };
}
