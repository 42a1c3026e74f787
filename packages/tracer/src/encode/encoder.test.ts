import assert from 'node:assert/strict';
import { test } from 'node:test';
import { event, toDefinition } from '../definition.ts';
import {
  array,
  defineEnumeration,
  type Field,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  sequence,
  string,
  textArray,
  textSequence,
  u8,
  u16,
  u32,
  u64,
} from '../fields.ts';
import { createEncoder } from './encoder.ts';
import { type Alignment, planPayload } from './plan.ts';
import { NO_ROOM } from './runtime.ts';

function encodeBoth(
  fields: readonly Field<unknown>[],
  values: readonly unknown[],
  alignment: Alignment = 'packed',
): string {
  const definition = toDefinition('p', 'e', event({ fields }));
  const plan = planPayload(definition.fields, alignment);
  const results = [true, false].map((mayGenerate) => {
    const encode = createEncoder(plan, mayGenerate);
    for (let sizeBytes = 64; ; sizeBytes *= 4) {
      const buffer = new ArrayBuffer(sizeBytes);
      const bytes = Buffer.from(buffer).fill(0xee);
      const length = encode(bytes, new DataView(buffer), ...values);
      if (length !== NO_ROOM) return Buffer.from(buffer, 0, length).toString('hex');
      assert.ok(sizeBytes < 1 << 24, 'never fits');
    }
  });
  assert.equal(results[0], results[1], 'generated and plain encoder differ');
  return results[0] ?? '';
}

const state = defineEnumeration('state', { IDLE: 0, RUNNING: [3, 9], LAST: 'auto' }, { container: u8 });
const wide = defineEnumeration('wide', { HUGE: 2n ** 40n }, { container: i64 });

const cases: readonly (readonly [string, Field<unknown>, unknown, string])[] = [
  ['an i8', i8('x'), -2, 'fe'],
  ['a u16', u16('x'), 0x1234, '3412'],
  ['a network u16', u16('x', { byteOrder: 'network' }), 0x1234, '1234'],
  ['an i16 that wraps', i16('x'), 0x18000, '0080'],
  ['a u32 from a negative number', u32('x'), -1, 'ffffffff'],
  ['a u32 above 2^31', u32('x'), 0xfedcba98, '98badcfe'],
  ['an i32 with a fraction', i32('x'), -1.9, 'ffffffff'],
  ['an i32 from NaN', i32('x'), Number.NaN, '00000000'],
  ['an i32 from infinity', i32('x'), Number.POSITIVE_INFINITY, '00000000'],
  ['an i32 from a bigint', i32('x'), 0x1_0000_0005n, '05000000'],
  ['an i32 from a boolean', i32('x'), true, '01000000'],
  ['an i32 from a symbol', i32('x'), Symbol('s'), '00000000'],
  ['an i32 from an object with a trap', i32('x'), { valueOf: () => assert.fail('called') }, '00000000'],
  ['a u64 from a bigint', u64('x'), 0x0102030405060708n, '0807060504030201'],
  ['a u64 that wraps', u64('x'), -1n, 'ffffffffffffffff'],
  ['a u64 from a number', u64('x'), 2 ** 53 - 1, 'ffffffffffff1f00'],
  ['an i64 from a negative number', i64('x'), -2, 'feffffffffffffff'],
  ['an i64 from a large negative number', i64('x'), -(2 ** 40) - 1, 'fffffffffffeffff'],
  ['an i64 with a fraction', i64('x'), -0.5, '0000000000000000'],
  ['a u64 from NaN', u64('x'), Number.NaN, '0000000000000000'],
  ['a network u64', u64('x', { byteOrder: 'network' }), 0x0102030405060708n, '0102030405060708'],
  ['a network u64 from a number', u64('x', { byteOrder: 'network' }), 5, '0000000000000005'],
  ['a float', f32('x'), 1.5, '0000c03f'],
  ['a double', f64('x'), -2, '00000000000000c0'],
  ['a double from a bigint', f64('x'), 2n, '0000000000000040'],
  ['a string', string('x'), 'tea', '74656100'],
  ['an empty string', string('x'), '', '00'],
  ['UTF-8', string('x'), 'é€😀', 'c3a9e282acf09f988000'],
  ['a lone surrogate', string('x'), 'a\ud800', '61efbfbd00'],
  ['a string with NUL', string('x'), 'ab\0cd', '616200'],
  ['a long string with NUL', string('x'), `${'x'.repeat(60)}\0cd`, `${'78'.repeat(60)}00`],
  ['a string from a number', string('x'), 12, '313200'],
  ['a string from undefined', string('x'), undefined, '00'],
  ['a string from an object with a trap', string('x'), { toString: () => assert.fail('called') }, '00'],
  ['an array', array('x', u16, 3), [1, 2, 3], '010002000300'],
  ['a short array', array('x', u16, 3), [1], '010000000000'],
  ['a long array', array('x', u16, 2), [1, 2, 3], '01000200'],
  ['a typed array', array('x', u16, 2), new Uint16Array([1, 2]), '01000200'],
  [
    'an array of network order',
    array('x', u16, 2, { byteOrder: 'network' }),
    new Uint16Array([1, 2]),
    '00010002',
  ],
  ['an array of another type', array('x', i32, 2), new Float64Array([1.5, -1]), '01000000ffffffff'],
  ['an array of 64 bits', array('x', u64, 1), new BigUint64Array([7n]), '0700000000000000'],
  ['an array of bytes', array('x', u8, 3), new Uint8Array([1, 2]), '010200'],
  ['no array at all', array('x', u8, 2), 'ab', '0000'],
  ['a sequence', sequence('x', u16), [1, 2], '0200000001000200'],
  ['an empty sequence', sequence('x', u16), [], '00000000'],
  ['a sequence with a short length', sequence('x', u8, { length: u16 }), new Uint8Array([9]), '010009'],
  [
    'a sequence cut by its length',
    sequence('x', u8, { length: u8 }),
    new Uint8Array(300),
    `ff${'00'.repeat(255)}`,
  ],
  ['a large sequence', sequence('x', u8), new Uint8Array(1000).fill(7), `e8030000${'07'.repeat(1000)}`],
  ['a text array', textArray('x', 5), 'abc', '6162630000'],
  ['a text array that is cut', textArray('x', 2), 'abc', '6162'],
  ['a text array cut between characters', textArray('x', 4), 'ab€', '61620000'],
  ['a text array of bytes', textArray('x', 2), new Uint8Array([65, 66, 67]), '4142'],
  ['a text sequence', textSequence('x'), 'a\0€', '05000000' + '6100e282ac'],
  ['a text sequence of bytes', textSequence('x', { length: u8 }), new Uint8Array([65]), '0141'],
  [
    'a text sequence cut by its length',
    textSequence('x', { length: u8 }),
    'x'.repeat(300),
    `ff${'78'.repeat(255)}`,
  ],
  ['a label', state('x'), 'RUNNING', '03'],
  ['an automatic label', state('x'), 'LAST', '0a'],
  ['the number of a label', state('x'), 4, '04'],
  ['an unknown label', state('x'), 'NONE', '00'],
  ['a label of 64 bits', wide('x'), 'HUGE', '0000000000010000'],
];

for (const [what, field, value, expected] of cases) {
  test(`encodes ${what}`, () => {
    assert.equal(encodeBoth([field], [value]), expected);
    // Behind something of variable size, where offsets are not literals.
    assert.equal(encodeBoth([string('s'), field, u8('end')], ['ab', value, 0xaa]), `616200${expected}aa`);
  });
}

test('aligns values where the architecture wants it', () => {
  const fields = [u8('a'), u32('b'), string('s'), u64('c'), sequence('d', u16, { length: u8 })];
  assert.equal(
    encodeBoth(fields, [1, 2, 'x', 3n, [4]], 'natural').replaceAll('ee', '--'),
    `01------02000000${'7800'}------------${'0300000000000000'}01--0400`,
  );
});

test('missing values are recorded as zeros and empty text', () => {
  assert.equal(encodeBoth([u8('a'), string('b'), u16('c'), sequence('d', u8)], []), '0000000000000000');
});

test('generated and plain encoder agree on random fields and values', () => {
  let seed = 12345;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  const fields = [...cases.map(([, field]) => field)];
  const values = [
    ...cases.map(([, , value]) => value),
    null,
    undefined,
    [],
    'x'.repeat(5000),
    2 ** 60,
    -(2n ** 63n),
  ];
  for (let round = 0; round < 300; round++) {
    const picked = Array.from({ length: random(8) }, (_, i) => ({
      ...fields[random(fields.length)]!,
      name: `f${i}`,
    }));
    const given = picked.map(() => values[random(values.length)]);
    encodeBoth(picked, given, random(2) === 0 ? 'packed' : 'natural');
  }
});
