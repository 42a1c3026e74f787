import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '@lttng-ts/base';
import { parseChoices } from './command-line.ts';

test('without words everything is measured in full', () => {
  const { patterns, rounds, isListWanted } = parseChoices([]);
  assert.deepEqual({ patterns, rounds, isListWanted }, { patterns: [], rounds: 10, isListWanted: false });
});

test('options change what is measured, wherever they stand', () => {
  const choices = parseChoices(['reader', '--rounds=20', '--quick', 'tracer-on', '--load=1', '--list']);
  assert.deepEqual(choices.patterns, ['reader', 'tracer-on']);
  assert.equal(choices.rounds, 20);
  assert.equal(choices.loadS, 1);
  assert.equal(choices.isListWanted, true);
  assert.equal(choices.traceEventCount, null);
  assert.equal(parseChoices(['--events=1000']).traceEventCount, 1000);
});

for (const word of ['--slow', '--rounds', '--rounds=0', '--rounds=1e9', '--quick=1', '--events=-1']) {
  test(`${word} is refused`, () => {
    assert.throws(() => parseChoices([word]), UsageError);
  });
}
