/**
 * A viewer's connection: requests in, one reply each, in one piece. A session has one viewer at a time; a viewer may
 * have several sessions (the kernel's and user space's of one recording).
 */
import { describe, ProtocolError, SystemError } from '@lttng-ts/base';
import { packetIndexEntry10 } from '@lttng-ts/ctf';
import {
  LIVE_MAJOR,
  LIVE_MINOR,
  type LiveCommandName,
  LiveRequestFramer,
  liveAttach,
  liveAttachStatus,
  liveConnect,
  liveConnectionTypes,
  liveCreateStatus,
  liveDetachStatus,
  liveFlags,
  liveGetPacket,
  liveIdentifier,
  liveIndex,
  liveIndexStatus,
  liveListReply,
  liveMetadataReply,
  liveMetadataStatus,
  liveNewStreamsStatus,
  livePacketReply,
  livePacketStatus,
  liveSeek,
  liveSession,
  liveStatusReply,
  liveStream,
  liveStreamsReply,
} from '@lttng-ts/protocols/live';
import type { ConnectionPeer } from './control-connection.ts';
import type { Relay } from './relay.ts';
import type { RelaySession } from './relay-session.ts';
import type { RelayStream } from './relay-stream.ts';
import type { StreamCursor, StreamFile } from './stream-files.ts';

/** A stream that the viewer knows. */
interface ViewerStream {
  readonly stream: RelayStream;
  readonly session: RelaySession;
  readonly cursor: StreamCursor;
  /** The file of the last index entry, which packets are read from. */
  file: StreamFile | null;
  /** Bytes of metadata that were sent. */
  sentMetadataBytes: number;
  /** Whether the viewer was told once that there is no more metadata. */
  hasToldEnd: boolean;
}

/** Packets above it are refused: a reply is in memory at once. */
const MAX_PACKET_BYTES = 1 << 30;
/** Metadata of one reply. */
const MAX_METADATA_BYTES = 16 << 20;

const NOTHING = {
  offsetBytes: 0n,
  packetSizeBits: 0n,
  contentSizeBits: 0n,
  timestampBegin: 0n,
  timestampEnd: 0n,
  eventsDiscarded: 0n,
  dataStreamClassId: 0n,
} as const;

const NOTHING_NEW = new Uint8Array(0);

export class LiveConnection {
  readonly #relay: Relay;
  readonly #peer: ConnectionPeer;
  readonly #framer = new LiveRequestFramer();
  readonly #handlers: Readonly<Record<LiveCommandName, (payload: Uint8Array) => Uint8Array>>;
  #isConnected = false;
  #hasViewerSession = false;
  #isEnded = false;
  readonly #sessions = new Set<RelaySession>();
  readonly #streams = new Map<number, ViewerStream>();

  constructor(relay: Relay, peer: ConnectionPeer) {
    this.#relay = relay;
    this.#peer = peer;
    this.#handlers = {
      connect: (payload) => this.#connect(payload),
      createSession: () => this.#createSession(),
      listSessions: () => this.#listSessions(),
      attachSession: (payload) => this.#attach(payload),
      detachSession: (payload) => this.#detach(payload),
      getNewStreams: (payload) => this.#getNewStreams(payload),
      getNextIndex: (payload) => this.#getNextIndex(payload),
      getPacket: (payload) => this.#getPacket(payload),
      getMetadata: (payload) => this.#getMetadata(payload),
    };
  }

  receive(chunk: Uint8Array): void {
    if (this.#isEnded) return;
    try {
      for (const { name, number, payload } of this.#framer.push(new Uint8Array(chunk))) {
        if (name === null) {
          this.#peer.send(liveStatusReply.encode({ status: UNKNOWN_COMMAND }));
          throw new ProtocolError(`Unknown command: command=${number}`);
        }
        if (!this.#isConnected && name !== 'connect') throw new ProtocolError('Command before CONNECT');
        this.#peer.send(this.#handlers[name](payload));
        if (this.#isEnded || this.#peer.isCongested) return;
      }
    } catch (error) {
      // What the peer or the disk got wrong ends this connection; anything else is a bug.
      if (!(error instanceof ProtocolError || error instanceof SystemError)) throw error;
      this.#relay.options.log('warning', describe('Viewer is dropped', { reason: error.message }));
      this.end();
      this.#peer.close(error.message);
    }
  }

  /** Goes on with the requests that wait, now that the peer has taken its replies. */
  resume(): void {
    this.receive(NOTHING_NEW);
  }

  /** Bytes of requests that are not whole, or wait for replies to be taken. */
  get bufferedBytes(): number {
    return this.#framer.bufferedBytes;
  }

  /** Whether a request has begun and not ended. */
  get isMidMessage(): boolean {
    return this.#framer.isInsideRequest;
  }

  /** The connection has ended: its sessions are free for others. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const session of [...this.#sessions]) this.#release(session);
  }

  #connect(payload: Uint8Array): Uint8Array {
    const { major, type } = liveConnect.decode(payload);
    const isKnown = type === liveConnectionTypes.command || type === liveConnectionTypes.notification;
    if (major !== LIVE_MAJOR || !isKnown) {
      throw new ProtocolError(`Viewer of another kind: major=${major}, type=${type}`);
    }
    this.#isConnected = true;
    const id = type === liveConnectionTypes.command ? this.#relay.newViewerSessionId() : 0;
    return liveConnect.encode({ viewerSessionId: BigInt(id), major: LIVE_MAJOR, minor: LIVE_MINOR, type: 0 });
  }

  #createSession(): Uint8Array {
    this.#hasViewerSession = true;
    return liveStatusReply.encode({ status: liveCreateStatus.ok });
  }

  #listSessions(): Uint8Array {
    const sessions = [...this.#relay.sessions.values()].filter(({ isClosed }) => !isClosed);
    const entries = sessions.map(({ id, request, viewer, streams }) =>
      liveSession.encode({
        id: BigInt(id),
        liveTimerUs: request.liveTimerUs,
        clientCount: viewer === null ? 0 : 1,
        streamCount: [...streams].filter((stream) => !stream.isClosed).length,
        // Differs from upstream: longer names are cut; relayd 2.13.9 drops the viewer.
        hostname: cut(request.hostname, 63),
        sessionName: cut(request.sessionName, 254),
      }),
    );
    return concatenate([liveListReply.encode({ sessionCount: entries.length }), ...entries]);
  }

  #attach(payload: Uint8Array): Uint8Array {
    const { sessionId, seek } = liveAttach.decode(payload);
    const refuse = (status: number): Uint8Array => this.#replyStreams(status, []);
    if (!this.#hasViewerSession) return refuse(liveAttachStatus.noSession);
    const session = this.#relay.sessions.get(Number(sessionId));
    if (session === undefined || session.isClosed) return refuse(liveAttachStatus.unknown);
    if (session.viewer !== null) return refuse(liveAttachStatus.already);
    if (!session.isLive) return refuse(liveAttachStatus.notLive);
    // Differs from upstream: a refused place leaves the session free.
    if (seek !== liveSeek.beginning && seek !== liveSeek.last) return refuse(liveAttachStatus.seekError);
    session.viewer = this;
    session.hasNewStreams = false;
    this.#sessions.add(session);
    const place = seek === liveSeek.beginning ? 'beginning' : 'last';
    const streams = isRotating(session) ? [] : this.#announce(session, place);
    return this.#replyStreams(liveAttachStatus.ok, streams);
  }

  #detach(payload: Uint8Array): Uint8Array {
    const session = this.#relay.sessions.get(Number(liveIdentifier.decode(payload).id));
    let status: number = liveDetachStatus.ok;
    if (!this.#hasViewerSession) status = liveDetachStatus.error;
    else if (session === undefined) status = liveDetachStatus.unknown;
    else if (!this.#sessions.has(session)) status = liveDetachStatus.error;
    else this.#release(session);
    return liveStatusReply.encode({ status });
  }

  #getNewStreams(payload: Uint8Array): Uint8Array {
    const session = this.#relay.sessions.get(Number(liveIdentifier.decode(payload).id));
    if (!this.#hasViewerSession || session === undefined || !this.#sessions.has(session)) {
      return this.#replyStreams(liveNewStreamsStatus.error, []);
    }
    if (isRotating(session)) return this.#replyStreams(liveNewStreamsStatus.noNew, []);
    session.hasNewStreams = false;
    const streams = this.#announce(session, 'beginning');
    const isOver = session.isClosed && streams.length === 0 && this.#isReadUp(session);
    return this.#replyStreams(isOver ? liveNewStreamsStatus.hup : liveNewStreamsStatus.ok, streams);
  }

  #getNextIndex(payload: Uint8Array): Uint8Array {
    const viewed = this.#streams.get(Number(liveIdentifier.decode(payload).id));
    if (viewed === undefined)
      return this.#replyIndex({ ...NOTHING, status: liveIndexStatus.error, flags: 0 });
    const { stream, session, cursor } = viewed;
    const flags = this.#flagsOf(session, stream);
    const answer = (status: number): Uint8Array => this.#replyIndex({ ...NOTHING, status, flags });
    if (stream.isMetadata) return answer(liveIndexStatus.hup);
    if (stream.isRotating || session.history.isChanging) return answer(liveIndexStatus.retry);
    // Differs from upstream: before it hangs up a viewer gets what is left, which relayd 2.13.9 keeps once a session ends.
    if (cursor.isAtEnd) {
      if (stream.isClosed || session.isClosed) {
        this.#forget(viewed);
        return answer(liveIndexStatus.hup);
      }
      const { beacon } = stream;
      if (beacon === null) return answer(liveIndexStatus.retry);
      const { dataStreamClassId } = stream;
      const status = liveIndexStatus.inactive;
      return this.#replyIndex({ ...NOTHING, timestampEnd: beacon, dataStreamClassId, status, flags });
    }
    const entry = cursor.peek();
    if (entry === null) return answer(liveIndexStatus.retry);
    if (viewed.file !== cursor.file) {
      viewed.file?.data.release();
      viewed.file = cursor.file;
      viewed.file?.data.hold();
    }
    cursor.advance();
    const { streamId: dataStreamClassId, ...index } = packetIndexEntry10.decode(entry);
    return this.#replyIndex({ ...index, dataStreamClassId, status: liveIndexStatus.ok, flags });
  }

  #getPacket(payload: Uint8Array): Uint8Array {
    const { streamId, offsetBytes, sizeBytes } = liveGetPacket.decode(payload);
    const viewed = this.#streams.get(Number(streamId));
    const isSane = sizeBytes > 0 && sizeBytes <= MAX_PACKET_BYTES && offsetBytes <= Number.MAX_SAFE_INTEGER;
    const room = livePacketReply.sizeBytes;
    const reply = isSane ? (viewed?.file?.data.read(Number(offsetBytes), sizeBytes, room) ?? null) : null;
    if (reply === null) {
      // With a flag, the viewer asks again instead of giving up: the packet's chunk was cleared meanwhile.
      const flags = viewed?.file?.isReadable === false ? liveFlags.newStreams : 0;
      const { error: status } = livePacketStatus;
      return livePacketReply.encode({ status, sizeBytes: 0, flags });
    }
    this.#relay.counters.sentPackets++;
    this.#relay.counters.sentBytes += sizeBytes;
    // In the memory that the packet was read into: it may be large.
    reply.set(livePacketReply.encode({ status: livePacketStatus.ok, sizeBytes, flags: 0 }));
    return reply;
  }

  #getMetadata(payload: Uint8Array): Uint8Array {
    const viewed = this.#streams.get(Number(liveIdentifier.decode(payload).id));
    if (viewed === undefined || !viewed.stream.isMetadata) {
      return this.#replyMetadata(liveMetadataStatus.error, null);
    }
    const { stream, session, sentMetadataBytes } = viewed;
    const wanted = Math.min(stream.metadataBytes - sentMetadataBytes, MAX_METADATA_BYTES);
    const text = wanted > 0 ? (stream.metadataFile?.read(sentMetadataBytes, wanted) ?? null) : null;
    if (text !== null) {
      viewed.sentMetadataBytes += text.length;
      return this.#replyMetadata(liveMetadataStatus.ok, text);
    }
    const isOver = stream.isClosed || session.isClosed;
    if (isOver && viewed.hasToldEnd) {
      this.#forget(viewed);
      return this.#replyMetadata(liveMetadataStatus.error, null);
    }
    viewed.hasToldEnd = isOver;
    return this.#replyMetadata(liveMetadataStatus.noNew, null);
  }

  /** Makes the viewer know the streams of a session that it has not been told of. */
  #announce(session: RelaySession, seek: 'beginning' | 'last'): readonly ViewerStream[] {
    const announced: ViewerStream[] = [];
    for (const { streams } of session.traces.values()) {
      const published = [...streams].filter(({ isPublished }) => isPublished);
      // A trace that cannot be decoded yet is told later.
      if (!published.some(({ isMetadata }) => isMetadata)) continue;
      for (const stream of published) {
        if (this.#known.has(stream)) continue;
        this.#known.add(stream);
        const viewed: ViewerStream = {
          stream,
          session,
          cursor: stream.files.cursor(seek),
          file: null,
          sentMetadataBytes: 0,
          hasToldEnd: false,
        };
        this.#streams.set(stream.id, viewed);
        announced.push(viewed);
      }
    }
    return announced;
  }

  /** Streams of attached sessions that were announced, also those that are over. */
  readonly #known = new WeakSet<RelayStream>();

  #flagsOf(session: RelaySession, stream: RelayStream): number {
    const { metadata } = session.traceOf(stream);
    const sent = metadata === null ? undefined : this.#streams.get(metadata.id)?.sentMetadataBytes;
    const isNew =
      metadata !== null &&
      sent !== undefined &&
      (metadata.metadataBytes === 0 || metadata.metadataBytes > sent);
    return (isNew ? liveFlags.newMetadata : 0) | (session.hasNewStreams ? liveFlags.newStreams : 0);
  }

  #isReadUp(session: RelaySession): boolean {
    return ![...this.#streams.values()].some(
      (viewed) => viewed.session === session && !viewed.stream.isMetadata && !viewed.cursor.isAtEnd,
    );
  }

  #forget(viewed: ViewerStream): void {
    viewed.cursor.close();
    viewed.file?.data.release();
    viewed.file = null;
    this.#streams.delete(viewed.stream.id);
  }

  #release(session: RelaySession): void {
    for (const viewed of [...this.#streams.values()]) if (viewed.session === session) this.#forget(viewed);
    // Whoever attaches again is told of them again.
    for (const stream of session.streams) this.#known.delete(stream);
    this.#sessions.delete(session);
    session.viewer = null;
    this.#relay.forgetEnded(session);
  }

  #replyStreams(status: number, viewed: readonly ViewerStream[]): Uint8Array {
    const entries = viewed.map(({ stream, session }) =>
      liveStream.encode({
        id: BigInt(stream.id),
        traceId: BigInt(session.traceOf(stream).id),
        isMetadata: Number(stream.isMetadata),
        pathName: cut(stream.pathName, 4095),
        channelName: cut(stream.channelName, 254),
      }),
    );
    return concatenate([liveStreamsReply.encode({ status, streamCount: entries.length }), ...entries]);
  }

  #replyIndex(index: Parameters<typeof liveIndex.encode>[0]): Uint8Array {
    return liveIndex.encode(index);
  }

  #replyMetadata(status: number, text: Uint8Array | null): Uint8Array {
    const head = liveMetadataReply.encode({ sizeBytes: BigInt(text?.length ?? 0), status });
    return text === null ? head : concatenate([head, text]);
  }
}

/** Upstream's answer to a command that it does not know. */
const UNKNOWN_COMMAND = 11;

function isRotating(session: RelaySession): boolean {
  return session.history.isChanging || [...session.streams].some((stream) => stream.isRotating);
}

/** The longest start of a text that fits into so many bytes. */
function cut(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(text);
  return bytes.length <= maxBytes ? text : new TextDecoder().decode(bytes.subarray(0, maxBytes));
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
