import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnacknowledgedBytes } from './unacknowledged-bytes.ts';

test('bytes are kept until all of their piece is acknowledged', () => {
  const bytes = new UnacknowledgedBytes();
  const done: string[] = [];
  bytes.add(Uint8Array.of(1, 2, 3), () => done.push('first'));
  bytes.add(Uint8Array.of(4, 5), () => done.push('second'));
  const from = (offset: number): readonly number[] => [...bytes.from(offset)].flatMap((part) => [...part]);
  assert.deepEqual(from(0), [1, 2, 3, 4, 5]);
  assert.deepEqual(from(2), [3, 4, 5]);
  bytes.acknowledge(2);
  assert.deepEqual([done, from(2)], [[], [3, 4, 5]]);
  bytes.acknowledge(4);
  assert.deepEqual([done, from(4)], [['first'], [5]]);
  bytes.acknowledge(5);
  assert.deepEqual([done, from(5)], [['first', 'second'], []]);
});
