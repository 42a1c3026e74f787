/**
 * A producer's data connection: packets, which go to their streams as they come. There are no replies, and nothing says
 * whose connection it is but the streams that it names.
 */
import { describe, ProtocolError, SystemError } from '@lttng-ts/base';
import { RelayDataFramer } from '@lttng-ts/protocols/relay';
import type { ConnectionPeer } from './control-connection.ts';
import type { ContentSource } from './ports.ts';
import type { Relay } from './relay.ts';
import type { RelaySession } from './relay-session.ts';
import type { RelayStream } from './relay-stream.ts';

/** Zeros after a packet's content: less than a sub-buffer. */
const MAX_PADDING_BYTES = 1 << 30;

export class DataConnection {
  readonly #relay: Relay;
  readonly #peer: ConnectionPeer;
  readonly #framer: RelayDataFramer;
  #stream: RelayStream | null = null;
  /** Of the stream whose packet came last. */
  #session: RelaySession | null = null;
  #isEnded = false;

  constructor(relay: Relay, peer: ConnectionPeer) {
    this.#relay = relay;
    this.#peer = peer;
    this.#framer = new RelayDataFramer({
      begin: ({ streamId, netSequenceNumber, dataSizeBytes, paddingSizeBytes }) => {
        const stream = relay.streams.get(Number(streamId));
        if (stream === undefined || stream.isClosed) {
          throw new ProtocolError(`Packet of an unknown stream: stream=${streamId}`);
        }
        if (paddingSizeBytes > MAX_PADDING_BYTES) {
          throw new ProtocolError(`Padding too large: bytes=${paddingSizeBytes}`);
        }
        this.#meet(stream, dataSizeBytes + paddingSizeBytes);
        this.#stream = stream;
        stream.beginPacket(netSequenceNumber, dataSizeBytes, paddingSizeBytes);
      },
      content: (part) => {
        relay.counters.packetBytes += part.length;
        this.#stream?.appendContent(part);
      },
      end: () => this.#endPacket(),
    });
  }

  receive(chunk: Uint8Array): void {
    if (this.#isEnded) return;
    try {
      this.#framer.push(chunk);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Bytes that {@link receiveContent} could take now; 0: what comes next is to be received. */
  get missingContentBytes(): number {
    return this.#isEnded ? 0 : this.#framer.missingContentBytes;
  }

  /** Bytes of the next packet's header that are missing. */
  get missingHeaderBytes(): number {
    return this.#framer.missingHeaderBytes;
  }

  /** Takes content of the packet under way from a source, to its end at most; gives how many bytes. */
  receiveContent(source: ContentSource): number {
    const stream = this.#stream;
    if (this.#isEnded || stream === null) return 0;
    try {
      const sizeBytes = stream.appendContentFrom(source, this.#framer.missingContentBytes);
      this.#relay.counters.packetBytes += sizeBytes;
      this.#framer.passContent(sizeBytes);
      return sizeBytes;
    } catch (error) {
      this.#fail(error);
      return 0;
    }
  }

  /** Takes what has come and waits in the socket; whether more may be there. */
  readNow(): boolean {
    return !this.#isEnded && this.#peer.readNow();
  }

  /** What the peer or the disk got wrong ends this connection; anything else is a bug. */
  #fail(error: unknown): void {
    if (!(error instanceof ProtocolError || error instanceof SystemError)) throw error;
    this.#isEnded = true;
    this.#relay.counters.faults++;
    this.#leave();
    this.#relay.options.log('error', describe('Data connection ends', { reason: error.message }));
    this.#abort();
    this.#peer.close(error.message);
  }

  /** Nothing waits: there are no replies. */
  resume(): void {
    // Nothing was left.
  }

  /** The connection has ended. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#leave();
    if (this.#framer.isInsidePacket) this.#abort();
  }

  /** Content goes to its file as it comes. */
  get bufferedBytes(): number {
    return 0;
  }

  /** Whether a packet has begun and not ended. */
  get isMidMessage(): boolean {
    return this.#framer.isInsidePacket;
  }

  #leave(): void {
    const session = this.#session;
    if (session === null) return;
    if (session.dataConnection === this) session.dataConnection = null;
  }

  /** A packet of a stream begins: whose connection this is, and whether its host may send so much. */
  #meet(stream: RelayStream, sizeBytes: number): void {
    const session = this.#relay.sessionOf(stream);
    if (session === null) return;
    // Differs from upstream: a session has one data connection, and a data connection one session. Streams have small
    // numbers: with any connection for any stream, one broken producer could write into another's.
    if (session !== this.#session) {
      if (this.#session !== null || session.dataConnection !== null) {
        throw new ProtocolError(`Packet of a session with another data connection: stream=${stream.id}`);
      }
      this.#session = session;
      session.dataConnection = this;
    }
    if (this.#relay.quotas.take('bytes', session.address, sizeBytes)) return;
    this.#relay.counters.quotaRefusals++;
    throw new ProtocolError(`Host has its share of bytes: address="${session.address}"`);
  }

  #endPacket(): void {
    const stream = this.#stream;
    if (stream === null) return;
    this.#stream = null;
    const session = this.#relay.sessionOf(stream);
    const isFirst = !stream.hasData;
    this.#relay.counters.packets++;
    stream.endPacket();
    if (session === null) return;
    if (isFirst && session.viewer !== null) session.hasNewStreams = true;
    if (stream.isClosed) this.#relay.forgetStream(session, stream);
  }

  /** The stream whose packet is cut closes with the packets before. */
  #abort(): void {
    const stream = this.#stream;
    if (stream === null) return;
    this.#stream = null;
    stream.abortPacket();
    const session = this.#relay.sessionOf(stream);
    stream.close();
    if (session !== null) this.#relay.forgetStream(session, stream);
  }
}
