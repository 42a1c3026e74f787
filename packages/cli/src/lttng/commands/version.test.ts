import assert from 'node:assert/strict';
import { test } from 'node:test';
import { miDocument } from '../render/mi.ts';
import { linesOf, versionLine } from '../render/text.ts';
import { versionInfo } from './version.ts';

const patches = [
  { name: 'fix-1', description: 'faster start' },
  { name: 'fix-2', description: '' },
];
const patched = versionInfo({ version: '1.2.3', commit: 'abcdef', patches });
const plain = versionInfo({ version: '1.2.3', commit: null, patches: [] });

test('the version tells name, commit and patches as far as there are some', () => {
  assert.equal(versionLine(plain), 'lttng (LTTng Trace Control) 2.13.9 - lttng-ts 1.2.3');
  assert.equal(
    versionLine(patched),
    'lttng (LTTng Trace Control) 2.13.9 - lttng-ts 1.2.3 - abcdef - fix-1, fix-2',
  );
  const lines = linesOf({ kind: 'version', version: patched });
  assert.equal(lines[0], 'lttng version 2.13.9 - lttng-ts 1.2.3 - abcdef - fix-1, fix-2');
  assert.deepEqual(lines.slice(-4), ['', 'Patches of vendors:', '  fix-1: faster start', '  fix-2']);
});

test('so does the machine interface', () => {
  const document = miDocument('version', [{ kind: 'version', version: patched }], true);
  assert.match(document, /<commit>abcdef<\/commit>/);
  assert.match(document, / Patches of vendors: fix-1, fix-2\.<\/description>/);
});
