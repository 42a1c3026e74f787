import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '@lttng-ts/base';
import { APPLICATION_CONTEXTS, APPLICATION_VALUE_BYTES } from '@lttng-ts/native';
import { applicationValue, type ContextValue, defineContexts } from '../application-contexts.ts';
import { ApplicationValues } from './application-values.ts';

function written(value: ContextValue, name = '$app.p:c'): string {
  const memory = new ArrayBuffer(APPLICATION_CONTEXTS * APPLICATION_VALUE_BYTES);
  const values = new ApplicationValues(memory, (asked) =>
    asked === name && value !== null ? value : undefined,
  );
  values.fill(0b10, ['$app.other:c', name]);
  const bytes = Buffer.from(memory, APPLICATION_VALUE_BYTES, APPLICATION_VALUE_BYTES);
  return bytes.subarray(2, 2 + bytes.readUInt16LE(0)).toString('hex');
}

test('values have the tag of their type', () => {
  const cases: readonly (readonly [ContextValue, string])[] = [
    [undefined, ''],
    [true, '0101'],
    [-2, '04feffffffffffffff'],
    [2n ** 63n, '080000000000000080'],
    [2n ** 64n, ''],
    [1.5, '0a000000000000f83f'],
    [Number.NaN, '0a000000000000f87f'],
    ['tea', '0b74656100'],
    ['a\0b', '0b6100'],
    ['', '0b00'],
  ];
  for (const [value, expected] of cases) assert.equal(written(value), expected, String(value));
});

test('a long text is cut between characters', () => {
  const text = Buffer.from(written('ä'.repeat(1000)), 'hex')
    .subarray(1, -1)
    .toString();
  assert.equal(text, 'ä'.repeat(254));
});

test('a context that fails has no value, and one that records an event does not ask again', () => {
  const fails = defineContexts('fails', {
    thrown: () => {
      throw new Error('on purpose');
    },
    odd: () => Symbol('no value') as unknown as string,
  });
  assert.equal(applicationValue('$app.fails:thrown'), undefined);
  assert.equal(applicationValue('$app.fails:odd'), undefined);
  assert.equal(applicationValue('$app.fails:missing'), undefined);
  assert.throws(() => defineContexts('fails', { odd: () => 1 }), UsageError);
  fails.close();
  defineContexts('fails', { odd: () => 1 }).close();
  for (const name of ['', 'a:b', 'a b', 'x'.repeat(300)]) {
    assert.throws(() => defineContexts('fails', { [name]: () => 1 }), UsageError);
  }
  let depth = 0;
  const memory = new ArrayBuffer(APPLICATION_CONTEXTS * APPLICATION_VALUE_BYTES);
  const values = new ApplicationValues(memory, () => {
    depth++;
    values.fill(1, ['$app.p:c']);
    return depth;
  });
  values.fill(1, ['$app.p:c']);
  assert.equal(depth, 1);
});
