import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemError } from '@lttng-ts/base';
import { WriteBehind } from './write-behind.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Calls that are written down as `begin OFFSET LENGTH` and `drop OFFSET LENGTH`. */
function recordedCalls() {
  const calls: string[] = [];
  const note = (name: string) => (file: number, offsetBytes: number, lengthBytes: number) => {
    assert.equal(file, 7);
    calls.push(`${name} ${offsetBytes} ${lengthBytes}`);
  };
  return { calls, pageCache: { beginWriteBack: note('begin'), dropCached: note('drop') } };
}

test('small packets are sent together, every byte once', () => {
  const { calls, pageCache } = recordedCalls();
  const writeBehind = new WriteBehind(pageCache, 7);
  for (let size = 4 * KIB; size <= MIB; size += 4 * KIB) writeBehind.grew(size);
  assert.deepEqual(calls, [`begin 0 ${512 * KIB}`, `begin ${512 * KIB} ${512 * KIB}`]);
});

test('what lies far enough behind is dropped, more than once', () => {
  const { calls, pageCache } = recordedCalls();
  const writeBehind = new WriteBehind(pageCache, 7);
  for (const sizeMib of [4, 5, 100, 101]) writeBehind.grew(sizeMib * MIB);
  assert.deepEqual(
    calls.filter((call) => call.startsWith('drop')),
    [`drop 0 ${MIB}`, `drop ${80 * MIB} ${16 * MIB}`, `drop ${81 * MIB} ${16 * MIB}`],
  );
});

test('a file system that refuses is not asked again', () => {
  let callCount = 0;
  const refuse = () => {
    callCount++;
    throw new SystemError('sync_file_range', 'ESPIPE', {});
  };
  const writeBehind = new WriteBehind({ beginWriteBack: refuse, dropCached: refuse }, 7);
  writeBehind.grew(MIB);
  writeBehind.grew(2 * MIB);
  assert.equal(callCount, 1);
});
