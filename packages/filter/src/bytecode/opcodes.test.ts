import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compileFilter } from '../compile-filter.ts';
import { disassemble } from './disassemble.ts';
import { opcodeTable } from './opcode-page.ts';
import { OPCODES } from './opcodes.ts';

test('instruction numbers run from 1 to 99 without holes, and names are unique', () => {
  assert.deepEqual(
    OPCODES.map(({ number }) => number),
    Array.from({ length: 99 }, (_, i) => i + 1),
  );
  assert.equal(new Set(OPCODES.map(({ mnemonic }) => mnemonic)).size, 99);
});

test('the page about bytecode holds the table of instructions', () => {
  const page = readFileSync(new URL('../../../../docs/filter-bytecode.md', import.meta.url), 'utf8');
  assert.ok(page.includes(opcodeTable()), `docs/filter-bytecode.md must hold:\n${opcodeTable()}`);
});

test('a disassembly shows offsets, names and operands', () => {
  assert.equal(
    disassemble(compileFilter('$ctx.vpid == 12 && arr[2] != -1 || m == "a*b"')),
    [
      '0 GET_CONTEXT_REF $ctx.vpid',
      '3 LOAD_S64 12',
      '12 EQ',
      '13 AND 41',
      '16 GET_PAYLOAD_ROOT',
      '17 GET_SYMBOL arr',
      '20 GET_INDEX_U64 2',
      '29 LOAD_FIELD',
      '30 LOAD_S64 1',
      '39 UNARY_MINUS',
      '40 NE',
      '41 OR 53',
      '44 LOAD_FIELD_REF m',
      '47 LOAD_STAR_GLOB_STRING "a*b"',
      '52 EQ',
      '53 RETURN',
    ].join('\n'),
  );
});
