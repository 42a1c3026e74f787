import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DmesgLine, parseDmesgLine } from './dmesg-line.ts';

process.env['TZ'] = 'UTC';

const CASES: readonly (readonly [string, DmesgLine | null])[] = [
  ['[    0.000000] Linux version', { ns: 0n, text: 'Linux version' }],
  ['[    1.500001] second: a b', { ns: 1_500_001_000n, text: 'second: a b' }],
  ['[12345.000001]   indented', { ns: 12_345_000_001_000n, text: '  indented' }],
  ['[2012-10-29 17:48:17.000001] dated', { ns: 1_351_532_897_000_001_000n, text: 'dated' }],
  ['no time here', { ns: null, text: 'no time here' }],
  ['[text] in brackets', { ns: null, text: '[text] in brackets' }],
  ['', null],
  ['   \t', null],
];

for (const [line, expected] of CASES) {
  test(`line ${JSON.stringify(line)}`, () => assert.deepEqual(parseDmesgLine(line, true), expected));
}

test('without times all of a line is text', () => {
  const line = '[    1.500001] second';
  assert.deepEqual(parseDmesgLine(line, false), { ns: null, text: line });
});
