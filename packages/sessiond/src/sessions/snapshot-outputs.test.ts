import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerError } from '@lttng-ts/base';
import { SnapshotOutputs } from './snapshot-outputs.ts';

const refusedAs = (name: string) => (error: unknown) => error instanceof PeerError && error.peerName === name;
const unasked = { name: null, path: null, network: null, maxSizeBytes: null };

test('there is one output; ids go on, and names follow them', () => {
  const outputs = new SnapshotOutputs();
  assert.equal(outputs.add({ ...unasked, path: '/a' }).name, 'snapshot-1');
  assert.throws(() => outputs.add({ ...unasked, path: '/b' }), refusedAs('SNAPSHOT_OUTPUT_EXIST'));
  outputs.remove('1');
  assert.throws(() => outputs.remove('1'), refusedAs('INVALID'));
  assert.deepEqual(outputs.add({ ...unasked, name: 'mine', path: '/b', maxSizeBytes: 5 }), {
    id: 2,
    name: 'mine',
    path: '/b',
    network: null,
    maxSizeBytes: 5,
  });
  outputs.remove('mine');
  assert.deepEqual(outputs.all, []);
});

test('a snapshot goes where it was asked to, else to the output of the session', () => {
  const outputs = new SnapshotOutputs();
  assert.throws(() => outputs.next(unasked, 'D'), refusedAs('SNAPSHOT_FAIL'));
  outputs.add({ ...unasked, name: 'mine', path: '/a', maxSizeBytes: 5 });
  assert.deepEqual(outputs.next(unasked, 'D'), {
    path: '/a/mine-D-0',
    network: null,
    number: 0,
    maxSizeBytes: 5,
  });
  outputs.recorded();
  assert.deepEqual(outputs.next({ ...unasked, name: 'n' }, 'D'), {
    path: '/a/n-D-1',
    network: null,
    number: 1,
    maxSizeBytes: 5,
  });
  assert.deepEqual(outputs.next({ ...unasked, path: '/b' }, 'D'), {
    path: '/b/snapshot-0-D-1',
    network: null,
    number: 1,
    maxSizeBytes: 0,
  });
  for (const name of ['../x', '', '.x']) {
    assert.throws(() => outputs.next({ ...unasked, name }, 'D'), refusedAs('INVALID'));
  }
});
