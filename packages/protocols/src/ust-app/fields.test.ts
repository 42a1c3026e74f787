import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError } from '@lttng-ts/base';
import { contextFields, findUstContextByName, ustContexts } from './contexts.ts';
import { decodeUstEnumEntries, encodeUstEnumEntries, type UstEnumEntry } from './enum-entries.ts';
import {
  decodeUstFields,
  encodeUstFields,
  equalUstFields,
  fieldRecord,
  type UstField,
  type UstFieldType,
} from './fields.ts';
import { signedInteger, unsignedInteger } from './integer-types.ts';
import { NATURAL_ALIGNMENTS, PACKED_ALIGNMENTS } from './registration.ts';

const container = unsignedInteger(8, 8);
const legacyEnum = { kind: 'enum', form: 'legacy', name: 'colours', enumId: 7n, container } as const;
const types: readonly UstFieldType[] = [
  signedInteger(32, 8),
  { ...unsignedInteger(16, 16), isReverseByteOrder: true, base: 16 },
  { kind: 'float', exponentBits: 11, mantissaBits: 53, isReverseByteOrder: false, alignBits: 8 },
  { kind: 'string', encoding: 'ASCII' },
  { kind: 'enum', form: 'nestable', name: 'colours', enumId: 0x1_0000_0001n, container },
  { kind: 'array', form: 'nestable', length: 3, alignBytes: 4, element: { ...container, encoding: 'UTF8' } },
  {
    kind: 'sequence',
    form: 'nestable',
    lengthName: '_s_length',
    alignBytes: 0,
    element: signedInteger(64, 8),
  },
  { kind: 'struct', form: 'nestable', alignBytes: 0, fields: [] },
  {
    kind: 'variant',
    form: 'nestable',
    tagName: 'tag',
    alignBytes: 8,
    choices: [
      {
        name: 'a',
        type: { kind: 'struct', form: 'nestable', alignBytes: 0, fields: [{ name: 'x', type: container }] },
      },
      { name: 'b', type: { kind: 'array', form: 'nestable', length: 2, alignBytes: 0, element: container } },
    ],
  },
  legacyEnum,
  { kind: 'array', form: 'legacy', length: 5, alignBytes: 0, element: legacyEnum },
  {
    kind: 'sequence',
    form: 'legacy',
    lengthType: unsignedInteger(32, 8),
    element: { kind: 'string', encoding: 'UTF8' },
  },
  { kind: 'struct', form: 'legacy', alignBytes: 0, fields: [{ name: 'y', type: container }] },
  { kind: 'variant', form: 'legacy', tagName: 't', alignBytes: 0, choices: [{ name: 'z', type: container }] },
];
const fields: readonly UstField[] = types.map((type, index) => ({ name: `f${index}`, type }));

test('every field type survives encoding and decoding', () => {
  assert.deepEqual(decodeUstFields(encodeUstFields(fields)), fields);
});

test('records have their numbers where liblttng-ust has them', () => {
  const record = (type: UstFieldType): Buffer => Buffer.from(encodeUstFields([{ name: 'f', type }]));
  const integer = record({ ...signedInteger(32, 16), base: 16, encoding: 'UTF8' });
  assert.deepEqual(
    [256, 260, 264, 268, 272, 276].map((at) => integer.readUInt32LE(at)).concat(integer.readUInt16LE(280)),
    [0, 32, 1, 0, 16, 1, 16],
  );
  const nested = record({ kind: 'enum', form: 'nestable', name: 'e', enumId: 5n, container });
  assert.deepEqual([nested.length, nested.readUInt32LE(256), nested.readBigUInt64LE(516)], [2 * 920, 8, 5n]);
  const legacy = record({ kind: 'array', form: 'legacy', length: 5, alignBytes: 0, element: container });
  assert.deepEqual([legacy.length, legacy.readUInt32LE(260), legacy.readUInt32LE(576)], [920, 0, 5]);
  const sequence = record({ kind: 'sequence', form: 'legacy', lengthType: container, element: legacyEnum });
  assert.deepEqual([sequence.readUInt32LE(260), sequence.readUInt32LE(576)], [0, 1]);
  const variant = record({ kind: 'variant', form: 'legacy', tagName: 'tag', alignBytes: 0, choices: [] });
  assert.deepEqual([variant.readUInt32LE(256), variant.toString('latin1', 264, 267)], [6, 'tag']);
});

test('records that are cut, unknown or nested without end are faults of the peer', () => {
  const whole = encodeUstFields(fields);
  for (let records = 0; records < whole.length / 920; records++) {
    const cut = whole.subarray(0, records * 920);
    try {
      decodeUstFields(cut);
    } catch (error) {
      assert.ok(error instanceof ProtocolError);
    }
    assert.throws(() => decodeUstFields(whole.subarray(0, records * 920 + 100)), ProtocolError);
  }
  const unknown = fieldRecord.encode({ name: 'x', abstractType: 99, body: new Uint8Array(632) });
  assert.throws(() => decodeUstFields(unknown), /Unknown abstract type/);
  const array = encodeUstFields([
    { name: '', type: { kind: 'array', form: 'nestable', length: 1, alignBytes: 0, element: container } },
  ]).subarray(0, 920);
  const deep = new Uint8Array(920 * 100);
  for (let at = 0; at < deep.length; at += 920) deep.set(array, at);
  assert.throws(() => decodeUstFields(deep), /too deep/);
});

test('random records either decode or are refused', () => {
  let state = 12345;
  const random = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 16;
  };
  for (let round = 0; round < 200; round++) {
    const records = Uint8Array.from({ length: 920 * 4 }, () => random() & 0xff);
    for (let at = 256; at < records.length; at += 920) records.set([random() % 13, 0, 0, 0], at);
    try {
      decodeUstFields(records);
    } catch (error) {
      assert.ok(error instanceof ProtocolError, String(error));
    }
  }
});

test('enumeration entries keep ranges, signs and automatic values', () => {
  const entries: readonly UstEnumEntry[] = [
    { label: 'A', range: { first: 0n, last: 0n } },
    { label: 'B', range: { first: -5n, last: 10n } },
    { label: 'auto', range: null },
  ];
  assert.deepEqual(decodeUstEnumEntries(encodeUstEnumEntries(entries, true)), entries);
  const huge = [{ label: 'H', range: { first: 1n, last: (1n << 64n) - 1n } }];
  assert.deepEqual(decodeUstEnumEntries(encodeUstEnumEntries(huge, false)), huge);
  assert.throws(() => decodeUstEnumEntries(new Uint8Array(335)), ProtocolError);
});

test('contexts are found by the names of the command line', () => {
  assert.deepEqual(findUstContextByName('vpid'), { kind: 'plain', number: 1 });
  assert.deepEqual(findUstContextByName('perf:thread:cpu-cycles'), {
    kind: 'perf',
    type: 0,
    config: 0n,
    name: 'perf_thread_cpu_cycles',
  });
  assert.deepEqual(findUstContextByName('$app.prov:name'), {
    kind: 'application',
    provider: 'prov',
    name: 'name',
  });
  for (const name of ['pid', 'cpu_id', 'perf:cpu:cycles', 'perf:thread:nothing', '$app.x', '']) {
    assert.equal(findUstContextByName(name), null);
  }
});

test('every context has its fields, aligned as the architecture wants it', () => {
  for (const { name, number } of ustContexts) {
    const [field, ...rest] = contextFields({ kind: 'plain', number }, PACKED_ALIGNMENTS)!;
    assert.deepEqual([field!.name, rest.length], [name, 0]);
  }
  const ip = contextFields({ kind: 'plain', number: 4 }, NATURAL_ALIGNMENTS)!;
  assert.deepEqual(ip, [{ name: 'ip', type: unsignedInteger(64, 64) }]);
  const application = findUstContextByName('$app.p:c')!;
  const [tag, variant] = contextFields(application, PACKED_ALIGNMENTS)!;
  assert.deepEqual([tag!.name, variant!.name], ['$app.p:c_tag', '$app.p:c']);
  assert.ok(equalUstFields([variant!], decodeUstFields(encodeUstFields([variant!]))));
  assert.equal(contextFields({ kind: 'plain', number: 99 }, PACKED_ALIGNMENTS), null);
});

test('names that are no UTF-8, or fill their place without NUL, are compared like others', () => {
  const records = encodeUstFields([{ name: 'x', type: signedInteger(32, 8) }]);
  records.fill(0xff, 0, 256);
  const hostile = decodeUstFields(records);
  assert.ok(equalUstFields(hostile, decodeUstFields(records)));
  assert.ok(!equalUstFields(hostile, [{ name: 'x', type: signedInteger(32, 8) }]));
});
