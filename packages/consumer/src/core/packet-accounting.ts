/**
 * What was consumed and what was lost on one stream, packet by packet. The read position is what the reader
 * computed itself; the header of a packet is in memory that applications can write, so it is believed only
 * where it agrees with the position and with the packet before it.
 */
import type { RingPacket, RingPositions } from '@lttng-ts/native';

/** A packet as accounting sees it. */
export type AccountedPacket = Pick<
  RingPacket,
  | 'positionBytes'
  | 'paddedSizeBytes'
  | 'dataSizeBytes'
  | 'contentSizeBits'
  | 'packetSizeBits'
  | 'sequenceNumber'
  | 'eventsDiscarded'
  | 'streamId'
>;

export interface StreamIdentity {
  readonly streamId: number;
  readonly subbufferSizeBytes: number;
  readonly subbufferCount: number;
  /** Writers take back what was not read: the read position is theirs as well. */
  readonly isOverwriting: boolean;
}

export class PacketAccounting {
  readonly #identity: StreamIdentity;
  #nextPositionBytes = 0;
  #discarded = 0n;
  #lostPacketCount = 0;
  #consumedPacketCount = 0;
  #consumedBytes = 0;

  constructor(identity: StreamIdentity) {
    this.#identity = identity;
  }

  get discardedEventCount(): number {
    return Number(this.#discarded);
  }
  get lostPacketCount(): number {
    return this.#lostPacketCount;
  }
  get consumedPacketCount(): number {
    return this.#consumedPacketCount;
  }
  get consumedBytes(): number {
    return this.#consumedBytes;
  }

  /**
   * Says what is wrong with a packet's header, or `null`. Writing such a packet would make the rest of the
   * file unreadable, so the stream ends before it.
   */
  findContradiction(packet: AccountedPacket): string | null {
    const { streamId, subbufferSizeBytes } = this.#identity;
    if (packet.positionBytes < this.#nextPositionBytes) return 'position goes back';
    if (packet.positionBytes % subbufferSizeBytes !== 0) return 'position inside a sub-buffer';
    // Each pass of a sub-buffer is delivered once, so the writers' count equals the position's.
    if (packet.sequenceNumber !== BigInt(packet.positionBytes / subbufferSizeBytes)) return 'sequence number';
    if (packet.streamId !== streamId) return 'stream id';
    if (packet.packetSizeBits !== BigInt(packet.paddedSizeBytes) * 8n) return 'packet size';
    if (packet.contentSizeBits !== BigInt(packet.dataSizeBytes) * 8n) return 'content size';
    return null;
  }

  /** Up to where packets were consumed: what the read position in memory must say. */
  get nextPositionBytes(): number {
    return this.#nextPositionBytes;
  }

  /** Up to where writers can have come, by what was read; no bound where they need not wait for the reader. */
  get reachBytes(): number {
    const { subbufferSizeBytes, subbufferCount, isOverwriting } = this.#identity;
    if (isOverwriting) return Number.POSITIVE_INFINITY;
    return this.#nextPositionBytes + subbufferSizeBytes * subbufferCount;
  }

  /**
   * Says what is wrong with the positions of a ring, or `null`. A ring that looks empty because of them would lose everything in silence.
   */
  findPositionContradiction({ producedBytes, consumedBytes }: RingPositions): string | null {
    if (consumedBytes < this.#nextPositionBytes) return 'read position goes back';
    if (producedBytes < consumedBytes) return 'write position before the read position';
    if (producedBytes > this.reachBytes) return 'more is written than the ring holds';
    return null;
  }

  /** Counts a packet that is in the output now. */
  consumed(packet: AccountedPacket): void {
    const { subbufferSizeBytes } = this.#identity;
    this.#lostPacketCount += (packet.positionBytes - this.#nextPositionBytes) / subbufferSizeBytes;
    this.#nextPositionBytes = packet.positionBytes + subbufferSizeBytes;
    // liblttng-ust 2.13 now and then leaves the count 0 in a packet; the next one has the true count again.
    if (packet.eventsDiscarded > this.#discarded) this.#discarded = packet.eventsDiscarded;
    this.#consumedPacketCount++;
    this.#consumedBytes += packet.paddedSizeBytes;
  }

  /**
   * Ends the count: sub-buffers before `producedBytes` that were not consumed are lost (never more than the
   * ring holds, whatever the memory says), and so are the events that writers counted (`lostEventCount`)
   * after the last packet's header was written.
   */
  finish(producedBytes: number, lostEventCount: number): void {
    const { subbufferSizeBytes, subbufferCount } = this.#identity;
    const unreadBytes = producedBytes - this.#nextPositionBytes;
    const unread = Math.min(Math.ceil(unreadBytes / subbufferSizeBytes), subbufferCount);
    if (unread > 0) {
      this.#lostPacketCount += unread;
      this.#nextPositionBytes += unread * subbufferSizeBytes;
    }
    if (BigInt(lostEventCount) > this.#discarded) this.#discarded = BigInt(lostEventCount);
  }
}
