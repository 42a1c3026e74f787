/**
 * A producer's data connection: packets, which go to their streams as they come. There are no replies, and nothing says
 * whose connection it is but the streams that it names.
 */
import { describe, ProtocolError, SystemError } from '@lttng-ts/base';
import { RelayDataFramer } from '@lttng-ts/protocols/relay';
import type { ConnectionPeer } from './control-connection.ts';
import type { Relay } from './relay.ts';
import type { RelayStream } from './relay-stream.ts';

/** Zeros after a packet's content: less than a sub-buffer. */
const MAX_PADDING_BYTES = 1 << 30;

export class DataConnection {
  readonly #relay: Relay;
  readonly #peer: ConnectionPeer;
  readonly #framer: RelayDataFramer;
  #stream: RelayStream | null = null;
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
        this.#stream = stream;
        stream.beginPacket(netSequenceNumber, dataSizeBytes, paddingSizeBytes);
      },
      content: (part) => this.#stream?.appendContent(part),
      end: () => this.#endPacket(),
    });
  }

  receive(chunk: Uint8Array): void {
    if (this.#isEnded) return;
    try {
      this.#framer.push(chunk);
    } catch (error) {
      // What the peer or the disk got wrong ends this connection; anything else is a bug.
      if (!(error instanceof ProtocolError || error instanceof SystemError)) throw error;
      this.#isEnded = true;
      this.#relay.options.log('error', describe('Data connection ends', { reason: error.message }));
      this.#abort();
      this.#peer.close(error.message);
    }
  }

  /** Nothing waits: there are no replies. */
  resume(): void {
    // Nothing was left.
  }

  /** The connection has ended. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#framer.isInsidePacket) this.#abort();
  }

  #endPacket(): void {
    const stream = this.#stream;
    if (stream === null) return;
    this.#stream = null;
    const session = this.#relay.sessionOf(stream);
    const isFirst = !stream.hasData;
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
    stream.close();
    const session = this.#relay.sessionOf(stream);
    if (session !== null) this.#relay.forgetStream(session, stream);
  }
}
