import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '@lttng-ts/base';
import { folderNames, indexFileName, needsNextFile, streamName, traceFileName } from './chunk-layout.ts';

test('a trace path is split into folder names', () => {
  assert.deepEqual(folderNames('ust/uid/1000/64-bit'), ['ust', 'uid', '1000', '64-bit']);
});

for (const path of [
  '',
  '/ust',
  'ust/',
  'ust//uid',
  '../ust',
  'ust/./uid',
  'ust/../../etc',
  'a\0b',
  'x'.repeat(256),
]) {
  test(`a path that is not below the root is refused: ${JSON.stringify(path.slice(0, 20))}`, () => {
    assert.throws(() => folderNames(path), UsageError);
  });
}

const limits = (traceFileSizeBytes: number, traceFileCount: number) => ({
  traceFileSizeBytes,
  traceFileCount,
});
const names: [string, ReturnType<typeof limits>, readonly string[]][] = [
  ['no limits: one file without a number', limits(0, 0), ['ch_0', 'ch_0']],
  ['a size: numbers without end', limits(4096, 0), ['ch_0_0', 'ch_0_1', 'ch_0_2']],
  ['a size and a count: numbers go round', limits(4096, 2), ['ch_0_0', 'ch_0_1', 'ch_0_0', 'ch_0_1']],
];
for (const [what, limit, expected] of names) {
  test(`names of files: ${what}`, () => {
    assert.deepEqual(
      expected.map((_, turn) => traceFileName(streamName('ch', 0), limit, turn)),
      expected,
    );
  });
}

test('a channel name with a slash never becomes a path', () => {
  assert.throws(() => traceFileName(streamName('../ch', 0), limits(0, 0), 0), UsageError);
  assert.equal(indexFileName('ch_0'), 'ch_0.idx');
});

test('a packet that would pass the limit goes to the next file, never an empty one', () => {
  assert.equal(needsNextFile(limits(8192, 0), 4096, 4096), false);
  assert.equal(needsNextFile(limits(8192, 0), 8192, 4096), true);
  assert.equal(needsNextFile(limits(1000, 0), 0, 4096), false);
  assert.equal(needsNextFile(limits(0, 0), 1e12, 4096), false);
});
