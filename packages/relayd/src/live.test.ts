import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeLiveRequest,
  type LiveCommandName,
  type LiveIndex,
  liveAttach,
  liveConnect,
  liveGetPacket,
  liveIdentifier,
  liveIndex,
  liveListReply,
  liveMetadataReply,
  livePacketReply,
  liveSession,
  liveStatusReply,
  liveStream,
  liveStreamsReply,
} from '@lttng-ts/protocols/live';
import { encodeRotateStreams } from '@lttng-ts/protocols/relay';
import { type RunningRelay, runRelay, ScriptedProducer, Wire } from './testing/scripted-producer.ts';

const OK = 1;

/** A live reader that does what a test says. */
class Viewer {
  readonly wire: Wire;

  private constructor(wire: Wire) {
    this.wire = wire;
  }

  static async connect({ server }: RunningRelay, hasSession = true): Promise<Viewer> {
    const viewer = new Viewer(await Wire.connect(server.live.port));
    const hello = { viewerSessionId: 0xffffffffffffffffn, major: 2, minor: 4, type: 1 };
    const answer = await viewer.ask('connect', liveConnect.encode(hello), liveConnect.sizeBytes);
    assert.equal(liveConnect.decode(answer).minor, 13);
    if (hasSession) await viewer.ask('createSession', new Uint8Array(0), liveStatusReply.sizeBytes);
    return viewer;
  }

  async ask(name: LiveCommandName, payload: Uint8Array, replyBytes: number): Promise<Buffer> {
    await this.wire.send(encodeLiveRequest(name, payload as Uint8Array<ArrayBuffer>));
    const reply = await this.wire.take(replyBytes);
    assert.ok(reply !== null, `${name}: the connection ended`);
    return reply;
  }

  async list() {
    const head = await this.ask('listSessions', new Uint8Array(0), liveListReply.sizeBytes);
    const count = liveListReply.decode(head).sessionCount;
    const entries = (await this.wire.take(count * liveSession.sizeBytes))!;
    return Array.from({ length: count }, (_, i) => liveSession.decode(entries, i * liveSession.sizeBytes));
  }

  async attach(sessionId: bigint, seek: number) {
    return await this.#streams('attachSession', liveAttach.encode({ sessionId, offset: 0n, seek }));
  }

  async newStreams(sessionId: bigint) {
    return await this.#streams('getNewStreams', liveIdentifier.encode({ id: sessionId }));
  }

  async #streams(name: LiveCommandName, payload: Uint8Array) {
    const head = await this.ask(name, payload, liveStreamsReply.sizeBytes);
    const { status, streamCount } = liveStreamsReply.decode(head);
    const entries = (await this.wire.take(streamCount * liveStream.sizeBytes))!;
    const streams = Array.from({ length: streamCount }, (_, i) =>
      liveStream.decode(entries, i * liveStream.sizeBytes),
    );
    return { status, names: streams.map(({ channelName }) => channelName).sort() };
  }

  async next(streamId: bigint): Promise<LiveIndex> {
    const reply = await this.ask(
      'getNextIndex',
      liveIdentifier.encode({ id: streamId }),
      liveIndex.sizeBytes,
    );
    return liveIndex.decode(reply);
  }

  async packet(streamId: bigint, offsetBytes: bigint, sizeBytes: number): Promise<Buffer | null> {
    const request = liveGetPacket.encode({ streamId, offsetBytes, sizeBytes });
    const { status } = livePacketReply.decode(
      await this.ask('getPacket', request, livePacketReply.sizeBytes),
    );
    return status === OK ? await this.wire.take(sizeBytes) : null;
  }

  async metadata(streamId: bigint) {
    const payload = liveIdentifier.encode({ id: streamId });
    const { sizeBytes, status } = liveMetadataReply.decode(
      await this.ask('getMetadata', payload, liveMetadataReply.sizeBytes),
    );
    return { status, text: (await this.wire.take(Number(sizeBytes)))?.toString() ?? null };
  }

  async detach(sessionId: bigint): Promise<number> {
    const reply = await this.ask('detachSession', liveIdentifier.encode({ id: sessionId }), 4);
    return liveStatusReply.decode(reply).status;
  }
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
  const early = await Viewer.connect(relay, false);
  assert.deepEqual(await early.attach(1n, 2), { status: 6, names: [] });
  assert.equal(await early.detach(1n), 3);
  const viewer = await Viewer.connect(relay);
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
  const second = await Viewer.connect(relay);
  assert.equal((await second.attach(1n, 2)).status, 2, 'one viewer at a time');
  viewer.wire.end();
  // The end of a connection sets its sessions free.
  while ((await second.attach(1n, 2)).status !== OK);
  assert.equal(await second.detach(1n), 1);
  assert.equal(await second.detach(1n), 3);
  assert.equal(await second.detach(99n), 2);
  producer.end();
});

test('a viewer follows packets, metadata, silence and the end', async () => {
  await using relay = await runRelay();
  const { producer, stream, metadata, emit, publish } = await liveSessionOf(relay);
  await publish();
  const viewer = await Viewer.connect(relay);
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
  const viewer = await Viewer.connect(relay);
  await viewer.attach(1n, 1);
  assert.equal((await viewer.next(stream)).timestampBegin, 0n);
  assert.equal((await viewer.metadata(metadata)).text, 'first');
  await producer.createChunk(1);
  assert.equal((await viewer.next(stream)).status, 2, 'a chunk is changing');
  assert.equal((await viewer.newStreams(1n)).status, 2);
  const rotate = async (streamId: bigint, rotateAtPacket: bigint): Promise<void> => {
    const payload = encodeRotateStreams({ newChunkId: 1n, positions: [{ streamId, rotateAtPacket }] });
    await producer.request('rotateStreams', payload, 4);
  };
  await rotate(stream, 2n);
  await rotate(metadata, 0n);
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

test('a viewer that does not read holds up nobody, and loses nothing', async () => {
  await using relay = await runRelay();
  const { producer, stream, emit, publish } = await liveSessionOf(relay);
  const sizeBytes = 1 << 20;
  await producer.sendPacket(stream, 0, new Uint8Array(sizeBytes).fill(5));
  await producer.sendIndex(stream, 0, { packetSizeBits: BigInt(sizeBytes * 8) });
  await producer.addStream('metadata', 'ust/other');
  await publish();
  const viewer = await Viewer.connect(relay);
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
