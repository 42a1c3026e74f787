import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerError } from '@lttng-ts/base';
import { SessionChunks } from './session-chunks.ts';

const active = { isActive: true, wasStarted: true };
const stopped = { isActive: false, wasStarted: true };
const at = (timeS: number) => ({ timeS, utcOffsetMinutes: 0 });
const refusedAs = (name: string) => (error: unknown) => error instanceof PeerError && error.peerName === name;

test('the first chunk lies in the output itself, later ones have a folder of their own', () => {
  const chunks = new SessionChunks('/out');
  assert.throws(
    () => chunks.rotate({ isActive: false, wasStarted: false }, at(0)),
    refusedAs('START_SESSION_ONCE'),
  );
  chunks.begin(at(0));
  assert.deepEqual(chunks.open, { chunkId: 0, creationTimeS: 0, rootPath: '/out', isRootShared: true });
  assert.equal(chunks.destroy(at(1)), null);
  assert.equal(chunks.rotate(active, at(1)), '/out/archives/19700101T000000+0000-19700101T000001+0000-0');
  assert.throws(() => chunks.rotate(active, at(2)), refusedAs('ROTATION_PENDING'));
  chunks.rotated();
  assert.deepEqual(chunks.open, {
    chunkId: 1,
    creationTimeS: 1,
    rootPath: '/out/19700101T000001+0000-1',
    isRootShared: false,
  });
  assert.equal(chunks.destroy(at(2)), '/out/archives/19700101T000001+0000-19700101T000002+0000-1');
});

test('a stopped session is rotated once, and goes on in a chunk of its own', () => {
  const chunks = new SessionChunks('/out');
  chunks.begin(at(0));
  chunks.rotate(stopped, at(1));
  chunks.rotated();
  assert.deepEqual([chunks.open], [null]);
  assert.throws(() => chunks.rotate(stopped, at(2)), refusedAs('ROTATION_MULTIPLE_AFTER_STOP'));
  assert.equal(chunks.clear(stopped, at(2)), null);
  assert.equal(chunks.destroy(at(2)), null);
  chunks.begin(at(3));
  chunks.started();
  assert.equal(chunks.open?.rootPath, '/out/19700101T000003+0000-1');
});

test('a chunk that is cleared uses up its id; without archives the layout stays plain', () => {
  const chunks = new SessionChunks('/out');
  chunks.begin(at(0));
  assert.deepEqual(chunks.clear(active, at(1)), { kind: 'remove' });
  assert.deepEqual(chunks.open, { chunkId: 1, creationTimeS: 1, rootPath: '/out', isRootShared: true });
  assert.deepEqual(chunks.clear(stopped, at(2)), { kind: 'remove' });
  // Upstream's words for it are those of a session that was rotated.
  assert.throws(() => chunks.rotate(stopped, at(3)), refusedAs('ROTATION_MULTIPLE_AFTER_STOP'));
});

test('a session without output is cleared, never rotated', () => {
  const chunks = new SessionChunks(null);
  chunks.begin(at(0));
  assert.throws(() => chunks.rotate(active, at(1)), refusedAs('ROTATION_NOT_AVAILABLE'));
  assert.deepEqual(chunks.clear(active, at(1)), { kind: 'remove' });
  assert.equal(chunks.open?.rootPath, null);
});

test('a change that failed is undone', () => {
  const chunks = new SessionChunks('/out');
  chunks.begin(at(0));
  const undo = chunks.checkpoint();
  chunks.rotate(active, at(1));
  undo();
  chunks.rotated();
  assert.deepEqual(chunks.open, { chunkId: 0, creationTimeS: 0, rootPath: '/out', isRootShared: true });
  assert.equal(chunks.destroy(at(2)), null);
});
