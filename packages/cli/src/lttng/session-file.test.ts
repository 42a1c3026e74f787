import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSessionFile } from './session-file.ts';

for (const [text, name] of [
  ['session=s1\n', 's1'],
  ['session=s1', 's1'],
  ['session= s1 \n', 's1'],
  ['other=1\nsession=s1\nthird=2\n', 's1'],
  ['session=s1\nsession=s2\n', 's1'],
  [' session=s1\n', null],
  ['session=\n', null],
  ['# nothing\n', null],
  ['', null],
] as const) {
  test(`.lttngrc ${JSON.stringify(text)}`, () => assert.equal(parseSessionFile(text), name));
}
