/** What TSDL is accepted and refused: each row as babeltrace2 2.0.4 has it, unless it says something else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { parseTraceClass } from './translate.ts';

const PRELUDE = `/* CTF 1.8 */
typealias integer { size = 8; align = 8; signed = false; } := uint8_t;
typealias integer { size = 32; align = 8; signed = false; } := uint32_t;
typealias integer { size = 32; align = 8; signed = true; } := int;
trace { major = 1; minor = 8; byte_order = le; packet.header := struct { uint32_t magic; }; };
`;

const fields = (text: string): string => `event { name = "e"; fields := struct { ${text} }; };`;

const ACCEPTED: readonly string[] = [
  '',
  fields('uint8_t a[0x10]; uint8_t b[010];'),
  fields('uint8_t a[2][3];'),
  fields('enum : uint8_t { int = 1, struct, "A b" = 3, X, } e;'),
  fields('enum : uint8_t { A, A } e;'),
  fields('integer { size = 8; signed = 2; byte_order = "le"; map = foo; colour = 3; } a;'),
  fields('typedef uint8_t foo; foo a; uint8_t typedef bar; bar b;'),
  fields('uint8_t n; struct { uint8_t a[n]; } s;'),
  fields('struct { uint8_t n; } s; uint8_t a[s.n]; uint8_t b[event.fields.s.n];'),
  fields('uint8_t a[trace.packet.header.magic];'),
  fields('uint8_t bool;'),
  `stream { event.context := struct { uint8_t n; }; }; ${fields('uint8_t a[stream.event.context.n];')}`,
  `env { cpus = 3; }; ${fields('uint8_t a[env.cpus];')}`,
  'typealias uint8_t := unsigned char;',
  'typealias uint8_t := int8_t; struct a { int8_t x; };',
  'variant v { uint8_t A; }; event { name = "e"; fields := struct { enum : uint8_t { A } t; variant v <t> x; }; };',
  'env { a = x; b = -0x5; c = "two\nlines"; d = \'x\'; };',
  'clock { name = x; freq = 5; colour = 1; }; clock { name = x; freq = 6; };',
  'callsite { name = "a"; func = "b"; file = "c"; line = 3; };',
  'enum x { A = 1024 };',
];

const REFUSED: readonly (readonly [text: string, message: string])[] = [
  [fields('uint8_t a[-1];'), 'Array length out of range: length=-1'],
  [fields('uint8_t a["x"];'), 'Expected the name of a field'],
  [fields('enum : uint8_t { } e;'), 'Enumeration without entries: found="e"'],
  [
    fields('enum : floating_point { exp_dig = 8; mant_dig = 24; } { A } e;'),
    'Enumeration of something else than an integer',
  ],
  [fields('integer { size = 8; size = 8; } a;'), 'Attribute "size" is given twice: found="="'],
  [fields('integer { size = 65; } a;'), 'Integer size out of range: value=65, range=1..64'],
  [fields('integer { size = 8; align = 3; } a;'), 'Alignment is not a power of two: alignment=3'],
  [fields('struct { uint8_t x; };'), 'Field without a name'],
  [fields('uint8_t a; uint8_t a;'), 'Field is declared twice: name="a"'],
  [fields('uint8_t trace;'), 'Expected a name, not a keyword: found="trace"'],
  [fields('uint8_t a[n]; uint8_t n;'), 'No such field: path="n"'],
  [fields('int n; uint8_t a[n];'), 'Length is not an unsigned integer: kind="signed-integer"'],
  [fields('uint8_t t; variant <t> { uint8_t A; } v;'), 'The tag of a variant is not an enumeration'],
  [
    `stream { event.context := struct { uint8_t n; }; }; ${fields('uint8_t a[n];')}`,
    'No such field: path="n"',
  ],
  ['struct a { struct b x; }; struct b { uint8_t x; };', 'Unknown structure: name="b"'],
  ['struct a { uint8_t x; }; struct a { uint8_t x; };', 'Type is declared twice: name="a"'],
  ['event { name = "a" "b"; };', 'Expected ";": found="b"'],
  ['typedef undefined foo;', 'Unknown type: name="undefined"'],
  ['typedef variant { uint8_t a; } foo;', 'Type definition of a variant without a tag'],
  ['typealias uint8_t a := foo;', 'A type alias has no name before ":=": found=":="'],
  ['uint8_t x;', 'Field outside of a structure'],
  ['x = 5;', 'Attribute outside of a block: name="x"'],
  [
    'stream { event.header := struct { string id; }; };',
    'Reserved field has a wrong type: name="id", reason="it is not an unsigned integer"',
  ],
  [
    'stream { packet.context := struct { int packet_size; }; };',
    'Reserved field has a wrong type: name="packet_size", reason="it is not an unsigned integer"',
  ],
  [
    'event { name = "a"; id = 0; }; event { name = "b"; id = 1; };',
    'Several events and no id in the event header: stream-id=0, count=2',
  ],
  ['event { name = "a"; stream_id = 3; };', 'Event of an unknown stream: stream-id=3'],
  ['clock { freq = 1; };', 'Clock without a name'],
  ['clock { name = x; freq = 0; };', 'Clock frequency is zero'],
  ['clock { name = x; freq = 1; absolute = maybe; };', 'Not true or false: name="absolute"'],
  ['env { a = 99999999999999999999; };', 'Number out of range: value=99999999999999999999'],
  ['env { a = --5; };', 'Expected a number: found="-"'],
  ['env { a = "\\q"; };', 'Unknown escape sequence: code="q"'],
  ['env { a = 08; };', 'Wrong octal number: text="08"'],
  ['env { a = "x; };', 'String without an end'],
  // Differs from upstream: the lexer of Babeltrace takes the rest of the text for a comment.
  ['/* no end', 'Comment without an end'],
  [PRELUDE, 'Metadata has two trace blocks'],
];

for (const text of ACCEPTED) {
  test(`TSDL is accepted: ${JSON.stringify(text)}`, () => {
    parseTraceClass(PRELUDE + text);
  });
}

for (const [text, message] of REFUSED) {
  test(`TSDL is refused: ${message}`, () => {
    assert.throws(
      () => parseTraceClass(PRELUDE + text),
      (error) => {
        assert.ok(error instanceof FormatError);
        assert.equal(error.message, message);
        assert.match(error.story, /^Metadata: line=\d+, column=\d+/);
        return true;
      },
    );
  });
}

test('a trace block without its attributes is refused', () => {
  for (const attributes of [
    'major = 1; byte_order = le;',
    'major = 1; minor = 8;',
    'major = 1; minor = 8; byte_order = native;',
  ]) {
    assert.throws(() => parseTraceClass(`trace { ${attributes} };`), FormatError);
  }
});

test('escape sequences of strings are those of babeltrace2: three digits at most, and a NUL ends the string', () => {
  const { environment } = parseTraceClass(
    `${PRELUDE}env { a = "\\x41\\x023\\x0231 \\101\\0431\\t\\"\\0 not seen"; };`,
  );
  assert.equal(environment.get('a'), 'A##1 A#1\t"');
});
