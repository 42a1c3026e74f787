import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure, type RowResult, renderTable } from './render.ts';
import type { Row } from './row.ts';
import { judge } from './verdict.ts';

const figures: readonly (readonly [number, string])[] = [
  [0.4567, '0.46'],
  [9.999, '10.00'],
  [12.34, '12.3'],
  [123.4, '123'],
  [9999, '9999'],
  [12345, '12.3 k'],
  [1234567, '1.23 M'],
  [-12.34, '-12.3'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
];

for (const [value, text] of figures) {
  test(`${value} is printed as ${text}`, () => {
    assert.equal(figure(value), text);
  });
}

const row: Row = {
  id: 'test-row',
  what: 'a job',
  unit: 'ms',
  better: 'lower',
  must: { kind: 'beyond-start', limit: 25 },
  goal: { kind: 'ratio', limit: 1 },
  also: [{ id: 'peak', unit: 'MB', most: 50 }],
  limitS: 1,
  prepare: async () => assert.fail('not run'),
};

test('a row shows us, the better original, the others and the start', () => {
  const verdict = judge(row, {
    isCutShort: true,
    contenders: [
      { name: 'ours', side: 'ours', measurements: [{ value: 60, also: { peak: 40 } }] },
      { name: 'bt2', side: 'original', measurements: [{ value: 5, also: { peak: 20 } }] },
      { name: 'bt1', side: 'original', measurements: [{ value: 6 }] },
      { name: 'node', side: 'start', measurements: [{ value: 40, also: { peak: 30 } }] },
    ],
  });
  const results: RowResult[] = [
    { kind: 'measured', row, verdict, isCutShort: true },
    { kind: 'skipped', row, reason: 'no daemon' },
  ];
  const cells = renderTable(results)
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '));
  assert.deepEqual(cells, [
    '| row | what | unit | ours | original | ratio | must | goal | holds | n |',
    cells[1],
    '| test-row | a job | ms | 60.0 (60.0–60.0) | 5.00 (5.00–5.00) bt2 | 12.0 (12.0–12.0) | ≤ node + 25 ms | ≤ 1.00 × | must | 1, out of time |',
    '| | · also bt1 | ms | | 6.00 (6.00–6.00) | | | | | |',
    '| | · beyond `node -e 0` | ms | 20.0 | 40.0 (40.0–40.0) node | | | | | |',
    '| | · peak | MB | 40.0 (40.0–40.0) | 20.0 (20.0–20.0) | 2.00 | ≤ 50 MB | | | |',
    '| | · peak beyond `node -e 0` | MB | 10.0 | 30.0 (30.0–30.0) node | | | | | |',
    '',
    'SKIPPED test-row: no daemon',
    '',
  ]);
  assert.match(cells[1] ?? '', /^\|(-+\|){10}$/);
});
