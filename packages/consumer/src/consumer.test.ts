import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ProtocolError, SystemError, UsageError } from '@lttng-ts/base';
import { unpackMetadata } from '@lttng-ts/ctf';
import { fd } from '@lttng-ts/native';
import {
  type ChannelAttributes,
  type ChannelSample,
  CONSUMER_LINK_VERSION,
  type ConsumerChunk,
  type RecordingFault,
} from '@lttng-ts/protocols';
import type { ChannelBuffers, MemoryFolder } from './channel-buffers.ts';
import { Consumer, type ConsumerPorts } from './consumer.ts';
import { FileChunk } from './edge/file-chunk.ts';
import { MemoryFiles } from './edge/memory-files.ts';
import { createNullChunk } from './sink.ts';
import { FAKE_SUBBUFFER_BYTES, FAKE_SUBBUFFER_COUNT, FakeRing } from './testing/fake-ring.ts';
import { ManualPorts } from './testing/manual-ports.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

const attributes: ChannelAttributes = {
  mode: 'discard',
  subbufferSizeBytes: FAKE_SUBBUFFER_BYTES,
  subbufferCount: FAKE_SUBBUFFER_COUNT,
  switchTimerUs: 0,
  readTimerUs: 0,
  monitorTimerUs: 0,
  blockingTimeoutUs: 0,
  traceFileSizeBytes: 0,
  traceFileCount: 0,
  output: 'mmap',
  ownership: 'user',
};
const uuid = '00112233445566778899aabbccddeeff';
const tracePath = 'ust/uid/0/64-bit';
const firstChunk = (rootPath: string | null): ConsumerChunk => ({
  chunkId: 0,
  rootPath,
  isRootShared: true,
  creationTimeS: 0,
  folders: ['ust'],
});

const localSnapshot = { relay: null, creationTimeS: 0, number: 0, isSealed: false } as const;

/** A consumer whose buffers are fake rings, two streams per channel. */
class Bench extends ManualPorts implements ConsumerPorts {
  readonly pid = 7;
  readonly cpuCount = 2;
  readonly rings: FakeRing[] = [];
  readonly wakeups: (() => void)[] = [];
  readonly faults: RecordingFault[] = [];
  openBuffers = 0;
  readonly connectRelay = async () => {
    throw new SystemError('connect', 'ECONNREFUSED');
  };
  readonly relaySilenceNs = 1_000_000_000n;
  readonly traceClock = () => 0n;
  readonly openMemory = (path: string, tracePath: string): MemoryFolder => new MemoryFiles(path, tracePath);
  readonly consumer = new Consumer(this);
  readonly handlers = this.consumer.handlers;

  openChunk({ chunkId, rootPath, isRootShared, folders }: ConsumerChunk) {
    if (rootPath === null) return createNullChunk(chunkId);
    const chunk = new FileChunk(chunkId, { rootPath, isRootShared });
    for (const folder of folders) chunk.makeFolder(folder);
    return chunk;
  }

  readonly makeChannelBuffers = (): ChannelBuffers => {
    this.openBuffers++;
    const streams = [0, 1].map((cpu) => {
      const ring = new FakeRing(1);
      this.rings.push(ring);
      return {
        cpu,
        memoryFd: fd(100 + cpu),
        memoryLengthBytes: ring.memory.length,
        wakeupFd: fd(200 + cpu),
        memory: ring.memory,
        reader: ring,
        watch: (onWakeup: () => void) => void this.wakeups.push(onWakeup),
      };
    });
    const close = () => void this.openBuffers--;
    const geometry = { subbufferSizeBytes: FAKE_SUBBUFFER_BYTES, subbufferCount: FAKE_SUBBUFFER_COUNT };
    return { blob: Uint8Array.of(1, 2, 3), ...geometry, wakeupFd: fd(99), streams, close };
  };

  onFault(_sessionId: number, fault: RecordingFault): void {
    this.faults.push(fault);
  }

  readonly questions: number[] = [];
  onStalled(_channelKey: number, requestId: number): void {
    this.questions.push(requestId);
  }

  readonly samples: ChannelSample[][] = [];
  onSamples(samples: readonly ChannelSample[]): void {
    this.samples.push([...samples]);
  }

  async createChannel(changes: Partial<ChannelAttributes> = {}, channelKey = 1) {
    const created = await this.handlers['channel.create']({
      channelKey,
      sessionId: 1,
      tracePath,
      channelName: channelKey === 1 ? 'ch' : `ch${channelKey}`,
      ustChannelId: 1,
      uuid,
      attributes: { ...attributes, ...changes },
      memoryPath: null,
    });
    await this.handlers['channel.declare']({ channelKey });
    return created;
  }

  /** With key 5. */
  async createMetadata(text: string, traceUuid = uuid) {
    const place = { metadataKey: 5, sessionId: 1, tracePath, uuid: traceUuid, memoryPath: null };
    await this.handlers['metadata.create']({ ...place, text });
  }
}

test('a session from its chunk to its close', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  const { handlers } = bench;
  assert.deepEqual((await handlers.hello({ version: CONSUMER_LINK_VERSION })).result, {
    pid: 7,
    cpuCount: 2,
  });
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(root) });
  assert.deepEqual(fs.readdirSync(root), ['ust']);
  const created = await bench.createChannel();
  assert.deepEqual(created.fds, [99, 100, 200, 101, 201]);
  assert.equal(created.result.blobBase64, 'AQID');
  await bench.createMetadata('/* CTF 1.8 */ é\n');
  await handlers['metadata.append']({ metadataKey: 5, offsetChars: 16, text: 'trace' });
  await handlers['session.start']({ sessionId: 1 });
  bench.rings[1]!.write();
  bench.wakeups[1]!();
  assert.equal(fs.statSync(join(root, tracePath, 'ch_1')).size, FAKE_SUBBUFFER_BYTES);
  await handlers['session.flush']({ sessionId: 1 });
  assert.deepEqual((await handlers['session.data-pending']({ sessionId: 1 })).result, { isPending: false });
  const { channels } = (await handlers['session.close']({ sessionId: 1, archivePath: null })).result;
  assert.deepEqual(
    channels[0]?.streams.map(({ consumedPacketCount, lostPacketCount }) => [
      consumedPacketCount,
      lostPacketCount,
    ]),
    [
      [1, 0],
      [2, 0],
    ],
  );
  assert.equal(fs.statSync(join(root, tracePath, 'metadata')).size, 8192);
  assert.equal(bench.openBuffers, 0);
  await assert.rejects(async () => handlers['session.start']({ sessionId: 1 }), ProtocolError);
});

test('a session without output keeps packets for snapshots, which copy the newest', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  const { handlers } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(null) });
  await bench.createChannel();
  await bench.createMetadata('text');
  await handlers['session.start']({ sessionId: 1 });
  for (let count = 0; count < 3; count++) bench.rings[0]!.write();
  assert.deepEqual(bench.wakeups, []);
  assert.deepEqual((await handlers['session.data-pending']({ sessionId: 1 })).result, { isPending: false });
  const record = async (name: string, packets: number) => {
    const path = join(root, name);
    const maxSizeBytes = 2 * packets * FAKE_SUBBUFFER_BYTES;
    const folders = ['ust'];
    const { result } = await handlers['snapshot.record']({
      sessionId: 1,
      path,
      folders,
      maxSizeBytes,
      ...localSnapshot,
    });
    if (!result.isTooSmall) await handlers['snapshot.seal']({ sessionId: 1 });
    return result;
  };
  assert.deepEqual(await record('all', 0), { isTooSmall: false });
  // The flush made an empty packet, since no writer had begun one.
  assert.deepEqual(packetsIn(root, 'all', tracePath, 'ch_0'), [0, 1, 2, 3]);
  assert.deepEqual(packetsIn(root, 'all', tracePath, 'ch_1'), [0]);
  assert.deepEqual(fs.readdirSync(join(root, 'all', tracePath, 'index')), []);
  assert.ok(fs.statSync(join(root, 'all', tracePath, 'metadata')).size > 0);
  await handlers['session.flush']({ sessionId: 1 });
  assert.deepEqual(await record('newest', 2), { isTooSmall: false });
  assert.deepEqual(packetsIn(root, 'newest', tracePath, 'ch_0'), [2, 3]);
  assert.deepEqual(await record('none', 0.5), { isTooSmall: true });
  assert.deepEqual(fs.readdirSync(root).sort(), ['all', 'newest']);
  const { channels } = (await handlers['session.close']({ sessionId: 1, archivePath: null })).result;
  // What no snapshot wanted is not lost.
  assert.equal(channels[0]?.streams[0]?.lostPacketCount, 0);
});

test('a snapshot is written in one go, and its metadata anew when more was declared meanwhile', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  const { handlers } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(null) });
  await bench.createChannel();
  await bench.createMetadata('first ');
  const append = async (offsetChars: number, text: string): Promise<void> => {
    await handlers['metadata.append']({ metadataKey: 5, offsetChars, text });
  };
  await handlers['session.start']({ sessionId: 1 });
  bench.rings[0]!.write();
  const path = join(root, 'shot');
  const place = { path, folders: ['ust'], maxSizeBytes: 0, relay: null, creationTimeS: 0, number: 0 };
  const { result } = await handlers['snapshot.record']({ sessionId: 1, ...place, isSealed: true });
  assert.deepEqual(result, { isTooSmall: false });
  const text = () => unpackMetadata(fs.readFileSync(join(path, tracePath, 'metadata'))).text;
  assert.equal(text(), 'first ');
  assert.deepEqual(packetsIn(path, tracePath, 'ch_0'), [0, 1]);
  await append(6, 'second');
  await handlers['snapshot.seal']({ sessionId: 1 });
  assert.equal(text(), 'first second');
  assert.deepEqual(packetsIn(path, tracePath, 'ch_0'), [0, 1]);
  await handlers['session.close']({ sessionId: 1, archivePath: null });
});

test('a cleared session without output has nothing for a snapshot', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  const { handlers } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(null) });
  await bench.createChannel();
  await handlers['session.start']({ sessionId: 1 });
  bench.rings[0]!.write();
  await handlers['session.flush']({ sessionId: 1 });
  const next = { ...firstChunk(null), chunkId: 1 };
  await change(bench, { sessionId: 1, next, fate: { kind: 'remove' } });
  const path = join(root, 'cleared');
  await handlers['snapshot.record']({
    sessionId: 1,
    path,
    folders: [],
    maxSizeBytes: 0,
    ...localSnapshot,
  });
  assert.deepEqual(packetsIn(path, tracePath, 'ch_0'), []);
});

test('the switch and the read timer look into every stream', async (t) => {
  const bench = new Bench();
  await bench.handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(temporaryFolder(t)) });
  await bench.createChannel({ readTimerUs: 200_000 });
  bench.rings[0]!.write();
  bench.advance(199);
  assert.equal(bench.rings[0]!.hasData(), true);
  bench.advance(1);
  assert.equal(bench.rings[0]!.hasData(), false);
  await bench.handlers['channel.release']({ channelKey: 1 });
  assert.equal(bench.isTimerSet, false);
});

test('the monitor timer tells how full the streams are, when something has changed', async (t) => {
  const bench = new Bench();
  const { handlers, rings, samples } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(temporaryFolder(t)) });
  await bench.createChannel({ monitorTimerUs: 100_000 });
  bench.advance(100);
  const idle = { channelKey: 1, lowestUsageBytes: 0, highestUsageBytes: 0, outputBytes: 0 };
  assert.deepEqual(samples, [[idle]]);
  bench.advance(500);
  assert.equal(samples.length, 1);
  // Nobody wakes the consumer: three packets stay in one stream, one in the other.
  for (let count = 0; count < 3; count++) rings[0]!.write();
  rings[1]!.write();
  bench.advance(100);
  const [full, half] = [3 * FAKE_SUBBUFFER_BYTES, FAKE_SUBBUFFER_BYTES];
  assert.deepEqual(samples[1], [{ ...idle, lowestUsageBytes: half, highestUsageBytes: full }]);
  bench.wakeups[0]!();
  bench.advance(100);
  assert.deepEqual(samples[2], [{ ...idle, highestUsageBytes: half, outputBytes: full }]);
  await handlers['channel.release']({ channelKey: 1 });
  assert.equal(bench.isTimerSet, false);
});

test('samples of channels that are due together go together; one of a damaged stream is none', async (t) => {
  const bench = new Bench();
  const { handlers, samples } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(temporaryFolder(t)) });
  const monitorTimerUs = 100_000;
  await bench.createChannel({ monitorTimerUs });
  bench.advance(30);
  await bench.createChannel({ monitorTimerUs }, 2);
  bench.advance(70);
  assert.deepEqual(
    samples.map((each) => each.map(({ channelKey }) => channelKey)),
    [[1, 2]],
  );
  for (const ring of bench.rings.slice(0, 2)) {
    ring.isCorrupt = true;
    ring.write();
  }
  for (const wakeUp of bench.wakeups.slice(0, 2)) wakeUp();
  bench.rings[2]!.write();
  bench.advance(100);
  assert.deepEqual(
    samples[1]?.map(({ channelKey }) => channelKey),
    [2],
  );
});

test('buffers that only snapshots read are not monitored', async () => {
  const bench = new Bench();
  await bench.handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(null) });
  await bench.createChannel({ monitorTimerUs: 100_000 });
  bench.advance(5000);
  assert.deepEqual(bench.samples, []);
});

test('an output that cannot be made refuses the channel and frees its buffers', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  await bench.handlers['chunk.open']({ sessionId: 1, chunk: { ...firstChunk(root), folders: [] } });
  fs.symlinkSync('/', join(root, 'ust'));
  await assert.rejects(
    bench.createChannel(),
    (error: SystemError) => error instanceof SystemError && error.errnoName === 'ELOOP',
  );
  assert.equal(bench.openBuffers, 0);
});

test('a session ends although a writer died inside a sub-buffer', async (t) => {
  const bench = new Bench();
  await bench.handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(temporaryFolder(t)) });
  await bench.createChannel();
  bench.rings[0]!.write('uncommitted');
  await bench.handlers['session.flush']({ sessionId: 1 });
  assert.equal((await bench.handlers['session.data-pending']({ sessionId: 1 })).result.isPending, true);
  const closed = bench.handlers['session.close']({ sessionId: 1, archivePath: null });
  bench.advance(3100);
  const { channels } = (await closed).result;
  assert.deepEqual(
    channels[0]?.streams.map((stream) => stream.lostPacketCount),
    [1, 0],
  );
  assert.deepEqual(
    bench.faults.map(({ kind, where, isOngoing }) => [kind, where, isOngoing]),
    [
      ['stalled-writer', 'ch_0', true],
      ['stalled-writer', 'ch_0', false],
    ],
  );
});

test('a stream goes on when the writers that live are outside', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  const { handlers } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(root) });
  await bench.createChannel();
  const [ring] = bench.rings;
  ring!.write('uncommitted');
  ring!.write();
  bench.wakeups[0]!();
  bench.advance(2500);
  assert.deepEqual(bench.questions, [1]);
  // Somebody holds it: that is told, and asked again later.
  await handlers['channel.recover']({ channelKey: 1, requestId: 1, holder: 'process 5' });
  assert.match(bench.faults.at(-1)?.detail ?? '', /held-by="process 5"/);
  bench.advance(2000);
  assert.deepEqual(bench.questions, [1, 2]);
  ring!.write('uncommitted');
  // The answer to the first question is of no use any more.
  await handlers['channel.recover']({ channelKey: 1, requestId: 1, holder: null });
  assert.equal(bench.faults.at(-1)?.isOngoing, true);
  await handlers['channel.recover']({ channelKey: 1, requestId: 2, holder: null });
  assert.match(bench.faults.at(-1)?.detail ?? '', /sub-buffers=1, cut=1, dropped-bytes=3096/);
  assert.deepEqual(packetsIn(root, tracePath, 'ch_0'), [0, 1]);
  // What was closed after the question is another one's answer.
  assert.equal(ring!.hasUncommitted(Number.MAX_SAFE_INTEGER), true);
  const closed = handlers['session.close']({ sessionId: 1, archivePath: null });
  bench.advance(4000);
  await closed;
});

test('at the end of a recording what dead writers left is completed at once', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  const { handlers } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(root) });
  await bench.createChannel();
  bench.rings[1]!.write('uncommitted');
  assert.deepEqual((await handlers['session.flush']({ sessionId: 1 })).result, { uncommitted: [1] });
  await handlers['channel.recover']({ channelKey: 1, requestId: null, holder: null });
  assert.equal((await handlers['session.data-pending']({ sessionId: 1 })).result.isPending, false);
  assert.deepEqual(packetsIn(root, tracePath, 'ch_1'), [0, 1]);
  assert.deepEqual((await handlers['channel.flush']({ channelKey: 1 })).result, { isUncommitted: false });
  await handlers['session.close']({ sessionId: 1, archivePath: null });
});

/** Numbers of the packets in a stream's file: their first bytes. */
function packetsIn(...path: readonly string[]): readonly number[] {
  const bytes = fs.readFileSync(join(...path));
  return Array.from(
    { length: bytes.length / FAKE_SUBBUFFER_BYTES },
    (_, at) => bytes[at * FAKE_SUBBUFFER_BYTES]!,
  );
}

const secondChunk = (root: string): ConsumerChunk => ({
  chunkId: 1,
  rootPath: join(root, 'second'),
  isRootShared: false,
  creationTimeS: 0,
  folders: ['ust'],
});

/** Both steps of a change. */
async function change(
  { handlers }: Bench,
  params: Parameters<Bench['handlers']['chunk.change']>[0],
): Promise<string | null> {
  await handlers['chunk.change'](params);
  return (await handlers['chunk.seal']({ sessionId: params.sessionId })).result.failure;
}

test('a chunk that ends gets what was begun before, however late, the next one the rest', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  const { handlers } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(root) });
  await bench.createChannel();
  await bench.createMetadata('first ');
  await handlers['session.start']({ sessionId: 1 });
  const [busy, idle] = bench.rings;
  assert.ok(busy !== undefined && idle !== undefined);
  busy.write();
  busy.write('uncommitted');
  const archive = join(root, 'archives', 'zero');
  await handlers['chunk.change']({
    sessionId: 1,
    next: secondChunk(root),
    fate: { kind: 'archive', path: archive },
  });
  busy.write();
  // What was sent before the seal may be needed by the packets of the old chunk.
  await handlers['metadata.append']({ metadataKey: 5, offsetChars: 6, text: 'needed ' });
  const changed = handlers['chunk.seal']({ sessionId: 1 });
  await handlers['metadata.append']({ metadataKey: 5, offsetChars: 13, text: 'second' });
  bench.wakeups[0]!();
  assert.equal(fs.existsSync(archive), false);
  busy.commit(1);
  bench.wakeups[0]!();
  assert.deepEqual((await changed).result, { failure: null, relayPath: null });
  assert.deepEqual(fs.readdirSync(root).sort(), ['archives', 'second']);
  assert.deepEqual(packetsIn(archive, tracePath, 'ch_0'), [0, 1]);
  // Packet 2 opened the next chunk.
  assert.deepEqual(packetsIn(root, 'second', tracePath, 'ch_0'), [2, 3]);
  // The idle stream has a packet in each.
  assert.deepEqual(packetsIn(archive, tracePath, 'ch_1'), [0]);
  assert.deepEqual(packetsIn(root, 'second', tracePath, 'ch_1'), [1]);
  const metadata = (...path: readonly string[]): string =>
    fs.readFileSync(join(...path, tracePath, 'metadata'), 'latin1').replaceAll(/[^a-z ]+/g, '');
  assert.match(metadata(archive), /first .*needed (?!.*second)/);
  assert.match(metadata(root, 'second'), /first .*needed .*second/);
  await handlers['session.close']({ sessionId: 1, archivePath: join(root, 'archives', 'one') });
  assert.deepEqual(fs.readdirSync(root), ['archives']);
  assert.deepEqual(packetsIn(root, 'archives', 'one', tracePath, 'ch_1'), [1, 2]);
});

test('a chunk that ends right behind a new metadata stream has the first of its text', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  const { handlers } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(root) });
  const archive = join(root, 'archives', 'zero');
  // In one go, as a daemon's requests may come.
  const created = bench.createMetadata('head ');
  const changed = change(bench, {
    sessionId: 1,
    next: secondChunk(root),
    fate: { kind: 'archive', path: archive },
  });
  await Promise.all([created, changed]);
  await handlers['metadata.append']({ metadataKey: 5, offsetChars: 5, text: 'rest' });
  await handlers['metadata.release']({ metadataKey: 5 });
  const text = (...path: readonly string[]) =>
    unpackMetadata(fs.readFileSync(join(...path, tracePath, 'metadata'))).text;
  assert.equal(text(archive), 'head ');
  assert.equal(text(root, 'second'), 'head rest');
});

test('a stopped session may end its chunk, and begin another when it starts again', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  const { handlers } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(root) });
  await bench.createChannel();
  await bench.createMetadata('text');
  await handlers['session.start']({ sessionId: 1 });
  bench.rings[0]!.write();
  await handlers['session.flush']({ sessionId: 1 });
  const fate = { kind: 'archive', path: join(root, 'archives', 'zero') } as const;
  await change(bench, { sessionId: 1, next: null, fate });
  assert.deepEqual(fs.readdirSync(root), ['archives']);
  await assert.rejects(change(bench, { sessionId: 1, next: null, fate }), /No open chunk/);
  await handlers['chunk.open']({ sessionId: 1, chunk: secondChunk(root) });
  await handlers['session.start']({ sessionId: 1 });
  bench.wakeups[0]!();
  assert.deepEqual(packetsIn(root, 'second', tracePath, 'ch_0'), [2]);
  assert.ok(fs.statSync(join(root, 'second', tracePath, 'metadata')).size > 0);
});

test('a chunk that is removed takes along what the buffers held for it', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  const { handlers } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(root) });
  await bench.createChannel();
  await handlers['session.start']({ sessionId: 1 });
  bench.rings[0]!.write();
  bench.wakeups[0]!();
  bench.rings[0]!.write();
  await change(bench, { sessionId: 1, next: secondChunk(root), fate: { kind: 'remove' } });
  assert.deepEqual(fs.readdirSync(root), ['second']);
  assert.deepEqual(packetsIn(root, 'second', tracePath, 'ch_0'), [2]);
  const { channels } = (await handlers['session.statistics']({ sessionId: 1 })).result;
  // Dropped on purpose is not lost.
  assert.equal(channels[0]?.streams[0]?.lostPacketCount, 0);
});

test('a chunk that is removed makes room for the next one in the same place', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  const { handlers } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(root) });
  await bench.createChannel();
  await handlers['session.start']({ sessionId: 1 });
  bench.rings[0]!.write();
  bench.wakeups[0]!();
  const next = { ...firstChunk(root), chunkId: 1 };
  await assert.rejects(
    change(bench, {
      sessionId: 1,
      next: { ...next, folders: ['..'] },
      fate: { kind: 'remove' },
    }),
    UsageError,
  );
  assert.deepEqual(packetsIn(root, tracePath, 'ch_0'), [0]);
  await change(bench, { sessionId: 1, next, fate: { kind: 'remove' } });
  assert.deepEqual(fs.readdirSync(root), ['ust']);
  assert.deepEqual(packetsIn(root, tracePath, 'ch_0'), [1]);
});

test('a chunk that cannot be made changes nothing; one that cannot be moved stays and is told', async (t) => {
  const root = temporaryFolder(t);
  const bench = new Bench();
  const { handlers } = bench;
  await handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(root) });
  await bench.createChannel();
  await handlers['session.start']({ sessionId: 1 });
  fs.writeFileSync(join(root, 'file'), '');
  const blocked = join(root, 'file', 'folder');
  const fate = { kind: 'archive', path: blocked } as const;
  await assert.rejects(
    change(bench, { sessionId: 1, next: { ...secondChunk(root), rootPath: blocked }, fate }),
    SystemError,
  );
  bench.rings[0]!.write();
  bench.wakeups[0]!();
  assert.deepEqual(packetsIn(root, tracePath, 'ch_0'), [0]);
  const fateFailure = await change(bench, { sessionId: 1, next: secondChunk(root), fate });
  assert.match(fateFailure ?? '', /ENOTDIR/);
  assert.deepEqual(packetsIn(root, tracePath, 'ch_0'), [0]);
  assert.deepEqual(
    bench.faults.map(({ kind, where }) => [kind, where]),
    [['write-error', blocked]],
  );
});

test('after the link is gone every session is drained and closed', async (t) => {
  const bench = new Bench();
  await bench.handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(temporaryFolder(t)) });
  await bench.createChannel();
  bench.rings[0]!.write();
  await bench.consumer.close();
  assert.equal(bench.rings[0]!.hasData(), false);
  assert.equal(bench.openBuffers, 0);
});

const refusals: [what: string, call: (bench: Bench) => Promise<unknown>, kind: RegExp][] = [
  ['another version of the link', (b) => b.handlers.hello({ version: 99 }), /Other version/],
  ['an unknown session', (b) => b.handlers['session.flush']({ sessionId: 9 }), /No such session/],
  ['an unknown channel', (b) => b.handlers['channel.release']({ channelKey: 9 }), /No such channel/],
  ['a channel made twice', (b) => b.createChannel().then(() => b.createChannel()), /Channel exists/],
  [
    'an unknown metadata stream',
    (b) => b.handlers['metadata.release']({ metadataKey: 9 }),
    /No such metadata stream/,
  ],
  ['a UUID that is none', (b) => b.createMetadata('', 'x'), /Not a UUID/],
  [
    'metadata with a hole',
    async (b) => {
      await b.createMetadata('');
      await b.handlers['metadata.append']({ metadataKey: 5, offsetChars: 4, text: 'x' });
    },
    /not contiguous/,
  ],
];
for (const [what, call, message] of refusals) {
  test(`refused: ${what}`, async () => {
    const bench = new Bench();
    await bench.handlers['chunk.open']({ sessionId: 1, chunk: firstChunk(null) });
    await assert.rejects(async () => call(bench), message);
  });
}
