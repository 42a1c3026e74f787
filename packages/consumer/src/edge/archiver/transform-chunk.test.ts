import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { SystemError } from '@lttng-ts/base';
import { Encrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { type ChunkTransform, hasZstd, transformChunk } from './transform-chunk.ts';

const { O_DIRECTORY, O_RDONLY } = fs.constants;
const hasAge = spawnSync('age', ['--version']).status === 0;
const gzip: ChunkTransform = { compression: 'gzip', encrypter: null, isCancelled: () => false };

/** A chunk with some files; gives its folder and their content. */
function chunk(t: TestContext): { readonly root: string; readonly files: ReadonlyMap<string, Buffer> } {
  const root = temporaryFolder(t);
  const files = new Map<string, Buffer>();
  const folder = join(root, 'ust/uid/0/64-bit');
  fs.mkdirSync(join(folder, 'index'), { recursive: true });
  for (const [name, sizeBytes] of [
    ['metadata', 4096],
    ['channel0_0', 300_000],
    ['channel0_1', 0],
    ['index/channel0_0.idx', 160],
  ] as const) {
    const content = Buffer.alloc(sizeBytes, `${name} `);
    fs.writeFileSync(join(folder, name), content);
    files.set(join('ust/uid/0/64-bit', name), content);
  }
  return { root, files };
}

async function transform(root: string, wish: ChunkTransform): Promise<number> {
  const folder = fs.openSync(root, O_RDONLY | O_DIRECTORY);
  try {
    return await transformChunk(folder, root, wish);
  } finally {
    fs.closeSync(folder);
  }
}

function names(root: string): readonly string[] {
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

test('every file is compressed in its place, and the sum of their sizes is given', async (t) => {
  const { root, files } = chunk(t);
  const sizeBytes = await transform(root, gzip);
  assert.deepEqual(names(root), [...files.keys()].map((name) => `${name}.gz`).sort());
  let sum = 0;
  for (const [name, content] of files) {
    const packed = fs.readFileSync(join(root, `${name}.gz`));
    assert.deepEqual(gunzipSync(packed), content);
    sum += packed.length;
  }
  assert.equal(sizeBytes, sum);
  assert.equal(await transform(root, gzip), sum, 'again changes nothing');
});

test('without a wish it only measures', async (t) => {
  const { root, files } = chunk(t);
  const expected = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  assert.equal(await transform(root, { ...gzip, compression: null }), expected);
  assert.deepEqual(names(root), [...files.keys()].sort());
});

test('an attempt that was cut off anywhere is taken up by the next', async (t) => {
  const { root, files } = chunk(t);
  for (let file = 0; file < files.size; file++) {
    let left = 1;
    const isCancelled = () => left-- === 0;
    await assert.rejects(transform(root, { ...gzip, isCancelled }), (error) => {
      return error instanceof SystemError && error.errnoName === 'ECANCELED';
    });
    // Half a file, and one whose plain form was not removed yet.
    const folder = join(root, 'ust/uid/0/64-bit');
    fs.writeFileSync(join(folder, '.metadata.part'), 'half');
    const [done] = names(root).filter((name) => name.endsWith('.gz'));
    if (done !== undefined)
      fs.writeFileSync(join(root, done.slice(0, -3)), files.get(done.slice(0, -3)) ?? '');
  }
  await transform(root, gzip);
  assert.deepEqual(names(root), [...files.keys()].map((name) => `${name}.gz`).sort());
  for (const [name, content] of files) {
    assert.deepEqual(gunzipSync(fs.readFileSync(join(root, `${name}.gz`))), content);
  }
});

test('links are neither followed nor touched', async (t) => {
  const { root } = chunk(t);
  const outside = temporaryFolder(t);
  fs.writeFileSync(join(outside, 'secret'), 'not to be touched');
  fs.symlinkSync(join(outside, 'secret'), join(root, 'link'));
  fs.symlinkSync(outside, join(root, 'folder'));
  await transform(root, gzip);
  assert.deepEqual(fs.readdirSync(outside), ['secret']);
  assert.ok(fs.lstatSync(join(root, 'link')).isSymbolicLink());
});

test('a disk that is full leaves every file readable', {
  skip: process.getuid?.() === 0 ? false : 'a small file system needs root',
}, async (t) => {
  const root = temporaryFolder(t);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', root]);
  if (mounted.status !== 0) return t.skip(`cannot mount here: ${String(mounted.stderr)}`);
  try {
    // What cannot be made smaller.
    const content = Buffer.from(Array.from({ length: 180_000 }, (_, at) => (at * at * 2654435761) >>> 13));
    fs.writeFileSync(join(root, 'channel0_0'), content);
    await assert.rejects(transform(root, gzip), (error) => {
      return error instanceof SystemError && error.errnoName === 'ENOSPC';
    });
    assert.deepEqual(names(root), ['channel0_0']);
    assert.deepEqual(fs.readFileSync(join(root, 'channel0_0')), content);
  } finally {
    spawnSync('umount', [root]);
  }
});

test("what is encrypted is read by Debian's age", {
  skip: hasAge ? false : 'age is missing (npm run peers)',
}, async (t) => {
  const { root, files } = chunk(t);
  const identity = await generateIdentity();
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  encrypter.addRecipient(await identityToRecipient(await generateIdentity()));
  await transform(root, { ...gzip, encrypter });
  const key = join(temporaryFolder(t), 'key');
  fs.writeFileSync(key, `${identity}\n`, { mode: 0o600 });
  for (const [name, content] of files) {
    const { stdout, stderr, status } = spawnSync('age', ['-d', '-i', key, join(root, `${name}.gz.age`)], {
      maxBuffer: 1 << 24,
    });
    assert.equal(status, 0, String(stderr));
    assert.deepEqual(gunzipSync(stdout), content);
  }
  assert.equal(names(root).length, files.size);
});

test('frames of zstd tell what they hold', { skip: hasZstd ? false : 'Node.js has no zstd' }, async (t) => {
  const { root, files } = chunk(t);
  await transform(root, { ...gzip, compression: 'zstd' });
  assert.deepEqual(names(root), [...files.keys()].map((name) => `${name}.zst`).sort());
  for (const [name, content] of files) {
    const packed = fs.readFileSync(join(root, `${name}.zst`));
    const { status, stdout, stderr } = spawnSync('zstd', ['-dc'], { input: packed });
    assert.equal(status, 0, String(stderr));
    assert.deepEqual(stdout, content);
    // RFC 8878 §3.1.1.1.1: a flag of its size, or a single segment.
    assert.notEqual(packed[4]! & 0xe0, 0, name);
  }
});

test('zstd is refused where Node.js lacks it', { skip: hasZstd ? 'Node.js has zstd' : false }, async (t) => {
  const { root, files } = chunk(t);
  await assert.rejects(transform(root, { ...gzip, compression: 'zstd' }), /no zstd/);
  assert.deepEqual(names(root), [...files.keys()].sort());
});
