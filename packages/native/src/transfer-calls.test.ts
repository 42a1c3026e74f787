import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Fd } from './fd.ts';
import { fd } from './fd.ts';
import { native, skip } from './testing/require-native.ts';

/** A file, and a connection to move bytes from. */
function ends() {
  const folder = mkdtempSync(join(tmpdir(), 'lttng-ts-transfer-'));
  const path = join(folder, 'file');
  const file = fd(openSync(path, 'w+'));
  const [from, to] = native.socketPair();
  return {
    file,
    from,
    to,
    content: () => readFileSync(path),
    [Symbol.dispose]() {
      closeSync(file);
      native.close(from);
      native.close(to);
      rmSync(folder, { recursive: true });
    },
  };
}

test('bytes of a socket come to a place in a file, and what follows them to the caller', { skip }, () => {
  using pair = ends();
  const next = new Uint8Array(3);
  assert.equal(native.receiveToFile(pair.from, pair.file, 0, 4, next), 'again');
  native.write(pair.to, Uint8Array.of(1, 2));
  const partial = native.receiveToFile(pair.from, pair.file, 1, 4, next);
  assert.deepEqual(partial, { contentBytes: 2, nextBytes: 0, fileErrno: null });
  native.write(pair.to, Uint8Array.of(3, 4, 5, 6, 7, 8, 9));
  const whole = native.receiveToFile(pair.from, pair.file, 3, 2, next);
  assert.deepEqual(whole, { contentBytes: 2, nextBytes: 3, fileErrno: null });
  assert.deepEqual([...next], [5, 6, 7]);
  const rest = native.receiveToFile(pair.from, pair.file, 5, 2, new Uint8Array(0));
  assert.deepEqual(rest, { contentBytes: 2, nextBytes: 0, fileErrno: null });
  assert.deepEqual([...pair.content()], [0, 1, 2, 3, 4, 8, 9]);
});

test('much is moved in several calls, byte for byte', { skip }, () => {
  using pair = ends();
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, at) => (at * 2654435761) >>> 24);
  const next = new Uint8Array(36);
  let [sent, moved] = [0, 0];
  while (moved < bytes.length) {
    if (sent < bytes.length) {
      const count = native.write(pair.to, bytes.subarray(sent));
      sent += count === 'again' ? 0 : count;
    }
    const got = native.receiveToFile(pair.from, pair.file, moved, bytes.length - moved, next);
    assert.ok(typeof got === 'object' && got.contentBytes > 0 && got.nextBytes === 0);
    moved += got.contentBytes;
  }
  assert.ok(pair.content().equals(bytes));
});

test('the end, and a reset, are told', { skip }, () => {
  const next = new Uint8Array(0);
  using pair = ends();
  const [from, to] = native.socketPair();
  native.write(from, Uint8Array.of(1));
  native.close(to);
  assert.throws(() => native.receiveToFile(from, pair.file, 0, 4, next), { errnoName: 'ECONNRESET' });
  assert.equal(native.receiveToFile(from, pair.file, 0, 4, next), 'end');
  native.close(from);
});

test('a file that takes no more is told with what it has taken', { skip }, () => {
  using pair = ends();
  native.write(pair.to, Uint8Array.of(1, 2, 3, 4));
  const full = fd(openSync('/dev/full', 'w'));
  const refused = native.receiveToFile(pair.from, full, 0, 4, new Uint8Array(0));
  assert.deepEqual(refused, { contentBytes: 0, nextBytes: 0, fileErrno: 'ENOSPC' });
  closeSync(full);
  // What was read is lost; the connection is as before.
  native.write(pair.to, Uint8Array.of(5));
  const after = native.receiveToFile(pair.from, pair.file, 0, 4, new Uint8Array(0));
  assert.deepEqual(after, { contentBytes: 1, nextBytes: 0, fileErrno: null });
  assert.deepEqual([...pair.content()], [5]);
});

test('impossible arguments are refused', { skip }, () => {
  using pair = ends();
  const none = new Uint8Array(0);
  for (const [offsetBytes, lengthBytes] of [
    [-1, 4],
    [0, 0],
    [0, 2 ** 33],
  ] as const) {
    const call = () => native.receiveToFile(pair.from, pair.file, offsetBytes, lengthBytes, none);
    assert.throws(call, { errnoName: 'EINVAL' });
  }
  assert.throws(() => native.receiveToFile(-1 as Fd, pair.file, 0, 1, none), { errnoName: 'EBADF' });
});
