import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Fd } from './fd.ts';
import { native, refused, skip } from './testing/require-native.ts';

const folder = mkdtempSync(join(tmpdir(), 'lttng-ts-native-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const isOpen = (fd: Fd) => existsSync(`/proc/self/fd/${fd}`);
const flagsOf = (fd: Fd) =>
  Number.parseInt(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/flags:\s+(\d+)/)?.[1] ?? '', 8);
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

test('a pipe is close-on-exec and blocks only where it is asked to', { skip }, () => {
  const { readEnd, writeEnd } = native.pipe({ isWriteNonblocking: true });
  assert.equal(flagsOf(readEnd) & (O_NONBLOCK | O_CLOEXEC), O_CLOEXEC);
  assert.equal(flagsOf(writeEnd) & (O_NONBLOCK | O_CLOEXEC), O_NONBLOCK | O_CLOEXEC);
  native.setNonblocking(readEnd);
  assert.equal(native.read(readEnd, new Uint8Array(8)), 'again');
  native.setCloseOnExec(readEnd, false);
  assert.equal(flagsOf(readEnd) & O_CLOEXEC, 0);
  const copy = native.dup(readEnd);
  assert.equal(flagsOf(copy) & O_CLOEXEC, O_CLOEXEC);
  assert.equal(readlinkSync(`/proc/self/fd/${copy}`), readlinkSync(`/proc/self/fd/${readEnd}`));
  for (const fd of [readEnd, writeEnd, copy]) native.close(fd);
  assert.throws(() => native.close(copy), refused('close', 'EBADF'));
});

test('a full pipe is asked again, a broken one is an error and no signal', { skip }, () => {
  let signals = 0;
  const count = () => signals++;
  process.on('SIGPIPE', count);
  const { readEnd, writeEnd } = native.pipe({ isReadNonblocking: true, isWriteNonblocking: true });
  assert.equal(native.write(writeEnd, Uint8Array.of(1, 2)), 2);
  const into = new Uint8Array(8);
  assert.equal(native.read(readEnd, into), 2);
  assert.deepEqual(into.subarray(0, 2), Uint8Array.of(1, 2));
  let written: number | 'again' = 0;
  while (written !== 'again') written = native.write(writeEnd, new Uint8Array(65536));
  native.close(readEnd);
  assert.throws(() => native.write(writeEnd, Uint8Array.of(1)), refused('write', 'EPIPE'));
  native.close(writeEnd);
  process.off('SIGPIPE', count);
  assert.equal(signals, 0);
});

test('a lock has one owner', { skip }, () => {
  const memory = native.memfdCreate('lock');
  const path = `/proc/self/fd/${memory}`;
  const other = native.dup(memory);
  assert.equal(native.flock(memory, 'exclusive'), true);
  // A copy of the descriptor is the same owner.
  assert.equal(native.flock(other, 'exclusive'), true);
  assert.equal(native.flock(memory, 'unlock'), true);
  assert.ok(existsSync(path));
  native.close(memory);
  native.close(other);
});

test('a socket that is there already is not taken away', { skip }, () => {
  const path = join(folder, 'socket');
  assert.throws(() => native.connectUnix(path), refused('connect', 'ENOENT'));
  const listener = native.listenUnix(path, 2);
  assert.equal(native.accept(listener), 'again');
  assert.throws(() => native.listenUnix(path, 2), refused('bind', 'EADDRINUSE'));
  assert.throws(() => native.listenUnix(`${folder}/${'x'.repeat(200)}`, 2), refused('bind', 'ENAMETOOLONG'));
  const client = native.connectUnix(path);
  const server = native.accept(listener);
  assert.ok(server !== 'again');
  const { pid, uid, gid } = native.peerCredentials(server);
  assert.deepEqual([pid, uid, gid], [process.pid, process.getuid?.(), process.getgid?.()]);
  for (const fd of [listener, client, server]) native.close(fd);
  assert.throws(() => native.connectUnix(path), refused('connect', 'ECONNREFUSED'));
});

test('descriptors travel with bytes, and none is lost', { skip }, () => {
  const [a, b] = native.socketPair();
  const { readEnd, writeEnd } = native.pipe({ isReadNonblocking: true });
  assert.equal(native.sendMessage(a, Uint8Array.of(7), [writeEnd]), 1);
  assert.equal(native.sendMessage(a, Uint8Array.of(8, 9)), 2);
  const into = new Uint8Array(8);
  const first = native.receiveMessage(b, into, 2);
  assert.ok(first !== 'again');
  // Bytes that carried descriptors end a read.
  assert.deepEqual([first.lengthBytes, first.fds.length], [1, 1]);
  const [received] = first.fds;
  assert.ok(received !== undefined && (flagsOf(received) & O_CLOEXEC) !== 0);
  native.write(received, Uint8Array.of(5));
  assert.equal(native.read(readEnd, into), 1);
  const second = native.receiveMessage(b, into);
  assert.deepEqual(second, { lengthBytes: 2, fds: [] });
  assert.equal(native.receiveMessage(b, into), 'again');

  // More than were asked for: all are closed.
  assert.equal(native.sendMessage(a, Uint8Array.of(1), [readEnd, writeEnd]), 1);
  const before = native.dup(a);
  assert.throws(() => native.receiveMessage(b, into, 1), refused('recvmsg', 'EMSGSIZE'));
  const next = native.dup(a);
  assert.equal(next, before + 1);
  for (const fd of [before, next, received, readEnd, writeEnd, a]) native.close(fd);
  assert.deepEqual(native.receiveMessage(b, into), { lengthBytes: 0, fds: [] });
  native.close(b);
});

test('what a thread has open for itself is closed when it is terminated', { skip }, async () => {
  const { readEnd, writeEnd } = native.pipe({ isReadNonblocking: true });
  const source = `
    const { workerData, parentPort } = require('node:worker_threads');
    import(workerData.index).then(({ loadNative }) => {
      const native = loadNative();
      native.closeAtEnd(workerData.writeEnd);
      const own = native.dup(workerData.writeEnd);
      native.closeAtEnd(own);
      native.close(own);
      parentPort.postMessage(own);
      setInterval(() => {}, 1000);
    });`;
  const index = new URL('./index.js', import.meta.url).href;
  const worker = new Worker(source, { eval: true, workerData: { index, writeEnd } });
  const own = await new Promise<Fd>((resolve) => worker.once('message', resolve));
  assert.equal(isOpen(own), false);
  assert.equal(native.read(readEnd, new Uint8Array(1)), 'again');
  await worker.terminate();
  assert.equal(native.read(readEnd, new Uint8Array(1)), 0, 'the last writer is gone');
  native.close(readEnd);
});
