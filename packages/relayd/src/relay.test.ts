import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeIndexFile } from '@lttng-ts/ctf';
import {
  encodeRelayRequest,
  encodeRotateStreams,
  relayCommands,
  relayDataHeader,
} from '@lttng-ts/protocols/relay';
import {
  packetBytes,
  type RunningRelay,
  runRelay,
  ScriptedProducer,
  Wire,
} from './testing/scripted-producer.ts';

process.env['TZ'] = 'UTC';

const STREAM = 'host/base/ust/uid/0/64-bit/c_0';
const INDEX = 'host/base/ust/uid/0/64-bit/index/c_0.idx';

async function withStream(relay: RunningRelay): Promise<{ producer: ScriptedProducer; stream: bigint }> {
  const producer = await ScriptedProducer.connect(relay);
  await producer.createSession();
  await producer.createChunk(0);
  const stream = await producer.addStream('c_0');
  assert.ok(stream !== null);
  return { producer, stream };
}

async function rotate(
  producer: ScriptedProducer,
  stream: bigint,
  newChunkId: number | null,
  atPacket: number,
) {
  const positions = [{ streamId: stream, rotateAtPacket: BigInt(atPacket) }];
  const payload = encodeRotateStreams({
    newChunkId: newChunkId === null ? null : BigInt(newChunkId),
    positions,
  });
  return (await producer.request('rotateStreams', payload, 4))?.readUInt32BE(0) ?? null;
}

/** Waits until a file has so many bytes: data connections have no replies. */
async function sized(relay: RunningRelay, path: string, sizeBytes: number): Promise<void> {
  while (relay.files().get(path)?.length !== sizeBytes) await new Promise((settle) => setTimeout(settle, 5));
}

/** First bytes of the packets of a data file: the numbers that {@link packetBytes} wrote. */
const numbersIn = (file: Buffer | undefined): readonly number[] =>
  Array.from({ length: (file?.length ?? 0) / 4096 }, (_, i) => file?.[i * 4096] ?? -1);

test('an index entry is written once packet and entry are there, in either order', async () => {
  await using relay = await runRelay();
  const { producer, stream } = await withStream(relay);
  await producer.sendPacket(stream, 1);
  assert.equal(await producer.sendIndex(stream, 1), 10);
  assert.equal(await producer.sendIndex(stream, 2), 10);
  await producer.sendPacket(stream, 2);
  await producer.settle(stream, 2);
  const { entries } = decodeIndexFile(relay.files().get(INDEX)!);
  assert.deepEqual(
    entries.map(({ offsetBytes, timestampBegin }) => [offsetBytes, timestampBegin]),
    [
      [0n, 100n],
      [4096n, 200n],
    ],
  );
  assert.equal(await producer.sendIndex(stream, 3), 10);
  assert.equal(await producer.sendIndex(stream, 3), 11, 'the same entry twice');
  producer.end();
});

test('a packet that overtakes its rotation goes to its chunk', async () => {
  await using relay = await runRelay();
  const { producer, stream } = await withStream(relay);
  await producer.sendPacket(stream, 0);
  assert.equal(await producer.sendIndex(stream, 0), 10);
  await producer.sendPacket(stream, 1);
  await sized(relay, STREAM, 8192);
  assert.equal(await producer.createChunk(1), 10);
  assert.equal(await rotate(producer, stream, 1, 1), 10);
  assert.equal(await producer.sendIndex(stream, 1), 10);
  assert.equal(await producer.closeChunk(0, 'moveToCompleted'), 'host/base');
  const files = relay.files();
  const archive = 'host/base/archives/19700101T000000+0000-19700101T000030+0000-0/ust/uid/0/64-bit';
  const current = 'host/base/19700101T000100+0000-1/ust/uid/0/64-bit';
  assert.deepEqual(numbersIn(files.get(`${archive}/c_0`)), [0]);
  assert.deepEqual(numbersIn(files.get(`${current}/c_0`)), [1]);
  assert.equal(decodeIndexFile(files.get(`${current}/index/c_0.idx`)!).entries[0]?.offsetBytes, 0n);
  producer.end();
});

test('a rotation that one of its streams refuses changes none', async () => {
  await using relay = await runRelay();
  const producer = await ScriptedProducer.connect(relay);
  await producer.createSession();
  await producer.createChunk(0);
  const [first, second] = [await producer.addStream('c_0'), await producer.addStream('c_1')];
  assert.ok(first !== null && second !== null);
  await producer.createChunk(1);
  const rotateAll = async (streams: readonly bigint[]): Promise<number | undefined> => {
    const positions = streams.map((streamId) => ({ streamId, rotateAtPacket: 2n }));
    const payload = encodeRotateStreams({ newChunkId: 1n, positions });
    return (await producer.request('rotateStreams', payload, 4))?.readUInt32BE(0);
  };
  assert.equal(await rotateAll([first, 99n]), 97);
  assert.equal(await rotateAll([second]), 10);
  assert.equal(await rotateAll([first, second]), 153);
  assert.equal(await rotateAll([first]), 10, 'the ones before the refused one were left alone');
  producer.end();
});

test('a rotation waits for the packets of the old chunk', async () => {
  await using relay = await runRelay();
  const { producer, stream } = await withStream(relay);
  await producer.createChunk(1);
  assert.equal(await rotate(producer, stream, 1, 2), 10);
  assert.equal(await rotate(producer, stream, 1, 2), 153, 'rotates already');
  assert.equal(await producer.closeChunk(0, 'delete'), 'host/base');
  for (const number of [0, 1, 2]) {
    await producer.sendPacket(stream, number);
    await producer.sendIndex(stream, number);
  }
  await producer.settle(stream, 2);
  const data = [...relay.files()].filter(([path]) => path.endsWith('/c_0'));
  assert.deepEqual(
    data.map(([path, file]) => [path, numbersIn(file)]),
    [[STREAM, [2]]],
    'the old chunk was deleted when its stream had left',
  );
  producer.end();
});

test('files of limited size and number', async () => {
  await using relay = await runRelay();
  const producer = await ScriptedProducer.connect(relay);
  await producer.createSession();
  await producer.createChunk(0);
  const ring = await producer.addStream('ring_0', 'ust', [8192, 2]);
  // The original divides by zero here.
  const endless = await producer.addStream('endless_0', 'ust', [8192, 0]);
  assert.ok(ring !== null && endless !== null);
  for (let number = 0; number < 7; number++) {
    for (const stream of [ring, endless]) {
      await producer.sendPacket(stream, number);
      await producer.sendIndex(stream, number);
    }
  }
  await producer.settle(endless, 6);
  await producer.settle(ring, 6);
  const numbers = Object.fromEntries(
    [...relay.files()]
      .filter(([path]) => !path.endsWith('.idx'))
      .map(([path, file]) => [path.replace('host/base/ust/', ''), numbersIn(file)]),
  );
  assert.deepEqual(numbers, {
    endless_0_0: [0, 1],
    endless_0_1: [2, 3],
    endless_0_2: [4, 5],
    endless_0_3: [6],
    ring_0_0: [4, 5],
    ring_0_1: [6],
  });
  producer.end();
});

test('names that lead out of the folder are refused', async () => {
  await using relay = await runRelay();
  const producer = await ScriptedProducer.connect(relay);
  for (const name of ['', '.hidden', '../evil', 'a/b', '..']) {
    assert.deepEqual(await producer.createSession(name), { id: 0n, code: 25, path: null }, name);
  }
  assert.equal((await producer.createSession('work', { basePath: 'a/../../b' })).code, 25);
  assert.equal((await producer.createSession('work', { hostname: '..' })).code, 25);
  const noUuid = { uuid: new Uint8Array(16), sessionId: 1n, creationTimeS: 0, chunkId: null };
  assert.equal((await producer.createSession('work', { daemon: noUuid })).code, 25);
  assert.equal((await producer.createSession()).code, 10);
  assert.equal(await producer.addStream('c_0'), null, 'no chunk yet');
  assert.equal(await producer.createChunk(0, '../x'), 97);
  await producer.createChunk(0);
  for (const path of ['../evil', 'ust/../../../evil', '..']) {
    assert.equal(await producer.addStream('c_0', path), null, path);
  }
  for (const channel of ['../evil', 'a/b', '..'])
    assert.equal(await producer.addStream(channel), null, channel);
  mkdirSync(join(relay.folder, 'elsewhere'));
  symlinkSync(join(relay.folder, 'elsewhere'), join(relay.folder, 'host/base/planted'));
  assert.equal(await producer.addStream('c_0', 'planted/sub'), null, 'a symbolic link');
  assert.ok(await producer.addStream('c_0'));
  assert.deepEqual([...relay.files().keys()], [STREAM]);
  producer.end();
});

test('a producer that breaks the protocol is cut off; others go on', async () => {
  await using relay = await runRelay();
  const { producer: good, stream } = await withStream(relay);
  const rubbish: readonly [string, Uint8Array][] = [
    [
      'an oversized payload',
      encodeRelayRequest(relayCommands.sendIndex, new Uint8Array(0)).fill(0xff, 8, 16),
    ],
    ['an unknown command', encodeRelayRequest(4711, new Uint8Array(0))],
    ['a command without a session', encodeRelayRequest(relayCommands.streamsSent, new Uint8Array(0))],
    ['a short payload', encodeRelayRequest(relayCommands.version, new Uint8Array(3))],
    ['noise', Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919) & 0xff)],
  ];
  for (const [, bytes] of rubbish) {
    const wire = await Wire.connect(relay.server.control.port);
    await wire.send(bytes);
    await wire.closed();
  }
  const data = await Wire.connect(relay.server.data.port);
  await data.send(new Uint8Array(64).fill(0x5a));
  await data.closed();
  await good.sendPacket(stream, 1);
  assert.equal(await good.sendIndex(stream, 1), 10);
  await good.settle(stream, 1);
  assert.deepEqual(numbersIn(relay.files().get(STREAM)), [1]);
  good.end();
});

test('a packet that is cut leaves the packets before it', async () => {
  await using relay = await runRelay();
  const { producer, stream } = await withStream(relay);
  await producer.sendPacket(stream, 1);
  await producer.sendIndex(stream, 1);
  await producer.settle(stream, 1);
  const header = new Uint8Array(32);
  const view = new DataView(header.buffer);
  view.setBigUint64(8, stream);
  view.setBigUint64(16, 2n);
  view.setUint32(24, 4096);
  await producer.data.send(Buffer.concat([header, packetBytes(2, 1000)]));
  await sized(relay, STREAM, 5096);
  producer.data.end();
  await sized(relay, STREAM, 4096);
  assert.deepEqual(numbersIn(relay.files().get(STREAM)), [1]);
  producer.end();
});

test('a session whose folder was removed within a rotation ends, and others go on', async () => {
  await using relay = await runRelay();
  const { producer, stream } = await withStream(relay);
  await producer.sendPacket(stream, 0);
  assert.equal(await producer.sendIndex(stream, 0), 10);
  await producer.createChunk(1);
  assert.equal(await rotate(producer, stream, 1, 2), 10);
  await producer.closeChunk(0, 'moveToCompleted');
  rmSync(join(relay.folder, 'host'), { recursive: true });
  producer.end();
  while (relay.server.status().sessions.length > 0) await new Promise((settle) => setTimeout(settle, 5));
  assert.ok(relay.log.some((line) => line.startsWith('error: End of a session')));
  const next = await withStream(relay);
  await next.producer.sendPacket(next.stream, 1);
  assert.equal(await next.producer.sendIndex(next.stream, 1), 10);
  await next.producer.settle(next.stream, 1);
  next.producer.end();
});

test('a path that is too long for the system is refused, and the connection goes on', async () => {
  await using relay = await runRelay();
  const producer = await ScriptedProducer.connect(relay);
  const long = Array.from({ length: 15 }, () => 'x'.repeat(200)).join('/');
  assert.equal((await producer.createSession('work', { basePath: long })).code, 10);
  await producer.createChunk(0);
  assert.equal(await producer.addStream('c_0', long), null);
  assert.ok((await producer.addStream('c_0')) !== null);
  producer.end();
});

test('zeros behind a packet are there, however many', async () => {
  await using relay = await runRelay();
  const { producer, stream } = await withStream(relay);
  const paddingSizeBytes = 1_000_000;
  const header = relayDataHeader.encode({
    circuitId: 0n,
    streamId: stream,
    netSequenceNumber: 0n,
    dataSizeBytes: 4096,
    paddingSizeBytes,
  });
  await producer.data.send(Buffer.concat([header, packetBytes(1)]));
  await producer.sendIndex(stream, 0, { packetSizeBits: BigInt(4096 + paddingSizeBytes) * 8n });
  await producer.sendPacket(stream, 1, packetBytes(2));
  await producer.sendIndex(stream, 1);
  await producer.settle(stream, 1);
  const whole = Buffer.concat([packetBytes(1), new Uint8Array(paddingSizeBytes), packetBytes(2)]);
  assert.deepEqual(relay.files().get(STREAM), whole);
  producer.end();
});
