import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row } from './row.ts';
import { runRow } from './run-row.ts';

const settings = { rounds: 4, traceEventCount: 0, loadS: 0 };

/** A row whose contenders write their names down and take one second each. */
function recordedRow(limitS: number) {
  const calls: string[] = [];
  let clockS = 0;
  const contender = (name: string, side: 'ours' | 'original') => ({
    name,
    side,
    measure: async () => {
      calls.push(name);
      clockS++;
      return { value: clockS };
    },
  });
  const row: Row = {
    id: 'test-row',
    what: 'a row of a test',
    unit: 's',
    better: 'lower',
    must: null,
    goal: null,
    limitS,
    prepare: async () => ({
      contenders: [contender('a', 'ours'), contender('b', 'original')],
      [Symbol.asyncDispose]: async () => {
        calls.push('disposed');
      },
    }),
  };
  return { row, calls, nowS: () => clockS };
}

test('contenders take turns, after one round that is not counted', async () => {
  const { row, calls, nowS } = recordedRow(1000);
  const { contenders, isCutShort } = await runRow(row, settings, nowS);
  assert.equal(calls.join(' '), 'a b a b a b a b a b disposed');
  assert.equal(isCutShort, false);
  assert.deepEqual(
    contenders.map(({ measurements }) => measurements.map(({ value }) => value)),
    [
      [3, 5, 7, 9],
      [4, 6, 8, 10],
    ],
  );
});

test('a row that takes too long ends with the rounds that it has, three at least', async () => {
  const { row, calls, nowS } = recordedRow(1);
  const { contenders, isCutShort } = await runRow(row, settings, nowS);
  assert.equal(isCutShort, true);
  assert.deepEqual(
    contenders.map(({ measurements }) => measurements.length),
    [3, 3],
  );
  assert.equal(calls.at(-1), 'disposed');
});

test('an original that is far behind another one is measured once', async () => {
  const { row, calls, nowS } = recordedRow(1000);
  const slow = (name: string, side: 'ours' | 'original', value: number) => ({
    name,
    side,
    measure: async () => {
      calls.push(name);
      return { value };
    },
  });
  const contenders = [slow('ours', 'ours', 90), slow('best', 'original', 10), slow('worst', 'original', 41)];
  const stage = { contenders, [Symbol.asyncDispose]: async () => undefined };
  const samples = await runRow({ ...row, prepare: async () => stage }, { ...settings, rounds: 2 }, nowS);
  assert.equal(calls.join(' '), 'ours best worst ours best ours best');
  assert.deepEqual(
    samples.contenders.map(({ measurements }) => measurements.length),
    [2, 2, 1],
  );
  assert.equal(samples.isCutShort, false);
});
