/**
 * The recorder of the addon on real rings: threads emit while recordings and channels come and go. A mistake here is a
 * crash of somebody's program.
 */
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  type ContextOperation,
  type Fd,
  loadNative,
  type Native,
  nativeUnavailableReason,
  type RecorderChannelId,
  type RingReader,
  type RingWriter,
  type Slot,
} from '@lttng-ts/native';
import { type ChannelShape, descriptorOf } from './descriptor.ts';
import { streamLayoutOf } from './stream-layout.ts';
import { initializeStream } from './stream-memory.ts';

const addon = loadNative();
const skip = addon === null ? `no addon: ${nativeUnavailableReason()}` : false;
const THREADS = 3;

const shape: ChannelShape = {
  geometry: { mode: 'discard', subbufferSizeBytes: 4096, subbufferCount: 4 },
  wakeupBy: 'timer',
  blockingTimeoutMs: 0,
  channelId: 3,
  uuid: new Uint8Array(16),
};

/** Opens a channel with one ring for each possible CPU; `lost` reads what the rings have counted. */
function openChannel(native: Native, blockingTimeoutMs = 0, further: readonly ContextOperation[] = []) {
  const own = { ...shape, blockingTimeoutMs };
  const { lengthBytes } = streamLayoutOf(shape.geometry);
  const streamCount = native.possibleCpuCount();
  const contexts: readonly ContextOperation[] = [
    { kind: 'vtid' },
    { kind: 'procname' },
    { kind: 'cpu-id' },
    ...further,
  ];
  const channel = native.recorder.openChannel({ descriptor: descriptorOf(own, 0), contexts, streamCount });
  const readEnds: Fd[] = [];
  const writers: RingWriter[] = [];
  const readers = Array.from({ length: streamCount }, (_, cpu) => {
    const memoryFd = native.createSharedMemory('recorder', lengthBytes);
    const mapping = native.mmap(memoryFd, lengthBytes, { isWritable: true });
    initializeStream(mapping.buffer, shape, cpu, native.clockMonotonicNs());
    const reader = native.openRingReader(mapping, descriptorOf(shape, cpu));
    const writer = native.openRingWriter(mapping, descriptorOf(own, cpu));
    assert.ok(reader !== null && writer !== null);
    writers.push(writer);
    mapping.unmap();
    const { readEnd, writeEnd } = native.pipe();
    readEnds.push(readEnd);
    native.recorder.addStream(channel, { memoryFd, lengthBytes, wakeupFd: writeEnd });
    return reader;
  });
  return {
    channel,
    readers,
    /** Leaves a record in each ring that is reserved and not committed. */
    reserve: () => {
      for (const writer of writers) {
        const record = { eventId: 1, timestamp: native.clockMonotonicNs(), payload: new Uint8Array(8) };
        assert.equal(typeof writer.reserve(record), 'object');
      }
    },
    commit: () => {
      for (const writer of writers) writer.commit();
    },
    /** Nobody reads any more. */
    hangUp: () => {
      for (const end of readEnds.splice(0)) native.close(end);
    },
    lost: () => readers.reduce((sum, reader) => sum + reader.lost().full + reader.lost().wrap, 0),
    close: () => {
      for (const end of [...readers, ...writers]) end.close();
      for (const end of readEnds.splice(0)) native.close(end);
    },
  };
}

/** A channel as {@link openChannel} makes it, with one event that it records. */
function openRecording(native: Native, blockingTimeoutMs = 0, further: readonly ContextOperation[] = []) {
  const opened = openChannel(native, blockingTimeoutMs, further);
  const { channel, close } = opened;
  const slot = native.recorder.allocateSlot();
  native.recorder.setRecordings(slot, [{ bit: 0, channel, eventId: 9 }]);
  return {
    ...opened,
    slot,
    close: () => {
      native.recorder.closeChannel(channel);
      native.recorder.freeSlot(slot);
      close();
    },
  };
}

/** Takes every packet that is there. */
function drain(readers: readonly RingReader[]): void {
  for (const reader of readers) {
    while (typeof reader.next() !== 'string') reader.putNext();
  }
}

/** Threads that emit `count` records each, or until `stop[0]` is set; resolves when all have ended. */
async function emitInThreads(slot: Slot, count: number, stop = new Int32Array(new SharedArrayBuffer(4))) {
  const source = `
    const { workerData } = require('node:worker_threads');
    import(workerData.index).then(({ loadNative }) => {
      const { recorder } = loadNative();
      new Uint8Array(recorder.scratch(64)).fill(7);
      for (let i = 0; i < workerData.count && Atomics.load(workerData.stop, 0) === 0; i++) {
        if (recorder.enableWords[workerData.slot] !== 0) recorder.emit(workerData.slot, i % 40, -1);
      }
    });`;
  const index = import.meta.resolve('@lttng-ts/native');
  const workerData = { index, slot, count, stop };
  const workers = Array.from({ length: THREADS }, () => new Worker(source, { eval: true, workerData }));
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve))));
}

test('every record of several threads is recorded or counted as lost', { skip }, async () => {
  const native = addon!;
  const { close, lost, slot } = openRecording(native);
  const before = native.recorder.statistics();
  await emitInThreads(slot, 5000);
  const after = native.recorder.statistics();
  assert.equal(after.recorded - before.recorded + after.lost - before.lost, BigInt(THREADS * 5000));
  assert.equal(Number(after.lost - before.lost), lost());
  assert.ok(lost() > 0 && after.recorded > before.recorded);
  close();
});

/** Emits in this thread until a record is lost; gives how long the last one took. */
function emitUntilLost(native: Native, slot: Slot, lost: () => number): number {
  native.recorder.scratch(512);
  for (let count = 0; count < 1000; count++) {
    const before = performance.now();
    native.recorder.emit(slot, 500, -1);
    if (lost() > 0) return performance.now() - before;
  }
  throw new Error('The ring is never full');
}

test('a record waits for space as long as its channel says', { skip }, () => {
  const native = addon!;
  const { close, lost, slot } = openRecording(native, 80);
  const tookMs = emitUntilLost(native, slot, lost);
  assert.ok(tookMs >= 79 && tookMs < 2000, `took ${tookMs} ms`);
  close();
});

test('a record does not wait for ever for a reader that is gone', { skip }, () => {
  const native = addon!;
  const { close, hangUp, lost, slot } = openRecording(native, -1);
  hangUp();
  const tookMs = emitUntilLost(native, slot, lost);
  assert.ok(tookMs < 1000, `took ${tookMs} ms`);
  close();
});

test('threads that wait lose nothing while somebody reads, and stop when the channel closes', {
  skip,
}, async () => {
  const native = addon!;
  const { channel, close, readers } = openChannel(native, -1);
  const slot = native.recorder.allocateSlot();
  native.recorder.setRecordings(slot, [{ bit: 0, channel, eventId: 9 }]);
  const draining = setInterval(() => drain(readers), 1);
  const before = native.recorder.statistics();
  await emitInThreads(slot, 3000);
  clearInterval(draining);
  const lostRecords = readers.map((reader) => reader.lost());
  assert.ok(
    lostRecords.every(({ full, wrap, big }) => full === 0 && wrap === 0 && big === 0),
    JSON.stringify(lostRecords),
  );
  assert.equal(native.recorder.statistics().recorded - before.recorded, BigInt(THREADS * 3000));
  // Nobody reads: all threads come to wait, until there is no channel.
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const waiting = emitInThreads(slot, 1e9, stop);
  await new Promise((resolve) => setTimeout(resolve, 300));
  native.recorder.closeChannel(channel);
  Atomics.store(stop, 0, 1);
  await waiting;
  native.recorder.freeSlot(slot);
  close();
});

test('threads wait for a writer that has not finished its record', { skip }, async () => {
  const native = addon!;
  const { close, commit, lost, readers, reserve, slot } = openRecording(native, -1);
  reserve();
  let isFinished = false;
  const draining = setInterval(() => {
    const full = readers.some((reader) => reader.samplePositions().producedBytes > 3 * 4096 + 2048);
    if (full && !isFinished) {
      assert.equal(typeof readers[0]?.next(), 'string');
      commit();
      isFinished = true;
    }
    drain(readers);
  }, 20);
  const before = native.recorder.statistics();
  await emitInThreads(slot, 1000);
  clearInterval(draining);
  assert.ok(isFinished);
  assert.equal(lost(), 0);
  assert.equal(native.recorder.statistics().recorded - before.recorded, BigInt(THREADS * 1000));
  close();
});

test('threads do not wait for ever for a writer that never finishes its record', { skip }, async () => {
  const native = addon!;
  const { close, commit, lost, reserve, slot } = openRecording(native, -1);
  reserve();
  const before = native.recorder.statistics();
  await emitInThreads(slot, 1000);
  const after = native.recorder.statistics();
  assert.ok(lost() > 0);
  assert.equal(Number(after.lost - before.lost), lost());
  assert.equal(after.recorded - before.recorded + after.lost - before.lost, BigInt(THREADS * 1000));
  commit();
  close();
});

test('recordings and channels come and go while threads emit', { skip }, async () => {
  const native = addon!;
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const slot = native.recorder.allocateSlot();
  const threads = emitInThreads(slot, 1e9, stop);
  let recorded = 0n;
  for (let round = 0; round < 400 || recorded === 0n; round++) {
    const { channel, close } = openChannel(native);
    native.recorder.setRecordings(slot, [{ bit: round % 32, channel, eventId: round }]);
    await new Promise((resolve) => setImmediate(resolve));
    recorded = native.recorder.statistics().recorded;
    if (round % 3 === 0) native.recorder.setRecordings(slot, []);
    if (round % 5 === 0) native.recorder.setChannelEnabled(channel, false);
    native.recorder.closeChannel(channel);
    close();
  }
  Atomics.store(stop, 0, 1);
  await threads;
  assert.equal(native.recorder.enableWords[slot], 0);
  native.recorder.freeSlot(slot);
});

/** Context switches (`PERF_COUNT_SW_CONTEXT_SWITCHES`): every kernel with perf events has it. */
const counter = { kind: 'perf', type: 1, config: 3n } as const;

/** Descriptors of perf events that this process has. */
function perfDescriptors(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('[perf_event]');
    } catch {
      // The descriptor that listed the folder.
      return false;
    }
  }).length;
}

const skipPerf = skip || (addon?.canCount(counter) === true ? false : 'perf events cannot be opened here');

test('threads open perf counters with their first record, and close them with the channel or themselves', {
  skip: skipPerf,
}, async () => {
  const native = addon!;
  const { channel, close } = openChannel(native, 0, [counter, counter]);
  const slot = native.recorder.allocateSlot();
  native.recorder.setRecordings(slot, [{ bit: 0, channel, eventId: 9 }]);
  assert.equal(perfDescriptors(), 0);
  native.recorder.scratch(64);
  native.recorder.emit(slot, 8, -1);
  native.recorder.emit(slot, 8, -1);
  assert.equal(perfDescriptors(), 2);
  await emitInThreads(slot, 10);
  assert.equal(perfDescriptors(), 2, 'the other threads have ended');
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const emitting = emitInThreads(slot, 1e9, stop);
  while (perfDescriptors() < 2 + 2 * THREADS) await new Promise((resolve) => setImmediate(resolve));
  native.recorder.closeChannel(channel);
  assert.equal(perfDescriptors(), 0, 'closed for threads that go on');
  Atomics.store(stop, 0, 1);
  await emitting;
  native.recorder.freeSlot(slot);
  close();
});

test('a process has so many perf counters and no more', { skip: skipPerf }, () => {
  const native = addon!;
  const opened: { readonly channel: RecorderChannelId; close(): void }[] = [];
  const open = () => void opened.push(openChannel(native, 0, Array(60).fill(counter)));
  for (let i = 0; i < 4; i++) open();
  assert.throws(open, { name: 'SystemError', errnoName: 'ENOSPC' });
  for (const { channel, close } of opened.splice(0)) {
    native.recorder.closeChannel(channel);
    close();
  }
  open();
  for (const { channel, close } of opened) {
    native.recorder.closeChannel(channel);
    close();
  }
});

test('numbers of channels and slots that are none are refused', { skip }, () => {
  const { recorder } = addon!;
  const refusal = { name: 'SystemError', errnoName: 'EINVAL' };
  assert.throws(() => recorder.closeChannel(4000 as RecorderChannelId), refusal);
  assert.throws(
    () => recorder.setRecordings(0 as Slot, [{ bit: 0, channel: 4000 as RecorderChannelId, eventId: 1 }]),
    refusal,
  );
  assert.throws(() => recorder.freeSlot(65535 as Slot), refusal);
  assert.throws(() => recorder.scratch(2 ** 20 + 1), RangeError);
  // Outside of everything: nothing happens, and nothing is thrown into a program.
  recorder.emit(70000 as Slot, 1, -1);
});
