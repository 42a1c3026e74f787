/** What only CTF 2 has, written as CTF 1.8. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Graph, type PlainValues, PluginRegistry, valueMap } from '@lttng-ts/graph';
import { nodeHost } from '../../edge/node-host.ts';
import { standardPlugins } from '../../standard-plugins.ts';

const fixed = (type: string, length: number, more: object = {}): object => ({
  type: `fixed-length-${type}`,
  length,
  'byte-order': 'little-endian',
  alignment: 8,
  ...more,
});
const member = (name: string, fieldClass: object | string): object => ({ name, 'field-class': fieldClass });
const payload = (...members: readonly object[]): object => ({ type: 'structure', 'member-classes': members });
const here = (name: string): object => ({ path: [name] });

/** A folder with a trace of CTF 2 that has one event record class and one packet. */
function traceOf(t: TestContext, fields: object, bytes: readonly number[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'older-form-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const fragments = [
    { type: 'preamble', version: 2 },
    { type: 'trace-class' },
    { type: 'data-stream-class' },
    { type: 'event-record-class', name: 'e', 'payload-field-class': fields },
  ];
  writeFileSync(join(folder, 'metadata'), fragments.map((each) => `\x1e${JSON.stringify(each)}\n`).join(''));
  writeFileSync(join(folder, 'stream'), Uint8Array.from(bytes));
  return folder;
}

/** Runs `source.ctf.fs` and one sink; gives what was printed. */
function run(input: string, sink: readonly [string, string], params: PlainValues): string {
  using node = nodeHost();
  let printed = '';
  const standardOutput = {
    write: (bytes: Uint8Array): void => {
      printed += Buffer.from(bytes).toString('latin1');
    },
  };
  const registry = new PluginRegistry(standardPlugins({ ...node, standardOutput }));
  const find = (kind: 'source' | 'sink', plugin: string, name: string) => {
    const found = registry.findClass(kind, plugin, name);
    assert.ok(found);
    return found;
  };
  using graph = new Graph({ mipVersion: 1 });
  const source = graph.addComponent(find('source', 'ctf', 'fs'), 'source', {
    params: valueMap({ inputs: [input] }),
  });
  const end = graph.addComponent(find('sink', ...sink), 'sink', { params: valueMap(params) });
  graph.connect(source.outputPorts[0]!, end.inputPorts[0]!);
  assert.equal(graph.run(), 'end');
  return printed;
}

/** The part of the metadata that is about the event, and what our reader and Babeltrace 2.0.4 make of the copy. */
function copied(folder: string): { readonly event: string; readonly lines: readonly string[] } {
  const out = join(folder, 'copy');
  run(folder, ['ctf', 'fs'], { path: out, quiet: true, 'ctf-version': '1', 'assume-single-trace': true });
  const metadata = readFileSync(join(out, 'metadata'), 'utf8');
  const text = run(out, ['text', 'pretty'], {});
  const original = spawnSync('/usr/bin/babeltrace2', [out], { encoding: 'utf8' });
  if (original.error === undefined) assert.equal(text, original.stdout, original.stderr);
  return {
    event: metadata.slice(metadata.indexOf('\tfields')),
    lines: text.trimEnd().split('\n'),
  };
}

test('optionals become variants with a tag of their own', (t) => {
  const fields = payload(
    member('there', fixed('boolean', 8)),
    member('o', {
      type: 'optional',
      'selector-field-location': here('there'),
      'field-class': fixed('unsigned-integer', 16),
    }),
    member('__o_tag', fixed('unsigned-integer', 8)),
  );
  const { event, lines } = copied(traceOf(t, fields, [1, 7, 0, 5, 0, 6]));
  assert.match(
    event,
    /\}\s*___o_tag_0;\n\t\tvariant <___o_tag_0> \{\n\t\t\tstruct \{\n\t\t\t\} none;\n\t\t\tinteger \{ size = 16; [^}]*\} content;\n\t\t\} _o;/,
  );
  assert.deepEqual(lines, [
    'e: { there = 1, __o_tag_0 = ( "content" : container = 1 ), o = { 7 }, __o_tag = 5 }',
    'e: { there = 0, __o_tag_0 = ( "none" : container = 0 ), o = { { } }, __o_tag = 6 }',
  ]);
});

test('integers of variable length become integers of 64 bits', (t) => {
  const fields = payload(
    member('u', { type: 'variable-length-unsigned-integer' }),
    member('s', {
      type: 'variable-length-signed-integer',
      mappings: { few: [[-3, -1]] },
      'preferred-display-base': 16,
    }),
  );
  const { event, lines } = copied(traceOf(t, fields, [0xac, 2, 0x7e]));
  assert.match(event, /integer \{ size = 64; align = 8; signed = false;/);
  assert.deepEqual(lines, ['e: { u = 300, s = ( "few" : container = 0xFFFFFFFFFFFFFFFE ) }']);
});

test('variants whose selector has no label for each option get a tag', (t) => {
  const variant = (name: string, selector: string): object =>
    member(name, {
      type: 'variant',
      'selector-field-location': here(selector),
      options: [
        { name: 'a', 'selector-field-ranges': [[0, 0]], 'field-class': fixed('unsigned-integer', 8) },
        { 'selector-field-ranges': [[1, 9]], 'field-class': { type: 'null-terminated-string' } },
      ],
    });
  const fields = payload(member('kind', fixed('unsigned-integer', 8)), variant('v', 'kind'));
  const { lines } = copied(traceOf(t, fields, [0, 5, 3, 0x68, 0x69, 0]));
  assert.deepEqual(lines, [
    'e: { kind = 0, __v_tag = ( "a" : container = 0 ), v = { 5 } }',
    'e: { kind = 3, __v_tag = ( "option1" : container = 1 ), v = { "hi" } }',
  ]);
});

test('a selector with the labels of a variant stays its selector', (t) => {
  const fields = payload(
    member('kind', fixed('unsigned-integer', 8, { mappings: { a: [[0, 0]], b: [[1, 9]], c: [[10, 20]] } })),
    member('v', {
      type: 'variant',
      'selector-field-location': here('kind'),
      options: [
        { name: 'a', 'selector-field-ranges': [[0, 0]], 'field-class': fixed('unsigned-integer', 8) },
        { name: 'b', 'selector-field-ranges': [[1, 9]], 'field-class': { type: 'null-terminated-string' } },
      ],
    }),
  );
  const { lines } = copied(traceOf(t, fields, [0, 5, 3, 0x68, 0x69, 0]));
  assert.deepEqual(lines, [
    'e: { kind = ( "a" : container = 0 ), v = { 5 } }',
    'e: { kind = ( "b" : container = 3 ), v = { "hi" } }',
  ]);
});

test('BLOBs become arrays of bytes, booleans integers, bit maps their bits', (t) => {
  const fields = payload(
    member('blob', { type: 'static-length-blob', length: 2 }),
    member('yes', fixed('boolean', 8)),
    member('map', fixed('bit-map', 8, { flags: { low: [[0, 1]] } })),
    member('n', fixed('unsigned-integer', 8)),
    member('more', { type: 'dynamic-length-blob', 'length-field-location': here('n') }),
    member('text', { type: 'static-length-string', length: 3 }),
  );
  const { lines } = copied(traceOf(t, fields, [1, 0xfe, 9, 3, 1, 0xab, 0x68, 0x69, 0]));
  assert.deepEqual(lines, [
    'e: { blob = [ [0] = 0x1, [1] = 0xFE ], yes = 1, map = 0x3, n = 1, more = [ [0] = 0xAB ], text = "hi" }',
  ]);
});

test('what CTF 1.8 has no place for is refused before anything is written', (t) => {
  const fields = payload(
    member('there', fixed('boolean', 8)),
    member('list', {
      type: 'static-length-array',
      length: 2,
      'element-field-class': {
        type: 'optional',
        'selector-field-location': here('there'),
        'field-class': fixed('unsigned-integer', 16),
      },
    }),
  );
  const folder = traceOf(t, fields, [0, 0]);
  assert.throws(() => copied(folder), /Cannot write this to CTF/);
});
