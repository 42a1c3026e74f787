import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ensureExists, SystemError } from '@lttng-ts/base';
import { type fd, loadNative } from '@lttng-ts/native';
import {
  claimSocketPath,
  DaemonAliveError,
  isAnswered,
  lockRunFolder,
  makeRunFolder,
  writePidFile,
} from './run-folder.ts';

const noGroup = { gid: null, log: () => undefined };
const native = ensureExists(loadNative());

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'run-folder-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("a user's run folder is private, and stays as it is when it is there", (t) => {
  const path = join(folderFor(t), '.lttng');
  makeRunFolder(path, false, noGroup);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  makeRunFolder(path, false, noGroup);
});

test('a run folder that cannot be made is an error of the system', (t) => {
  const file = join(folderFor(t), 'file');
  writeFileSync(file, '');
  for (const [path, errnoName] of [
    [file, 'ENOTDIR'],
    [join(file, 'x'), 'ENOTDIR'],
    [join(file, '..', 'no', 'x'), 'ENOENT'],
  ] as const) {
    assert.throws(
      () => makeRunFolder(path, false, noGroup),
      (error) => error instanceof SystemError && error.errnoName === errnoName,
    );
  }
});

test('the lock is for one, and its file goes with it', (t) => {
  const path = join(folderFor(t), 'lock');
  const lock = lockRunFolder(native, path);
  assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.throws(() => lockRunFolder(native, path), DaemonAliveError);
  lock[Symbol.dispose]();
  assert.equal(existsSync(path), false);
  lockRunFolder(native, path)[Symbol.dispose]();
});

test('a lock file that is another daemon’s stays', (t) => {
  const path = join(folderFor(t), 'lock');
  const lock = lockRunFolder(native, path);
  lock.leaveFile();
  lock[Symbol.dispose]();
  assert.equal(existsSync(path), true);
});

test('a lock on a file that was replaced is no lock', (t) => {
  const path = join(folderFor(t), 'lock');
  writeFileSync(path, '');
  let replacements = 0;
  const replacing = {
    ...native,
    flock: (file: ReturnType<typeof fd>) => {
      // The daemon that had the file removes it just before we get the lock, once.
      if (replacements++ === 0) {
        writeFileSync(`${path}.new`, '');
        renameSync(`${path}.new`, path);
      }
      return native.flock(file, 'exclusive');
    },
  };
  const lock = lockRunFolder(replacing, path);
  assert.equal(replacements, 2);
  assert.throws(() => lockRunFolder(native, path), DaemonAliveError);
  lock[Symbol.dispose]();
});

test('a socket that somebody answers is left alone, one of the dead is removed', async (t) => {
  const path = join(folderFor(t), 'socket');
  assert.equal(isAnswered(native, path), false);
  claimSocketPath(native, path);
  const server = createServer().listen(path);
  await new Promise((resolve) => server.once('listening', resolve));
  assert.equal(isAnswered(native, path), true);
  assert.throws(() => claimSocketPath(native, path), DaemonAliveError);
  assert.equal(statSync(path).isSocket(), true);
  await new Promise((resolve) => server.close(resolve));
  native.close(native.listenUnix(path, 1));
  assert.equal(statSync(path).isSocket(), true);
  assert.equal(isAnswered(native, path), false);
  claimSocketPath(native, path);
  assert.equal(existsSync(path), false);
});

test('a file that is no socket is nobody’s to remove', (t) => {
  const path = join(folderFor(t), 'precious');
  writeFileSync(path, 'text');
  assert.throws(() => claimSocketPath(native, path), /no.*socket/);
  assert.equal(readFileSync(path, 'utf8'), 'text');
});

test('the pid file has the number, over what was there, and goes away', (t) => {
  const path = join(folderFor(t), 'pid');
  writeFileSync(path, '1234567890\n');
  const file = writePidFile(path, 42);
  assert.equal(readFileSync(path, 'utf8'), '42\n');
  file[Symbol.dispose]();
  assert.equal(existsSync(path), false);
  file[Symbol.dispose]();
});
