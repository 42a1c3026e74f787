import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { SystemError, UsageError } from '@lttng-ts/base';
import type { PacketDescription } from '../sink.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { FileChunk } from './file-chunk.ts';

const TRACE = 'ust/uid/0/64-bit';
const place = {
  tracePath: TRACE,
  streamName: 'ch_0',
  traceFileSizeBytes: 0,
  traceFileCount: 0,
  isIndexed: true,
};
const uuid = new Uint8Array(16).fill(7);

before(() => {
  process.umask(0);
});

function packet(number: number, changes: Partial<PacketDescription> = {}): PacketDescription {
  return {
    memoryOffsetBytes: (number % 2) * 4096,
    dataSizeBytes: 100,
    paddedSizeBytes: 4096,
    timestampBegin: BigInt(number),
    timestampEnd: BigInt(number + 1),
    contentSizeBits: 800n,
    packetSizeBits: 32768n,
    sequenceNumber: BigInt(number),
    eventsDiscarded: 5n,
    streamId: 1,
    streamInstanceId: 2n,
    ...changes,
  };
}

const memory = new Uint8Array(8192).fill(0xaa, 0, 4096).fill(0xbb, 4096);

test('data, index and metadata lie where LTTng puts them, with its modes', (t) => {
  const root = join(temporaryFolder(t), 'made', 'on-the-way');
  const chunk = new FileChunk(0, { rootPath: root, isRootShared: true });
  const stream = chunk.openDataStream(place);
  const metadata = chunk.openMetadata({ tracePath: TRACE, uuid });
  metadata.append(new TextEncoder().encode('/* CTF 1.8 */\n'));
  stream.writePacket(memory, packet(0));
  stream.writePacket(memory, packet(1));
  chunk.close();
  const data = fs.readFileSync(join(root, TRACE, 'ch_0'));
  assert.deepEqual([data.length, data[0], data[4096]], [8192, 0xaa, 0xbb]);
  const index = fs.readFileSync(join(root, TRACE, 'index', 'ch_0.idx'));
  assert.equal(index.subarray(0, 16).toString('hex'), 'c1f1dcc1000000010000000100000048');
  const entry = [4096n, 32768n, 800n, 1n, 2n, 5n, 1n, 2n, 1n];
  assert.deepEqual(
    entry.map((_, i) => index.readBigUInt64BE(16 + 72 + i * 8)),
    entry,
  );
  assert.equal(index.length, 16 + 2 * 72);
  assert.equal(fs.statSync(join(root, TRACE, 'metadata')).size, 4096);
  for (const [path, mode] of [
    ['', 0o40770],
    ['ust', 0o40770],
    [`${TRACE}/index`, 0o40770],
    [`${TRACE}/ch_0`, 0o100660],
    [`${TRACE}/metadata`, 0o100660],
    [`${TRACE}/index/ch_0.idx`, 0o100660],
  ] as const) {
    assert.equal(fs.statSync(join(root, path)).mode.toString(8), mode.toString(8), path);
  }
});

test('a stream without packets still has its files', (t) => {
  const root = temporaryFolder(t);
  const chunk = new FileChunk(0, { rootPath: root, isRootShared: true });
  chunk.openDataStream(place).close();
  chunk.close();
  assert.equal(fs.statSync(join(root, TRACE, 'ch_0')).size, 0);
  assert.equal(fs.statSync(join(root, TRACE, 'index/ch_0.idx')).size, 16);
});

test('with limits the files go round, each with its index', (t) => {
  const root = temporaryFolder(t);
  const chunk = new FileChunk(0, { rootPath: root, isRootShared: true });
  const stream = chunk.openDataStream({ ...place, traceFileSizeBytes: 8192, traceFileCount: 2 });
  for (let i = 0; i < 5; i++) stream.writePacket(memory, packet(i));
  chunk.close();
  const sizes = ['ch_0_0', 'ch_0_1', 'index/ch_0_0.idx', 'index/ch_0_1.idx'].map(
    (name) => fs.statSync(join(root, TRACE, name)).size,
  );
  // The third file took the place of the first.
  assert.deepEqual(sizes, [4096, 8192, 16 + 72, 16 + 2 * 72]);
});

/** What somebody could plant, and what must be left alone: every case points at the victim. */
const planted: [what: string, plant: (root: string, victim: string) => void][] = [
  ['the first folder', (root, victim) => fs.symlinkSync(victim, join(root, 'ust'))],
  [
    'a folder in the middle',
    (root, victim) => {
      fs.mkdirSync(join(root, 'ust/uid'), { recursive: true });
      fs.symlinkSync(victim, join(root, 'ust/uid/0'));
    },
  ],
  [
    'the index folder',
    (root, victim) => {
      fs.mkdirSync(join(root, TRACE), { recursive: true });
      fs.symlinkSync(victim, join(root, TRACE, 'index'));
    },
  ],
  [
    'the data file',
    (root, victim) => {
      fs.mkdirSync(join(root, TRACE), { recursive: true });
      fs.symlinkSync(join(victim, 'precious'), join(root, TRACE, 'ch_0'));
    },
  ],
  [
    'the data file, dangling',
    (root, victim) => {
      fs.mkdirSync(join(root, TRACE), { recursive: true });
      fs.symlinkSync(join(victim, 'new'), join(root, TRACE, 'ch_0'));
    },
  ],
  [
    'the index file',
    (root, victim) => {
      fs.mkdirSync(join(root, TRACE, 'index'), { recursive: true });
      fs.symlinkSync(join(victim, 'precious'), join(root, TRACE, 'index/ch_0.idx'));
    },
  ],
];
for (const [what, plant] of planted) {
  test(`a symbolic link is refused and not followed: ${what}`, (t) => {
    const root = join(temporaryFolder(t), 'root');
    const victim = join(root, '..', 'victim');
    fs.mkdirSync(root);
    fs.mkdirSync(victim);
    fs.writeFileSync(join(victim, 'precious'), 'keep me');
    plant(root, victim);
    const chunk = new FileChunk(0, { rootPath: root, isRootShared: true });
    t.after(() => chunk.close());
    assert.throws(
      () => chunk.openDataStream(place),
      (error: SystemError) => error.errnoName === 'ELOOP' && /symbolic link/.test(error.message),
    );
    assert.deepEqual(fs.readdirSync(victim), ['precious']);
    assert.equal(fs.readFileSync(join(victim, 'precious'), 'utf8'), 'keep me');
  });
}

test('a link planted as the metadata file is refused', (t) => {
  const root = temporaryFolder(t);
  fs.mkdirSync(join(root, TRACE), { recursive: true });
  fs.symlinkSync(join(root, 'elsewhere'), join(root, TRACE, 'metadata'));
  const chunk = new FileChunk(0, { rootPath: root, isRootShared: true });
  t.after(() => chunk.close());
  assert.throws(() => chunk.openMetadata({ tracePath: TRACE, uuid }), /symbolic link/);
  assert.equal(fs.existsSync(join(root, 'elsewhere')), false);
});

test('a FIFO planted as the data file neither blocks nor is written to', (t) => {
  const root = temporaryFolder(t);
  fs.mkdirSync(join(root, TRACE), { recursive: true });
  execFileSync('mkfifo', [join(root, TRACE, 'ch_0')]);
  const chunk = new FileChunk(0, { rootPath: root, isRootShared: true });
  t.after(() => chunk.close());
  assert.throws(() => chunk.openDataStream(place), SystemError);
});

test('a path that leaves the root is refused before anything is made', (t) => {
  const root = join(temporaryFolder(t), 'root');
  const chunk = new FileChunk(0, { rootPath: root, isRootShared: true });
  t.after(() => chunk.close());
  assert.throws(() => chunk.openDataStream({ ...place, tracePath: '../out' }), UsageError);
  assert.deepEqual(fs.readdirSync(join(root, '..')), ['root']);
});

test('a root that cannot be made says which errno and which path', () => {
  assert.throws(
    () => new FileChunk(0, { rootPath: '/proc/self/no-such-folder', isRootShared: true }),
    (error: SystemError) =>
      error.errnoName === 'ENOENT' && error.message.includes('/proc/self/no-such-folder'),
  );
});

test('closing a chunk leaves no descriptor open', (t) => {
  const count = () => fs.readdirSync('/proc/self/fd').length;
  const root = temporaryFolder(t);
  const atStart = count();
  const chunk = new FileChunk(0, { rootPath: root, isRootShared: true });
  const stream = chunk.openDataStream(place);
  chunk.openMetadata({ tracePath: TRACE, uuid });
  assert.throws(() => chunk.openDataStream({ ...place, streamName: 'a/b' }), UsageError);
  stream.close();
  stream.close();
  chunk.close();
  assert.equal(count(), atStart);
});

for (const traceFileCount of [0, 2]) {
  test(`a stream that begins anew leaves none of its files, count: ${traceFileCount}`, (t) => {
    const root = temporaryFolder(t);
    const chunk = new FileChunk(0, { rootPath: root, isRootShared: true });
    const limits = { traceFileSizeBytes: 4096, traceFileCount, isIndexed: false };
    const stream = chunk.openDataStream({ ...place, ...limits });
    const files = (): readonly string[] =>
      fs.readdirSync(join(root, TRACE)).filter((name) => name !== 'index');
    for (let number = 0; number < 3; number++) stream.writePacket(memory, packet(number));
    assert.deepEqual(files(), traceFileCount === 0 ? ['ch_0_0', 'ch_0_1', 'ch_0_2'] : ['ch_0_0', 'ch_0_1']);
    assert.equal(stream.restart?.(), true);
    assert.deepEqual(files(), ['ch_0_0']);
    assert.equal(fs.statSync(join(root, TRACE, 'ch_0_0')).size, 0);
    stream.writePacket(memory, packet(7));
    stream.writePacket(memory, packet(8));
    chunk.close();
    const first = (name: string): number => fs.readFileSync(join(root, TRACE, name))[0]!;
    assert.deepEqual([files(), first('ch_0_0'), first('ch_0_1')], [['ch_0_0', 'ch_0_1'], 0xbb, 0xaa]);
  });
}

test('a stream with an index does not begin anew', (t) => {
  const chunk = new FileChunk(0, { rootPath: temporaryFolder(t), isRootShared: true });
  assert.equal(chunk.openDataStream(place).restart?.(), false);
  chunk.close();
});
