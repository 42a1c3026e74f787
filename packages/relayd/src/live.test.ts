import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeLiveRequest, liveGetPacket, livePacketReply } from '@lttng-ts/protocols/live';
import { encodeRotateStreams } from '@lttng-ts/protocols/relay';
import { type RunningRelay, runRelay, ScriptedProducer } from './testing/scripted-producer.ts';
import { ScriptedViewer } from './testing/scripted-viewer.ts';

const OK = 1;

async function rotate(
  producer: ScriptedProducer,
  streamId: bigint,
  newChunkId: bigint | null,
  rotateAtPacket: bigint,
): Promise<void> {
  const payload = encodeRotateStreams({ newChunkId, positions: [{ streamId, rotateAtPacket }] });
  assert.equal((await producer.request('rotateStreams', payload, 4))?.readUInt32BE(0), 10);
}

async function liveSessionOf(relay: RunningRelay) {
  const producer = await ScriptedProducer.connect(relay);
  await producer.createSession('work', { liveTimerUs: 1000 });
  await producer.createChunk(0);
  const stream = await producer.addStream('c_0');
  const metadata = await producer.addStream('metadata');
  assert.ok(stream !== null && metadata !== null);
  const emit = async (number: number): Promise<void> => {
    await producer.sendPacket(stream, number);
    assert.equal(await producer.sendIndex(stream, number), 10);
    await producer.settle(stream, number);
  };
  const publish = async (): Promise<void> => {
    await producer.request('streamsSent', new Uint8Array(0), 4);
  };
  return { producer, stream, metadata, emit, publish };
}

test('what a viewer is answered when it asks at the wrong time', async () => {
  await using relay = await runRelay();
  const { producer, publish, stream, metadata } = await liveSessionOf(relay);
  const early = await ScriptedViewer.connect(relay.server.live.port, false);
  assert.deepEqual(await early.attach(1n, 2), { status: 6, names: [] });
  assert.equal(await early.detach(1n), 3);
  const viewer = await ScriptedViewer.connect(relay.server.live.port);
  const [session] = await viewer.list();
  assert.deepEqual(
    [
      session?.hostname,
      session?.sessionName,
      session?.liveTimerUs,
      session?.streamCount,
      session?.clientCount,
    ],
    ['host', 'work', 1000, 2, 0],
  );
  assert.equal((await viewer.attach(99n, 2)).status, 3);
  assert.equal((await viewer.attach(1n, 7)).status, 5);
  assert.deepEqual(await viewer.attach(1n, 2), { status: OK, names: [] }, 'nothing is published yet');
  assert.equal((await early.attach(1n, 2)).status, 6);
  await publish();
  assert.deepEqual(await viewer.newStreams(1n), { status: OK, names: ['c_0', 'metadata'] });
  assert.equal((await viewer.next(77n)).status, 4);
  assert.equal((await viewer.next(metadata)).status, 3);
  assert.equal((await viewer.next(stream)).status, 2);
  assert.equal((await viewer.metadata(stream)).status, 3);
  assert.equal((await viewer.metadata(metadata)).status, 2);
  const second = await ScriptedViewer.connect(relay.server.live.port);
  assert.equal((await second.attach(1n, 2)).status, 2, 'one viewer at a time');
  viewer.wire.end();
  // The end of a connection sets its sessions free.
  while ((await second.attach(1n, 2)).status !== OK);
  assert.equal(await second.detach(1n), 1);
  assert.deepEqual(await second.attach(1n, 2), { status: OK, names: ['c_0', 'metadata'] }, 'told again');
  assert.equal(await second.detach(1n), 1);
  assert.equal(await second.detach(1n), 3);
  assert.equal(await second.detach(99n), 2);
  producer.end();
});

test('a viewer follows packets, metadata, silence and the end', async () => {
  await using relay = await runRelay();
  const { producer, stream, metadata, emit, publish } = await liveSessionOf(relay);
  await publish();
  const viewer = await ScriptedViewer.connect(relay.server.live.port);
  await viewer.attach(1n, 1);
  await producer.sendMetadata(metadata, 'first');
  await emit(0);
  const first = await viewer.next(stream);
  assert.deepEqual([first.status, first.offsetBytes, first.flags & 1], [OK, 0n, 1]);
  assert.deepEqual(await viewer.metadata(metadata), { status: OK, text: 'first' });
  assert.deepEqual(await viewer.metadata(metadata), { status: 2, text: '' });
  await producer.sendIndex(stream, 0, { packetSizeBits: 0n, timestampEnd: 777n });
  const silence = await viewer.next(stream);
  assert.deepEqual([silence.status, silence.timestampEnd], [5, 777n]);
  await emit(1);
  const second = await viewer.next(stream);
  assert.deepEqual([second.status, second.offsetBytes], [OK, 4096n]);
  producer.end();
  while ((await viewer.next(stream)).status !== 3);
  assert.equal((await viewer.next(stream)).status, 4, 'told once');
  assert.equal((await viewer.newStreams(1n)).status, 4);
  viewer.wire.end();
});

test('a cleared chunk is skipped, and metadata goes on where it was', async () => {
  await using relay = await runRelay();
  const { producer, stream, metadata, emit, publish } = await liveSessionOf(relay);
  await producer.sendMetadata(metadata, 'first');
  await emit(0);
  await emit(1);
  await publish();
  const viewer = await ScriptedViewer.connect(relay.server.live.port);
  await viewer.attach(1n, 1);
  assert.equal((await viewer.next(stream)).timestampBegin, 0n);
  assert.equal((await viewer.metadata(metadata)).text, 'first');
  await producer.createChunk(1);
  assert.equal((await viewer.next(stream)).status, 2, 'a chunk is changing');
  assert.equal((await viewer.newStreams(1n)).status, 2);
  await rotate(producer, stream, 1n, 2n);
  await rotate(producer, metadata, 1n, 0n);
  assert.equal(await producer.closeChunk(0, 'delete'), 'host/base');
  const aside = (): readonly string[] =>
    [...relay.files().keys()].filter((path) => path.startsWith('.unlinked/'));
  assert.equal(aside().length, 1, 'the file of the packet that the viewer was told of');
  const packet = await viewer.packet(stream, 0n, 4096);
  assert.ok(
    packet?.every((byte) => byte === 0),
    'it can be read to its end',
  );
  await producer.sendMetadata(metadata, 'first');
  assert.equal((await viewer.metadata(metadata)).status, 2, 'sent again, told once');
  await producer.sendMetadata(metadata, ' and more');
  await emit(2);
  const next = await viewer.next(stream);
  assert.deepEqual([next.status, next.timestampBegin, next.offsetBytes], [OK, 200n, 0n]);
  assert.deepEqual(aside(), [], 'nobody reads it any more');
  assert.equal((await viewer.metadata(metadata)).text, ' and more');
  producer.end();
  viewer.wire.end();
});

test('a viewer of what was cleared while nothing was recorded hears of silence, then of the end', async () => {
  await using relay = await runRelay();
  const { producer, stream, metadata, emit, publish } = await liveSessionOf(relay);
  await publish();
  const viewer = await ScriptedViewer.connect(relay.server.live.port);
  await viewer.attach(1n, 1);
  for (const number of [0, 1, 2]) await emit(number);
  assert.equal((await viewer.next(stream)).timestampBegin, 0n);
  await rotate(producer, stream, null, 3n);
  await rotate(producer, metadata, null, 0n);
  assert.equal(await producer.closeChunk(0, 'delete'), 'host/base');
  await producer.sendIndex(stream, 2, { packetSizeBits: 0n, timestampEnd: 777n });
  const silence = await viewer.next(stream);
  assert.deepEqual([silence.status, silence.timestampEnd], [5, 777n]);
  producer.end();
  while ((await viewer.next(stream)).status !== 3);
  assert.equal((await viewer.newStreams(1n)).status, 4);
  viewer.wire.end();
});

test('a viewer that does not read holds up nobody, and loses nothing', async () => {
  await using relay = await runRelay();
  const { producer, stream, emit, publish } = await liveSessionOf(relay);
  const sizeBytes = 1 << 20;
  await producer.sendPacket(stream, 0, new Uint8Array(sizeBytes).fill(5));
  await producer.sendIndex(stream, 0, { packetSizeBits: BigInt(sizeBytes * 8) });
  await producer.addStream('metadata', 'ust/other');
  await publish();
  const viewer = await ScriptedViewer.connect(relay.server.live.port);
  await viewer.attach(1n, 1);
  while ((await viewer.next(stream)).status !== OK);
  viewer.wire.pause();
  const request = encodeLiveRequest(
    'getPacket',
    liveGetPacket.encode({ streamId: stream, offsetBytes: 0n, sizeBytes }),
  );
  const count = 100;
  for (let i = 0; i < count; i++) await viewer.wire.send(request);
  const before = process.memoryUsage().rss;
  await emit(1);
  await emit(2);
  assert.ok(process.memoryUsage().rss - before < 40 * sizeBytes, 'replies do not pile up');
  viewer.wire.resume();
  for (let i = 0; i < count; i++) {
    const reply = await viewer.wire.take(livePacketReply.sizeBytes + sizeBytes);
    assert.equal(reply?.readUInt32BE(0), OK);
    assert.equal(reply?.at(-1), 5);
  }
  viewer.wire.end();
  producer.end();
});
