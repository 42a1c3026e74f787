/**
 * Cuts the two connections of a producer into what they carry: commands with their payload, and packets, whose
 * content is passed on as it comes (a packet may be larger than memory should be).
 */
import { assert, ProtocolError } from '@lttng-ts/base';
import { ByteQueue, toSafeSize } from '@lttng-ts/wire';
import { RELAY_MAX_PAYLOAD_BYTES } from './constants.ts';
import { type RelayDataHeader, relayDataHeader, relayHeader } from './messages.ts';

export interface RelayRequest {
  readonly command: number;
  /** May alias the chunk that it came in. */
  readonly payload: Uint8Array;
}

export class RelayRequestFramer {
  readonly #bytes = new ByteQueue();
  readonly #maxPayloadBytes: number;
  #command = 0;
  #payloadBytes: number | null = null;

  constructor(maxPayloadBytes: number = RELAY_MAX_PAYLOAD_BYTES) {
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Bytes that have come and are not taken. */
  get bufferedBytes(): number {
    return this.#bytes.lengthBytes;
  }

  /** Whether a command has begun and not ended. */
  get isInsideRequest(): boolean {
    return this.#payloadBytes !== null || this.#bytes.lengthBytes > 0;
  }

  /** The commands that are whole now. Throws `ProtocolError` for a payload above the limit, before it comes. */
  *push(chunk: Uint8Array): Generator<RelayRequest> {
    this.#bytes.push(chunk);
    for (;;) {
      if (this.#payloadBytes === null) {
        const header = this.#bytes.take(relayHeader.sizeBytes);
        if (header === null) return;
        const { command, dataSizeBytes } = relayHeader.decode(header);
        this.#command = command;
        this.#payloadBytes = toSafeSize(dataSizeBytes, 'payload of a relay command', this.#maxPayloadBytes);
      }
      const payload = this.#bytes.take(this.#payloadBytes);
      if (payload === null) return;
      this.#payloadBytes = null;
      yield { command: this.#command, payload };
    }
  }
}

/** Encodes a command with its header. */
export function encodeRelayRequest(command: number, payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(relayHeader.sizeBytes + payload.length);
  const dataSizeBytes = BigInt(payload.length);
  message.set(relayHeader.encode({ circuitId: 0n, dataSizeBytes, command, commandVersion: 0 }));
  message.set(payload, relayHeader.sizeBytes);
  return message;
}

/** Takes a packet as it comes. */
export interface RelayPacketReceiver {
  begin(header: RelayDataHeader): void;
  /** A part of the packet's content; it may not be kept. */
  content(part: Uint8Array): void;
  /** All of the content has come. */
  end(): void;
}

export class RelayDataFramer {
  readonly #receiver: RelayPacketReceiver;
  readonly #header = new Uint8Array(relayDataHeader.sizeBytes);
  #headerBytes = 0;
  #missingBytes = 0;

  constructor(receiver: RelayPacketReceiver) {
    this.#receiver = receiver;
  }

  /** Whether a packet is under way. */
  get isInsidePacket(): boolean {
    return this.#missingBytes > 0 || this.#headerBytes > 0;
  }

  /** Bytes of the packet's content that have not come; 0 outside a packet's content. */
  get missingContentBytes(): number {
    return this.#missingBytes;
  }

  /** Bytes of a packet's header that have not come. */
  get missingHeaderBytes(): number {
    return this.#header.length - this.#headerBytes;
  }

  /** So many bytes of content came another way than through {@link push}: at most {@link missingContentBytes}. */
  passContent(sizeBytes: number): void {
    assert(sizeBytes <= this.#missingBytes, 'more content than the packet has');
    this.#missingBytes -= sizeBytes;
    if (sizeBytes > 0 && this.#missingBytes === 0) this.#receiver.end();
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#missingBytes > 0) {
        const part = chunk.subarray(at, at + this.#missingBytes);
        at += part.length;
        this.#missingBytes -= part.length;
        this.#receiver.content(part);
        if (this.#missingBytes === 0) this.#receiver.end();
        continue;
      }
      const part = chunk.subarray(at, at + this.#header.length - this.#headerBytes);
      this.#header.set(part, this.#headerBytes);
      this.#headerBytes += part.length;
      at += part.length;
      if (this.#headerBytes < this.#header.length) return;
      this.#headerBytes = 0;
      const header = relayDataHeader.decode(this.#header);
      this.#receiver.begin(header);
      this.#missingBytes = header.dataSizeBytes;
      if (this.#missingBytes === 0) this.#receiver.end();
    }
  }
}

/** Reads replies of known sizes: a client of the protocol always knows what comes. */
export class RelayReplyFramer {
  readonly #bytes = new ByteQueue();

  push(chunk: Uint8Array): void {
    this.#bytes.push(chunk);
  }

  take(sizeBytes: number): Uint8Array | null {
    return this.#bytes.take(sizeBytes);
  }

  /** Throws `ProtocolError` when bytes are left that nobody asked for. */
  requireEmpty(): void {
    if (this.#bytes.lengthBytes > 0) {
      throw new ProtocolError(`Bytes without a request: bytes=${this.#bytes.lengthBytes}`);
    }
  }
}
