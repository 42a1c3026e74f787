/** Metadata of CTF 2: what is refused, and with which words; what the model says of what is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { packMetadata } from '../metadata/packets.ts';
import { parseMetadata, parseMetadataText } from '../metadata/parse.ts';
import { parseJson } from './json.ts';

type Json = { readonly [name: string]: unknown };

const PREAMBLE = { type: 'preamble', version: 2 };
const STREAM = { type: 'data-stream-class' };
const U8 = { type: 'fixed-length-unsigned-integer', length: 8, 'byte-order': 'little-endian' };

const metadata = (...fragments: readonly Json[]): string =>
  fragments.map((fragment) => `\x1e${JSON.stringify(fragment)}\n`).join('');

const structure = (members: Json): Json => ({
  type: 'structure',
  'member-classes': Object.entries(members).map(([name, fieldClass]) => ({
    name,
    'field-class': fieldClass,
  })),
});

const event = (members: Json): string =>
  metadata(PREAMBLE, STREAM, { type: 'event-record-class', 'payload-field-class': structure(members) });

const REFUSED: readonly (readonly [text: string, message: string])[] = [
  ['{}', 'Expected a type: found="{"'],
  ['\x1e', 'Metadata has no preamble'],
  ['\x1e[]', 'Wrong type: of="fragment", expected="object", found="array"'],
  ['\x1e{}', 'Fragment without a type'],
  ['\x1e{"type": "preamble", "version": 2} x', 'Expected the end of the fragment: found="x"'],
  [metadata(STREAM), 'A preamble must be the first fragment, and the only one'],
  [metadata(PREAMBLE, PREAMBLE), 'A preamble must be the first fragment, and the only one'],
  [metadata(PREAMBLE), 'Metadata has no data stream class'],
  [metadata({ ...PREAMBLE, version: 3 }), 'Unknown CTF version: expected=2'],
  [metadata({ ...PREAMBLE, uuid: [1] }), 'UUID has a wrong length: bytes=1'],
  [metadata(PREAMBLE, { type: 'nothing' }), 'Unknown fragment: type="nothing"'],
  [metadata(PREAMBLE, { ...STREAM, colour: 1 }), 'Unknown property: of="data-stream-class", name="colour"'],
  [metadata(PREAMBLE, { ...STREAM, extensions: { 'a.b': {} } }), 'Unknown extension: namespace="a.b"'],
  [metadata(PREAMBLE, STREAM, STREAM), 'Data stream class is declared twice: id=0'],
  [metadata(PREAMBLE, STREAM, { type: 'trace-class' }), 'Trace class comes after a data stream class'],
  [metadata(PREAMBLE, { ...STREAM, 'default-clock-class-id': 'c' }), 'Unknown clock class: id="c"'],
  [
    metadata(PREAMBLE, { type: 'clock-class', id: 'c', frequency: 5, 'offset-from-origin': { cycles: 5 } }),
    'Value out of range: of="cycles", value=5, range=0..4',
  ],
  [
    metadata(PREAMBLE, STREAM, { type: 'event-record-class', 'data-stream-class-id': 1 }),
    'Event record class of an unknown data stream class: id=1',
  ],
  [event({ a: { ...U8, length: 65 } }), 'Value out of range: of="length", value=65, range=1..64'],
  [event({ a: { ...U8, alignment: 6 } }), 'Alignment is not a power of two: of="alignment", alignment=6'],
  [event({ a: { ...U8, 'byte-order': 'pdp' } }), 'Unknown value: of="byte-order", value="pdp"'],
  [
    event({ a: { ...U8, mappings: { x: [[2, 1]] } } }),
    'Range is upside down: of="mappings", lower=2, upper=1',
  ],
  [event({ a: 'u8' }), 'Unknown alias: name="u8"'],
  [event({ a: { type: 'variant' } }), 'Missing property: of="variant", name="selector-field-location"'],
  [
    event({
      a: { type: 'dynamic-length-blob', 'length-field-location': { path: ['n'] } },
      n: U8,
    }),
    'Field location leads nowhere: origin="event-record-payload", path="n", reason="it comes later"',
  ],
  [
    event({ n: U8, a: { type: 'optional', 'selector-field-location': { path: ['n'] }, 'field-class': U8 } }),
    'Field location leads nowhere: origin="event-record-payload", path="n", reason="it is of kind unsigned-integer"',
  ],
  [
    event({ a: { type: 'dynamic-length-blob', 'length-field-location': { path: [null, null, 'n'] } } }),
    'Path of a field location leaves its root structure',
  ],
  [
    event({
      n: U8,
      v: {
        type: 'variant',
        'selector-field-location': { path: ['n'] },
        options: [
          { 'selector-field-ranges': [[0, 5]], 'field-class': U8 },
          { 'selector-field-ranges': [[5, 6]], 'field-class': U8 },
        ],
      },
    }),
    'Selector ranges overlap: lower=5, upper=5',
  ],
];

for (const [text, message] of REFUSED) {
  test(`metadata of CTF 2 is refused: ${message}`, () => {
    assert.throws(
      () => parseMetadataText(text),
      (error) => {
        assert.ok(error instanceof FormatError);
        assert.equal(error.message, message);
        assert.match(error.story, /^Metadata: line=\d+, column=\d+/);
        return true;
      },
    );
  });
}

test('JSON integers are exact, and 1.0 is none', () => {
  const node = parseJson('[18446744073709551615, -9223372036854775808, 1.0, 1e3, -0]');
  assert.ok(node.kind === 'array');
  assert.deepEqual(
    node.elements.map((element) => ('value' in element ? [element.kind, element.value] : null)),
    [
      ['integer', 18446744073709551615n],
      ['integer', -9223372036854775808n],
      ['real', 1],
      ['real', 1000],
      ['integer', 0n],
    ],
  );
});

test('JSON strings keep their characters, and names may be those of prototypes', () => {
  const node = parseJson(String.raw`{"__proto__": "\u00e9\ud83d\ude00\n\/", "constructor": null}`);
  assert.ok(node.kind === 'object');
  const first = node.members.get('__proto__');
  assert.ok(first?.kind === 'string');
  assert.equal(first.value, 'é😀\n/');
  for (const text of ['"\\x"', '"a', '"\n"', '[1,]', '{"a" 1}', '01', '1.', '-', 'nul', '[[', '']) {
    assert.throws(() => parseJson(text), FormatError, text);
  }
  assert.throws(() => parseJson('['.repeat(100_000)), FormatError);
});

test('metadata of CTF 2 in packets of either byte order is read', () => {
  const text = metadata(PREAMBLE, STREAM);
  for (const byteOrder of ['little-endian', 'big-endian'] as const) {
    const file = packMetadata(text, { uuid: '01234567-89ab-cdef-0123-456789abcdef', byteOrder });
    assert.equal(parseMetadata(file).traceClass.format, 'ctf-2');
  }
});

test('identities, clocks and attributes arrive in the model', () => {
  const { clockClasses, dataStreamClasses, namespace, uid, environment, uuid } = parseMetadataText(
    metadata(
      { ...PREAMBLE, uuid: [...Array(16).keys()] },
      { type: 'trace-class', namespace: 'ns', name: 'n', uid: 'u', environment: { a: 'b', c: -3 } },
      {
        type: 'clock-class',
        id: 'c',
        frequency: 1000,
        precision: 2,
        origin: { name: 'o', uid: 'v' },
        'offset-from-origin': { seconds: -1, cycles: 999 },
      },
      {
        ...STREAM,
        'default-clock-class-id': 'c',
        'event-record-header-field-class': structure({
          t: { ...U8, roles: ['default-clock-timestamp'] },
          id: { type: 'variable-length-unsigned-integer', roles: ['event-record-class-id'] },
        }),
      },
      {
        type: 'event-record-class',
        id: 7,
        attributes: { 'lttng.org,2009': { 'log-level': 'debug:line', 'emf-uri': 'http://x' } },
      },
    ),
  );
  assert.deepEqual(
    { namespace, uid, uuid },
    {
      namespace: 'ns',
      uid: 'u',
      uuid: '00010203-0405-0607-0809-0a0b0c0d0e0f',
    },
  );
  assert.deepEqual(
    [...environment],
    [
      ['a', 'b'],
      ['c', -3n],
    ],
  );
  const [clock] = clockClasses;
  assert.deepEqual(clock?.origin, { namespace: null, name: 'o', uid: 'v' });
  assert.equal(clock?.offsetSeconds, -1n);
  const stream = dataStreamClasses.get(0n);
  assert.equal(stream?.defaultClockClass, clock);
  const [time, id] = (stream?.eventRecordHeader?.members ?? []).map(({ fieldClass }) => fieldClass);
  assert.ok(time?.kind === 'unsigned-integer' && id?.kind === 'unsigned-integer');
  assert.deepEqual([time.roles, time.clockClass], [['default-clock-timestamp'], clock]);
  assert.deepEqual([id.roles, id.isVariableLength], [['event-record-class-id'], true]);
  const event = stream?.eventRecordClasses.get(7n);
  assert.deepEqual([event?.logLevel, event?.emfUri], [13, 'http://x']);
});
