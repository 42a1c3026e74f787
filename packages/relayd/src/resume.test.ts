import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeIndexFile } from '@lttng-ts/ctf';
import {
  RELAY_ASK_EXTENSIONS,
  RELAY_RESUME_ALLOWED,
  RELAY_UNSET,
  relayConfigurationReply,
  relayDataHeader,
  relayEnableResumeReply,
  relayIdentifier,
  relayResumePosition,
  relayResumeReply,
  relayResumeSession,
} from '@lttng-ts/protocols/relay';
import { type RunningRelay, runRelay, ScriptedProducer } from './testing/scripted-producer.ts';

const FOLDER = 'host/base/ust/uid/0/64-bit';

async function beginSession(relay: RunningRelay) {
  const producer = await ScriptedProducer.connect(relay);
  const asked = await producer.request(
    'getConfiguration',
    relayIdentifier.encode({ id: RELAY_ASK_EXTENSIONS }),
    12,
  );
  assert.ok(asked !== null);
  assert.equal(relayConfigurationReply.decode(asked).flags & RELAY_RESUME_ALLOWED, RELAY_RESUME_ALLOWED);
  await producer.createSession();
  const enabled = await producer.request('enableResume', new Uint8Array(0), relayEnableResumeReply.sizeBytes);
  assert.ok(enabled !== null);
  const { code, key } = relayEnableResumeReply.decode(enabled);
  assert.equal(code, 10);
  await producer.createChunk(0);
  const stream = await producer.addStream('c_0');
  assert.ok(stream !== null);
  return { producer, stream, key };
}

async function comeBack(relay: RunningRelay, key: Uint8Array, sessionId = 1n) {
  const producer = await ScriptedProducer.connect(relay);
  const payload = relayResumeSession.encode({ sessionId, key });
  const head = await producer.request('resumeSession', payload, relayResumeReply.sizeBytes);
  assert.ok(head !== null);
  const { code, streamCount } = relayResumeReply.decode(head);
  const bytes =
    streamCount === 0 ? null : await producer.control.take(streamCount * relayResumePosition.sizeBytes);
  const positions = Array.from({ length: streamCount }, (_, index) =>
    relayResumePosition.decode(bytes!, index * relayResumePosition.sizeBytes),
  );
  return { producer, code, positions };
}

test('a producer comes back and goes on behind what the relay has, without loss and twice nothing', async () => {
  await using relay = await runRelay();
  const { producer, stream, key } = await beginSession(relay);
  await producer.sendPacket(stream, 0);
  await producer.sendIndex(stream, 0);
  await producer.sendPacket(stream, 1);
  await producer.settle(stream, 0);
  while (relay.files().get(`${FOLDER}/c_0`)?.length !== 8192)
    await new Promise((settle) => setTimeout(settle, 5));
  // An entry whose packet is cut, and the cut packet.
  await producer.sendIndex(stream, 2);
  const header = relayDataHeader.encode({
    circuitId: 0n,
    streamId: stream,
    netSequenceNumber: 2n,
    dataSizeBytes: 4096,
    paddingSizeBytes: 0,
  });
  await producer.data.send(Buffer.concat([header, new Uint8Array(1000)]));
  producer.end();
  const again = await comeBack(relay, key);
  assert.equal(again.code, 10);
  const { lastData, lastIndex, chunkId, streamId } = again.positions[0]!;
  assert.deepEqual([streamId, lastData, lastIndex, chunkId], [stream, 1n, 0n, 0n]);
  assert.equal(await again.producer.sendIndex(stream, 1), 10);
  for (const number of [2, 3]) {
    await again.producer.sendPacket(stream, number);
    assert.equal(await again.producer.sendIndex(stream, number), 10);
  }
  await again.producer.settle(stream, 3);
  const file = relay.files().get(`${FOLDER}/c_0`)!;
  assert.deepEqual(
    [0, 1, 2, 3].map((number) => file[number * 4096]),
    [0, 1, 2, 3],
  );
  assert.equal(file.length, 4 * 4096);
  const { entries } = decodeIndexFile(relay.files().get(`${FOLDER}/index/c_0.idx`)!);
  assert.deepEqual(
    entries.map(({ offsetBytes }) => offsetBytes),
    [0n, 4096n, 8192n, 12288n],
  );
  assert.equal(relay.server.status().counters.resumptions, 1);
  again.producer.end();
});

test('connections that only seem to live are taken over', async () => {
  await using relay = await runRelay();
  const { producer, stream, key } = await beginSession(relay);
  await producer.sendPacket(stream, 0);
  await producer.sendIndex(stream, 0);
  const again = await comeBack(relay, key);
  assert.equal(again.code, 10);
  assert.equal(again.positions[0]?.lastData, 0n);
  await Promise.all([producer.control.closed(), producer.data.closed()]);
  await again.producer.sendPacket(stream, 1);
  assert.equal(await again.producer.sendIndex(stream, 1), 10);
  await again.producer.settle(stream, 1);
  again.producer.end();
});

test('only who has the key comes back, and only in time', async () => {
  await using relay = await runRelay({ resumeTimeoutS: 1 });
  const { producer, key } = await beginSession(relay);
  const wrong = await comeBack(relay, new Uint8Array(16));
  assert.equal(wrong.code, 97);
  assert.equal((await comeBack(relay, key, 2n)).code, 97);
  producer.end();
  const isWaiting = () => relay.server.status().sessions.some((session) => session.isWaiting);
  while (!isWaiting()) await new Promise((settle) => setTimeout(settle, 5));
  while (isWaiting()) await new Promise((settle) => setTimeout(settle, 5));
  assert.equal((await comeBack(relay, key)).code, 97);
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
  assert.equal(RELAY_UNSET, 2n ** 64n - 1n);
  producer.end();
});
