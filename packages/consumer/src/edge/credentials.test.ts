/** Credentials are per process: each case runs this file again in a child. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { becomeOwner } from './credentials.ts';
import { FileChunk } from './file-chunk.ts';

const CASE = process.env['LTTNG_TS_TEST_OWNER'];

interface Case {
  readonly uid: number;
  readonly gid: number;
  readonly root?: string;
}

function runCase({ uid, gid, root }: Case): void {
  try {
    becomeOwner(uid, gid);
    if (root !== undefined) {
      const chunk = new FileChunk(0, { rootPath: root, isRootShared: true });
      chunk.openMetadata({ tracePath: 'ust', uuid: new Uint8Array(16) });
      chunk.close();
    }
    const { getuid, geteuid, getgid, getegid, getgroups } = process;
    console.log(
      JSON.stringify({ ids: [getuid?.(), geteuid?.(), getgid?.(), getegid?.()], groups: getgroups?.() }),
    );
  } catch (error) {
    console.log(JSON.stringify({ refusal: (error as Error).message }));
  }
}

function inChild(owner: Case, command: readonly string[] = []) {
  const [program = '', ...args] = [...command, process.execPath, fileURLToPath(import.meta.url)];
  const env = { ...process.env, LTTNG_TS_TEST_OWNER: JSON.stringify(owner) };
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 240_000, env });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as { ids?: number[]; groups?: number[]; refusal?: string };
}

if (CASE !== undefined) {
  runCase(JSON.parse(CASE) as Case);
} else {
  const options = { skip: process.getuid?.() === 0 ? false : 'needs root' };

  test('a user without a name gets exactly its ids, and no group of root', options, () => {
    assert.deepEqual(inChild({ uid: 54321, gid: 54322 }), {
      ids: [54321, 54321, 54322, 54322],
      groups: [54322],
    });
  });

  test('root stays root', options, () => {
    assert.deepEqual(inChild({ uid: 0, gid: 0 }).ids, [0, 0, 0, 0]);
  });

  test('files are made with the rights of the owner', options, (t) => {
    const parent = temporaryFolder(t);
    fs.chmodSync(parent, 0o755);
    const own = join(parent, 'own');
    fs.mkdirSync(own);
    fs.chownSync(own, 54321, 54322);
    assert.deepEqual(inChild({ uid: 54321, gid: 54322, root: join(own, 'trace') }).refusal, undefined);
    const { uid, gid } = fs.statSync(join(own, 'trace/ust/metadata'));
    assert.deepEqual([uid, gid], [54321, 54322]);
    assert.match(inChild({ uid: 54321, gid: 54322, root: join(parent, 'trace') }).refusal ?? '', /EACCES/);
    assert.deepEqual(fs.readdirSync(parent), ['own']);
  });

  test('one who is not root cannot become another, and does not run on as itself', options, () => {
    const asNobody = ['setpriv', '--reuid', '54321', '--regid', '54322', '--clear-groups'];
    assert.match(inChild({ uid: 1, gid: 1 }, asNobody).refusal ?? '', /EPERM/);
    assert.deepEqual(inChild({ uid: 54321, gid: 54322 }, asNobody).ids, [54321, 54321, 54322, 54322]);
  });
}
