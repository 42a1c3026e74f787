import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bound, Row, Side } from './row.ts';
import { judge, type Standing } from './verdict.ts';

const base: Row = {
  id: 'test-row',
  what: 'a row of a test',
  unit: 'ms',
  better: 'lower',
  must: null,
  goal: null,
  limitS: 1,
  prepare: async () => assert.fail('not run'),
};

const samplesOf = (values: Readonly<Record<string, number>>, sides: Readonly<Record<string, Side>>) => ({
  isCutShort: false,
  contenders: Object.entries(values).map(([name, value]) => ({
    name,
    side: sides[name] ?? ('original' as const),
    measurements: [{ value }, { value }],
  })),
});

test('the bar is the better original', () => {
  const samples = samplesOf({ ours: 6, slow: 12, fast: 4 }, { ours: 'ours' });
  const lower = judge(base, samples);
  assert.equal(lower.best?.name, 'fast');
  assert.equal(lower.ratio?.ofMedians, 1.5);
  const higher = judge({ ...base, better: 'higher' }, samples);
  assert.equal(higher.best?.name, 'slow');
  assert.equal(higher.ratio?.ofMedians, 0.5);
});

test("Node's start is subtracted from ours where the row says so", () => {
  const samples = samplesOf({ ours: 60, theirs: 10, node: 50 }, { ours: 'ours', node: 'start' });
  assert.equal(judge({ ...base, isStartSubtracted: true }, samples).ratio?.ofMedians, 1);
  assert.equal(judge(base, samples).ratio?.ofMedians, 6);
  assert.equal(judge(base, samples).beyondStart, 10);
});

const ratio = (limit: number): Bound => ({ kind: 'ratio', limit });
const standings: readonly (readonly [
  must: Bound | null,
  goal: Bound | null,
  better: Row['better'],
  Standing,
])[] = [
  [null, null, 'lower', 'no bound'],
  [ratio(6), ratio(5), 'lower', 'must'],
  [ratio(7), ratio(6), 'lower', 'goal'],
  [ratio(5), ratio(4), 'lower', 'missed'],
  [ratio(5), ratio(6), 'higher', 'goal'],
  [ratio(6), ratio(7), 'higher', 'must'],
  [{ kind: 'value', limit: 59 }, null, 'lower', 'missed'],
  [{ kind: 'value', limit: 60 }, null, 'lower', 'must'],
  [{ kind: 'beyond-start', limit: 10 }, { kind: 'beyond-start', limit: 9 }, 'lower', 'must'],
];

for (const [must, goal, better, standing] of standings) {
  test(`must ${JSON.stringify(must)}, goal ${JSON.stringify(goal)}, ${better}: ${standing}`, () => {
    const samples = samplesOf({ ours: 60, theirs: 10, node: 50 }, { ours: 'ours', node: 'start' });
    assert.equal(judge({ ...base, must, goal, better }, samples).standing, standing);
  });
}

test('a bound that needs what the row does not show is missed', () => {
  const samples = samplesOf({ ours: 1 }, { ours: 'ours' });
  assert.equal(judge({ ...base, must: ratio(1) }, samples).standing, 'missed');
  assert.equal(judge({ ...base, must: { kind: 'beyond-start', limit: 9 } }, samples).standing, 'missed');
});

for (const [peak, standing] of [
  [50, 'goal'],
  [51, 'missed'],
] as const) {
  test(`a further figure of ${peak} that may be 50: ${standing}`, () => {
    const row: Row = { ...base, goal: ratio(1), also: [{ id: 'peak', unit: 'MB', most: 50 }] };
    const contender = (name: string, side: Side, value: number) => ({
      name,
      side,
      measurements: [{ value, also: { peak } }],
    });
    const contenders = [contender('ours', 'ours', 1), contender('theirs', 'original', 2)];
    assert.equal(judge(row, { isCutShort: false, contenders }).standing, standing);
  });
}

test('further figures are summarized, where a run gave them', () => {
  const row: Row = {
    ...base,
    also: [
      { id: 'cpu', unit: 's' },
      { id: 'peak', unit: 'MB' },
    ],
  };
  const { ours } = judge(row, {
    isCutShort: false,
    contenders: [
      {
        name: 'ours',
        side: 'ours',
        measurements: [
          { value: 1, also: { cpu: 2 } },
          { value: 1, also: { cpu: 4 } },
        ],
      },
    ],
  });
  assert.equal(ours.also['cpu']?.median, 3);
  assert.equal(ours.also['peak'], undefined);
});
