import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pump } from './pump.ts';
import { RingStream } from './ring-stream.ts';
import { FAKE_SUBBUFFER_BYTES, FAKE_SUBBUFFER_COUNT, FakeRing } from './testing/fake-ring.ts';
import { ManualPorts } from './testing/manual-ports.ts';
import { MemorySink } from './testing/memory-sink.ts';

function fixture() {
  const ring = new FakeRing();
  const sink = new MemorySink();
  const ports = new ManualPorts();
  const pump = new Pump(ports);
  const faults: string[] = [];
  const stream = new RingStream({
    name: 'ch_0',
    cpu: 0,
    identity: {
      streamId: 0,
      subbufferSizeBytes: FAKE_SUBBUFFER_BYTES,
      subbufferCount: FAKE_SUBBUFFER_COUNT,
      isOverwriting: false,
    },
    reader: ring,
    memory: ring.memory,
    sink,
    onOutput: () => undefined,
    onReady: () => undefined,
    onStalled: () => undefined,
    onFault: (_stream, { kind, isOngoing }) => void faults.push(`${isOngoing ? '+' : '-'}${kind}`),
  });
  stream.declare();
  return { ring, sink, ports, pump, stream, faults };
}

/** The count of discarded events in the header of the second packet in memory. */
const secondDiscarded = (ring: FakeRing): bigint =>
  new DataView(ring.memory.buffer).getBigUint64(FAKE_SUBBUFFER_BYTES + 72, true);

test('packets leave the ring in order', () => {
  const { ring, sink, pump, stream } = fixture();
  for (let i = 0; i < 3; i++) ring.write();
  pump.wake(stream);
  assert.deepEqual(sink.packets, [0, 1, 2]);
  assert.equal(stream.isPending, false);
  assert.equal(stream.statistics().consumedPacketCount, 3);
});

test('a count of discarded events that goes back is mended before the packet is written', () => {
  const { ring, pump, stream } = fixture();
  ring.lostFull = 5;
  ring.write();
  pump.wake(stream);
  ring.lostFull = 0;
  ring.write();
  pump.wake(stream);
  assert.equal(secondDiscarded(ring), 5n);
  assert.equal(stream.statistics().discardedEventCount, 5);
});

test('so it is in a snapshot', () => {
  const { ring, stream } = fixture();
  ring.lostFull = 5;
  ring.write();
  ring.lostFull = 0;
  ring.write();
  stream.copyTo(new MemorySink(), 4);
  assert.equal(secondDiscarded(ring), 5n);
});

test('a packet that the output refuses stays, is tried again, and goes out once', () => {
  const { ring, sink, ports, pump, stream, faults } = fixture();
  ring.write();
  sink.refusal = 'ENOSPC';
  pump.wake(stream);
  ports.advance(2000);
  assert.ok(sink.attempts > 3 && sink.attempts < 12, `attempts=${sink.attempts}`);
  assert.equal(stream.isPending, true);
  for (let i = 0; i < 6; i++) ring.write();
  sink.refusal = null;
  ports.advance(1000);
  assert.deepEqual(sink.packets, [0, 1, 2, 3]);
  assert.equal(stream.isPending, false);
  assert.equal(ports.isTimerSet, false);
  assert.deepEqual(faults, ['+disk-full', '-disk-full']);
  // Three writes found the ring full; recorded + discarded = emitted.
  assert.equal(stream.statistics().discardedEventCount, 3);
});

test('a snapshot has no hole: what is before one is dropped', () => {
  const { ring, stream } = fixture();
  ring.write();
  ring.write('uncommitted');
  ring.write();
  const sink = new MemorySink();
  stream.copyTo(sink, 4);
  assert.deepEqual(sink.packets.slice(0, 1), [2]);
});

test('a wake-up tries again at once', () => {
  const { ring, sink, pump, stream } = fixture();
  ring.write();
  sink.refusal = 'EIO';
  pump.wake(stream);
  sink.refusal = null;
  pump.wake(stream);
  assert.deepEqual(sink.packets, [0]);
});

test('a final flush makes one packet, however often it is asked for, and again after a start', () => {
  const { ring, sink, pump, stream } = fixture();
  const flush = () => {
    stream.flushFinal();
    pump.wake(stream);
  };
  flush();
  flush();
  assert.equal(sink.packets.length, 1);
  stream.start();
  flush();
  flush();
  assert.equal(sink.packets.length, 2);
  assert.equal(ring.finalFlushes, 2);
});

test('a final flush that finds the ring full is made up for when there is room', () => {
  const { ring, sink, ports, pump, stream } = fixture();
  for (let i = 0; i < FAKE_SUBBUFFER_COUNT + 1; i++) ring.write();
  sink.refusal = 'ENOSPC';
  stream.flushFinal();
  pump.wake(stream);
  assert.equal(stream.isPending, true);
  sink.refusal = null;
  ports.advance(1000);
  assert.equal(sink.packets.length, FAKE_SUBBUFFER_COUNT + 1);
  assert.equal(stream.isPending, false);
  assert.equal(ring.finalFlushes, 1);
});

test('a sub-buffer that is committed late is only waited for', () => {
  const { ring, sink, ports, pump, stream, faults } = fixture();
  ring.write('uncommitted');
  pump.wake(stream);
  assert.equal(stream.isPending, true);
  ports.advance(1000);
  ring.commit(0);
  ports.advance(200);
  assert.deepEqual(sink.packets, [0]);
  assert.deepEqual(faults, []);
});

test('a writer that died inside a sub-buffer is a fault, not pending; what is behind it is saved at the end', () => {
  const { ring, sink, ports, pump, stream, faults } = fixture();
  ring.write();
  ring.write('uncommitted');
  ring.write();
  ring.write();
  pump.wake(stream);
  ports.advance(3000);
  assert.deepEqual(faults, ['+stalled-writer']);
  assert.equal(stream.isPending, false);
  assert.deepEqual(sink.packets, [0]);
  stream.finish(ports.now());
  assert.deepEqual(sink.packets.slice(0, 3), [0, 2, 3]);
  assert.equal(stream.statistics().lostPacketCount, 1);
  assert.equal(sink.isClosed, true);
});

test('a stopped writer that continues ends the fault', () => {
  const { ring, sink, ports, pump, stream, faults } = fixture();
  ring.write('uncommitted');
  pump.wake(stream);
  ports.advance(3000);
  ring.commit(0);
  ports.advance(1500);
  assert.deepEqual(faults, ['+stalled-writer', '-stalled-writer']);
  assert.deepEqual(sink.packets, [0]);
});

test('a damaged ring, and a scribbled header, end the stream and only it', () => {
  for (const damage of [
    (ring: FakeRing) => {
      ring.isCorrupt = true;
    },
    (ring: FakeRing) => {
      ring.scribble = { packetSizeBits: 8n };
    },
  ]) {
    const { ring, sink, ports, pump, stream, faults } = fixture();
    ring.write();
    pump.wake(stream);
    damage(ring);
    ring.write();
    pump.wake(stream);
    ports.advance(5000);
    stream.finish(ports.now());
    assert.deepEqual(faults, ['+corrupt-buffer']);
    assert.deepEqual(sink.packets, [0]);
    assert.equal(stream.isPending, false);
  }
});

test('the end of a stream with a full disk counts the packets that it loses', () => {
  const { ring, sink, ports, pump, stream, faults } = fixture();
  for (let i = 0; i < 3; i++) ring.write();
  sink.refusal = 'ENOSPC';
  pump.wake(stream);
  stream.finish(ports.now());
  // Three packets and the one of the final flush.
  assert.equal(stream.statistics().lostPacketCount, 4);
  assert.deepEqual(faults, ['+disk-full', '-disk-full']);
});

test('streams are served in turns, a bounded amount at a time', () => {
  const ports = new ManualPorts();
  const pump = new Pump(ports);
  const served: string[] = [];
  const make = (name: string) => {
    const ring = new FakeRing();
    return new RingStream({
      name,
      cpu: 0,
      identity: {
        streamId: 0,
        subbufferSizeBytes: FAKE_SUBBUFFER_BYTES,
        subbufferCount: FAKE_SUBBUFFER_COUNT,
        isOverwriting: false,
      },
      reader: ring,
      memory: ring.memory,
      // A writer that is always faster than the consumer.
      sink: {
        writePacket: () => {
          served.push(name);
          ring.write();
        },
        close: () => undefined,
      },
      onOutput: () => undefined,
      onReady: () => undefined,
      onStalled: () => undefined,
      onFault: () => assert.fail('no fault is expected'),
    });
  };
  const streams = [make('a'), make('b')];
  for (const stream of streams) {
    stream.declare();
    stream.flushFinal();
  }
  pump.wakeAll(streams);
  assert.equal(served.slice(0, 6).join(''), 'ababab');
  assert.ok(served.length < 100);
  const before = served.length;
  assert.equal(ports.runDeferred(), true);
  assert.ok(served.length > before);
});
