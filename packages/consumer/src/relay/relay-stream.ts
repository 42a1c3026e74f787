/**
 * One stream on a relay daemon: its number there, the chunk that it is in, its packets and their index entries.
 *
 * A stream that changes chunk sends nothing until the relay daemon has answered: packets of the next chunk that overtake
 * the change end relayd 2.13.9 with a segmentation fault. What is written meanwhile waits here.
 */
import { assert } from '@lttng-ts/base';
import {
  encodeAddStream,
  encodeIndex,
  encodeRotateStreams,
  RELAY_METADATA_CHANNEL,
  RELAY_UNSET,
  type RelayAddStream,
  relayCodes,
  relayDataHeader,
  relayIdentifier,
  relayMetadataHeader,
  relayResetMetadata,
  relayStreamPosition,
  relayStreamReply,
} from '@lttng-ts/protocols/relay';
import type { PacketDescription } from '../sink.ts';
import type { RelayChunk } from './relay-chunk.ts';
import type { RelayOutput } from './relay-output.ts';

/** A message that waits for the stream's number, or for its change of chunk. */
type Waiting =
  | { readonly kind: 'packet'; readonly bytes: Uint8Array; readonly packet: PacketDescription }
  | { readonly kind: 'text'; readonly packets: Uint8Array; readonly paddingBytes: number }
  | { readonly kind: 'reset' };

/** Between two questions whether the relay has everything. */
const LOOK_INTERVAL_MS = 20;

export class RelayStream {
  readonly #output: RelayOutput;
  readonly #request: RelayAddStream;
  readonly #isIndexed: boolean;
  /** By chunk: the one that the relay has it in, then those of changes that are not answered. */
  readonly #waiting: Waiting[][] = [[]];
  #handle: bigint | null = null;
  #chunk: RelayChunk | null = null;
  /** Where it goes when its packets of this chunk are through. */
  next: RelayChunk | null = null;
  #moved: Promise<void> = Promise.resolve();
  #nextNumber = 0n;
  /** Number of the last packet as the tracer counts. */
  #lastPacket: bigint | null = null;
  #isPublished = false;
  #metadataVersion = 0n;
  #isEnded = false;

  constructor(output: RelayOutput, request: RelayAddStream, isIndexed: boolean) {
    this.#output = output;
    this.#request = request;
    this.#isIndexed = isIndexed;
  }

  get isMetadata(): boolean {
    return this.#request.channelName === RELAY_METADATA_CHANNEL;
  }

  get chunk(): RelayChunk | null {
    return this.#chunk;
  }

  /** Whether what is written now is sent now; then nothing waits here. */
  get isReady(): boolean {
    return this.#waiting.length === 1;
  }

  /** Resolves when all changes of chunk so far are answered. */
  get moved(): Promise<void> {
    return this.#moved;
  }

  /** Resolves when the relay has what was sent so far, or is lost. */
  async delivered(): Promise<void> {
    if (this.#handle === null || this.isMetadata || this.#nextNumber === 0n) return;
    const position = this.#positionOf(this.#handle);
    while ((await this.#output.code('dataPending', position)) === 1) {
      await this.#output.pause(LOOK_INTERVAL_MS);
    }
  }

  /** Changes to another chunk, or to none (null), behind what was written. */
  enter(chunk: RelayChunk | null): void {
    this.#chunk = chunk;
    this.next = null;
    chunk?.members.add(this);
    this.#waiting.push([]);
    this.#moved = this.#moved.then(async () => {
      await this.#move(chunk);
      this.#waiting.shift();
      // What was written for this chunk goes before the next change.
      this.#flush();
      if (this.isReady) this.#output.wake();
    });
  }

  /** Sends a packet, of which the bytes are copied. */
  write(memory: Uint8Array, packet: PacketDescription): void {
    if (this.#output.isLost) return;
    const { memoryOffsetBytes, paddedSizeBytes, dataSizeBytes } = packet;
    // Trailing padding is told, not sent.
    const sentBytes = Math.min(dataSizeBytes, paddedSizeBytes);
    const bytes = this.#output.takeBuffer(relayDataHeader.sizeBytes + sentBytes);
    bytes.set(memory.subarray(memoryOffsetBytes, memoryOffsetBytes + sentBytes), relayDataHeader.sizeBytes);
    this.#enqueue({ kind: 'packet', bytes, packet: { ...packet } });
  }

  /** Drops what was written and not sent; false when something was sent. */
  restart(): boolean {
    if (this.#nextNumber > 0n) return false;
    for (const messages of this.#waiting) messages.length = 0;
    return true;
  }

  /** Metadata: whole packets, and zeros behind them. */
  sendText(packets: Uint8Array, paddingBytes: number): void {
    this.#enqueue({ kind: 'text', packets, paddingBytes });
  }

  /** Metadata: what was sent before is void. */
  reset(): void {
    this.#enqueue({ kind: 'reset' });
  }

  /** Nothing is recorded up to `timestamp`: for readers that follow. */
  sendBeacon(timestamp: bigint, streamId: number): void {
    if (this.#handle === null || !this.isReady || this.#output.isLost) return;
    this.#sendIndex({
      netSequenceNumber: this.#lastNumber,
      packetSizeBits: 0n,
      contentSizeBits: 0n,
      timestampBegin: 0n,
      timestampEnd: timestamp,
      eventsDiscarded: 0n,
      dataStreamClassId: BigInt(streamId),
      streamInstanceId: 0n,
      packetSequenceNumber: 0n,
    });
  }

  async isDataPending(): Promise<boolean> {
    if (this.#handle === null) return false;
    if (this.isMetadata) {
      await this.#output.code('quiescentControl', relayIdentifier.encode({ id: this.#handle }));
      return false;
    }
    return (await this.#output.code('dataPending', this.#positionOf(this.#handle))) === 1;
  }

  /** There will be no more of it. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#moved = this.#moved.then(async () => {
      await this.delivered();
      this.#close();
    });
  }

  get #lastNumber(): bigint {
    return this.#nextNumber === 0n ? RELAY_UNSET : this.#nextNumber - 1n;
  }

  #positionOf(streamId: bigint): Uint8Array {
    return relayStreamPosition.encode({ streamId, lastNetSequenceNumber: this.#lastNumber });
  }

  async #move(chunk: RelayChunk | null): Promise<void> {
    const output = this.#output;
    if (this.#handle === null) {
      if (chunk !== null) await this.#add(chunk);
      return;
    }
    if (!output.hasChunks) return;
    if (!this.isMetadata && this.#lastPacket === null) {
      // A relay that has no packet of the stream would put the first one, which is the next chunk's, into this chunk.
      this.#close();
      if (chunk !== null) await this.#add(chunk);
      if (chunk !== null && this.#isPublished) output.require('streamsSent', new Uint8Array(0));
      return;
    }
    const rotateAtPacket = this.#lastPacket === null ? 0n : this.#lastPacket + 1n;
    const newChunkId = chunk === null ? null : BigInt(chunk.chunkId);
    const positions = [{ streamId: this.#handle, rotateAtPacket }];
    const answer = output.settle('rotateStreams', encodeRotateStreams({ newChunkId, positions }));
    // Metadata goes over the same connection, behind it.
    if (!this.isMetadata) await answer;
  }

  async #add(chunk: RelayChunk): Promise<void> {
    const output = this.#output;
    const request = encodeAddStream(this.#request, BigInt(chunk.chunkId), output.minor);
    const reply = await output.ask('addStream', request, relayStreamReply.sizeBytes);
    if (reply === null) return;
    const { streamId, code } = relayStreamReply.decode(reply);
    if (code === relayCodes.ok) this.#handle = streamId;
    else output.lose(`it refuses a stream: name="${this.#request.channelName}", code=${code}`);
  }

  /** Readers may see it; when it has to be added anew they must be told again. */
  published(): void {
    this.#isPublished = true;
  }

  #close(): void {
    if (this.#handle === null) return;
    this.#output.require('closeStream', this.#positionOf(this.#handle));
    this.#handle = null;
  }

  #enqueue(message: Waiting): void {
    if (this.#output.isLost) return;
    this.#waiting.at(-1)?.push(message);
    if (this.isReady) this.#flush();
  }

  #flush(): void {
    for (const message of this.#waiting[0]?.splice(0) ?? []) {
      // It is lost, or has no chunk and gets no data.
      if (this.#handle === null) return;
      switch (message.kind) {
        case 'packet':
          this.#sendPacket(this.#handle, message.bytes, message.packet);
          break;
        case 'text':
          this.#sendText(this.#handle, message.packets, message.paddingBytes);
          break;
        case 'reset': {
          const version = ++this.#metadataVersion;
          this.#output.require(
            'resetMetadata',
            relayResetMetadata.encode({ streamId: this.#handle, version }),
          );
        }
      }
    }
  }

  #sendPacket(streamId: bigint, bytes: Uint8Array, packet: PacketDescription): void {
    const dataSizeBytes = bytes.length - relayDataHeader.sizeBytes;
    const netSequenceNumber = this.#nextNumber++;
    this.#lastPacket = packet.sequenceNumber;
    const paddingSizeBytes = packet.paddedSizeBytes - dataSizeBytes;
    bytes.set(
      relayDataHeader.encode({ circuitId: 0n, streamId, netSequenceNumber, dataSizeBytes, paddingSizeBytes }),
    );
    this.#output.sendData(bytes);
    if (!this.#isIndexed) return;
    this.#sendIndex({
      netSequenceNumber,
      packetSizeBits: packet.packetSizeBits,
      contentSizeBits: packet.contentSizeBits,
      timestampBegin: packet.timestampBegin,
      timestampEnd: packet.timestampEnd,
      eventsDiscarded: packet.eventsDiscarded,
      dataStreamClassId: BigInt(packet.streamId),
      streamInstanceId: packet.streamInstanceId,
      packetSequenceNumber: packet.sequenceNumber,
    });
  }

  #sendIndex(entry: Omit<Parameters<typeof encodeIndex>[0], 'streamId'>): void {
    const streamId = this.#handle;
    assert(streamId !== null, 'An index entry is sent of a stream that the relay has');
    this.#output.require('sendIndex', encodeIndex({ streamId, ...entry }, this.#output.minor));
  }

  #sendText(streamId: bigint, packets: Uint8Array, paddingSizeBytes: number): void {
    const header = relayMetadataHeader.encode({ streamId, paddingSizeBytes });
    this.#output.tell('sendMetadata', Buffer.concat([header, packets]));
  }
}
