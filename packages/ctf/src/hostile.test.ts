/** Metadata that is made to hang or to eat memory: a clear error, soon. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { parseMetadataText } from './metadata/parse.ts';

const tsdl = (text: string): string => `trace { major = 1; minor = 8; byte_order = le; };\n${text}`;
const ctf2 = (...fragments: readonly string[]): string =>
  ['{"type": "preamble", "version": 2}', ...fragments].map((fragment) => `\x1e${fragment}`).join('');
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

const doubled = (i: number): string => `struct a${i + 1} { struct a${i} a; struct a${i} b; };`;
const doubledAlias = (i: number): string =>
  `{"type": "field-class-alias", "name": "a${i + 1}", "field-class": {"type": "structure", "member-classes": [` +
  `{"name": "a", "field-class": "a${i}"}, {"name": "b", "field-class": "a${i}"}]}}`;

const REFUSED: readonly (readonly [what: string, text: () => string, message: RegExp])[] = [
  [
    'structures that double',
    () => tsdl(`struct a0 { string x; }; ${numbers(30).map(doubled).join('\n')}`),
    /^Too many field classes/,
  ],
  [
    'aliases that double',
    () =>
      ctf2(
        '{"type": "field-class-alias", "name": "a0", "field-class": {"type": "null-terminated-string"}}',
        ...numbers(30).map(doubledAlias),
      ),
    /^Too many field classes/,
  ],
  [
    'structures in structures',
    () => tsdl(`event { fields := ${'struct { '.repeat(100_000)}`),
    /^Metadata nested/,
  ],
  ['arrays in arrays', () => `\x1e${'['.repeat(100_000)}`, /^Metadata nested/],
  [
    'a number of a million digits',
    () => tsdl(`env { a = ${'9'.repeat(1_000_000)}; };`),
    /^Number out of range/,
  ],
  ['a string without an end', () => tsdl(`env { a = "${'x\\n'.repeat(1_000_000)}`), /^String without an end/],
  ['a string of millions', () => tsdl(`env { a = "${'x\\n'.repeat(1_000_000)}"; };`), /^String too long/],
  ['a comment without an end', () => tsdl(`/*${' *'.repeat(1_000_000)}`), /^Comment without an end/],
];

for (const [what, text, message] of REFUSED) {
  test(`${what}: refused`, { timeout: 60_000 }, () => {
    assert.throws(
      () => parseMetadataText(text()),
      (error) => error instanceof FormatError && message.test(error.message),
    );
  });
}

test('long strings, comments and many fields are read', { timeout: 60_000 }, () => {
  const fields = numbers(5_000)
    .map((i) => `string f${i};`)
    .join('');
  const long = 'x\\n'.repeat(100_000);
  const { environment, dataStreamClasses } = parseMetadataText(
    tsdl(
      `/*${' '.repeat(1_000_000)}*/ env { a = "${long}"; }; event { name = e; fields := struct { ${fields} }; };`,
    ),
  );
  assert.equal(String(environment.get('a')).length, 200_000);
  assert.equal(dataStreamClasses.get(0n)?.eventRecordClasses.get(0n)?.payload?.members.length, 5_000);
});
