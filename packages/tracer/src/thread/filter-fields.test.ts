import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilter, decodeFilter, linkFilter } from '@lttng-ts/filter';
import { event, toDefinition } from '../definition.ts';
import {
  array,
  defineEnumeration,
  f32,
  i8,
  sequence,
  string,
  textArray,
  textSequence,
  u16,
  u32,
  u64,
} from '../fields.ts';
import { FilterFields } from './filter-fields.ts';

const state = defineEnumeration('state', { IDLE: 0, BUSY: 7 });
const definition = toDefinition(
  'p',
  'e',
  event({
    fields: [
      i8('small'),
      u64('big'),
      string('text'),
      f32('real'),
      state('state'),
      array('list', u16, 3),
      sequence('many', u32),
      textArray('fixed', 4),
      textSequence('open'),
    ],
  }),
);
const values = [-3, 2n ** 63n, 'tea\0x', 0.1, 'BUSY', [1, 2], [5, 6], 'abc', 'longer'];

const cases: readonly (readonly [string, boolean])[] = [
  ['small == -3', true],
  ['small > 0', false],
  // All integer comparisons are signed, as in C.
  ['big < 0', true],
  ['text == "tea"', true],
  ['text == "t*"', true],
  ['text != "tea"', false],
  ['real == 0.1', false],
  ['real > 0.09', true],
  ['state == 7', true],
  ['list[0] == 1', true],
  ['list[2] == 0', true],
  ['many[1] == 6', true],
  ['_many_length == 2', false],
  ['fixed == "abc"', true],
  ['open == "long*"', true],
  ['$ctx.vpid == 42', true],
  ['$ctx.procname == "node"', true],
  ['$ctx.vtid == 1', false],
  ['nosuchfield == 1', false],
];

const contexts = {
  readContext: (name: string) => ({ vpid: 42, procname: 'node' })[name],
};

for (const [text, expected] of cases) {
  test(`filter ${text} ${expected ? 'accepts' : 'rejects'}`, () => {
    const fields = new FilterFields(definition);
    const { accepts } = linkFilter(decodeFilter(compileFilter(text)), fields);
    assert.equal(accepts(fields.read(values), contexts), expected);
  });
}

test('values of the right type are taken as they are, others are read as they would be recorded', () => {
  const fields = new FilterFields(definition);
  const { accepts } = linkFilter(decodeFilter(compileFilter('small < 1 && text == "tea"')), fields);
  assert.equal(fields.read(values), values);
  const wrong = [undefined, 0, 5];
  const read = fields.read(wrong);
  // What the filter does not name is not read.
  assert.deepEqual([read[0], read[1], read[2]], [0, undefined, '5']);
  assert.equal(accepts(fields.read(['x', 0, 'tea']), contexts), true);
});
