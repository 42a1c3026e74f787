/**
 * Requests whose length varies, of all versions, as values: what the relay daemon takes and a producer sends.
 * Decoders throw `ProtocolError`; text from a peer is checked for its length here and for its meaning by its user.
 */
import { ProtocolError } from '@lttng-ts/base';
import { toSafeSize } from '@lttng-ts/wire';
import {
  RELAY_METADATA_CHANNEL,
  RELAY_UNSET,
  type RelayCloseCommand,
  relayCloseCommands,
} from './constants.ts';
import {
  type RelayIndex,
  type RelayRotationPosition,
  relayAddStream22,
  relayAddStream211,
  relayCloseChunk,
  relayCreateChunk,
  relayCreateSession24,
  relayCreateSession211,
  relayIndex24,
  relayIndex28,
  relayRotationPosition,
} from './messages.ts';

export interface RelayCreateSession {
  readonly sessionName: string;
  readonly hostname: string;
  /** '' without one. */
  readonly basePath: string;
  /** 0: not live. */
  readonly liveTimerUs: number;
  readonly isSnapshot: boolean;
  /** Whether the session's name ends with its creation time already. */
  readonly nameHasCreationTime: boolean;
  /** Since 2.11. */
  readonly daemon: {
    readonly uuid: Uint8Array;
    readonly sessionId: bigint;
    readonly creationTimeS: number;
    readonly chunkId: bigint | null;
  } | null;
}

export interface RelayAddStream {
  /** `<channel>_<cpu>`, or `metadata`. */
  readonly channelName: string;
  /** Relative to the chunk; before 2.11 to the relay's output folder. */
  readonly pathName: string;
  /** 0 = unlimited. */
  readonly traceFileSizeBytes: number;
  readonly traceFileCount: number;
}

export interface RelayRotateStreams {
  /** Null: the streams are without a chunk from then on. */
  readonly newChunkId: bigint | null;
  readonly positions: readonly RelayRotationPosition[];
}

export interface RelayCreateChunk {
  readonly chunkId: bigint;
  readonly creationTimeS: number;
  /** Of snapshots. */
  readonly overrideName: string | null;
}

export interface RelayCloseChunk {
  readonly chunkId: bigint;
  readonly closeTimeS: number;
  readonly command: RelayCloseCommand;
}

/** Bounds of upstream, in bytes with the NUL. */
const MAX_SESSION_NAME_BYTES = 255;
const MAX_HOSTNAME_BYTES = 256;
const MAX_BASE_PATH_BYTES = 4096;
const MAX_CHANNEL_NAME_BYTES = 264;
const MAX_PATH_NAME_BYTES = 4096;
const MAX_OVERRIDE_NAME_BYTES = 255;
/** End of the year 9999: names of folders have four digits. With a day for zones of time. */
const MAX_TIME_S = 253_402_300_799 - 86_400;
/** Streams of one ROTATE_STREAMS. */
const MAX_POSITIONS = 1_000_000;

/** Decodes CREATE_SESSION of a peer of minor `minor`. */
export function decodeCreateSession(payload: Uint8Array, minor: number): RelayCreateSession {
  if (minor < 11) {
    const { sessionName, hostname, liveTimerUs, isSnapshot } = relayCreateSession24.decode(payload);
    return {
      sessionName,
      hostname,
      basePath: '',
      liveTimerUs,
      isSnapshot: isSnapshot !== 0,
      nameHasCreationTime: false,
      daemon: null,
    };
  }
  const fixed = relayCreateSession211.decode(payload);
  const texts = new Texts('CREATE_SESSION', payload, relayCreateSession211.sizeBytes);
  return {
    sessionName: texts.take(fixed.sessionNameBytes, MAX_SESSION_NAME_BYTES),
    hostname: texts.take(fixed.hostnameBytes, MAX_HOSTNAME_BYTES),
    basePath: texts.take(fixed.basePathBytes, MAX_BASE_PATH_BYTES),
    liveTimerUs: fixed.liveTimerUs,
    isSnapshot: fixed.isSnapshot !== 0,
    nameHasCreationTime: fixed.nameHasCreationTime !== 0,
    daemon: {
      uuid: fixed.daemonUuid,
      sessionId: fixed.daemonSessionId,
      creationTimeS: timeOf(fixed.creationTimeS),
      chunkId: fixed.isChunkSet !== 0 ? fixed.chunkId : null,
    },
  };
}

/** Encodes CREATE_SESSION for a relay of minor `minor`. */
export function encodeCreateSession(request: RelayCreateSession, minor: number): Uint8Array {
  const { sessionName, hostname, basePath, liveTimerUs, isSnapshot, nameHasCreationTime, daemon } = request;
  if (minor < 11) {
    return relayCreateSession24.encode({
      sessionName,
      hostname,
      liveTimerUs,
      isSnapshot: Number(isSnapshot),
    });
  }
  const texts = [sessionName, hostname, basePath].map(cString);
  const [sessionNameBytes = 0, hostnameBytes = 0, basePathBytes = 0] = texts.map(({ length }) => length);
  const fixed = relayCreateSession211.encode({
    sessionNameBytes,
    hostnameBytes,
    basePathBytes,
    liveTimerUs,
    isSnapshot: Number(isSnapshot),
    nameHasCreationTime: Number(nameHasCreationTime),
    daemonUuid: daemon?.uuid ?? new Uint8Array(16),
    daemonSessionId: daemon?.sessionId ?? 0n,
    creationTimeS: BigInt(daemon?.creationTimeS ?? 0),
    isChunkSet: Number((daemon?.chunkId ?? null) !== null),
    chunkId: daemon?.chunkId ?? 0n,
  });
  return concatenate([fixed, ...texts]);
}

export function decodeAddStream(payload: Uint8Array, minor: number): RelayAddStream {
  if (minor < 11) {
    const { channelName, pathName, traceFileSizeBytes, traceFileCount } = relayAddStream22.decode(payload);
    return { channelName, pathName, ...limitsOf(traceFileSizeBytes, traceFileCount) };
  }
  const fixed = relayAddStream211.decode(payload);
  const texts = new Texts('ADD_STREAM', payload, relayAddStream211.sizeBytes);
  return {
    channelName: texts.take(fixed.channelNameBytes, MAX_CHANNEL_NAME_BYTES),
    pathName: texts.take(fixed.pathNameBytes, MAX_PATH_NAME_BYTES),
    ...limitsOf(fixed.traceFileSizeBytes, fixed.traceFileCount),
  };
}

export function encodeAddStream(request: RelayAddStream, chunkId: bigint, minor: number): Uint8Array {
  const { channelName, pathName } = request;
  const limits = {
    traceFileSizeBytes: BigInt(request.traceFileSizeBytes),
    traceFileCount: BigInt(request.traceFileCount),
  };
  if (minor < 11) return relayAddStream22.encode({ channelName, pathName, ...limits });
  const texts = [channelName, pathName].map(cString);
  const [channelNameBytes = 0, pathNameBytes = 0] = texts.map(({ length }) => length);
  const fixed = relayAddStream211.encode({ channelNameBytes, pathNameBytes, ...limits, chunkId });
  return concatenate([fixed, ...texts]);
}

/** Decodes SEND_INDEX; peers before 2.8 do not tell the packet's number. */
export function decodeIndex(payload: Uint8Array, minor: number): RelayIndex {
  if (minor >= 8) return relayIndex28.decode(payload);
  return {
    ...relayIndex24.decode(payload),
    streamInstanceId: RELAY_UNSET,
    packetSequenceNumber: RELAY_UNSET,
  };
}

export function encodeIndex(index: RelayIndex, minor: number): Uint8Array {
  return minor >= 8 ? relayIndex28.encode(index) : relayIndex24.encode(index);
}

/** Bytes of ROTATE_STREAMS before its positions: x86-64, 32-bit x86, and peers that pack. */
const ROTATION_HEADERS = [
  { sizeBytes: 20, chunkAtBytes: 12 },
  { sizeBytes: 16, chunkAtBytes: 8 },
  { sizeBytes: 13, chunkAtBytes: 5 },
] as const;

/**
 * Decodes ROTATE_STREAMS. Upstream's struct is not packed here: how much padding (garbage) it has follows from the
 * payload's size.
 */
export function decodeRotateStreams(payload: Uint8Array): RelayRotateStreams {
  const shortest = ROTATION_HEADERS[2].sizeBytes;
  if (payload.length < shortest) throw tooShort('ROTATE_STREAMS', shortest, payload.length);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const count = view.getUint32(0);
  if (count > MAX_POSITIONS) throw new ProtocolError(`Too many streams to rotate: count=${count}`);
  const positionsBytes = count * relayRotationPosition.sizeBytes;
  const header = ROTATION_HEADERS.find(({ sizeBytes }) => sizeBytes === payload.length - positionsBytes);
  if (header === undefined) {
    throw new ProtocolError(
      `Wrong size of a message: message="ROTATE_STREAMS", streams=${count}, got=${payload.length}`,
    );
  }
  const { sizeBytes, chunkAtBytes } = header;
  return {
    newChunkId: view.getUint8(4) === 0 ? null : view.getBigUint64(chunkAtBytes),
    positions: Array.from({ length: count }, (_, i) =>
      relayRotationPosition.decode(payload, sizeBytes + i * relayRotationPosition.sizeBytes),
    ),
  };
}

/** Encodes ROTATE_STREAMS as peers on x86-64 do. */
export function encodeRotateStreams({ newChunkId, positions }: RelayRotateStreams): Uint8Array {
  const [{ sizeBytes, chunkAtBytes }] = ROTATION_HEADERS;
  const header = new Uint8Array(sizeBytes);
  const view = new DataView(header.buffer);
  view.setUint32(0, positions.length);
  view.setUint8(4, newChunkId === null ? 0 : 1);
  view.setBigUint64(chunkAtBytes, newChunkId ?? 0n);
  return concatenate([header, ...positions.map((position) => relayRotationPosition.encode(position))]);
}

export function decodeCreateChunk(payload: Uint8Array): RelayCreateChunk {
  const { chunkId, creationTimeS, overrideNameBytes } = relayCreateChunk.decode(payload);
  const texts = new Texts('CREATE_TRACE_CHUNK', payload, relayCreateChunk.sizeBytes);
  const overrideName =
    overrideNameBytes === 0 ? null : texts.take(overrideNameBytes, MAX_OVERRIDE_NAME_BYTES);
  return { chunkId, creationTimeS: timeOf(creationTimeS), overrideName };
}

export function encodeCreateChunk({ chunkId, creationTimeS, overrideName }: RelayCreateChunk): Uint8Array {
  const name = overrideName === null ? new Uint8Array(0) : cString(overrideName);
  const fixed = { chunkId, creationTimeS: BigInt(creationTimeS), overrideNameBytes: name.length };
  return concatenate([relayCreateChunk.encode(fixed), name]);
}

export function decodeCloseChunk(payload: Uint8Array): RelayCloseChunk {
  const { chunkId, closeTimeS, isCommandSet, command } = relayCloseChunk.decode(payload);
  const number = isCommandSet === 0 ? relayCloseCommands.noOperation : command;
  const found = Object.entries(relayCloseCommands).find(([, value]) => value === number);
  if (found === undefined) throw new ProtocolError(`Unknown command for a closed chunk: command=${command}`);
  return { chunkId, closeTimeS: timeOf(closeTimeS), command: found[0] as RelayCloseCommand };
}

/** Encodes CLOSE_TRACE_CHUNK; "no operation" is told by leaving it out, which 2.11 understands as well. */
export function encodeCloseChunk({ chunkId, closeTimeS, command }: RelayCloseChunk): Uint8Array {
  const isCommandSet = command === 'noOperation' ? 0 : 1;
  return relayCloseChunk.encode({
    chunkId,
    closeTimeS: BigInt(closeTimeS),
    isCommandSet,
    command: isCommandSet === 0 ? 0 : relayCloseCommands[command],
  });
}

/** Whether a stream with this channel name carries metadata. */
export function isMetadataChannel(channelName: string): boolean {
  return channelName === RELAY_METADATA_CHANNEL;
}

function limitsOf(
  size: bigint,
  count: bigint,
): Pick<RelayAddStream, 'traceFileSizeBytes' | 'traceFileCount'> {
  // Above it a limit is none.
  const bounded = (value: bigint): number =>
    value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
  return { traceFileSizeBytes: bounded(size), traceFileCount: bounded(count) };
}

/** Texts that follow the fixed part of a message, each with its NUL. */
class Texts {
  readonly #message: string;
  readonly #payload: Uint8Array;
  #at: number;

  constructor(message: string, payload: Uint8Array, at: number) {
    this.#message = message;
    this.#payload = payload;
    this.#at = at;
  }

  take(sizeBytes: number, limitBytes: number): string {
    if (sizeBytes > limitBytes) {
      throw new ProtocolError(
        `Text too long: message="${this.#message}", bytes=${sizeBytes}, limit=${limitBytes}`,
      );
    }
    const field = this.#payload.subarray(this.#at, this.#at + sizeBytes);
    if (field.length < sizeBytes) throw tooShort(this.#message, this.#at + sizeBytes, this.#payload.length);
    this.#at += sizeBytes;
    const end = field.indexOf(0);
    if (end < 0) throw new ProtocolError(`Text without its end: message="${this.#message}"`);
    return new TextDecoder().decode(field.subarray(0, end));
  }
}

function tooShort(message: string, expected: number, got: number): ProtocolError {
  return new ProtocolError(`Message too short: message="${message}", expected=${expected}, got=${got}`);
}

function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A time of a peer, in seconds since 1970. */
const timeOf = (timeS: bigint): number => toSafeSize(timeS, 'time of a relay command', MAX_TIME_S);
