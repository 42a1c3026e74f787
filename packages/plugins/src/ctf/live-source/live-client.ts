/**
 * A viewer's side of the live protocol: one request after the other, each with its reply. Statuses that say that the
 * peer is wrong become errors; the others are results. Texts of refusals are upstream's.
 */
import { ProtocolError } from '@lttng-ts/base';
import {
  encodeLiveRequest,
  LIVE_MAJOR,
  LIVE_MINOR_WITH_TRACE_FORMATS,
  type LiveCommandName,
  type LiveIndex,
  type LiveStream,
  liveAttach,
  liveAttachStatus,
  liveConnect,
  liveConnectionTypes,
  liveCreateStatus,
  liveGetPacket,
  liveIdentifier,
  liveIndex,
  liveListReply,
  liveMetadataReply,
  liveMetadataStatus,
  liveNewStreamsStatus,
  livePacketReply,
  livePacketStatus,
  liveSeek,
  liveSession,
  liveSession15,
  liveStatusReply,
  liveStream,
  liveStreamsReply,
  liveTraceFormats,
} from '@lttng-ts/protocols/live';
import type { LiveConnection, LiveTransport, RelayAddress } from './live-transport.ts';

/** The newest version that this side knows. */
const MINOR = LIVE_MINOR_WITH_TRACE_FORMATS;
const ANY_ID = 0xffff_ffff_ffff_ffffn;
/** Names of hosts and sessions are shorter in every version; checked before they are waited for. */
const MAX_NAME_BYTES = 4096;
/** Metadata of real traces has some hundred kilobytes. */
const MAX_METADATA_BYTES = 256 << 20;

export type TraceFormat = 'ctf-1.8' | 'ctf-2';

/** A session of a relay daemon; a recording of several domains is several of them, with the same names. */
export interface ListedSession {
  readonly id: bigint;
  readonly liveTimerUs: number;
  readonly clientCount: number;
  readonly streamCount: number;
  readonly hostname: string;
  readonly sessionName: string;
  readonly traceFormat: TraceFormat;
}

/** What a question for new streams gives; `closed`: there will never be more. */
export type NewStreams = readonly LiveStream[] | 'closed';
/** `none`: nothing new now; `closed`: nothing any more. */
export type NewMetadata = Uint8Array | 'none' | 'closed';
/** A part of a packet; `flags` of a refusal say what to ask for first. */
export type PacketPart =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'retry' }
  | { readonly kind: 'refused'; readonly flags: number };

export class LiveClient {
  readonly #connection: LiveConnection;
  #minor = MINOR;

  private constructor(connection: LiveConnection) {
    this.#connection = connection;
  }

  /** Connects and agrees on a version. Rejects with `SystemError`, `ProtocolError`. */
  static async connect(transport: LiveTransport, address: RelayAddress): Promise<LiveClient> {
    const client = new LiveClient(await transport.connect(address));
    try {
      await client.#handshake();
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  close(): void {
    this.#connection.close();
  }

  async #handshake(): Promise<void> {
    const request = liveConnect.encode({
      viewerSessionId: ANY_ID,
      major: LIVE_MAJOR,
      minor: MINOR,
      type: liveConnectionTypes.command,
    });
    const reply = liveConnect.decode(await this.#ask('connect', liveConnect.sizeBytes, request));
    if (reply.major !== LIVE_MAJOR) {
      throw new ProtocolError(
        `Incompatible lttng-relayd protocol: version=${reply.major}.${reply.minor}, known-major=${LIVE_MAJOR}`,
      );
    }
    this.#minor = Math.min(MINOR, reply.minor);
  }

  /** Sends a request and receives the fixed beginning of its reply. */
  async #ask(name: LiveCommandName, replyBytes: number, payload?: Uint8Array): Promise<Uint8Array> {
    this.#connection.send(encodeLiveRequest(name, payload));
    return await this.#connection.receive(replyBytes);
  }

  async listSessions(): Promise<readonly ListedSession[]> {
    const { sessionCount } = liveListReply.decode(await this.#ask('listSessions', liveListReply.sizeBytes));
    const sessions: ListedSession[] = [];
    for (let i = 0; i < sessionCount; i++) sessions.push(await this.#receiveSession());
    return sessions;
  }

  async #receiveSession(): Promise<ListedSession> {
    if (this.#minor < LIVE_MINOR_WITH_TRACE_FORMATS) {
      const session = liveSession.decode(await this.#connection.receive(liveSession.sizeBytes));
      return { ...session, traceFormat: 'ctf-1.8' };
    }
    const head = liveSession15.decode(await this.#connection.receive(liveSession15.sizeBytes));
    const { hostnameBytes, sessionNameBytes, traceFormat, ...session } = head;
    if (Math.max(hostnameBytes, sessionNameBytes) > MAX_NAME_BYTES) {
      throw new ProtocolError(
        `Name of a session too long: hostname-bytes=${hostnameBytes}, session-name-bytes=${sessionNameBytes}`,
      );
    }
    const text = async (lengthBytes: number): Promise<string> =>
      new TextDecoder().decode(await this.#connection.receive(lengthBytes));
    const hostname = await text(hostnameBytes);
    const sessionName = await text(sessionNameBytes);
    return {
      ...session,
      hostname,
      sessionName,
      traceFormat: traceFormat === liveTraceFormats.ctf2 ? 'ctf-2' : 'ctf-1.8',
    };
  }

  async createViewerSession(): Promise<void> {
    const reply = await this.#ask('createSession', liveStatusReply.sizeBytes);
    const { status } = liveStatusReply.decode(reply);
    if (status !== liveCreateStatus.ok)
      throw new ProtocolError(`Error creating viewer session: status=${status}`);
  }

  /** Attaches to what comes from now on, and gives the streams that there are. */
  async attach(sessionId: bigint): Promise<readonly LiveStream[]> {
    const request = liveAttach.encode({ sessionId, offset: 0n, seek: liveSeek.last });
    const reply = await this.#ask('attachSession', liveStreamsReply.sizeBytes, request);
    const { status, streamCount } = liveStreamsReply.decode(reply);
    if (status !== liveAttachStatus.ok) {
      throw new ProtocolError(`${ATTACH_REFUSALS[status] ?? 'Unknown attach return code'}: status=${status}`);
    }
    return await this.#receiveStreams(streamCount);
  }

  async #receiveStreams(count: number): Promise<readonly LiveStream[]> {
    const streams: LiveStream[] = [];
    // One by one: what is announced may never come.
    for (let i = 0; i < count; i++) {
      streams.push(liveStream.decode(await this.#connection.receive(liveStream.sizeBytes)));
    }
    return streams;
  }

  /** Whatever the relay daemon says: the session may be gone. */
  async detach(sessionId: bigint): Promise<void> {
    const request = liveIdentifier.encode({ id: sessionId });
    await this.#ask('detachSession', liveStatusReply.sizeBytes, request);
  }

  async newStreams(sessionId: bigint): Promise<NewStreams> {
    const request = liveIdentifier.encode({ id: sessionId });
    const reply = await this.#ask('getNewStreams', liveStreamsReply.sizeBytes, request);
    const { status, streamCount } = liveStreamsReply.decode(reply);
    switch (status) {
      case liveNewStreamsStatus.ok:
        return await this.#receiveStreams(streamCount);
      case liveNewStreamsStatus.noNew:
        return [];
      case liveNewStreamsStatus.hup:
        return 'closed';
      default:
        throw new ProtocolError(`Error getting new streams: session-id=${sessionId}, status=${status}`);
    }
  }

  /** An answer without bytes means to ask again. */
  async metadata(streamId: bigint): Promise<NewMetadata> {
    const request = liveIdentifier.encode({ id: streamId });
    const reply = await this.#ask('getMetadata', liveMetadataReply.sizeBytes, request);
    const { status, sizeBytes } = liveMetadataReply.decode(reply);
    switch (status) {
      case liveMetadataStatus.ok:
        if (sizeBytes > BigInt(MAX_METADATA_BYTES)) {
          throw new ProtocolError(`Metadata too large: size=${sizeBytes}, limit=${MAX_METADATA_BYTES}`);
        }
        return await this.#connection.receive(Number(sizeBytes));
      case liveMetadataStatus.noNew:
        return 'none';
      case liveMetadataStatus.error:
        // The stream is gone: its program ended.
        return 'closed';
      default:
        throw new ProtocolError(`Error getting metadata: stream-id=${streamId}, status=${status}`);
    }
  }

  async nextIndex(streamId: bigint): Promise<LiveIndex> {
    const request = liveIdentifier.encode({ id: streamId });
    return liveIndex.decode(await this.#ask('getNextIndex', liveIndex.sizeBytes, request));
  }

  /** Gives at most `sizeBytes` bytes from `offsetBytes` on. */
  async packetPart(streamId: bigint, offsetBytes: bigint, sizeBytes: number): Promise<PacketPart> {
    const request = liveGetPacket.encode({ streamId, offsetBytes, sizeBytes });
    const reply = await this.#ask('getPacket', livePacketReply.sizeBytes, request);
    const { status, flags, sizeBytes: givenBytes } = livePacketReply.decode(reply);
    switch (status) {
      case livePacketStatus.ok:
        if (givenBytes === 0 || givenBytes > sizeBytes) {
          throw new ProtocolError(`Wrong size of a packet's part: asked=${sizeBytes}, got=${givenBytes}`);
        }
        return { kind: 'bytes', bytes: await this.#connection.receive(givenBytes) };
      case livePacketStatus.retry:
        return { kind: 'retry' };
      case livePacketStatus.error:
        return { kind: 'refused', flags };
      default:
        throw new ProtocolError(`Error getting a packet: stream-id=${streamId}, status=${status}`);
    }
  }
}

const ATTACH_REFUSALS: Readonly<Record<number, string>> = {
  [liveAttachStatus.already]: 'There is already a viewer attached to this session',
  [liveAttachStatus.unknown]: 'Session id is unknown',
  [liveAttachStatus.notLive]: 'Not a live session',
  [liveAttachStatus.seekError]: 'Wrong seek parameter',
  [liveAttachStatus.noSession]: 'No viewer session',
};
