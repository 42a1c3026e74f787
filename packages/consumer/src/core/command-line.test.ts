import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '@lttng-ts/base';
import { parseConsumerOptions } from './command-line.ts';

test('the owner is named by numbers; the link is descriptor 3 unless told', () => {
  assert.deepEqual(parseConsumerOptions(['--owner-uid', '1000', '--owner-gid', '0']), {
    ownerUid: 1000,
    ownerGid: 0,
    linkFd: 3,
  });
});

for (const args of [
  [],
  ['--owner-uid', '0'],
  ['--owner-uid', '-1', '--owner-gid', '0'],
  ['--owner-uid', 'root', '--owner-gid', '0'],
  ['--owner-uid', '4294967295', '--owner-gid', '0'],
  ['--owner-uid', '0', '--owner-gid'],
  ['--toString', '1'],
]) {
  test(`refused: ${JSON.stringify(args)}`, () => {
    assert.throws(() => parseConsumerOptions(args), UsageError);
  });
}
