/**
 * The consumer as a process with real memory: writers that map its buffers as applications do, the output
 * read by Babeltrace 2. This file runs again as the consumer, and again in a namespace with a small disk.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  integer,
  lttngEnvironment,
  lttngMonotonicClock,
  structure,
  writeLttngDataStreamClass,
  writeLttngEventRecordClass,
  writeLttngTraceHeader,
} from '@lttng-ts/ctf';
import { loadNative, type Native, nativeUnavailableReason, type RingWriter } from '@lttng-ts/native';
import { type ChannelAttributes, CONSUMER_LINK_VERSION } from '@lttng-ts/protocols';
import { LinkClient } from '../testing/link-client.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { layOutChannel } from './channel-layout.ts';
import { runConsumer } from './run-consumer.ts';

const OWNER = process.env['LTTNG_TS_TEST_CONSUMER_OWNER'];
const SMALL_DISK = process.env['LTTNG_TS_TEST_SMALL_DISK'];
const THIS_FILE = fileURLToPath(import.meta.url);
const UUID = '00112233445566778899aabbccddeeff';
const TRACE = 'ust/uid/0/64-bit';
const CHANNEL_ID = 0;

const attributes: ChannelAttributes = {
  mode: 'discard',
  subbufferSizeBytes: 4096,
  subbufferCount: 4,
  switchTimerUs: 0,
  readTimerUs: 0,
  monitorTimerUs: 0,
  blockingTimeoutUs: 0,
  traceFileSizeBytes: 0,
  traceFileCount: 0,
  output: 'mmap',
  ownership: 'user',
};

interface Owner {
  readonly ownerUid: number;
  readonly ownerGid: number;
}

/** One session on a consumer of its own, with a writer per stream. */
class Recording {
  readonly client: LinkClient;
  readonly root: string;
  writers: readonly RingWriter[] = [];
  /** Writers of the same streams, to be left inside a record. */
  stuckWriters: readonly RingWriter[] = [];
  /** Stream memory as applications map it, for a test that scribbles. */
  memories: readonly Uint8Array[] = [];
  recorded = 0;
  lost = 0;
  readonly #native: Native;
  #count = 0;

  /** `t` ends the consumer when its test fails half-way. */
  constructor(
    native: Native,
    root: string,
    { t, owner = { ownerUid: 0, ownerGid: 0 } }: { readonly t?: TestContext; readonly owner?: Owner } = {},
  ) {
    this.#native = native;
    this.root = root;
    t?.after(() => this.client.close());
    this.client = new LinkClient(native, THIS_FILE, {
      LTTNG_TS_TEST_CONSUMER_OWNER: JSON.stringify({ ...owner, linkFd: 3 }),
      LTTNG_TS_TEST_SMALL_DISK: undefined,
    });
  }

  async open(changes: Partial<ChannelAttributes> = {}): Promise<void> {
    const { client } = this;
    const chosen = { ...attributes, ...changes };
    await client.call('hello', { version: CONSUMER_LINK_VERSION });
    await client.call('chunk.open', {
      sessionId: 1,
      chunk: { chunkId: 0, rootPath: this.root, isRootShared: true, creationTimeS: 0, folders: [] },
    });
    const { result, fds } = await client.call('channel.create', {
      channelKey: 1,
      sessionId: 1,
      tracePath: TRACE,
      channelName: 'ch',
      ustChannelId: CHANNEL_ID,
      uuid: UUID,
      attributes: chosen,
      memoryPath: null,
    });
    assert.equal(fds.length, 1 + 2 * result.streams.length);
    const uuid = Uint8Array.from(Buffer.from(UUID, 'hex'));
    const spec = {
      channelName: 'ch',
      ustChannelId: CHANNEL_ID,
      uuid,
      attributes: chosen,
      memoryFolder: null,
    };
    const layout = layOutChannel(spec, result.streams.length);
    assert.deepEqual(Buffer.from(result.blobBase64, 'base64').length, layout.blob.length);
    const opened = result.streams.map(({ cpu, memoryLengthBytes }, index) => {
      const [memoryFd, wakeupFd] = fds.slice(1 + 2 * index);
      assert.ok(memoryFd !== undefined && wakeupFd !== undefined);
      const seals = [...this.#native.getSeals(memoryFd)].sort();
      assert.deepEqual(seals, ['grow', 'seal', 'shrink']);
      const mapping = this.#native.mmap(memoryFd, memoryLengthBytes, { isWritable: true });
      const writer = this.#native.openRingWriter(mapping, layout.descriptorOf(cpu), { wakeupFd });
      const stuckWriter = this.#native.openRingWriter(mapping, layout.descriptorOf(cpu), { wakeupFd });
      assert.ok(writer !== null && stuckWriter !== null);
      return { writer, stuckWriter, memory: new Uint8Array(mapping.buffer) };
    });
    this.writers = opened.map(({ writer }) => writer);
    this.stuckWriters = opened.map(({ stuckWriter }) => stuckWriter);
    this.memories = opened.map(({ memory }) => memory);
    await client.call('metadata.create', {
      memoryPath: null,
      metadataKey: 1,
      sessionId: 1,
      tracePath: TRACE,
      uuid: UUID,
      text: metadataText(),
    });
    await client.call('channel.declare', { channelKey: 1 });
    await client.call('session.start', { sessionId: 1 });
  }

  /** Emits one record into the stream of `cpu`; with `isLeftOpen` its writer never commits. */
  emit(cpu: number, isLeftOpen = false): boolean {
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, this.#count++, true);
    const writer = (isLeftOpen ? this.stuckWriters : this.writers)[cpu];
    assert.ok(writer !== undefined);
    const reservation = writer.reserve({ eventId: 0, timestamp: process.hrtime.bigint(), payload });
    if (typeof reservation === 'string') {
      this.lost++;
      return false;
    }
    if (isLeftOpen) return true;
    writer.commit();
    this.recorded++;
    return true;
  }

  /** Emits `count` records in turns over all streams, letting the consumer run now and then. */
  async emitMany(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.emit(i % this.writers.length);
      if (i % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async stop(): Promise<void> {
    await this.client.call('session.flush', { sessionId: 1 });
    await this.client.drained(1);
  }

  async statistics() {
    return (await this.client.call('session.statistics', { sessionId: 1 })).result;
  }

  async close() {
    const { channels } = (await this.client.call('session.close', { sessionId: 1, archivePath: null }))
      .result;
    assert.equal(await this.client.hangUp(), 0);
    return channels[0]?.streams ?? [];
  }
}

function metadataText(): string {
  const header = writeLttngTraceHeader({
    uuid: '00112233-4455-6677-8899-aabbccddeeff',
    byteOrder: 'little-endian',
    longBits: 64,
    environment: lttngEnvironment({
      tracerMajor: 2,
      tracerMinor: 13,
      buffering: { scheme: 'uid', uid: 0 },
      longBits: 64,
      traceName: 'test',
      creationDatetime: '20260101T000000+0000',
      hostname: 'host',
    }),
    clockClass: lttngMonotonicClock(0n, null),
  });
  const number = integer('unsigned-integer', 32);
  return [
    header,
    writeLttngDataStreamClass({ id: CHANNEL_ID, eventHeader: 'large', commonContext: null }),
    writeLttngEventRecordClass(CHANNEL_ID, {
      id: 0n,
      name: 'test:number',
      logLevel: 13,
      emfUri: null,
      payload: structure([{ name: 'n', fieldClass: number }]),
    }),
  ].join('');
}

/** Events that Babeltrace 2 reads and what it says about them. */
function readBack(root: string): { readonly events: number; readonly said: readonly string[] } {
  const { stdout, stderr, status } = spawnSync('babeltrace2', [root], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(status, 0, stderr.slice(-1000));
  return {
    events: stdout.split('\n').length - 1,
    said: stderr.split('\n').filter((line) => line !== '' && !/Tracer discarded \d+ events? /.test(line)),
  };
}

/** Overwrites the sequence number of the first packet. */
function scribblePacketHeader(memory: Uint8Array | undefined): void {
  assert.ok(memory !== undefined);
  const packet = Buffer.from(memory.buffer).indexOf('c11ffcc1', 0, 'hex');
  assert.ok(packet > 0);
  memory.fill(0xff, packet + 64, packet + 72);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

async function recordOnSmallDisk(native: Native, disk: string): Promise<void> {
  const recording = new Recording(native, join(disk, 'trace'));
  await recording.open();
  fs.writeFileSync(join(disk, 'ballast'), new Uint8Array(200 << 10));
  await recording.emitMany(30_000);
  await recording.client.fault('disk-full', true);
  await recording.client.call('session.flush', { sessionId: 1 });
  assert.equal(
    (await recording.client.call('session.data-pending', { sessionId: 1 })).result.isPending,
    true,
  );
  fs.unlinkSync(join(disk, 'ballast'));
  await recording.client.drained(1);
  await recording.client.fault('disk-full', false);
  const streams = await recording.close();
  assert.equal(sum(streams.map((stream) => stream.discardedEventCount)), recording.lost);
  assert.equal(sum(streams.map((stream) => stream.lostPacketCount)), 0);
  assert.ok(recording.lost > 0);
  assert.deepEqual(readBack(recording.root), { events: recording.recorded, said: [] });
}

const native = loadNative();
const hasReader = spawnSync('babeltrace2', ['--version']).status === 0;
const skip =
  native === null
    ? `no addon: ${nativeUnavailableReason()}`
    : process.getuid?.() !== 0
      ? 'needs root'
      : hasReader
        ? false
        : 'needs babeltrace2';

function recordingTest(name: string, run: (native: Native, t: TestContext) => Promise<void>): void {
  test(name, { skip, timeout: 240_000 }, async (t) => {
    assert.ok(native !== null);
    await run(native, t);
  });
}

if (OWNER !== undefined) {
  await runConsumer(JSON.parse(OWNER) as Parameters<typeof runConsumer>[0]);
} else if (SMALL_DISK !== undefined && native !== null) {
  await recordOnSmallDisk(native, SMALL_DISK);
} else {
  recordingTest(
    'in overwrite mode the newest records are kept, and lost packets are counted',
    async (addon, t) => {
      const recording = new Recording(addon, join(temporaryFolder(t), 'trace'), { t });
      await recording.open({ mode: 'overwrite' });
      // The consumer runs beside this loop and reads the first packets; then it cannot follow.
      for (let count = 0; count < 200_000; count++) recording.emit(0);
      await recording.stop();
      const streams = await recording.close();
      assert.equal(recording.lost, 0);
      assert.equal(sum(streams.map((stream) => stream.discardedEventCount)), 0);
      const lostPackets = sum(streams.map((stream) => stream.lostPacketCount));
      assert.ok(lostPackets > 0);
      const { stdout, stderr } = spawnSync('babeltrace2', [recording.root], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      const numbers = [...stdout.matchAll(/n = (\d+)/g)].map(([, text]) => Number(text));
      assert.equal(numbers.at(-1), 199_999);
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
      );
      assert.equal(new Set(numbers).size, numbers.length);
      const told = [...stderr.matchAll(/Tracer discarded (\d+) packets? /g)].map(([, text]) => Number(text));
      assert.equal(sum(told), lostPackets, stderr);
    },
  );
  recordingTest(
    'what writers recorded and lost is what Babeltrace 2 and the statistics say',
    async (addon, t) => {
      const recording = new Recording(addon, join(temporaryFolder(t), 'trace'), { t });
      await recording.open();
      assert.equal(fs.readFileSync(`/proc/${recording.client.pid}/comm`, 'utf8').trim(), 'lttng-consumerd');
      await recording.emitMany(20_000);
      await recording.stop();
      const streams = await recording.close();
      assert.equal(sum(streams.map((stream) => stream.discardedEventCount)), recording.lost);
      assert.deepEqual(readBack(recording.root), { events: recording.recorded, said: [] });
    },
  );

  recordingTest('a session stops and starts; a stop makes one packet per stream', async (addon, t) => {
    const recording = new Recording(addon, join(temporaryFolder(t), 'trace'), { t });
    await recording.open();
    for (let round = 0; round < 3; round++) {
      await recording.client.call('session.start', { sessionId: 1 });
      recording.emit(0);
      await recording.stop();
      await recording.stop();
    }
    const streams = await recording.close();
    for (const stream of streams) assert.equal(stream.consumedPacketCount, 3);
    assert.deepEqual(readBack(recording.root), { events: 3, said: [] });
  });

  recordingTest('the switch timer brings records out while the session records', async (addon, t) => {
    const recording = new Recording(addon, join(temporaryFolder(t), 'trace'), { t });
    await recording.open({ switchTimerUs: 20_000 });
    recording.emit(0);
    const file = join(recording.root, TRACE, 'ch_0');
    while (fs.statSync(file).size === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await recording.stop();
    await recording.close();
    assert.deepEqual(readBack(recording.root), { events: 1, said: [] });
  });

  recordingTest('a link that hangs up leaves a complete trace and no process', async (addon, t) => {
    const recording = new Recording(addon, join(temporaryFolder(t), 'trace'), { t });
    await recording.open();
    await recording.emitMany(500);
    assert.equal(await recording.client.hangUp(), 0);
    assert.deepEqual(readBack(recording.root), { events: recording.recorded, said: [] });
  });

  recordingTest(
    'a writer that dies between reserve and commit costs its sub-buffer only',
    async (addon, t) => {
      const recording = new Recording(addon, join(temporaryFolder(t), 'trace'), { t });
      await recording.open({ subbufferCount: 8 });
      await recording.emitMany(200);
      recording.emit(0, true);
      for (let i = 0; i < 1000; i++) recording.emit(0);
      await recording.stop();
      assert.equal((await recording.client.fault('stalled-writer', true)).where, 'ch_0');
      const [stuck, ...others] = await recording.close();
      assert.equal(stuck?.lostPacketCount, 1);
      assert.ok(others.every((stream) => stream.lostPacketCount === 0));
      const { events } = readBack(recording.root);
      // At most one sub-buffer of records, each more than six bytes, is missing.
      assert.ok(events < recording.recorded && events > recording.recorded - 4096 / 6, `events=${events}`);
    },
  );

  recordingTest('a scribbled stream is a fault; the others stay exact', async (addon, t) => {
    const recording = new Recording(addon, join(temporaryFolder(t), 'trace'), { t });
    await recording.open();
    for (let i = 0; i < 100; i++) recording.emit(0);
    scribblePacketHeader(recording.memories[recording.memories.length - 1]);
    for (let i = 0; i < 100; i++) recording.emit(0);
    await recording.stop();
    const last = `ch_${recording.memories.length - 1}`;
    assert.equal((await recording.client.fault('corrupt-buffer', true)).where, last);
    await recording.close();
    assert.deepEqual(readBack(recording.root), { events: 200, said: [] });
  });

  recordingTest('a full disk loses no packet and counts what writers discarded', async () => {
    const script = 'mount -t tmpfs -o size=320k tmpfs /mnt && LTTNG_TS_TEST_SMALL_DISK=/mnt exec "$0" "$1"';
    const { status, stderr } = spawnSync(
      'unshare',
      ['--mount', 'sh', '-c', script, process.execPath, THIS_FILE],
      {
        encoding: 'utf8',
        timeout: 200_000,
      },
    );
    assert.equal(status, 0, stderr);
  });

  recordingTest('an owner gets the files, and root none of them', async (addon, t) => {
    const parent = temporaryFolder(t);
    fs.chownSync(parent, 54321, 54322);
    const recording = new Recording(addon, join(parent, 'trace'), {
      t,
      owner: { ownerUid: 54321, ownerGid: 54322 },
    });
    await recording.open();
    recording.emit(0);
    await recording.stop();
    await recording.close();
    for (const name of ['', TRACE, `${TRACE}/ch_0`, `${TRACE}/metadata`, `${TRACE}/index/ch_0.idx`]) {
      const { uid, gid } = fs.statSync(join(recording.root, name));
      assert.deepEqual([name, uid, gid], [name, 54321, 54322]);
    }
  });

  recordingTest('bytes that are no frame end the consumer, with its files closed', async (addon, t) => {
    const recording = new Recording(addon, join(temporaryFolder(t), 'trace'), { t });
    await recording.open();
    recording.emit(0);
    recording.client.sendBytes(new Uint8Array(100).fill(0x5a));
    assert.equal(await recording.client.hangUp(), 0);
    assert.equal(readBack(recording.root).events, 1);
  });
}
