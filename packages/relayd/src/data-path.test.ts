/** What may happen while a packet is on its way, with the addon's reads and with Node's. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { decodeIndexFile } from '@lttng-ts/ctf';
import { loadNative } from '@lttng-ts/native';
import { encodeRotateStreams } from '@lttng-ts/protocols/relay';
import type { RelayServerOptions } from './edge/relay-server.ts';
import {
  encodePacket,
  packetBytes,
  type RunningRelay,
  runRelay,
  ScriptedProducer,
} from './testing/scripted-producer.ts';

process.env['TZ'] = 'UTC';

const SIZE_BYTES = 256 << 10;
const native = loadNative();
const ways = [
  { way: 'Node reads', directReads: null },
  ...(native === null ? [] : [{ way: 'the addon reads', directReads: native }]),
] as const;

/** Runs a test each way. */
function everyWay(
  name: string,
  run: (options: Pick<RelayServerOptions, 'directReads'>) => Promise<void>,
): void {
  for (const { way, directReads } of ways) test(`${name} (${way})`, async () => await run({ directReads }));
}

const pathOf = (session: string, file = 'c_0'): string => `host/${session}/ust/uid/0/64-bit/${file}`;

async function producerOf(relay: RunningRelay, session = 'base', overrides = {}) {
  const producer = await ScriptedProducer.connect(relay);
  // The relay's names of chunks are by their producer's number of the session.
  const daemon = {
    uuid: new Uint8Array(16).fill(7),
    sessionId: BigInt(session.length),
    creationTimeS: 0,
    chunkId: null,
  };
  await producer.createSession('work', { basePath: session, daemon, ...overrides });
  await producer.createChunk(0);
  const stream = await producer.addStream('c_0');
  assert.ok(stream !== null);
  return { producer, stream };
}

const large = (number: number): Uint8Array => packetBytes(number, SIZE_BYTES);
const largeIndex = { packetSizeBits: BigInt(SIZE_BYTES) * 8n };

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((settle) => setTimeout(settle, 5));
}

/** Sends packets as the original does: each with its entry, whose reply is waited for. */
async function sendLarge(producer: ScriptedProducer, stream: bigint, from: number, to: number) {
  for (let number = from; number < to; number++) {
    await producer.sendPacket(stream, number, large(number));
    assert.equal(await producer.sendIndex(stream, number, largeIndex), 10);
  }
}

function assertLarge(file: Buffer | undefined, numbers: readonly number[]): void {
  assert.ok(file?.equals(Buffer.concat(numbers.map(large))));
}

/** Largest file that this process may write; null: as it was. */
function limitFiles(sizeBytes: number | null): void {
  const limit = `--fsize=${sizeBytes ?? 'unlimited'}:unlimited`;
  assert.equal(spawnSync('prlimit', ['--pid', String(process.pid), limit]).status, 0);
}

everyWay(
  'a file that takes no more within a packet ends with the packet before; others go on',
  async (way) => {
    await using relay = await runRelay(way);
    const [hit, other] = [await producerOf(relay, 'hit'), await producerOf(relay, 'other')];
    await sendLarge(hit.producer, hit.stream, 0, 2);
    await hit.producer.settle(hit.stream, 1);
    limitFiles(2 * SIZE_BYTES + 100_000);
    try {
      await hit.producer.data.send(encodePacket(hit.stream, 2, large(2)));
      await hit.producer.data.closed();
    } finally {
      limitFiles(null);
    }
    await until(() => relay.files().get(pathOf('hit'))?.length === 2 * SIZE_BYTES);
    assertLarge(relay.files().get(pathOf('hit')), [0, 1]);
    const index = decodeIndexFile(relay.files().get(pathOf('hit', 'index/c_0.idx')) ?? new Uint8Array(0));
    assert.equal(index.entries.length, 2);
    assert.ok(relay.log.some((line) => line.includes('EFBIG')));
    await sendLarge(other.producer, other.stream, 0, 3);
    await other.producer.settle(other.stream, 2);
    assertLarge(relay.files().get(pathOf('other')), [0, 1, 2]);
    hit.producer.end();
    other.producer.end();
  },
);

everyWay('a rotation within a packet takes all of it to the new chunk', async (way) => {
  await using relay = await runRelay(way);
  const { producer, stream } = await producerOf(relay);
  await sendLarge(producer, stream, 0, 2);
  await producer.settle(stream, 1);
  const next = encodePacket(stream, 2, large(2));
  await producer.data.send(next.subarray(0, 100_000));
  await until(() => relay.files().get(pathOf('base'))?.length === 2 * SIZE_BYTES + 100_000 - 32);
  await producer.createChunk(1);
  const positions = [{ streamId: stream, rotateAtPacket: 2n }];
  const payload = encodeRotateStreams({ newChunkId: 1n, positions });
  assert.equal((await producer.request('rotateStreams', payload, 4))?.readUInt32BE(0), 10);
  await producer.data.send(next.subarray(100_000));
  assert.equal(await producer.sendIndex(stream, 2, largeIndex), 10);
  await producer.settle(stream, 2);
  const [after, before] = [...relay.files()].filter(([path]) => path.endsWith('/c_0'));
  assert.match(before?.[0] ?? '', /tmp_old_chunk/);
  assertLarge(before?.[1], [0, 1]);
  assertLarge(after?.[1], [2]);
  producer.end();
});

everyWay(
  'a producer that hangs up leaves the packets before, also those that are on their way',
  async (way) => {
    await using relay = await runRelay(way);
    const { producer, stream } = await producerOf(relay);
    await sendLarge(producer, stream, 0, 20);
    await producer.data.send(encodePacket(stream, 20, large(20)).subarray(0, 200_000));
    producer.end();
    await until(() => relay.server.status().sessions.length === 0);
    assertLarge(
      relay.files().get(pathOf('base')),
      Array.from({ length: 20 }, (_, i) => i),
    );
  },
);

everyWay('files that are closed for others within a packet get all of it', async (way) => {
  await using relay = await runRelay({ ...way, maxOpenFiles: 2 });
  const names = ['a', 'ab', 'abc', 'abcd'];
  const producers = [];
  for (const name of names) producers.push(await producerOf(relay, name));
  for (const number of [0, 1, 2]) {
    for (const [from, to] of [
      [0, 90_000],
      [90_000, 180_000],
      [180_000, SIZE_BYTES + 32],
    ] as const) {
      for (const [i, { producer, stream }] of producers.entries()) {
        await producer.data.send(encodePacket(stream, number, large(number)).subarray(from, to));
        const wanted = number * SIZE_BYTES + to - 32;
        await until(() => relay.files().get(pathOf(names[i] ?? ''))?.length === wanted);
      }
    }
    for (const { producer, stream } of producers) {
      assert.equal(await producer.sendIndex(stream, number, largeIndex), 10);
    }
  }
  for (const name of names) {
    assertLarge(relay.files().get(pathOf(name)), [0, 1, 2]);
    const index = decodeIndexFile(relay.files().get(pathOf(name, 'index/c_0.idx')) ?? new Uint8Array(0));
    assert.equal(index.entries.length, 3);
  }
  assert.ok(relay.server.status().openFiles <= 2);
  for (const { producer } of producers) producer.end();
});

everyWay('what comes without a request goes to the file as well, down to the last byte', async (way) => {
  await using relay = await runRelay(way);
  const { producer, stream } = await producerOf(relay, 'base', { isSnapshot: true });
  for (let number = 0; number < 8; number++) await producer.sendPacket(stream, number, large(number));
  await producer.data.send(encodePacket(stream, 8, large(8)).subarray(0, 32 + 100));
  await until(() => relay.files().get(pathOf('base'))?.length === 8 * SIZE_BYTES + 100);
  await producer.data.send(large(8).subarray(100));
  await until(() => relay.files().get(pathOf('base'))?.length === 9 * SIZE_BYTES);
  assertLarge(relay.files().get(pathOf('base')), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  producer.end();
});

everyWay('metadata goes to its file within a packet', async (way) => {
  await using relay = await runRelay(way);
  const { producer, stream } = await producerOf(relay);
  const metadata = await producer.addStream('metadata');
  assert.ok(metadata !== null);
  await sendLarge(producer, stream, 0, 2);
  const next = encodePacket(stream, 2, large(2));
  for (const [i, at] of [0, 50_000, 100_000, 200_000].entries()) {
    await producer.data.send(next.subarray(at, [50_000, 100_000, 200_000, next.length][i]));
    await producer.sendMetadata(metadata, `part ${i}\n`);
  }
  assert.equal(await producer.sendIndex(stream, 2, largeIndex), 10);
  await producer.settle(stream, 2);
  assertLarge(relay.files().get(pathOf('base')), [0, 1, 2]);
  const text = relay.files().get(pathOf('base', 'metadata'))?.toString();
  assert.equal(text, 'part 0\npart 1\npart 2\npart 3\n');
  producer.end();
});

everyWay('producers that send without end leave others their turn', async (way) => {
  await using relay = await runRelay(way);
  const takenBytes = (): number => relay.server.status().counters.packetBytes;
  const quiet = await producerOf(relay, 'quiet');
  let isDone = false;
  const floods = ['f', 'fl'].map(async (name) => {
    const { producer, stream } = await producerOf(relay, name, { isSnapshot: true });
    let number = 0;
    for (; !isDone && number < 1000; number++) {
      await producer.sendPacket(stream, number, large(number));
    }
    return { producer, number };
  });
  await until(() => takenBytes() > 10 * SIZE_BYTES);
  const beforeBytes = takenBytes();
  for (let number = 0; number < 8; number++) {
    await quiet.producer.sendPacket(quiet.stream, number);
    assert.equal(await quiet.producer.sendIndex(quiet.stream, number), 10);
    await quiet.producer.settle(quiet.stream, number);
  }
  const floodedBytes = takenBytes() - beforeBytes;
  isDone = true;
  for (const { producer, number } of await Promise.all(floods)) {
    assert.ok(number < 1000, 'the flood lasted until the others were done');
    producer.end();
  }
  // A packet with its entry and the question for it take some six turns of the loop, in each of which either flood may be
  // read twice: by the loop, and after it.
  const maxFloodedBytes = 8 * 6 * 2 * 2 * (256 << 10);
  assert.ok(floodedBytes < maxFloodedBytes, `bytes of the flood: ${floodedBytes}`);
  assert.equal(relay.files().get(pathOf('quiet'))?.length, 8 * 4096);
  quiet.producer.end();
});

everyWay('packets of all sizes come whole, wherever the connection pauses', async (way) => {
  await using relay = await runRelay(way);
  const { producer, stream } = await producerOf(relay);
  // Around the size up to which packets are read whole, several at a time.
  const limit = 64 << 10;
  const sizes = [
    100,
    7,
    limit,
    limit,
    limit - 1,
    3 * limit,
    40,
    limit + 1,
    limit,
    30,
    5 * limit,
    1,
    limit,
    12,
  ];
  const packets = sizes.map((sizeBytes, number) => packetBytes(number, sizeBytes));
  const pieces = packets.map((content, number) => encodePacket(stream, number, content));
  const bytes = Buffer.concat(pieces);
  const begins = pieces.map((_, i) => pieces.slice(0, i).reduce((sum, { length }) => sum + length, 0));
  const contentBefore = (end: number): number =>
    sizes.reduce((sum, size, i) => sum + Math.min(size, Math.max(0, end - (begins[i] ?? 0) - 32)), 0);
  let at = 0;
  for (const end of [1, 31, 32, 33, 132, 140, 70_000, 131_300, 197_000, 400_000, 470_001, 900_000]) {
    await producer.data.send(bytes.subarray(at, end));
    await until(() => relay.server.status().counters.packetBytes === contentBefore(end));
    at = end;
  }
  await producer.data.send(bytes.subarray(at));
  for (const [number, sizeBytes] of sizes.entries()) {
    const index = { packetSizeBits: BigInt(sizeBytes) * 8n };
    assert.equal(await producer.sendIndex(stream, number, index), 10);
  }
  await producer.settle(stream, sizes.length - 1);
  assert.ok(relay.files().get(pathOf('base'))?.equals(Buffer.concat(packets)));
  producer.end();
});
