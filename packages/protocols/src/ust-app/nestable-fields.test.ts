import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UstField } from './fields.ts';
import { signedInteger, unsignedInteger } from './integer-types.ts';
import { nestableUstFields } from './nestable-fields.ts';

const byte = unsignedInteger(8, 8);
const container = signedInteger(32, 8);

test('fields of ABI 8 become those of ABI 9', () => {
  const legacy: readonly UstField[] = [
    { name: 'a', type: { kind: 'array', form: 'legacy', length: 3, alignBytes: 0, element: byte } },
    { name: 'b', type: { kind: 'sequence', form: 'legacy', lengthType: container, element: byte } },
    { name: 'c', type: { kind: 'enum', form: 'legacy', name: 'e', enumId: 7n, container } },
    {
      name: 'd',
      type: {
        kind: 'variant',
        form: 'legacy',
        tagName: 'c',
        alignBytes: 0,
        choices: [{ name: 'x', type: { kind: 'struct', form: 'legacy', alignBytes: 0, fields: [] } }],
      },
    },
  ];
  const nestable: readonly UstField[] = [
    { name: 'a', type: { kind: 'array', form: 'nestable', length: 3, alignBytes: 0, element: byte } },
    { name: '_b_length', type: container },
    {
      name: 'b',
      type: { kind: 'sequence', form: 'nestable', lengthName: '_b_length', alignBytes: 0, element: byte },
    },
    { name: 'c', type: { kind: 'enum', form: 'nestable', name: 'e', enumId: 7n, container } },
    {
      name: 'd',
      type: {
        kind: 'variant',
        form: 'nestable',
        tagName: 'c',
        alignBytes: 0,
        choices: [{ name: 'x', type: { kind: 'struct', form: 'nestable', alignBytes: 0, fields: [] } }],
      },
    },
  ];
  assert.deepEqual(nestableUstFields(legacy), nestable);
  assert.deepEqual(nestableUstFields(nestable), nestable);
});
