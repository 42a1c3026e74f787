/**
 * Plays recorded traffic of original producers and live readers, damaged here and there, to all ports of the relay
 * daemon of this network namespace for a time, while a witness streams. Its session must be exact at the end. Numbers
 * of sessions and streams are those that this relay gave, so that what is damaged goes deep. The seed makes the choices
 * of a run the same again.
 *
 *   node attackers/relay-replays.js SECONDS SEED OUTPUT-FOLDER RECORDINGS-FOLDER
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { liveCommands } from '@lttng-ts/protocols/live';
import { relayCommands } from '@lttng-ts/protocols/relay';
import { type RecordedPart, readRecording } from '../../harness/recorded-traffic.ts';
import { ReplayedConnection } from '../../harness/replayed-connection.ts';
import { Random } from './random.ts';
import { RelayWitness } from './relay-witness.ts';

const [CONTROL, DATA, LIVE] = [5342, 5343, 5344];
/** Recordings that are played at a time. */
const PLAYERS = 6;
const PATIENCE = { firstMs: 500, laterMs: 5 };
const CONTROL_HEADER_BYTES = 24;
const LIVE_HEADER_BYTES = 16;
const DATA_HEADER_BYTES = 32;
/** Of the recorded reply of ADD_STREAM: a number and the code of success. */
const STREAM_REPLY_BYTES = 12;
const SESSION_REPLY_BYTES = 12;
const OK = 10;
/** Of a stream in ROTATE_STREAMS. */
const POSITION_BYTES = 16;

const [seconds = '10', seed = '1', folder = '', recordingsFolder = ''] = process.argv.slice(2);
const random = new Random(Number(seed));
const endMs = Date.now() + Number(seconds) * 1000;

/** Numbers as recorded, and as this relay gave them. */
interface Numbers {
  readonly sessions: Map<bigint, bigint>;
  readonly streams: Map<bigint, bigint>;
}

/** Commands whose payload begins with the number of a stream. */
const OF_STREAM: ReadonlySet<number> = new Set([
  relayCommands.sendMetadata,
  relayCommands.closeStream,
  relayCommands.dataPending,
  relayCommands.quiescentControl,
  relayCommands.sendIndex,
  relayCommands.resetMetadata,
]);
const LIVE_OF_SESSION: ReadonlySet<number> = new Set([
  liveCommands.attachSession,
  liveCommands.detachSession,
  liveCommands.getNewStreams,
]);

interface Place {
  readonly at: number;
  readonly kind: keyof Numbers;
}

/** Where numbers are in all that was sent on one connection. */
function* placesIn(port: number, sent: Buffer): Generator<Place> {
  for (let at = 0; at + headerBytes(port) <= sent.length; ) {
    if (port === DATA) {
      yield { at: at + 8, kind: 'streams' };
      at += DATA_HEADER_BYTES + sent.readUInt32BE(at + 24);
    } else if (port === LIVE) {
      const [sizeBytes, command] = [Number(sent.readBigUInt64BE(at)), sent.readUInt32BE(at + 8)];
      at += LIVE_HEADER_BYTES;
      yield { at, kind: LIVE_OF_SESSION.has(command) ? 'sessions' : 'streams' };
      at += sizeBytes;
    } else {
      const [sizeBytes, command] = [Number(sent.readBigUInt64BE(at + 8)), sent.readUInt32BE(at + 16)];
      at += CONTROL_HEADER_BYTES;
      if (OF_STREAM.has(command)) yield { at, kind: 'streams' };
      // Positions are at the end; what is before them has padding that depends on the producer's machine.
      const isRotation = command === relayCommands.rotateStreams && at + 4 <= sent.length;
      for (let count = isRotation ? sent.readUInt32BE(at) : 0; count > 0; count--) {
        yield { at: at + sizeBytes - count * POSITION_BYTES, kind: 'streams' };
      }
      at += sizeBytes;
    }
  }
}

function headerBytes(port: number): number {
  if (port === DATA) return DATA_HEADER_BYTES;
  return port === LIVE ? LIVE_HEADER_BYTES : CONTROL_HEADER_BYTES;
}

/** A part, with where numbers are in it. */
interface Part extends RecordedPart {
  readonly places: readonly Place[];
}

/** Finds the numbers in all parts: a message may be in several, and a part may hold several. */
function withPlaces(parts: readonly RecordedPart[]): readonly Part[] {
  const found = new Map<RecordedPart, Place[]>();
  for (const connection of new Set(parts.map((part) => part.connection))) {
    const sent = parts.filter((part) => part.connection === connection && !part.isReply);
    const places = [...placesIn(sent[0]?.port ?? 0, Buffer.concat(sent.map(({ bytes }) => bytes)))];
    let begin = 0;
    for (const part of sent) {
      const end = begin + part.bytes.length;
      const own = places.filter(({ at }) => at >= begin && at + 8 <= end);
      found.set(
        part,
        own.map(({ at, kind }) => ({ at: at - begin, kind })),
      );
      begin = end;
    }
  }
  return parts.map((part) => ({ ...part, places: found.get(part) ?? [] }));
}

/** Recorded bytes as they would have been with this relay. */
function translated({ bytes: recorded, places }: Part, numbers: Numbers): Buffer {
  const bytes = Buffer.from(recorded);
  for (const { at, kind } of places) {
    const own = numbers[kind].get(bytes.readBigUInt64BE(at));
    if (own !== undefined) bytes.writeBigUInt64BE(own, at);
  }
  return bytes;
}

/** What is sent instead: nothing, a piece, the same twice, or bytes with something wrong. */
function damaged(bytes: Buffer): Uint8Array {
  switch (random.below(6)) {
    case 0:
      return new Uint8Array(0);
    case 1:
      return bytes.subarray(0, random.below(bytes.length));
    case 2:
      return Buffer.concat([bytes, bytes]);
    default:
      return bytes.length < 4 ? random.bytes(bytes.length) : random.damaged(bytes);
  }
}

/** Learns numbers from a reply and its recording. */
function learn(recorded: Buffer, got: Buffer, numbers: Numbers): void {
  if (got.length < SESSION_REPLY_BYTES || recorded.length < SESSION_REPLY_BYTES) return;
  const isGood = recorded.readUInt32BE(8) === OK && got.readUInt32BE(8) === OK;
  if (!isGood) return;
  const isStream = recorded.length === STREAM_REPLY_BYTES && numbers.sessions.size > 0;
  const map = isStream ? numbers.streams : numbers.sessions;
  map.set(recorded.readBigUInt64BE(0), got.readBigUInt64BE(0));
}

/** Plays a recording; gives how many replies were as long as the recorded ones. */
async function play(parts: readonly Part[], damageRate: number): Promise<number> {
  const players = new Map<number, ReplayedConnection>();
  const numbers: Numbers = { sessions: new Map(), streams: new Map() };
  let replyCount = 0;
  for (const part of parts) {
    const { connection, port, isReply, bytes } = part;
    if (Date.now() >= endMs) break;
    const player = players.get(connection) ?? new ReplayedConnection(port, PATIENCE);
    players.set(connection, player);
    if (bytes.length === 0) {
      if (!isReply) player.end();
    } else if (isReply) {
      const got = await player.take(bytes.length);
      if (port === CONTROL) learn(bytes, got, numbers);
      replyCount += Number(got.length === bytes.length);
    } else {
      const own = translated(part, numbers);
      void player.send(random.chance(damageRate) ? damaged(own) : own);
      if (random.chance(damageRate / 10)) player.end();
    }
  }
  for (const player of players.values()) player.end();
  return replyCount;
}

const ports = new Set([CONTROL, DATA, LIVE]);
const recordings = readdirSync(recordingsFolder)
  .filter((name) => name.endsWith('.rec'))
  .map((name) => readRecording(join(recordingsFolder, name)).filter(({ port }) => ports.has(port)))
  .filter((parts) => parts.length > 0)
  .map(withPlaces);

const witness = await RelayWitness.begin();
let [plays, replies] = [0, 0];
const players = Array.from({ length: PLAYERS }, async () => {
  while (Date.now() < endMs) {
    replies += await play(random.pick(recordings), random.pick([0, 0.01, 0.05, 0.3]));
    plays++;
  }
});
await witness.streamUntil(endMs);
await Promise.all(players);
const packets = await witness.end(folder);
process.stdout.write(`${JSON.stringify({ packets, plays, replies })}\n`);
