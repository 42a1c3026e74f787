import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  signedInteger,
  type UstField,
  type UstFieldType,
  unsignedInteger,
} from '@lttng-ts/protocols/ust-app';
import { structureOf } from './field-classes.ts';
import { UnwritableDeclaration } from './readable-structure.ts';

const u8 = unsignedInteger(8, 8);
const i8 = signedInteger(8, 8);
const field = (name: string, type: UstFieldType): UstField => ({ name, type });
const enumOf = (enumId: bigint): UstFieldType => ({
  kind: 'enum',
  form: 'nestable',
  name: 'e',
  enumId,
  container: i8,
});
const sequence = (lengthName: string): UstFieldType => {
  return { kind: 'sequence', form: 'nestable', lengthName, alignBytes: 0, element: u8 };
};
const variant = (...choices: readonly string[]): UstFieldType => {
  const fields = choices.map((name) => field(name, u8));
  return { kind: 'variant', form: 'nestable', tagName: 'tag', alignBytes: 0, choices: fields };
};
const array = (alignBytes: number): UstFieldType => {
  return { kind: 'array', form: 'nestable', length: 2, alignBytes, element: u8 };
};

const label = (name: string, first: bigint, last: bigint) => ({ label: name, range: { first, last } });
const enums = [
  [label('_a', 0n, 1n), label('_b', 2n, 2n)],
  [],
  [label('_a', 1n, 0n)],
  [label('_a', 0n, 2n ** 63n)],
  [label('_a', 0n, 1n), label('_b', 1n, 2n)],
];

/** Fields, and why they are refused, or null. */
const rows: readonly (readonly [readonly UstField[], RegExp | null])[] = [
  [[field('a', u8), field('b', i8)], null],
  [[field('a', u8), field('a', i8)], /Two fields with one name: name="a"/],
  [[field('_a', u8), field('a', i8)], /Two fields with one name: name="a"/],
  [[field('b', array(4)), field('b_padding', u8)], /Two fields with one name: name="b_padding"|name="b"/],
  [[field('a', array(4))], null],
  [[field('a', array(3))], /Alignment/],
  [[field('a', array(2 ** 29))], /Alignment/],
  [[field('n', u8), field('a', sequence('n'))], null],
  [[field('n', i8), field('a', sequence('n'))], /Length/],
  [[field('a', sequence('n')), field('n', u8)], /Length/],
  [[field('a', enumOf(0n))], null],
  [[field('a', enumOf(1n))], /without entries/],
  [[field('a', enumOf(2n))], /empty range/],
  [[field('a', enumOf(3n))], /does not fit/],
  [[field('a', enumOf(9n))], /Unknown enumeration/],
  [[field('tag', enumOf(0n)), field('v', variant('a', 'b'))], null],
  [[field('v', variant('a'))], /Selector/],
  [[field('tag', u8), field('v', variant('a'))], /Selector/],
  [[field('tag', enumOf(0n)), field('v', variant())], /without choices/],
  [[field('tag', enumOf(0n)), field('v', variant('c'))], /does not have/],
  [[field('tag', enumOf(0n)), field('v', variant('a', 'a'))], /one name/],
  [[field('tag', enumOf(4n)), field('v', variant('a', 'b'))], /same value/],
];

test('fields that readers would refuse are refused, with the reason', () => {
  for (const [fields, refusal] of rows) {
    const translate = () => structureOf(fields, 'event-record-payload', (id) => enums[Number(id)] ?? null);
    if (refusal === null) assert.equal(translate().kind, 'structure');
    else {
      assert.throws(translate, (error: unknown) => {
        assert.ok(error instanceof UnwritableDeclaration);
        assert.match(error.message, refusal);
        return true;
      });
    }
  }
});
