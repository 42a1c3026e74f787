import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventColumns, SEGMENT_LENGTH, type Stream } from '@lttng-ts/graph';
import { EventTimes } from './event-times.ts';
import { NOTHING_LEFT } from './loser-tree.ts';
import { Stretches } from './stretch.ts';

/** Numbers that repeat with `seed`, from 0 to 1. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

/** A stream of which nothing but its number among streams of its class is looked at. */
const streamOf = (id: number): Stream =>
  ({ id: BigInt(id), class: { id: 0n, traceClass: { mipVersion: 0 } }, trace: {} }) as unknown as Stream;

interface Inputs {
  readonly times: EventTimes;
  readonly keys: Float64Array;
  readonly stretches: Stretches;
  readonly columns: readonly EventColumns[];
}

/** Inputs with these times; the stream of the last input goes first. */
function inputsWith(sequences: readonly (readonly number[])[]): Inputs {
  const times = new EventTimes(sequences.length);
  const keys = new Float64Array(sequences.length);
  sequences.forEach((sequence, input) => {
    times.reserve(sequence.length);
    times.set(input, 0, sequence.length);
    times.values.set(sequence, times.baseOf(input));
    times.areAscending[input] = 1;
    times.setStream(input, streamOf(sequences.length - input));
    keys[input] = sequence[0] ?? NOTHING_LEFT;
  });
  const columns = sequences.map((_, input) => ({ stream: times.streams[input] }) as unknown as EventColumns);
  return { times, keys, stretches: new Stretches(times, keys), columns };
}

for (const [inputCount, step] of [
  [2, 3],
  [2, 0.6],
  [3, 0.9],
  [64, 5],
  [100, 100_000],
] as const) {
  test(`the events of a stretch of ${inputCount} inputs come in order of time, then of their streams`, () => {
    const random = randomNumbers(inputCount);
    const sequences = Array.from({ length: inputCount }, () => {
      let at = Math.floor(step * random());
      return Array.from({ length: 200 + Math.floor(100 * random()) }, () => {
        at += Math.floor(2 * step * random());
        return at;
      });
    });
    const { times, keys, stretches, columns } = inputsWith(sequences);
    const run = stretches.take((input) => columns[input]!);
    assert.ok(run !== null);
    const eventsOf = (segments: Int32Array): [number, number, number][] => {
      const events: [number, number, number][] = [];
      for (let at = 0; at < segments.length; at += SEGMENT_LENGTH) {
        const input = columns.indexOf(run.parts[segments[at]!]!);
        for (let i = segments[at + 1]!; i < segments[at + 2]!; i++)
          events.push([sequences[input]![i]!, -input, i]);
      }
      return events;
    };
    const { segmentsByPart } = run;
    const given = eventsOf(run.segments);
    assert.equal(given.length, run.count);
    const limit = Math.min(...keys);
    const expected = sequences
      .flatMap((sequence, input) => sequence.map((key, i): [number, number, number] => [key, -input, i]))
      .filter(([key]) => key < limit)
      .sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    assert.deepEqual(given, expected);
    // Part by part they are the same, one segment each.
    assert.equal(segmentsByPart.length, SEGMENT_LENGTH * run.parts.length);
    const byInput = expected.toSorted((a, b) => a[1] - b[1] || a[2] - b[2]);
    assert.deepEqual(eventsOf(segmentsByPart), byInput);
    // Each input goes on behind its events, and has at least one more.
    sequences.forEach((sequence, input) => {
      const index = times.at[input]! - times.baseOf(input);
      assert.equal(index, sequence.filter((key) => key < limit).length);
      assert.equal(keys[input], sequence[index]);
    });
  });
}

const hundred = Array.from({ length: 100 }, (_, i) => 10 * i);

test('a stretch ends before the first message of an input', () => {
  const { times, keys, stretches, columns } = inputsWith([hundred, hundred, []]);
  times.set(2, 0, 0);
  keys[2] = 500;
  const run = stretches.take((input) => columns[input] ?? null);
  assert.equal(run?.count, 100);
  assert.deepEqual([...keys], [500, 500, 500]);
});

test('there is no stretch where times descend, are not exact, are few, or belong to streams that are alike', () => {
  const take = (change: (inputs: Inputs) => void, sequences = [hundred, hundred]) => {
    const inputs = inputsWith(sequences);
    change(inputs);
    return inputs.stretches.take((input) => inputs.columns[input]!);
  };
  const nothing = (): void => undefined;
  assert.equal(take(nothing)?.count, 198);
  assert.equal(
    take(({ times }) => {
      times.areAscending[1] = 0;
    }),
    null,
  );
  const late = hundred.map((key) => key + 2 ** 53);
  assert.equal(take(nothing, [late, late]), null);
  assert.equal(take(nothing, [hundred.slice(0, 20), hundred]), null);
  assert.equal(
    take(({ times }) => times.setStream(0, streamOf(1))),
    null,
  );
});

test('times that are seconds apart are sorted as far as 32 bits go', () => {
  const far = Array.from({ length: 100 }, (_, i) => 100_000_000 * i);
  const { keys, stretches, columns } = inputsWith([far, far.map((key) => key + 1)]);
  const run = stretches.take((input) => columns[input]!);
  assert.equal(run?.count, 86);
  assert.deepEqual([...keys], [4_300_000_000, 4_300_000_001]);
});
