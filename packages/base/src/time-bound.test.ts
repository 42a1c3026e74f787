import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bound, onDayOf, parseBound } from './time-bound.ts';

process.env['TZ'] = 'America/New_York';

const at = (ns: bigint): Bound => ({ kind: 'ns', ns });
const time = (hour: number, minute: number, second: number, ns: bigint): Bound => ({
  kind: 'time-of-day',
  time: { hour, minute, second, ns },
});

/** Text, whether in UTC, the bound. */
const CASES: readonly (readonly [string, boolean, Bound])[] = [
  ['2012-10-29 17:48:17.587029529', true, at(1_351_532_897_587_029_529n)],
  ['2012-10-29 13:48:17.587029529', false, at(1_351_532_897_587_029_529n)],
  ['2012-10-29 17:48', true, at(1_351_532_880_000_000_000n)],
  ['2012-10-29', true, at(1_351_468_800_000_000_000n)],
  ['17:48:17.5', true, time(17, 48, 17, 500_000_000n)],
  ['17:48', true, time(17, 48, 0, 0n)],
  ['1351532897', true, at(1_351_532_897_000_000_000n)],
  ['1351532897.587', true, at(1_351_532_897_587_000_000n)],
  ['-2.5', true, at(-2_500_000_000n)],
];

for (const [text, isGmt, expected] of CASES) {
  test(`bound ${text}${isGmt ? ' UTC' : ''}`, () => assert.deepEqual(parseBound(text, isGmt), expected));
}

for (const text of ['', 'noon', '2012-10-29 17', '17:48:17.1234567890', '1:2', '2012-10-29T17:48', '--1']) {
  test(`no bound: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseBound(text, true), /Invalid date\/time format: param=/);
  });
}

test('a time of day is on the day of the first message, which is another one elsewhere', () => {
  const late = 1_351_555_200_000_000_000n; // 2012-10-30 00:00 UTC, the evening before in New York.
  const noon = { hour: 12, minute: 0, second: 0, ns: 7n };
  assert.equal(onDayOf(late, noon, true), 1_351_598_400_000_000_007n);
  assert.equal(onDayOf(late, noon, false), 1_351_526_400_000_000_007n);
});
