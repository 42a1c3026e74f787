/**
 * A producer's control connection: requests in, one reply each (none to SEND_METADATA). A refused request leaves the
 * connection open; a broken one ends it, and the session with what has come.
 */
import { describe, ProtocolError, SystemError } from '@lttng-ts/base';
import {
  decodeAddStream,
  decodeCloseChunk,
  decodeCreateChunk,
  decodeCreateSession,
  decodeIndex,
  decodeRotateStreams,
  findRelayCommandName,
  RELAY_ASK_EXTENSIONS,
  RELAY_CLEAR_ALLOWED,
  RELAY_MAJOR,
  RELAY_MINOR,
  RELAY_RESUME_ALLOWED,
  RELAY_RESUME_KEY_BYTES,
  type RelayCode,
  type RelayCommandName,
  RelayRequestFramer,
  relayChunkExistsReply,
  relayCloseChunkReply,
  relayCodes,
  relayConfigurationReply,
  relayEnableResumeReply,
  relayIdentifier,
  relayMetadataHeader,
  relayReply,
  relayResetMetadata,
  relaySessionReply,
  relayStreamPosition,
  relayStreamReply,
  relayVersion,
} from '@lttng-ts/protocols/relay';
import { isPathSafe } from './core/output-paths.ts';
import { type Relay, RelayRefusal } from './relay.ts';
import type { RelaySession } from './relay-session.ts';
import type { RelayStream } from './relay-stream.ts';

export interface ConnectionPeer {
  /** Address of its host. */
  readonly address: string;
  send(bytes: Uint8Array): void;
  /**
   * Lets the connection, and the data connection that will name the key, outlive their sockets; gives the key. What is
   * sent from now on counts, the answer that tells the key included. Null: it cannot.
   */
  keep(): Uint8Array | null;
  /** The connections end with their sockets again. */
  unkeep(): void;
  /** Whether replies wait for the peer to take them: further requests wait too, until `resume` is called. */
  readonly isCongested: boolean;
  /** Of a data connection: reads what has come and waits to be read; whether more may be there. */
  readNow(): boolean;
  /** Ends the connection once all that was sent is through. */
  close(reason: string): void;
}

/** Gives the reply, or null: there is none. */
type Handler = (payload: Uint8Array) => Uint8Array | null;

/** A fault that ends the connection after a last reply. */
class FinalReply extends ProtocolError {
  readonly reply: Uint8Array;

  constructor(reply: Uint8Array, message: string) {
    super(message);
    this.reply = reply;
  }
}

/** What nearly every index entry is answered. */
const OK_REPLY = relayReply.encode({ code: relayCodes.ok });
const NOTHING_NEW = new Uint8Array(0);
/** Reads of a data connection when its producer has gone: some MiB. */
const MAX_LAST_READS = 32;

export class ControlConnection {
  readonly #relay: Relay;
  readonly #peer: ConnectionPeer;
  readonly #framer = new RelayRequestFramer();
  readonly #handlers: Readonly<Partial<Record<RelayCommandName, Handler>>>;
  /** Smaller minor of both sides; 0 before VERSION. */
  #minor = 0;
  #session: RelaySession | null = null;
  #isEnded = false;

  constructor(relay: Relay, peer: ConnectionPeer) {
    this.#relay = relay;
    this.#peer = peer;
    this.#handlers = {
      version: (payload) => this.#version(payload),
      getConfiguration: (payload) => this.#getConfiguration(payload),
      createSession: (payload) => this.#createSession(payload),
      startData: () => this.#reply(relayCodes.ok),
      addStream: (payload) => this.#addStream(payload),
      streamsSent: () => this.#streamsSent(),
      sendMetadata: (payload) => this.#sendMetadata(payload),
      resetMetadata: (payload) => this.#resetMetadata(payload),
      sendIndex: (payload) => this.#sendIndex(payload),
      closeStream: (payload) => this.#closeStream(payload),
      dataPending: (payload) => this.#dataPending(payload),
      quiescentControl: (payload) => this.#quiescentControl(payload),
      beginDataPending: () => this.#beginDataPending(),
      endDataPending: (payload) => this.#endDataPending(payload),
      rotateStreams: (payload) => this.#rotateStreams(payload),
      createTraceChunk: (payload) => this.#createTraceChunk(payload),
      closeTraceChunk: (payload) => this.#closeTraceChunk(payload),
      traceChunkExists: (payload) => this.#traceChunkExists(payload),
      enableResume: () => this.#enableResume(),
      disableResume: () => this.#disableResume(),
    };
  }

  receive(chunk: Uint8Array): void {
    if (this.#isEnded) return;
    try {
      for (const { command, payload } of this.#framer.push(new Uint8Array(chunk))) {
        const name = findRelayCommandName(command);
        const handler = name === null ? undefined : this.#handlers[name];
        if (handler === undefined) {
          throw new FinalReply(this.#reply(relayCodes.unknown), `Unknown command: command=${command}`);
        }
        // A packet comes before its entry, and waits for it: the producer hears first, and goes on meanwhile.
        if (name !== 'sendIndex') this.#readData();
        const reply = handler(payload);
        if (reply !== null) this.#peer.send(reply);
        if (name === 'sendIndex') this.#readData();
        if (this.#isEnded || this.#peer.isCongested) return;
      }
    } catch (error) {
      // What the peer or the disk got wrong ends this connection; anything else is a bug.
      if (!(error instanceof ProtocolError || error instanceof SystemError)) throw error;
      if (error instanceof FinalReply) this.#peer.send(error.reply);
      this.#fail(error.message);
    }
  }

  /** Goes on with the requests that wait, now that the peer has taken its replies. */
  resume(): void {
    this.receive(NOTHING_NEW);
  }

  /** The connection has ended. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    // What came before the end counts.
    for (let i = 0; i < MAX_LAST_READS && this.#readData(); i++);
    if (this.#session !== null) this.#relay.endSession(this.#session, true);
  }

  /** Its socket is gone, and another may take its place (true); or that has come (false). */
  wait(isWaiting: boolean): void {
    const session = this.#session;
    if (session === null) return;
    session.isWaiting = isWaiting;
    this.#relay.counters.resumptions += Number(!isWaiting);
    const text = isWaiting ? 'Producer is gone, and may come back' : 'Producer has come back';
    this.#relay.options.log('warning', describe(text, { session: session.id }));
  }

  /** Bytes of requests that are not whole, or wait for replies to be taken. */
  get bufferedBytes(): number {
    return this.#framer.bufferedBytes;
  }

  /** Whether a request has begun and not ended. */
  get isMidMessage(): boolean {
    return this.#framer.isInsideRequest;
  }

  /** Has the session's packets read that have come; whether more may be there. */
  #readData(): boolean {
    return this.#session?.dataConnection?.readNow() ?? false;
  }

  #fail(reason: string): void {
    this.#isEnded = true;
    const { log } = this.#relay.options;
    log('error', describe('Producer breaks the protocol', { session: this.#session?.id ?? 0, reason }));
    this.#relay.counters.faults++;
    if (this.#session !== null) this.#relay.endSession(this.#session, false);
    this.#peer.close(reason);
  }

  #reply(code: RelayCode | 0 | 1): Uint8Array {
    return code === relayCodes.ok ? OK_REPLY : relayReply.encode({ code });
  }

  #version(payload: Uint8Array): Uint8Array {
    const { major, minor } = relayVersion.decode(payload);
    const reply = relayVersion.encode({ major: RELAY_MAJOR, minor: RELAY_MINOR });
    if (major !== RELAY_MAJOR) throw new FinalReply(reply, `Other major of the protocol: major=${major}`);
    this.#minor = Math.min(minor, RELAY_MINOR);
    return reply;
  }

  #getConfiguration(payload: Uint8Array): Uint8Array {
    const { id: queryFlags } = relayIdentifier.decode(payload);
    const areExtensionsAsked = queryFlags === RELAY_ASK_EXTENSIONS;
    const isKnown = queryFlags === 0n || areExtensionsAsked;
    const { isClearAllowed, resumeTimeoutS } = this.#relay.options;
    const flags =
      (isClearAllowed ? RELAY_CLEAR_ALLOWED : 0n) |
      (areExtensionsAsked && resumeTimeoutS > 0 ? RELAY_RESUME_ALLOWED : 0n);
    return relayConfigurationReply.encode({
      code: isKnown ? relayCodes.ok : relayCodes.invalidProtocol,
      flags: isKnown ? flags : 0n,
    });
  }

  #createSession(payload: Uint8Array): Uint8Array {
    const minor = this.#minor;
    try {
      if (this.#session !== null) throw new ProtocolError('A connection makes one session');
      if (minor < 4) throw new RelayRefusal('The protocol is too old: sessions have no name');
      const request = decodeCreateSession(payload, minor);
      const odd = [request.sessionName, request.hostname].find((name) => !isPathSafe(name));
      if (odd !== undefined) throw new RelayRefusal(`Name is not taken: name=${JSON.stringify(odd)}`);
      const session = this.#relay.createSession(request, minor, this.#peer.address);
      this.#session = session;
      const { sessionName, hostname } = request;
      this.#relay.options.log('info', describe('Session', { id: session.id, sessionName, hostname, minor }));
      return this.#replySession(session.id, relayCodes.ok, session.history.path);
    } catch (error) {
      if (!(error instanceof RelayRefusal || error instanceof ProtocolError)) throw error;
      this.#relay.options.log('warning', describe('Session refused', { reason: error.message }));
      return this.#replySession(0, relayCodes.fatal, null);
    }
  }

  #enableResume(): Uint8Array {
    const { resumeTimeoutS: timeoutS } = this.#relay.options;
    const key = timeoutS > 0 ? this.#peer.keep() : null;
    const code = key === null ? relayCodes.invalid : relayCodes.ok;
    return relayEnableResumeReply.encode({
      code,
      timeoutS,
      key: key ?? new Uint8Array(RELAY_RESUME_KEY_BYTES),
    });
  }

  #disableResume(): Uint8Array {
    this.#peer.unkeep();
    return this.#reply(relayCodes.ok);
  }

  #replySession(id: number, code: RelayCode, path: string | null): Uint8Array {
    const fixed = relaySessionReply.encode({ sessionId: BigInt(id), code });
    if (this.#minor < 11) return fixed;
    const text = path === null ? new Uint8Array(0) : new TextEncoder().encode(`${path}\0`);
    const reply = new Uint8Array(fixed.length + 4 + text.length);
    reply.set(fixed);
    new DataView(reply.buffer).setUint32(fixed.length, text.length);
    reply.set(text, fixed.length + 4);
    return reply;
  }

  #addStream(payload: Uint8Array): Uint8Array {
    const session = this.#requireSession();
    const request = decodeAddStream(payload, session.minor);
    try {
      const { id } = this.#relay.addStream(session, request);
      return relayStreamReply.encode({ streamId: BigInt(id), code: relayCodes.ok });
    } catch (error) {
      if (!isRefusable(error)) throw error;
      const { log } = this.#relay.options;
      log('error', describe('Stream refused', { session: session.id, reason: error.message }));
      const streamId = BigInt(this.#relay.lastStreamId);
      return relayStreamReply.encode({ streamId, code: relayCodes.unknown });
    }
  }

  #streamsSent(): Uint8Array {
    const session = this.#requireSession();
    for (const stream of session.streams) stream.isPublished = true;
    if (session.viewer !== null) session.hasNewStreams = true;
    return this.#reply(relayCodes.ok);
  }

  #sendMetadata(payload: Uint8Array): null {
    const { streamId, paddingSizeBytes } = relayMetadataHeader.decode(payload);
    const stream = this.#stream(streamId);
    if (stream === null) throw new ProtocolError(`Metadata of an unknown stream: stream=${streamId}`);
    if (paddingSizeBytes > MAX_PADDING_BYTES) {
      throw new ProtocolError(`Padding too large: bytes=${paddingSizeBytes}`);
    }
    this.#relay.counters.metadataBytes += payload.length - relayMetadataHeader.sizeBytes;
    stream.appendMetadata(payload.subarray(relayMetadataHeader.sizeBytes), paddingSizeBytes);
    return null;
  }

  #resetMetadata(payload: Uint8Array): Uint8Array {
    const session = this.#requireSession();
    const stream = this.#stream(relayResetMetadata.decode(payload).streamId);
    if (stream === null || !stream.isMetadata || session.isLive) return this.#reply(relayCodes.unknown);
    stream.resetMetadata();
    return this.#reply(relayCodes.ok);
  }

  #sendIndex(payload: Uint8Array): Uint8Array {
    const session = this.#requireSession();
    const index = decodeIndex(payload, session.minor);
    const stream = this.#stream(index.streamId);
    if (stream === null) return this.#reply(relayCodes.unknown);
    this.#relay.counters.indexEntries++;
    try {
      stream.addIndex(index);
    } catch (error) {
      if (!isRefusable(error)) throw error;
      this.#relay.options.log('error', error.message);
      return this.#reply(relayCodes.unknown);
    }
    if (stream.isClosed) this.#relay.forgetStream(session, stream);
    return this.#reply(relayCodes.ok);
  }

  #closeStream(payload: Uint8Array): Uint8Array {
    const session = this.#requireSession();
    const { streamId, lastNetSequenceNumber } = relayStreamPosition.decode(payload);
    const stream = this.#stream(streamId);
    if (stream === null) return this.#reply(relayCodes.unknown);
    stream.requestClose(lastNetSequenceNumber);
    if (stream.isClosed) this.#relay.forgetStream(session, stream);
    return this.#reply(relayCodes.ok);
  }

  #dataPending(payload: Uint8Array): Uint8Array {
    this.#requireSession();
    const { streamId, lastNetSequenceNumber } = relayStreamPosition.decode(payload);
    const stream = this.#stream(streamId);
    if (stream === null) return this.#reply(relayCodes.unknown);
    stream.isChecked = true;
    return this.#reply(stream.isDataPending(lastNetSequenceNumber) ? 1 : 0);
  }

  #quiescentControl(payload: Uint8Array): Uint8Array {
    const stream = this.#stream(relayIdentifier.decode(payload).id);
    if (stream !== null) stream.isChecked = true;
    return this.#reply(relayCodes.ok);
  }

  #beginDataPending(): Uint8Array {
    for (const stream of this.#session?.streams ?? []) stream.isChecked = false;
    return this.#reply(relayCodes.ok);
  }

  /** Whether streams of that session were not asked about since the question began: nobody knows what they lack. */
  #endDataPending(payload: Uint8Array): Uint8Array {
    const session = this.#session;
    const isOwn = session !== null && relayIdentifier.decode(payload).id === BigInt(session.id);
    const isPending = isOwn && [...session.streams].some((stream) => !stream.isChecked && !stream.isClosed);
    return this.#reply(isPending ? 1 : 0);
  }

  #rotateStreams(payload: Uint8Array): Uint8Array {
    const session = this.#requireSession();
    const { newChunkId, positions } = decodeRotateStreams(payload);
    const chunk = newChunkId === null ? null : session.history.find(newChunkId);
    if (newChunkId !== null && chunk === null) return this.#reply(relayCodes.invalidProtocol);
    const rotations = positions.map(({ streamId, rotateAtPacket }) => ({
      stream: this.#stream(streamId),
      rotateAtPacket,
    }));
    // Differs from upstream: all or none; relayd 2.13.9 has changed the streams before the one that it refuses.
    if (rotations.some(({ stream }) => stream === null)) return this.#reply(relayCodes.invalid);
    if (rotations.some(({ stream }) => stream?.isRotating)) return this.#reply(relayCodes.fileCreationError);
    for (const { stream, rotateAtPacket } of rotations) stream?.rotate(chunk, rotateAtPacket);
    return this.#reply(relayCodes.ok);
  }

  #createTraceChunk(payload: Uint8Array): Uint8Array {
    const session = this.#requireSession();
    const request = decodeCreateChunk(payload);
    const { chunkId, overrideName } = request;
    if (overrideName !== null && (overrideName.includes('.') || !isPathSafe(overrideName))) {
      return this.#reply(relayCodes.invalid);
    }
    const before = session.chunk;
    try {
      const chunk = session.history.create(request);
      session.enter(chunk);
      // A chunk that was never closed is left by the close of its successor's.
      if (before !== null && before.close !== null) session.leave(before);
    } catch (error) {
      if (!isRefusable(error)) throw error;
      this.#relay.options.log('error', describe('Chunk refused', { chunkId, reason: error.message }));
      return this.#reply(relayCodes.invalidProtocol);
    }
    return this.#reply(relayCodes.ok);
  }

  #closeTraceChunk(payload: Uint8Array): Uint8Array {
    const session = this.#requireSession();
    const request = decodeCloseChunk(payload);
    const chunk = session.history.find(request.chunkId);
    const { isClearAllowed } = this.#relay.options;
    if (chunk === null) {
      const reply = this.#replyClosed(relayCodes.noMemory, null);
      throw new FinalReply(reply, `Unknown chunk: chunk=${request.chunkId}`);
    }
    if (request.command === 'delete' && !isClearAllowed) {
      return this.#replyClosed(relayCodes.invalidProtocol, null);
    }
    const path = session.history.close(chunk, request);
    session.leave(chunk);
    return this.#replyClosed(relayCodes.ok, path);
  }

  #replyClosed(code: RelayCode, path: string | null): Uint8Array {
    const text = path === null ? new Uint8Array(0) : new TextEncoder().encode(`${path}\0`);
    const fixed = relayCloseChunkReply.encode({ code, pathBytes: text.length });
    const reply = new Uint8Array(fixed.length + text.length);
    reply.set(fixed);
    reply.set(text, fixed.length);
    return reply;
  }

  // Differs from upstream: relayd 2.13.9 looks for the chunk of another session and says no at once.
  #traceChunkExists(payload: Uint8Array): Uint8Array {
    const session = this.#requireSession();
    const exists = session.history.find(relayIdentifier.decode(payload).id) !== null;
    return relayChunkExistsReply.encode({ code: relayCodes.ok, exists: Number(exists) });
  }

  /** A stream of this connection's session. */
  #stream(id: bigint): RelayStream | null {
    const stream = this.#relay.streams.get(Number(id)) ?? null;
    if (stream === null || this.#session === null) return null;
    return this.#relay.sessionOf(stream) === this.#session ? stream : null;
  }

  #requireSession(): RelaySession {
    if (this.#session === null) throw new ProtocolError('Command without a session');
    return this.#session;
  }
}

/** Zeros after metadata: less than a page of the producer's. */
const MAX_PADDING_BYTES = 1 << 20;

function isRefusable(error: unknown): error is Error {
  return error instanceof RelayRefusal || error instanceof ProtocolError || error instanceof SystemError;
}
