import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeIndexFile } from '@lttng-ts/ctf';
import {
  encodeRelayContinuation,
  RELAY_ASK_EXTENSIONS,
  RELAY_RESUME_ALLOWED,
  RELAY_UNSET,
  relayAcknowledgement,
  relayConfigurationReply,
  relayDataHeader,
  relayEnableResumeReply,
  relayIdentifier,
} from '@lttng-ts/protocols/relay';
import { Links } from './edge/links.ts';
import {
  packetBytes,
  type RunningRelay,
  runRelay,
  ScriptedProducer,
  Wire,
} from './testing/scripted-producer.ts';

const FOLDER = 'host/base/ust/uid/0/64-bit';
const { sizeBytes: KEY_REPLY_BYTES } = relayEnableResumeReply;

/** A session that may be come back to, with a chunk and a stream. */
async function beginSession(relay: RunningRelay) {
  const producer = await ScriptedProducer.connect(relay);
  const ask = relayIdentifier.encode({ id: RELAY_ASK_EXTENSIONS });
  const asked = await producer.request('getConfiguration', ask, 12);
  assert.equal(relayConfigurationReply.decode(asked!).flags & RELAY_RESUME_ALLOWED, RELAY_RESUME_ALLOWED);
  await producer.createSession();
  await producer.createChunk(0);
  const stream = await producer.addStream('c_0');
  assert.ok(stream !== null);
  const enabled = await producer.request('enableResume', new Uint8Array(0), KEY_REPLY_BYTES);
  const { code, key } = relayEnableResumeReply.decode(enabled!);
  assert.equal(code, 10);
  await producer.data.send(encodeRelayContinuation({ key, receivedBytes: 0 }));
  assert.equal(relayIdentifier.decode((await producer.data.take(8))!).id, 0n);
  return { producer, stream, key };
}

/** A connection that goes on, and how many bytes the relay has of it (all ones: it may not). */
async function goOn(port: number, key: Uint8Array, receivedBytes: number) {
  const wire = await Wire.connect(port);
  await wire.send(encodeRelayContinuation({ key, receivedBytes }));
  return { wire, takenBytes: relayIdentifier.decode((await wire.take(8))!).id };
}

function messageOf(streamId: bigint, number: number): Buffer {
  const header = relayDataHeader.encode({
    circuitId: 0n,
    streamId,
    netSequenceNumber: BigInt(number),
    dataSizeBytes: 4096,
    paddingSizeBytes: 0,
  });
  return Buffer.concat([header, packetBytes(number)]);
}

/** Waits for an acknowledgement of so many bytes of data. */
async function acknowledged(wire: Wire, bytes: number): Promise<void> {
  for (let dataBytes = 0n; dataBytes < bytes; ) {
    ({ dataBytes } = relayAcknowledgement.decode((await wire.take(relayAcknowledgement.sizeBytes))!));
  }
}

test('connections go on where they were cut, within a packet and before a reply', async () => {
  await using relay = await runRelay();
  const { producer, stream, key } = await beginSession(relay);
  const [first, second] = [messageOf(stream, 0), messageOf(stream, 1)];
  await producer.data.send(first);
  assert.equal(await producer.sendIndex(stream, 0), 10);
  await producer.data.send(second.subarray(0, 1000));
  await acknowledged(producer.data, first.length + 1000);
  producer.end();
  const isWaiting = () => relay.server.status().sessions.some((session) => session.isWaiting);
  while (!isWaiting()) await new Promise((settle) => setTimeout(settle, 5));
  // As if the reply to the index entry had been lost on the way.
  const control = await goOn(relay.server.control.port, key, KEY_REPLY_BYTES);
  const indexBytes = 24 + 80;
  assert.equal(control.takenBytes, BigInt(indexBytes));
  assert.equal((await control.wire.take(4))?.readUInt32BE(0), 10, 'it comes again');
  const data = await goOn(relay.server.data.port, key, 0);
  assert.equal(data.takenBytes, BigInt(first.length + 1000));
  await data.wire.send(second.subarray(1000));
  const back = new ScriptedProducer(control.wire, data.wire);
  assert.equal(await back.sendIndex(stream, 1), 10);
  await back.settle(stream, 1);
  assert.ok(!isWaiting());
  const file = relay.files().get(`${FOLDER}/c_0`);
  assert.deepEqual(file, Buffer.concat([packetBytes(0), packetBytes(1)]));
  const { entries } = decodeIndexFile(relay.files().get(`${FOLDER}/index/c_0.idx`)!);
  assert.deepEqual(
    entries.map(({ offsetBytes }) => offsetBytes),
    [0n, 4096n],
  );
  assert.equal(relay.server.status().counters.resumptions, 1);
  assert.equal((await back.request('disableResume', new Uint8Array(0), 4))?.readUInt32BE(0), 10);
  back.end();
  while (relay.server.status().sessions.length > 0) await new Promise((settle) => setTimeout(settle, 5));
});

test('connections that only seem to live are taken over', async () => {
  await using relay = await runRelay();
  const { producer, stream, key } = await beginSession(relay);
  const control = await goOn(relay.server.control.port, key, KEY_REPLY_BYTES);
  const data = await goOn(relay.server.data.port, key, 0);
  await Promise.all([producer.control.closed(), producer.data.closed()]);
  const back = new ScriptedProducer(control.wire, data.wire);
  await back.sendPacket(stream, 0);
  assert.equal(await back.sendIndex(stream, 0), 10);
  await back.settle(stream, 0);
  back.end();
});

test('only who has the key comes back, only to what is kept, and only in time', async () => {
  await using relay = await runRelay({ resumeTimeoutS: 1 });
  const { producer, key } = await beginSession(relay);
  const { port } = relay.server.control;
  assert.equal((await goOn(port, new Uint8Array(16), 0)).takenBytes, RELAY_UNSET);
  assert.equal((await goOn(port, key, KEY_REPLY_BYTES + 1)).takenBytes, RELAY_UNSET);
  producer.end();
  while (relay.server.status().sessions.length > 0) await new Promise((settle) => setTimeout(settle, 20));
  assert.equal((await goOn(port, key, KEY_REPLY_BYTES)).takenBytes, RELAY_UNSET);
});

test('a connection that breaks the protocol is not come back to', async () => {
  await using relay = await runRelay();
  const { producer, stream, key } = await beginSession(relay);
  await producer.data.send(messageOf(stream + 100n, 0));
  await producer.data.closed();
  assert.equal((await goOn(relay.server.data.port, key, 0)).takenBytes, RELAY_UNSET);
  producer.end();
});

test('a connection has one key, however often it asks', async () => {
  await using relay = await runRelay();
  const { producer, key } = await beginSession(relay);
  const again = await producer.request('enableResume', new Uint8Array(0), KEY_REPLY_BYTES);
  assert.equal(relayEnableResumeReply.decode(again!).code, 97);
  const control = await goOn(relay.server.control.port, key, 2 * KEY_REPLY_BYTES);
  assert.equal(control.takenBytes, 24n, 'the second question');
  control.wire.end();
  producer.end();
});

test('what waits has a common bound', () => {
  const links = new Links(30, () => undefined);
  const stop = links.wait(60 << 20, () => undefined);
  assert.ok(stop !== null);
  assert.equal(
    links.wait(10 << 20, () => undefined),
    null,
  );
  stop();
  const next = links.wait(10 << 20, () => undefined);
  assert.ok(next !== null);
  next();
});

test('a producer that asks for nothing meets a relay like the original', async () => {
  await using relay = await runRelay({ resumeTimeoutS: 0 });
  const producer = await ScriptedProducer.connect(relay);
  const ask = async (id: bigint) => {
    const reply = await producer.request('getConfiguration', relayIdentifier.encode({ id }), 12);
    return relayConfigurationReply.decode(reply!);
  };
  assert.deepEqual(await ask(0n), { code: 10, flags: 1n });
  assert.deepEqual(await ask(RELAY_ASK_EXTENSIONS), { code: 10, flags: 1n });
  assert.deepEqual(await ask(2n), { code: 152, flags: 0n });
  const refused = await producer.request('enableResume', new Uint8Array(0), KEY_REPLY_BYTES);
  assert.equal(relayEnableResumeReply.decode(refused!).code, 97);
  producer.end();
});
