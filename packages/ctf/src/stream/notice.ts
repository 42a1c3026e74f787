/**
 * What is not in order with a trace and is no reason to end: an index that does not fit its file, sizes that contradict
 * each other, and what was passed over by who goes on after damage.
 */
import { describe } from '@lttng-ts/base';

interface BaseNotice {
  /** Of the data stream's file. */
  readonly path: string;
}

/** The index is not used: packets were found in the file itself. */
export interface UnfitIndex extends BaseNotice {
  readonly kind: 'unfit-index';
  readonly reason: string;
}

/** The packet was read where the index has it. */
export interface SizeContradiction extends BaseNotice {
  readonly kind: 'size-contradiction';
  readonly packet: number;
  readonly offsetBytes: number;
  readonly packetSizeBits: number;
  readonly indexedSizeBits: number;
}

/** A packet, or all that is left of a file, of which the rest was not read. */
export interface PassedOver extends BaseNotice {
  readonly kind: 'passed-over';
  /** Number of the packet in its data stream; `null`: it is in none. */
  readonly packet: number | null;
  readonly offsetBytes: number;
  /** Of the packet, with what was read of it. How many event records there were in the rest is not known. */
  readonly sizeBytes: number;
  /** Event records of the packet that were read. */
  readonly eventsRead: number;
  /** How much time was passed over, from the last event record that was read on; `null`: not known. */
  readonly durationNs: bigint | null;
  readonly reason: string;
}

export type Notice = UnfitIndex | SizeContradiction | PassedOver;

/** One line for people. */
export function noticeText(notice: Notice): string {
  const { path: file } = notice;
  switch (notice.kind) {
    case 'unfit-index':
      return describe('Index does not fit its data stream file', { file, reason: notice.reason });
    case 'size-contradiction': {
      const { packet, offsetBytes, packetSizeBits, indexedSizeBits } = notice;
      return describe('Packet size differs from that in the index', {
        file,
        packet,
        offsetBytes,
        packetSizeBits,
        indexedSizeBits,
      });
    }
    case 'passed-over': {
      const { packet, offsetBytes, sizeBytes, eventsRead, durationNs, reason } = notice;
      return describe(packet === null ? 'Passed over a damaged file' : 'Passed over a damaged packet', {
        file,
        ...(packet === null ? {} : { packet }),
        offsetBytes,
        sizeBytes,
        eventsRead,
        durationNs: durationNs ?? 'unknown',
        reason,
      });
    }
  }
}

/** Told when it is found, each once. */
export type Tell = (notice: Notice) => void;
