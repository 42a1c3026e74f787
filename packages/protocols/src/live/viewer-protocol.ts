/**
 * The protocol between live readers and the relay daemon (upstream: `lttng-viewer-abi.h`), viewer protocol 2.4 to
 * 2.13. All structs are packed and in network order. Replies have no header: the request decides what comes.
 */
import { ProtocolError } from '@lttng-ts/base';
import { ByteQueue, fixedString, packed, type TypeOf, u32, u64 } from '@lttng-ts/wire';

export const LIVE_MAJOR = 2;
export const LIVE_MINOR = 13;

/** Upstream: `enum lttng_viewer_command`. */
export const liveCommands = {
  connect: 1,
  listSessions: 2,
  attachSession: 3,
  getNextIndex: 4,
  getPacket: 5,
  getMetadata: 6,
  getNewStreams: 7,
  createSession: 8,
  detachSession: 9,
} as const;
export type LiveCommandName = keyof typeof liveCommands;

export const liveConnectionTypes = { command: 1, notification: 2 } as const;
export const liveSeek = { beginning: 1, last: 2 } as const;

export const liveAttachStatus = {
  ok: 1,
  already: 2,
  unknown: 3,
  notLive: 4,
  seekError: 5,
  noSession: 6,
} as const;
export const liveIndexStatus = { ok: 1, retry: 2, hup: 3, error: 4, inactive: 5, eof: 6 } as const;
export const livePacketStatus = { ok: 1, retry: 2, error: 3, eof: 4 } as const;
export const liveMetadataStatus = { ok: 1, noNew: 2, error: 3 } as const;
export const liveNewStreamsStatus = { ok: 1, noNew: 2, error: 3, hup: 4 } as const;
export const liveCreateStatus = { ok: 1, error: 2 } as const;
export const liveDetachStatus = { ok: 1, unknown: 2, error: 3 } as const;
/** Bits of the flags of index and packet replies. */
export const liveFlags = { newMetadata: 1, newStreams: 2 } as const;

/** Upstream: `struct lttng_viewer_cmd`. */
export const liveHeader = packed('lttng_viewer_cmd', 'big-endian', {
  dataSizeBytes: u64,
  command: u32,
  commandVersion: u32,
});

export const liveConnect = packed('lttng_viewer_connect', 'big-endian', {
  viewerSessionId: u64,
  major: u32,
  minor: u32,
  type: u32,
});

export const liveSession = packed('lttng_viewer_session', 'big-endian', {
  id: u64,
  /** 0: not live. */
  liveTimerUs: u32,
  clientCount: u32,
  streamCount: u32,
  hostname: fixedString(64),
  sessionName: fixedString(255),
});
export type LiveSession = TypeOf<typeof liveSession>;

/** Minor version from which sessions are listed with {@link liveSession15}. Seen in recorded traffic of Babeltrace 2.1. */
export const LIVE_MINOR_WITH_TRACE_FORMATS = 15;

/** The texts follow: host name, then session name, without zeros. */
export const liveSession15 = packed('lttng_viewer_session_2_15', 'big-endian', {
  id: u64,
  liveTimerUs: u32,
  clientCount: u32,
  streamCount: u32,
  hostnameBytes: u32,
  sessionNameBytes: u32,
  traceFormat: u32,
});

export const liveTraceFormats = { ctf18: 0, ctf2: 1 } as const;

export const liveAttach = packed('lttng_viewer_attach_session_request', 'big-endian', {
  sessionId: u64,
  offset: u64,
  seek: u32,
});

export const liveStream = packed('lttng_viewer_stream', 'big-endian', {
  id: u64,
  /** Streams with the same one are one trace. */
  traceId: u64,
  isMetadata: u32,
  pathName: fixedString(4096),
  channelName: fixedString(255),
});
export type LiveStream = TypeOf<typeof liveStream>;

/** One number: a stream or a session. */
export const liveIdentifier = packed('lttng_viewer_identifier', 'big-endian', { id: u64 });

export const liveIndex = packed('lttng_viewer_index', 'big-endian', {
  offsetBytes: u64,
  packetSizeBits: u64,
  contentSizeBits: u64,
  timestampBegin: u64,
  timestampEnd: u64,
  eventsDiscarded: u64,
  dataStreamClassId: u64,
  status: u32,
  flags: u32,
});
export type LiveIndex = TypeOf<typeof liveIndex>;

export const liveGetPacket = packed('lttng_viewer_get_packet', 'big-endian', {
  streamId: u64,
  offsetBytes: u64,
  sizeBytes: u32,
});

export const livePacketReply = packed('lttng_viewer_trace_packet', 'big-endian', {
  status: u32,
  sizeBytes: u32,
  flags: u32,
});

export const liveMetadataReply = packed('lttng_viewer_metadata_packet', 'big-endian', {
  sizeBytes: u64,
  status: u32,
});

/** Status and number of what follows: sessions have no status, attach and new streams have. */
export const liveStreamsReply = packed('lttng_viewer_new_streams_response', 'big-endian', {
  status: u32,
  streamCount: u32,
});
export const liveListReply = packed('lttng_viewer_list_sessions', 'big-endian', { sessionCount: u32 });
export const liveStatusReply = packed('lttng_viewer_status', 'big-endian', { status: u32 });

interface LiveCommandRow {
  readonly number: number;
  /** Payload that the command has, in bytes; the header's size is not believed. */
  readonly payloadBytes: number;
}

/** Payloads of requests, by command. */
export const liveRequests: Readonly<Record<LiveCommandName, LiveCommandRow>> = {
  connect: { number: liveCommands.connect, payloadBytes: liveConnect.sizeBytes },
  listSessions: { number: liveCommands.listSessions, payloadBytes: 0 },
  attachSession: { number: liveCommands.attachSession, payloadBytes: liveAttach.sizeBytes },
  getNextIndex: { number: liveCommands.getNextIndex, payloadBytes: liveIdentifier.sizeBytes },
  getPacket: { number: liveCommands.getPacket, payloadBytes: liveGetPacket.sizeBytes },
  getMetadata: { number: liveCommands.getMetadata, payloadBytes: liveIdentifier.sizeBytes },
  getNewStreams: { number: liveCommands.getNewStreams, payloadBytes: liveIdentifier.sizeBytes },
  createSession: { number: liveCommands.createSession, payloadBytes: 0 },
  detachSession: { number: liveCommands.detachSession, payloadBytes: liveIdentifier.sizeBytes },
};

const namesByNumber = new Map(
  (Object.keys(liveRequests) as LiveCommandName[]).map((name) => [liveRequests[name].number, name]),
);

/** A request; `name` is null for a command that nobody knows, and has no payload then. */
export interface LiveRequest {
  readonly name: LiveCommandName | null;
  readonly number: number;
  readonly payload: Uint8Array;
}

/** Cuts what a viewer sends into requests. */
export class LiveRequestFramer {
  readonly #bytes = new ByteQueue();
  #next: LiveCommandName | null = null;

  /** Bytes that have come and are not taken. */
  get bufferedBytes(): number {
    return this.#bytes.lengthBytes;
  }

  /** Whether a request has begun and not ended. */
  get isInsideRequest(): boolean {
    return this.#next !== null || this.#bytes.lengthBytes > 0;
  }

  *push(chunk: Uint8Array): Generator<LiveRequest> {
    this.#bytes.push(chunk);
    for (;;) {
      if (this.#next === null) {
        const header = this.#bytes.take(liveHeader.sizeBytes);
        if (header === null) return;
        const { command } = liveHeader.decode(header);
        const name = namesByNumber.get(command) ?? null;
        if (name === null) {
          yield { name, number: command, payload: new Uint8Array(0) };
          continue;
        }
        this.#next = name;
      }
      const name = this.#next;
      const payload = this.#bytes.take(liveRequests[name].payloadBytes);
      if (payload === null) return;
      this.#next = null;
      yield { name, number: liveRequests[name].number, payload };
    }
  }
}

/** Encodes a request with its header. */
export function encodeLiveRequest(
  name: LiveCommandName,
  payload: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const { number, payloadBytes } = liveRequests[name];
  if (payload.length !== payloadBytes) {
    throw new ProtocolError(
      `Wrong payload: command="${name}", expected=${payloadBytes}, got=${payload.length}`,
    );
  }
  const message = new Uint8Array(liveHeader.sizeBytes + payload.length);
  message.set(
    liveHeader.encode({ dataSizeBytes: BigInt(payload.length), command: number, commandVersion: 0 }),
  );
  message.set(payload, liveHeader.sizeBytes);
  return message;
}
