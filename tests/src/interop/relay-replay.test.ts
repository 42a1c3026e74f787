/**
 * Recorded traffic of original producers and live readers with the original relay daemon, played to ours: its replies are
 * the recorded ones, byte for byte. The recordings lie beside the checkout (`../shared/facts/protocols/captures/rec`, or where
 * LTTNG_TS_CAPTURES says); without them the tests skip.
 */
import assert from 'node:assert/strict';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { relayCommands, relayDataHeader, relayHeader, relayMetadataHeader } from '@lttng-ts/protocols/relay';
import type { RelayServerOptions } from '@lttng-ts/relayd';
import { runRelay } from '@lttng-ts/relayd/testing';
import { eventually } from '../harness/eventually.ts';
import { readRecording, recordingsFolder, skipWithoutRecordings } from '../harness/recorded-traffic.ts';

const skip = skipWithoutRecordings;
const CONTROL_PORT = 5342;
const DATA_PORT = 5343;
const LIVE_PORT = 5344;
const LIVE_INDEX_BYTES = 64;
/** Of the flags of an index reply. */
const NEW_STREAMS = 2;
const DEADLINE_MS = 30_000;

class Replayed {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('close', () => this.#wake());
    socket.on('error', () => this.#wake());
  }

  static async connect(port: number): Promise<Replayed> {
    const socket = createConnection(port, '127.0.0.1');
    await new Promise<void>((settle, fail) => socket.once('connect', settle).once('error', fail));
    return new Replayed(socket);
  }

  async send(bytes: Buffer): Promise<void> {
    await new Promise<void>((settle) => this.#socket.write(bytes, () => settle()));
  }

  async take(sizeBytes: number): Promise<Buffer> {
    const deadline = Date.now() + DEADLINE_MS;
    while (this.#received.length < sizeBytes && !this.#socket.destroyed && Date.now() < deadline) {
      await new Promise<void>((settle) => {
        this.#wake = settle;
      });
    }
    const bytes = this.#received.subarray(0, sizeBytes);
    this.#received = this.#received.subarray(sizeBytes);
    return bytes;
  }

  end(): void {
    this.#socket.destroy();
  }
}

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
 * packet, without there being any.
 */
function comparable(port: number, reply: Buffer): string {
  const bytes = Buffer.from(reply);
  const at = LIVE_INDEX_BYTES - 4;
  if (port === LIVE_PORT && bytes.length === LIVE_INDEX_BYTES) {
    bytes.writeUInt32BE(bytes.readUInt32BE(at) & ~NEW_STREAMS, at);
  }
  return bytes.toString('hex');
}

async function replay(name: string, options: Partial<RelayServerOptions>): Promise<number> {
  await using relay = await runRelay(options);
  const { server } = relay;
  const ports = new Map([
    [CONTROL_PORT, server.control],
    [DATA_PORT, server.data],
    [LIVE_PORT, server.live],
  ]);
  const connections = new Map<number, Replayed>();
  const versioned = new Set<number>();
  const sentMessages = new Map<number, SentMessages>();
  const sent = { packets: 0, metadataBytes: 0 };
  let replyCount = 0;
  try {
    for (const { connection, port, isReply, bytes } of readRecording(join(recordingsFolder, name))) {
      const own = ports.get(port);
      if (own === undefined) continue;
      const replayed = connections.get(connection) ?? (await Replayed.connect(own.port));
      connections.set(connection, replayed);
      if (bytes.length === 0) {
        if (!isReply) replayed.end();
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
        const got = Buffer.from(await replayed.take(bytes.length));
        if (port === CONTROL_PORT && !versioned.has(connection)) got.writeUInt32BE(recordedVersion(name), 4);
        versioned.add(connection);
        assert.equal(
          comparable(port, got),
          comparable(port, bytes),
          `reply ${replyCount} of connection ${connection}`,
        );
        replyCount++;
      }
    }
    return replyCount;
  } finally {
    for (const replayed of connections.values()) replayed.end();
  }
}

const recordings: Readonly<Record<string, Partial<RelayServerOptions>>> = {
  's1.rec': {},
  'rot.rec': {},
  'sched.rec': {},
  'snap.rec': {},
  'pid.rec': {},
  'mi.rec': {},
  'live.rec': {},
  'tf0.rec': {},
  'grph.rec': {},
  'grps.rec': { grouping: 'session', isClearAllowed: false },
  'grps10.rec': { grouping: 'session' },
  'old1.rec': {},
  'old2.rec': {},
  'old4.rec': {},
  'old7.rec': {},
  'old8.rec': {},
  'old10.rec': {},
  'old11.rec': {},
  'old12.rec': {},
};

process.env['TZ'] = 'UTC';
for (const [name, options] of Object.entries(recordings)) {
  test(`recorded peers get the recorded replies: ${name}`, { skip }, async () => {
    assert.ok((await replay(name, options)) > 1);
  });
}
