import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeRelayRequest,
  encodeRelayToken,
  relayCommands,
  relayDataHeader,
} from '@lttng-ts/protocols/relay';
import { runRelay, ScriptedProducer, Wire } from './testing/scripted-producer.ts';

const STREAM = 'host/base/ust/uid/0/64-bit/c_0';

/** A relay whose limit for first bytes holds for connections that come after it is set: those before have time to begin. */
async function limitedRelay() {
  let firstBytesTimeoutMs: number | null = null;
  const relay = await runRelay({
    get firstBytesTimeoutMs() {
      return firstBytesTimeoutMs;
    },
    stallTimeoutMs: 50,
  });
  const limit = (): void => {
    firstBytesTimeoutMs = 50;
  };
  return { relay, limit };
}

test('connections that say nothing, or stop within a message, are dropped; others are not', async () => {
  const { relay, limit } = await limitedRelay();
  await using _relay = relay;
  const producer = await ScriptedProducer.connect(relay);
  limit();
  await producer.createSession();
  await producer.createChunk(0);
  const stream = await producer.addStream('c_0');
  assert.ok(stream !== null);
  await producer.sendPacket(stream, 0);
  const silent = await Wire.connect(relay.server.control.port);
  await silent.closed();
  const hanging = await Wire.connect(relay.server.control.port);
  await hanging.send(encodeRelayRequest(relayCommands.version, new Uint8Array(8)).subarray(0, 30));
  await hanging.closed();
  const header = relayDataHeader.encode({
    circuitId: 0n,
    streamId: stream,
    netSequenceNumber: 1n,
    dataSizeBytes: 5000,
    paddingSizeBytes: 0,
  });
  await producer.data.send(Buffer.concat([header, new Uint8Array(100)]));
  await producer.data.closed();
  assert.equal(relay.server.status().counters.timeouts, 3);
  // The cut packet is taken off when the relay has seen the end itself.
  while (relay.files().get(STREAM)?.length !== 4096) await new Promise((settle) => setTimeout(settle, 5));
  assert.equal(await producer.sendIndex(stream, 0), 11, 'its stream is closed');
  assert.equal((await producer.createSession()).code, 25, 'the control connection was idle, which it may be');
  producer.end();
});

test('a data connection may say nothing until there is a packet, but not stop within its beginning', async () => {
  const { relay, limit } = await limitedRelay();
  await using _relay = relay;
  const control = await Wire.connect(relay.server.control.port);
  const begun = new ScriptedProducer(control, control);
  await begun.begin();
  limit();
  // Its time would be over before that of any that comes after it.
  const producer = new ScriptedProducer(control, await Wire.connect(relay.server.data.port));
  await producer.createSession();
  await producer.createChunk(0);
  const stream = await producer.addStream('c_0');
  assert.ok(stream !== null);
  for (let round = 0; round < 3; round++) await (await Wire.connect(relay.server.control.port)).closed();
  const cut = await Wire.connect(relay.server.data.port);
  await cut.send(encodeRelayToken('token').subarray(0, 9));
  await cut.closed();
  assert.equal(relay.server.status().counters.timeouts, 4);
  await producer.sendPacket(stream, 0);
  assert.equal(await producer.sendIndex(stream, 0), 10);
  await producer.settle(stream, 0);
  assert.equal(relay.files().get(STREAM)?.length, 4096);
  producer.end();
});

test('what a viewer does not take ends its connection in time', async () => {
  await using relay = await runRelay({ stallTimeoutMs: 300 });
  const viewer = await Wire.connect(relay.server.live.port);
  viewer.pause();
  const { liveConnectRequest, listSessions } = await import('./testing/live-requests.ts');
  await viewer.send(liveConnectRequest());
  const producer = await ScriptedProducer.connect(relay);
  await producer.createSession();
  // Replies of some hundred bytes each: more than the kernel's buffers of both sides take.
  const many = Buffer.concat(Array.from({ length: 20_000 }, () => listSessions()));
  while (relay.server.status().counters.timeouts === 0) await viewer.send(many);
  assert.equal(relay.server.status().counters.timeouts, 1);
  viewer.resume();
  await viewer.closed();
  producer.end();
});

test('payloads that do not become whole have a common bound', async () => {
  await using relay = await runRelay();
  const header = encodeRelayRequest(relayCommands.sendMetadata, new Uint8Array(0));
  new DataView(header.buffer).setBigUint64(8, BigInt(100 << 20));
  const part = new Uint8Array(16 << 20);
  const wires = await Promise.all(
    Array.from({ length: 3 }, async () => await Wire.connect(relay.server.control.port)),
  );
  let isClosed = false;
  for (const wire of wires) {
    void wire.closed().then(() => {
      isClosed = true;
    });
    await wire.send(header);
    for (let count = 0; count < 6 && !isClosed; count++) await wire.send(part);
  }
  await Promise.race(wires.map(async (wire) => await wire.closed()));
  assert.ok(relay.log.some((line) => line.includes('Too much that is not whole')));
  for (const wire of wires) wire.end();
});

test('a flood of connections leaves others alone', async () => {
  await using relay = await runRelay({ maxConnections: 20 });
  const producer = await ScriptedProducer.connect(relay);
  const flood = await Promise.all(
    Array.from({ length: 200 }, async () => await Wire.connect(relay.server.data.port)),
  );
  assert.equal((await producer.createSession()).code, 10);
  await producer.createChunk(0);
  const stream = await producer.addStream('c_0');
  assert.ok(stream !== null);
  await producer.sendPacket(stream, 0);
  await producer.settle(stream, 0);
  assert.ok(relay.server.status().openConnections.data <= 20);
  for (const wire of flood) wire.end();
  producer.end();
});

test('silent data connections do not hold the port: the newest go first', async () => {
  await using relay = await runRelay({ maxConnections: 4 });
  const producer = await ScriptedProducer.connect(relay);
  await producer.createSession();
  await producer.createChunk(0);
  const stream = await producer.addStream('c_0');
  assert.ok(stream !== null);
  const silent: Wire[] = [];
  // More than there are places, one after the other: each finds one.
  for (let count = 0; count < 10; count++) silent.push(await Wire.connect(relay.server.data.port));
  await Promise.all(silent.slice(2, 9).map(async (wire) => await wire.closed()));
  const late = await ScriptedProducer.connect(relay);
  await late.createSession('late', {
    basePath: 'late',
    daemon: { uuid: new Uint8Array(16).fill(8), sessionId: 1n, creationTimeS: 0, chunkId: null },
  });
  await late.createChunk(0);
  const lateStream = await late.addStream('c_0');
  assert.ok(lateStream !== null);
  for (const [each, id] of [
    [producer, stream],
    [late, lateStream],
  ] as const) {
    await each.sendPacket(id, 0);
    assert.equal(await each.sendIndex(id, 0), 10);
    await each.settle(id, 0);
    each.end();
  }
  for (const wire of silent) wire.end();
});
