/**
 * Recorded traffic of original producers and live readers with the original relay daemon, played to ours: its replies are
 * the recorded ones, byte for byte. The recordings lie beside the checkout (`../shared/facts/protocols/captures/rec`, or where
 * LTTNG_TS_CAPTURES says); without them the tests skip.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { liveIndex, liveIndexStatus, liveStream, liveStreamsReply } from '@lttng-ts/protocols/live';
import {
  relayCommands,
  relayDataHeader,
  relayHeader,
  relayMetadataHeader,
  relayVersion,
} from '@lttng-ts/protocols/relay';
import type { RelayServerOptions } from '@lttng-ts/relayd';
import { runRelay } from '@lttng-ts/relayd/testing';
import { eventually } from '../harness/eventually.ts';
import { readRecording, recordingsFolder, skipWithoutRecordings } from '../harness/recorded-traffic.ts';
import { ReplayedConnection } from '../harness/replayed-connection.ts';

const skip = skipWithoutRecordings;
const CONTROL_PORT = 5342;
const DATA_PORT = 5343;
const LIVE_PORT = 5344;
const LIVE_INDEX_BYTES = liveIndex.sizeBytes;
/** Of the flags of an index reply. */
const NEW_STREAMS = 2;
const PATIENCE = { firstMs: 30_000, laterMs: 30_000 };

/** Recordings through a proxy that changed the version of both sides: ours tells its own. */
function recordedVersion(name: string): number {
  const minor = /^(?:old|grps)(\d+)\.rec$/.exec(name)?.[1];
  return minor === undefined ? 13 : Number(minor);
}

/** What nothing replies to, and live readers are told of: how much of it was sent is compared with what the daemon counts. */
interface Unanswered {
  readonly headerBytes: number;
  readonly payloadBytes: (header: Buffer) => number;
  /** What a message adds to the daemon's counter. */
  readonly amount: (header: Buffer) => number;
  readonly counter: 'packets' | 'metadataBytes';
}

const requestBytes = (header: Buffer): number => Number(relayHeader.decode(header).dataSizeBytes);
const unanswered: ReadonlyMap<number, Unanswered> = new Map<number, Unanswered>([
  [
    DATA_PORT,
    {
      headerBytes: relayDataHeader.sizeBytes,
      payloadBytes: (header) => relayDataHeader.decode(header).dataSizeBytes,
      amount: () => 1,
      counter: 'packets',
    },
  ],
  [
    CONTROL_PORT,
    {
      headerBytes: relayHeader.sizeBytes,
      payloadBytes: requestBytes,
      amount: (header) =>
        relayHeader.decode(header).command === relayCommands.sendMetadata
          ? requestBytes(header) - relayMetadataHeader.sizeBytes
          : 0,
      counter: 'metadataBytes',
    },
  ],
]);

/** Adds up the messages that one connection sent whole. */
class SentMessages {
  readonly #kind: Unanswered;
  #rest = Buffer.alloc(0);

  constructor(kind: Unanswered) {
    this.#kind = kind;
  }

  /** Gives what the bytes add to the daemon's counter. */
  add(bytes: Buffer): number {
    const { headerBytes, payloadBytes, amount } = this.#kind;
    this.#rest = Buffer.concat([this.#rest, bytes]);
    let sum = 0;
    while (this.#rest.length >= headerBytes) {
      const sizeBytes = headerBytes + payloadBytes(this.#rest);
      if (this.#rest.length < sizeBytes) break;
      sum += amount(this.#rest);
      this.#rest = this.#rest.subarray(sizeBytes);
    }
    return sum;
  }
}

/**
 * What of a live reader's reply is compared. Relayd 2.13.9 tells of new streams once more when a stream gets its first
 * packet, without there being any; its lists of streams are in the order of a hash.
 */
function comparable(port: number, reply: Buffer): string {
  const bytes = Buffer.from(reply);
  // With its head, or behind it.
  const headBytes = bytes.length % liveStream.sizeBytes;
  if (port === LIVE_PORT && (headBytes === 0 || headBytes === liveStreamsReply.sizeBytes)) {
    const entries = bytes.subarray(headBytes);
    const streams = Array.from({ length: entries.length / liveStream.sizeBytes }, (_, i) =>
      entries.toString('hex', i * liveStream.sizeBytes, (i + 1) * liveStream.sizeBytes),
    );
    return bytes.toString('hex', 0, headBytes) + streams.sort().join('');
  }
  const at = LIVE_INDEX_BYTES - 4;
  if (port === LIVE_PORT && bytes.length === LIVE_INDEX_BYTES) {
    bytes.writeUInt32BE(bytes.readUInt32BE(at) & ~NEW_STREAMS, at);
  }
  return bytes.toString('hex');
}

interface Replay {
  readonly options?: Partial<RelayServerOptions>;
  readonly timeZone?: string;
  /** Whether the original's daemon ended before its peers: its ends of connections are not to be seen again. */
  readonly isKilled?: boolean;
  /** Replies, by their number, that differ on purpose: how ours begins, in hexadecimal, and its length. */
  readonly ours?: Readonly<Record<number, readonly [begin: string, sizeBytes: number]>>;
}

async function replay(
  name: string,
  { options, timeZone = 'UTC', isKilled = false, ours }: Replay,
): Promise<number> {
  process.env['TZ'] = timeZone;
  await using relay = await runRelay(options);
  const { server } = relay;
  const ports = new Map([
    [CONTROL_PORT, server.control],
    [DATA_PORT, server.data],
    [LIVE_PORT, server.live],
  ]);
  const connections = new Map<number, ReplayedConnection>();
  const versioned = new Set<number>();
  const sentMessages = new Map<number, SentMessages>();
  const sent = { packets: 0, metadataBytes: 0 };
  let replyCount = 0;
  try {
    for (const { connection, port, isReply, bytes } of readRecording(join(recordingsFolder, name))) {
      const own = ports.get(port);
      if (own === undefined) continue;
      const replayed = connections.get(connection) ?? new ReplayedConnection(own.port, PATIENCE);
      connections.set(connection, replayed);
      if (bytes.length === 0) {
        if (!isReply) replayed.finish();
        else if (!isKilled) assert.ok(await replayed.hasEnded(), `end of connection ${connection}`);
      } else if (!isReply) {
        await replayed.send(bytes);
        const kind = unanswered.get(port);
        if (kind === undefined) continue;
        const messages = sentMessages.get(connection) ?? new SentMessages(kind);
        sentMessages.set(connection, messages);
        sent[kind.counter] += messages.add(bytes);
        await eventually(kind.counter, () =>
          server.status().counters[kind.counter] >= sent[kind.counter] ? true : null,
        );
      } else {
        const [begin, sizeBytes] = ours?.[replyCount] ?? [null, bytes.length];
        const got = Buffer.from(await replayed.take(sizeBytes));
        const isVersion = bytes.length === relayVersion.sizeBytes && !versioned.has(connection);
        if (port === CONTROL_PORT && isVersion) got.writeUInt32BE(recordedVersion(name), 4);
        versioned.add(connection);
        const what = `reply ${replyCount} of connection ${connection}`;
        if (begin === null) assert.equal(comparable(port, got), comparable(port, bytes), what);
        else
          assert.deepEqual([got.toString('hex', 0, begin.length / 2), got.length], [begin, sizeBytes], what);
        replyCount++;
      }
    }
    return replyCount;
  } finally {
    for (const replayed of connections.values()) replayed.end();
  }
}

/** The reply about a stream in which nothing happened, in hexadecimal. */
const silentUpTo = (timestampEnd: bigint): string =>
  Buffer.from(
    liveIndex.encode({
      offsetBytes: 0n,
      packetSizeBits: 0n,
      contentSizeBits: 0n,
      timestampBegin: 0n,
      timestampEnd,
      eventsDiscarded: 0n,
      dataStreamClassId: 0n,
      status: liveIndexStatus.inactive,
      flags: 0,
    }),
  ).toString('hex');

const recordings: Readonly<Record<string, Replay>> = {
  's1.rec': {},
  'rot.rec': {},
  'sched.rec': {},
  'snap.rec': { isKilled: true },
  'pid.rec': {},
  'mi.rec': {},
  'live.rec': {},
  'livepid.rec': {
    ours: {
      // A reader gets the last packets of a session that is destroyed: relayd 2.13.9 hangs up with each of them unread.
      124: ['0000000000003000000000000000800000000000000002a0', LIVE_INDEX_BYTES],
      125: ['0000000000005000000000000000800000000000000003e0', LIVE_INDEX_BYTES],
      126: ['0000000000001000000000000000800000000000000002a0', LIVE_INDEX_BYTES],
      127: ['000000000000100000000000000080000000000000000460', LIVE_INDEX_BYTES],
      // There are more, so that the session is not over.
      158: ['0000000100000000', 8],
    },
  },
  'lv1.rec': {
    ours: {
      // A refused place leaves the session free: the reader gets its three streams, which relayd 2.13.9 refuses.
      37: ['0000000100000003', 8 + 3 * liveStream.sizeBytes],
      // What was cleared while nothing is recorded is gone: the streams are silent up to their beacons.
      104: [silentUpTo(0x1ac05d5ad8an), LIVE_INDEX_BYTES],
      105: [silentUpTo(0x1ac05deb328n), LIVE_INDEX_BYTES],
    },
  },
  // Its division by zero.
  'tf0.rec': { isKilled: true },
  'tz.rec': { timeZone: 'America/New_York' },
  // Chunks are looked for in the producer's own session, where the chunk is.
  'fc.rec': { ours: { 28: ['0000000a01', 5] } },
  'fc2.rec': {},
  'grph.rec': {},
  'grps.rec': { options: { grouping: 'session', isClearAllowed: false } },
  'grps10.rec': { options: { grouping: 'session' } },
  'old1.rec': {},
  'old2.rec': {},
  'old4.rec': {},
  'old7.rec': {},
  'old8.rec': {},
  'old10.rec': {},
  'old11.rec': {},
  'old12.rec': {},
};

for (const [name, each] of Object.entries(recordings)) {
  test(`recorded peers get the recorded replies: ${name}`, { skip }, async () => {
    assert.ok((await replay(name, each)) > 1);
  });
}
