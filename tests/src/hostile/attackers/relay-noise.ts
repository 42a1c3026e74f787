/**
 * Sends random bytes and mutated traffic to all ports of a relay daemon of this network namespace for a time, while
 * a witness streams. Its session must be exact at the end. The seed makes the messages of a run the same again.
 *
 *   node attackers/relay-noise.js SECONDS SEED OUTPUT-FOLDER
 */
import { createConnection } from 'node:net';
import { encodeLiveRequest, liveAttach, liveGetPacket, liveIdentifier } from '@lttng-ts/protocols/live';
import {
  encodeAddStream,
  encodeCloseChunk,
  encodeCreateChunk,
  encodeCreateSession,
  encodeIndex,
  encodeRelayContinuation,
  encodeRelayRequest,
  encodeRelayToken,
  encodeRotateStreams,
  type RelayCommandName,
  relayCommands,
  relayDataHeader,
  relayIdentifier,
  relayMetadataHeader,
  relayStreamPosition,
  relayVersion,
} from '@lttng-ts/protocols/relay';
import { liveConnectRequest } from '@lttng-ts/relayd/testing';
import { Random } from './random.ts';
import { RelayWitness } from './relay-witness.ts';

const [CONTROL, DATA, LIVE] = [5342, 5343, 5344];
/** Connections that make noise at a time. */
const NOISY = 8;
/** A connection that waits for an answer which cannot come is closed after this. */
const PATIENCE_MS = 50;

const [seconds = '10', seed = '1', folder = ''] = process.argv.slice(2);
const random = new Random(Number(seed));

const control = (name: RelayCommandName, payload: Uint8Array = new Uint8Array(0)): Uint8Array =>
  encodeRelayRequest(relayCommands[name], payload);

/** Stream numbers of the noise are small, like those of everybody. */
const someStream = (): bigint => BigInt(1 + random.below(40));

function controlTraffic(): readonly Uint8Array[] {
  const daemon = {
    uuid: new Uint8Array(16).fill(1 + random.below(3)),
    sessionId: 1n,
    creationTimeS: 0,
    chunkId: null,
  };
  const session = {
    sessionName: random.pick(['noise', '../x', 'a/b', '.hidden', 'x'.repeat(250), '']),
    hostname: random.pick(['host', '..', 'h'.repeat(60)]),
    basePath: random.pick(['', 'base', '../../etc', '/etc', 'a//b']),
    liveTimerUs: random.below(2),
    isSnapshot: random.below(4) === 0,
    nameHasCreationTime: false,
    daemon,
  };
  const stream = {
    channelName: random.pick(['c_0', 'metadata', '../c', 'c/d', 'x'.repeat(200)]),
    pathName: random.pick(['ust', '../../../tmp', '/tmp', 'ust/../..', 'a'.repeat(200)]),
    traceFileSizeBytes: random.below(3) * 4096,
    traceFileCount: random.below(3),
  };
  const id = someStream();
  const index = {
    streamId: id,
    netSequenceNumber: BigInt(random.below(5)),
    packetSizeBits: 8000n,
    contentSizeBits: 8000n,
    timestampBegin: 1n,
    timestampEnd: 2n,
    eventsDiscarded: 0n,
    dataStreamClassId: 0n,
    streamInstanceId: 0n,
    packetSequenceNumber: BigInt(random.below(5)),
  };
  const metadata = Buffer.concat([
    relayMetadataHeader.encode({ streamId: id, paddingSizeBytes: random.below(100) }),
    Buffer.alloc(50),
  ]);
  const positions = [{ streamId: id, rotateAtPacket: BigInt(random.below(4)) }];
  return [
    control('version', relayVersion.encode({ major: 2, minor: 4 + random.below(10) })),
    control('getConfiguration', relayIdentifier.encode({ id: 0n })),
    control('createSession', encodeCreateSession(session, 13)),
    control(
      'createTraceChunk',
      encodeCreateChunk({ chunkId: 0n, creationTimeS: 0, overrideName: random.pick([null, '..', 'name']) }),
    ),
    control('addStream', encodeAddStream(stream, 0n, 13)),
    control('addStream', encodeAddStream({ ...stream, channelName: 'c_1', pathName: 'ust' }, 0n, 13)),
    control('streamsSent'),
    control('sendMetadata', metadata),
    control('sendIndex', encodeIndex(index, 13)),
    control('enableResume'),
    control('createTraceChunk', encodeCreateChunk({ chunkId: 1n, creationTimeS: 60, overrideName: null })),
    control('rotateStreams', encodeRotateStreams({ newChunkId: 1n, positions })),
    control(
      'closeTraceChunk',
      encodeCloseChunk({
        chunkId: 0n,
        closeTimeS: 90,
        command: random.pick(['moveToCompleted', 'delete', 'noOperation']),
      }),
    ),
    control('traceChunkExists', relayIdentifier.encode({ id: 0n })),
    control('dataPending', relayStreamPosition.encode({ streamId: id, lastNetSequenceNumber: 1n })),
    control('closeStream', relayStreamPosition.encode({ streamId: id, lastNetSequenceNumber: 1n })),
    control('disableResume'),
    encodeRelayContinuation({ key: new Uint8Array(16), receivedBytes: 0 }),
  ];
}

function dataTraffic(): readonly Uint8Array[] {
  return Array.from({ length: 4 }, (_, number) =>
    Buffer.concat([
      relayDataHeader.encode({
        circuitId: 0n,
        streamId: someStream(),
        netSequenceNumber: BigInt(number),
        dataSizeBytes: 1000,
        paddingSizeBytes: random.below(50),
      }),
      Buffer.alloc(1000, 0xee),
    ]),
  );
}

function liveTraffic(): readonly Uint8Array[] {
  const id = someStream();
  return [
    liveConnectRequest(),
    encodeLiveRequest('createSession', new Uint8Array(0)),
    encodeLiveRequest('listSessions', new Uint8Array(0)),
    encodeLiveRequest(
      'attachSession',
      liveAttach.encode({ sessionId: someStream(), offset: 0n, seek: 1 + random.below(3) }),
    ),
    encodeLiveRequest('getNextIndex', liveIdentifier.encode({ id })),
    encodeLiveRequest(
      'getPacket',
      liveGetPacket.encode({
        streamId: id,
        offsetBytes: BigInt(random.below(9000)),
        sizeBytes: random.below(9000),
      }),
    ),
    encodeLiveRequest('getMetadata', liveIdentifier.encode({ id })),
    encodeLiveRequest('getNewStreams', liveIdentifier.encode({ id })),
    encodeLiveRequest('detachSession', liveIdentifier.encode({ id })),
  ];
}

/** Some of the messages, some twice, with bytes changed, cut off or put in between. */
function noiseOf(messages: readonly Uint8Array[]): Uint8Array {
  const chosen = messages.flatMap((message) =>
    random.below(8) === 0 ? [] : random.below(8) === 0 ? [message, message] : [message],
  );
  const token = random.below(10) === 0 ? [encodeRelayToken('guess')] : [];
  let bytes = Buffer.concat(
    random.below(20) === 0 ? [random.bytes(1 + random.below(2000))] : [...token, ...chosen],
  );
  for (let changes = random.below(6); changes > 0 && bytes.length > 0; changes--) {
    const at = random.below(bytes.length);
    switch (random.below(4)) {
      case 0:
        bytes[at] = random.below(256);
        break;
      case 1:
        bytes.fill(random.pick([0, 0xff, 0x7f, 0x80]), at, Math.min(bytes.length, at + 1 + random.below(8)));
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), random.bytes(random.below(20)), bytes.subarray(at)]);
    }
  }
  return bytes;
}

const kinds = [
  { port: CONTROL, traffic: controlTraffic },
  { port: DATA, traffic: dataTraffic },
  { port: LIVE, traffic: liveTraffic },
] as const;

async function makeNoise(): Promise<void> {
  const { port, traffic } = random.pick(kinds);
  const bytes = noiseOf(traffic());
  await new Promise<void>((settle) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => settle());
    socket.on('data', () => undefined);
    socket.write(bytes);
    if (random.below(3) === 0) socket.end();
  });
}

const endMs = Date.now() + Number(seconds) * 1000;
const witness = await RelayWitness.begin();
let rounds = 0;
const noisy = Array.from({ length: NOISY }, async () => {
  while (Date.now() < endMs) {
    await makeNoise();
    rounds++;
  }
});
await witness.streamUntil(endMs);
await Promise.all(noisy);
const packets = await witness.end(folder);
process.stdout.write(`${JSON.stringify({ packets, rounds })}\n`);
