/**
 * Record headers: the id of the event and the low bits of its time, or both in full.
 */
import type { Abi } from '@lttng-ts/wire';
import { alignUp } from '@lttng-ts/wire';

export type RecordHeaderKind = 'compact' | 'large';

export interface RecordHeaderPlace {
  readonly isExtended: boolean;
  /** Where the header ends, in the packet. */
  readonly endBytes: number;
}

/** Largest ids of the short forms; the next one marks the extended form. */
export const MAX_SHORT_ID = { compact: 30, large: 65534 } as const;

/** Where the header of a record that starts at `at` ends. */
export function placeRecordHeader(
  kind: RecordHeaderKind,
  at: number,
  eventId: number,
  isFullTimestamp: boolean,
  isNaturallyAligned: boolean,
): RecordHeaderPlace {
  const isExtended = isFullTimestamp || eventId > MAX_SHORT_ID[kind];
  const align = (value: number, bytes: number) => (isNaturallyAligned ? alignUp(value, bytes) : value);
  const tagEnd = kind === 'compact' ? align(at, 4) + 1 : align(at, 2) + 2;
  if (isExtended) return { isExtended, endBytes: align(align(tagEnd, 4) + 4, 8) + 8 };
  return { isExtended, endBytes: kind === 'compact' ? align(at, 4) + 4 : align(tagEnd, 4) + 4 };
}

/** Writes the header at `at`; returns where it ends. */
export function writeRecordHeader(
  view: DataView,
  at: number,
  record: {
    readonly kind: RecordHeaderKind;
    readonly eventId: number;
    readonly timestamp: bigint;
    readonly isExtended: boolean;
    readonly isNaturallyAligned: boolean;
  },
  abi: Abi,
): number {
  const little = abi.byteOrder === 'little-endian';
  const align = (value: number, bytes: number) => (record.isNaturallyAligned ? alignUp(value, bytes) : value);
  let tagEnd: number;
  if (record.kind === 'compact') {
    const start = align(at, 4);
    if (!record.isExtended) {
      const low = Number(record.timestamp & 0x7ff_ffffn);
      view.setUint32(start, (((low << 5) >>> 0) | (record.eventId & 31)) >>> 0, little);
      return start + 4;
    }
    view.setUint8(start, 31);
    tagEnd = start + 1;
  } else {
    const start = align(at, 2);
    view.setUint16(start, record.isExtended ? 65535 : record.eventId, little);
    tagEnd = start + 2;
    if (!record.isExtended) {
      const low = align(tagEnd, 4);
      view.setUint32(low, Number(record.timestamp & 0xffff_ffffn), little);
      return low + 4;
    }
  }
  const idAt = align(tagEnd, 4);
  view.setUint32(idAt, record.eventId, little);
  const timestampAt = align(idAt + 4, 8);
  view.setBigUint64(timestampAt, record.timestamp, little);
  return timestampAt + 8;
}
