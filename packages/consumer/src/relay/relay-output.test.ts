/** A session's output on relay daemons that a test plays: versions, changes of chunk, room, silence. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkOutput, RelayedSession } from '@lttng-ts/protocols';
import {
  decodeAddStream,
  findRelayCommandName,
  type RelayCommandName,
  RelayRequestFramer,
  relayChunkExistsReply,
  relayCloseChunkReply,
  relayConfigurationReply,
  relayReply,
  relaySessionReply,
  relayStreamReply,
  relayVersion,
} from '@lttng-ts/protocols/relay';
import type { PacketDescription } from '../sink.ts';
import { ManualPorts } from '../testing/manual-ports.ts';
import { RelayOutput } from './relay-output.ts';
import type { ConnectRelay, RelaySocketsListener } from './relay-ports.ts';

const port = { family: 4, address: '127.0.0.1', port: 5342 } as const;
const network: NetworkOutput = { control: port, data: { ...port, port: 5343 }, path: '' };
const relay: RelayedSession = {
  output: network,
  sessionName: 'work',
  hostname: 'host',
  liveTimerUs: 0,
  isSnapshot: false,
  nameHasCreationTime: false,
  daemonUuid: '00112233445566778899aabbccddeeff',
  daemonSessionId: 1,
  creationTimeS: 0,
  folderName: 'work-20260302-003005',
};
const place = {
  tracePath: 'ust/uid/0/64-bit',
  streamName: 'c_0',
  traceFileSizeBytes: 0,
  traceFileCount: 0,
  isIndexed: true,
};
const PACKET_BYTES = 4096;
const memory = new Uint8Array(PACKET_BYTES);
const packet = (number: number): PacketDescription => ({
  memoryOffsetBytes: 0,
  dataSizeBytes: PACKET_BYTES,
  paddedSizeBytes: PACKET_BYTES,
  timestampBegin: 0n,
  timestampEnd: 0n,
  contentSizeBits: BigInt(8 * PACKET_BYTES),
  packetSizeBits: BigInt(8 * PACKET_BYTES),
  sequenceNumber: BigInt(number),
  eventsDiscarded: 0n,
  streamId: 0,
  streamInstanceId: 0n,
});
const chunk = (chunkId: number) => ({
  chunkId,
  rootPath: null,
  isRootShared: false,
  creationTimeS: 0,
  folders: [],
});
const SILENCE_MS = 5000;

/** A relay daemon of one version, in memory. */
class FakeRelay {
  readonly commands: string[] = [];
  readonly lost: string[] = [];
  readonly ports = new ManualPorts();
  readonly #version: { readonly major: number; readonly minor: number };
  readonly #framer = new RelayRequestFramer();
  #listener: RelaySocketsListener | null = null;
  #lastStreamId = 0n;
  /** Commands that get no answer. */
  readonly unanswered = new Set<RelayCommandName>(['sendMetadata']);
  /** Whether the system takes packets. */
  isTaking = true;
  /** Whether connections can go on with other sockets. */
  canComeBack = false;

  constructor(minor: number, major = 2) {
    this.#version = { major, minor };
  }

  async open(changes: Partial<RelayedSession> = {}): Promise<RelayOutput> {
    return await RelayOutput.open(this.#connect, {
      relay: { ...relay, ...changes },
      clock: this.ports,
      silenceNs: BigInt(SILENCE_MS) * 1_000_000n,
      onLost: (reason) => void this.lost.push(reason),
    });
  }

  readonly #connect: ConnectRelay = async (_output, listener) => {
    this.#listener = listener;
    return {
      sendControl: (bytes) => {
        for (const { command, payload } of this.#framer.push(bytes)) this.#handle(command, payload);
      },
      sendData: (_bytes, onSent) => {
        this.commands.push('packet');
        if (this.isTaking) queueMicrotask(onSent);
      },
      keepAcrossCuts: () => undefined,
      replace: (reason) => {
        if (this.canComeBack) this.commands.push(`replace: ${reason}`);
        return this.canComeBack;
      },
      forgetCuts: () => undefined,
      close: () => void this.commands.push('close'),
      destroy: () => void this.commands.push('destroy'),
    };
  };

  #handle(number: number, payload: Uint8Array): void {
    const name = findRelayCommandName(number);
    assert.ok(name !== null);
    const detail = name === 'addStream' ? ` ${decodeAddStream(payload, this.#version.minor).pathName}` : '';
    this.commands.push(`${name}${detail}`);
    if (this.unanswered.has(name)) return;
    const reply = this.#reply(name);
    queueMicrotask(() => this.#listener?.receiveControl(reply));
  }

  #reply(name: RelayCommandName): Uint8Array {
    const code = 10;
    switch (name) {
      case 'version':
        return relayVersion.encode(this.#version);
      case 'getConfiguration':
        return relayConfigurationReply.encode({ code, flags: 1n });
      case 'createSession': {
        const fixed = relaySessionReply.encode({ sessionId: 1n, code });
        return this.#version.minor < 11 ? fixed : Buffer.concat([fixed, new Uint8Array(4)]);
      }
      case 'addStream':
        return relayStreamReply.encode({ streamId: ++this.#lastStreamId, code });
      case 'closeTraceChunk':
        return Buffer.concat([relayCloseChunkReply.encode({ code, pathBytes: 5 }), Buffer.from('host\0')]);
      case 'traceChunkExists':
        return relayChunkExistsReply.encode({ code, exists: 0 });
      case 'dataPending':
      case 'endDataPending':
        return relayReply.encode({ code: 0 as 10 });
      default:
        return relayReply.encode({ code });
    }
  }
}

/** Lets everything happen that can happen without time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('a relay daemon of another version is refused', async () => {
  await assert.rejects(new FakeRelay(13, 3).open(), /another version/);
  await assert.rejects(new FakeRelay(3).open(), /another version/);
});

test('what a relay daemon can follows from its version', async () => {
  for (const [minor, hasChunks, isClearAllowed] of [
    [4, false, false],
    [10, false, false],
    [11, true, false],
    [12, true, true],
    [13, true, true],
    [99, true, true],
  ] as const) {
    const output = await new FakeRelay(minor).open();
    assert.deepEqual([output.hasChunks, output.isClearAllowed], [hasChunks, isClearAllowed], String(minor));
  }
});

test('before 2.11 there are no chunks, and streams have whole paths', async () => {
  const fake = new FakeRelay(10);
  const output = await fake.open();
  const first = output.createChunk(chunk(0));
  const sink = first.openDataStream(place);
  sink.writePacket(memory, packet(0));
  await settle();
  sink.close(true);
  assert.deepEqual(await first.settle(null), { failure: null, relayPath: null });
  await output.close();
  assert.deepEqual(fake.commands, [
    'version',
    'createSession',
    'addStream /host/work-20260302-003005//ust/uid/0/64-bit',
    'packet',
    'sendIndex',
    'dataPending',
    'closeStream',
    'startData',
    'close',
  ]);
});

test('a stream sends nothing between its change of chunk and the answer', async () => {
  const fake = new FakeRelay(13);
  const output = await fake.open();
  const first = output.createChunk(chunk(0));
  const sink = first.openDataStream(place);
  sink.writePacket(memory, packet(0));
  await settle();
  const second = output.createChunk(chunk(1));
  const next = second.openDataStream(place);
  fake.unanswered.add('rotateStreams');
  sink.close();
  next.writePacket(memory, packet(1));
  await settle();
  assert.equal(next.isReady, false);
  assert.deepEqual(fake.commands.slice(-3), ['sendIndex', 'createTraceChunk', 'rotateStreams']);
});

test('text that was written before a change of chunk stays before it', async () => {
  const fake = new FakeRelay(13);
  const output = await fake.open();
  const metadata = { tracePath: place.tracePath, uuid: new Uint8Array(16) };
  const first = output.createChunk(chunk(0)).openMetadata(metadata);
  // The relay has not answered yet that it has the stream.
  first.append(Buffer.from('head'));
  const second = output.createChunk(chunk(1)).openMetadata(metadata);
  first.close();
  second.append(Buffer.from('head'));
  const third = output.createChunk(chunk(2)).openMetadata(metadata);
  second.close();
  third.append(Buffer.from('head'));
  await settle();
  const sent = fake.commands.slice(fake.commands.findLastIndex((name) => name.startsWith('addStream')) + 1);
  assert.deepEqual(
    sent.filter((name) => name !== 'createTraceChunk'),
    ['sendMetadata', 'rotateStreams', 'sendMetadata', 'rotateStreams', 'sendMetadata'],
  );
});

test('a stream that has sent nothing is added anew in the next chunk', async () => {
  const fake = new FakeRelay(13);
  const output = await fake.open();
  const first = output.createChunk(chunk(0));
  const sink = first.openDataStream(place);
  await settle();
  await output.publish();
  const second = output.createChunk(chunk(1));
  const next = second.openDataStream(place);
  sink.close();
  next.writePacket(memory, packet(7));
  assert.deepEqual(await first.settle({ kind: 'remove' }), { failure: null, relayPath: 'host' });
  const add = `addStream ${place.tracePath}`;
  const added = fake.commands.slice(fake.commands.lastIndexOf('createTraceChunk') + 1);
  assert.deepEqual(added.slice(0, 3), ['closeStream', add, 'streamsSent']);
  assert.ok(added.includes('packet') && !added.includes('rotateStreams'));
});

test('packets wait when the system does not take them, and are told when there is room', async () => {
  const fake = new FakeRelay(13);
  const output = await fake.open();
  const sink = output.createChunk(chunk(0)).openDataStream(place);
  await settle();
  fake.isTaking = false;
  let count = 0;
  for (; sink.isReady === true; count++) sink.writePacket(memory, packet(count));
  assert.equal(count, Math.ceil((4 << 20) / (PACKET_BYTES + 32)));
  let isWoken = false;
  sink.whenReady?.(() => {
    isWoken = true;
  });
  output.lose('as told');
  assert.deepEqual([isWoken, sink.isLost, fake.lost], [true, true, ['as told']]);
});

test('a relay daemon that answers nothing is lost, and nobody waits for it', async () => {
  const fake = new FakeRelay(13);
  const output = await fake.open();
  const first = output.createChunk(chunk(0));
  const sink = first.openDataStream(place);
  await settle();
  // Time in which nothing is asked does not count.
  fake.ports.advance(SILENCE_MS - 1000);
  fake.unanswered.add('sendIndex');
  sink.writePacket(memory, packet(0));
  await settle();
  fake.ports.advance(SILENCE_MS - 1);
  assert.equal(output.isLost, false);
  fake.ports.advance(1);
  assert.equal(output.isLost, true);
  sink.close();
  assert.equal(await output.isDataPending(), false);
  assert.equal((await first.settle(null)).failure, 'The relay daemon is lost');
  await output.close();
});

test('one that can be come back to is tried with new sockets after each such time, and not lost', async () => {
  const fake = new FakeRelay(13);
  fake.canComeBack = true;
  const output = await fake.open();
  const sink = output.createChunk(chunk(0)).openDataStream(place);
  await settle();
  fake.isTaking = false;
  fake.unanswered.add('sendIndex');
  sink.writePacket(memory, packet(0));
  await settle();
  const replaced = (): number => fake.commands.filter((command) => command.startsWith('replace')).length;
  fake.ports.advance(SILENCE_MS - 1);
  assert.equal(replaced(), 0);
  for (const times of [1, 2, 3]) {
    fake.ports.advance(times === 1 ? 1 : SILENCE_MS);
    // Once, though both connections are silent.
    assert.equal(replaced(), times);
  }
  assert.equal(output.isLost, false);
});
