/**
 * The packets of a file from its index. An index may have a hundred thousand entries, of which most are never looked at:
 * one that is costs a few reads, one that is not an object.
 */
import { describe, LttngError } from '@lttng-ts/base';
import { packetIndexEntry, readIndexLayout } from '../index-file.ts';
import { type ByteSource, hasSize } from './byte-source.ts';
import type { PacketPlace } from './data-stream.ts';

const OFFSET_AT = packetIndexEntry.offsetOf('offsetBytes');
const SIZE_AT = packetIndexEntry.offsetOf('packetSizeBits');
const BEGIN_AT = packetIndexEntry.offsetOf('timestampBegin');
const END_AT = packetIndexEntry.offsetOf('timestampEnd');
const SEQUENCE_AT = packetIndexEntry.offsetOf('packetSequenceNumber');

/** What an index says of a file. */
export interface IndexedFile {
  /** Those that can be packets of the file. */
  readonly packets: readonly PacketPlace[];
  /** Why the index does not fit the file; `null`: it does. */
  readonly misfit: string | null;
}

/** The packets of `source` as `index` has them. */
export function indexedPackets(source: ByteSource, index: ByteSource): IndexedFile {
  const file = index.read(0, index.sizeBytes);
  let layout: ReturnType<typeof readIndexLayout>;
  try {
    layout = readIndexLayout(file);
  } catch (error) {
    // An index is a help, not a part of the trace: the packets themselves say the same.
    if (error instanceof LttngError) return { packets: [], misfit: index.fault ?? error.message };
    throw error;
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const entries: Entries = { source, view, hasSequence: layout.minor > 0 };
  const packets: PacketPlace[] = [];
  let misfit = index.fault ?? null;
  let offsetBytes = 0;
  for (let at = layout.entriesAtBytes; at < file.length; at += layout.entryBytes) {
    const place = numberAt(view, at + OFFSET_AT);
    const sizeBits = numberAt(view, at + SIZE_AT);
    const isPacket = sizeBits > 0 && sizeBits % 8 === 0 && !isLess(view, at + END_AT, at + BEGIN_AT);
    if (isPacket) packets.push(new IndexedPacket(entries, at, place));
    if (!isPacket || place !== offsetBytes) {
      const entry = (at - layout.entriesAtBytes) / layout.entryBytes;
      misfit ??= describe('Wrong entry', {
        entry,
        offsetBytes: place,
        sizeBits,
        expectedOffsetBytes: offsetBytes,
      });
    }
    offsetBytes = place + sizeBits / 8;
  }
  if (misfit === null && !hasSize(source, offsetBytes))
    misfit = describe('Wrong size', { indexedBytes: offsetBytes, fileBytes: source.sizeBytes });
  return { packets, misfit };
}

/** An unsigned integer of 64 bits, exact up to 2⁵³: what lies beyond is no size of a file. */
const numberAt = (view: DataView, at: number): number =>
  view.getUint32(at) * 0x1_0000_0000 + view.getUint32(at + 4);

/** Whether the integer at `a` is less than the one at `b`. */
function isLess(view: DataView, a: number, b: number): boolean {
  const high = view.getUint32(a);
  const otherHigh = view.getUint32(b);
  return high < otherHigh || (high === otherHigh && view.getUint32(a + 4) < view.getUint32(b + 4));
}

/** What all packets of a file have in common. */
interface Entries {
  readonly source: ByteSource;
  readonly view: DataView;
  readonly hasSequence: boolean;
}

/** Few fields, none of them private: thousands are made while this code is still interpreted. */
class IndexedPacket implements PacketPlace {
  readonly entries: Entries;
  readonly entryAt: number;
  readonly offsetBytes: number;

  constructor(entries: Entries, entryAt: number, offsetBytes: number) {
    this.entries = entries;
    this.entryAt = entryAt;
    this.offsetBytes = offsetBytes;
  }

  get source(): ByteSource {
    return this.entries.source;
  }

  get packetSizeBytes(): number {
    return numberAt(this.entries.view, this.entryAt + SIZE_AT) / 8;
  }

  get beginCycles(): bigint {
    return this.entries.view.getBigUint64(this.entryAt + BEGIN_AT);
  }

  get endCycles(): bigint {
    return this.entries.view.getBigUint64(this.entryAt + END_AT);
  }

  get sequenceNumber(): bigint | null {
    const { view, hasSequence } = this.entries;
    return hasSequence ? view.getBigUint64(this.entryAt + SEQUENCE_AT) : null;
  }
}
