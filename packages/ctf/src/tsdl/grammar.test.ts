/** What is taken for TSDL and what is not, row by row as Babeltrace 2.0.4 has it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { parseMetadataText } from '../metadata/parse.ts';

interface Grammar {
  readonly text: string;
  readonly parts: Readonly<Record<string, string>>;
  readonly rows: readonly { readonly part: string; readonly text: string; readonly isTaken: boolean }[];
}

const path = join(import.meta.dirname, '..', '..', 'cases', 'tsdl-grammar.json');
const { text, parts, rows }: Grammar = JSON.parse(readFileSync(path, 'utf8'));

/** Where we decide otherwise, and why. */
const OTHERWISE: Readonly<Record<string, string>> = {
  ' align(3)': 'an alignment is a power of two',
  ' align(4294967296)': 'an alignment has a limit',
  'enum : uint8_t { a, b } t; variant <t> { } v;': 'a variant that can hold nothing cannot be read',
  'enum : uint8_t { a } t; variant <event.fields.t> { uint8_t a; } v;': 'the specification has such tags',
  'typealias uint8_t := uint8_t; uint8_t a;': 'a name is looked up in its own scope first',
  'struct q { uint8_t x; };': 'types may be declared in every block',
};

function isTaken(metadata: string): boolean {
  try {
    parseMetadataText(metadata);
    return true;
  } catch (error) {
    // Anything else is a bug.
    if (error instanceof FormatError) return false;
    throw error;
  }
}

for (const row of rows) {
  const isOtherwise = Object.hasOwn(OTHERWISE, row.text);
  test(`${row.isTaken !== isOtherwise ? 'taken' : 'refused'}: ${row.part}: ${row.text}`, () => {
    const filled = { ...parts, [row.part]: row.text };
    const metadata = text.replaceAll(/@([a-z ]+)@/g, (_, part: string) => filled[part] ?? '');
    assert.equal(isTaken(metadata), row.isTaken !== isOtherwise);
  });
}
