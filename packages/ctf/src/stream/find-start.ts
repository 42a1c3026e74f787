/**
 * Where to begin reading a data stream when nothing before some time is wanted. The times of packets, from an index or
 * from the packets themselves, lead there; the packet before is read, because they may be wrong: tracers have mistakes,
 * and an index is only a help. When it holds something at or after the time, the one before it is looked at, and so on.
 * Of a tracer whose times are known to be right the header is enough, when the index says the same.
 *
 * What rests on that: times in a data stream never go back. Where packets have no times, or times in a wrong order, reading
 * begins at the beginning.
 */
import { FormatError } from '@lttng-ts/base';
import { type FieldClass, isInteger, type Role } from '../model/field-class.ts';
import { childrenOf } from '../model/references.ts';
import type { DataStream, PacketPlace, ReadingStart } from './data-stream.ts';

/**
 * Where to begin so that everything of which `isBefore` is not true is read. `isBefore` tells whether a clock value is
 * before the time; it is true of each value less than one of which it is true. `null`: at the beginning.
 */
export function findStart(
  dataStream: DataStream,
  isBefore: (cycles: bigint) => boolean,
): ReadingStart | null {
  const { packets } = dataStream;
  const { packetContext } = dataStream.identity.dataStreamClass;
  if (packetContext === null || !areTimesWhole(packetContext) || !areTimesOrdered(packets)) return null;
  try {
    for (let first = firstPacketAt(packets, isBefore); first > 0; first--) {
      const start = dataStream.startBehind(first - 1, isBefore);
      if (start !== null) return start;
    }
  } catch (error) {
    // Reading from the beginning comes to the damage, after all that is before it.
    if (!(error instanceof FormatError)) throw error;
  }
  return null;
}

/** Number of the first packet that does not end before the time; that of packets when all do. */
function firstPacketAt(packets: readonly PacketPlace[], isBefore: (cycles: bigint) => boolean): number {
  let low = 0;
  let high = packets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { beginCycles, endCycles } = packets[middle]!;
    // Without an end it is open: see TracerQuirks. A next packet says more.
    const end = isUnended(packets[middle]!) ? (packets[middle + 1]?.beginCycles ?? null) : endCycles;
    if (beginCycles !== null && end !== null && isBefore(end)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether the times of packets have 64 bits: of fewer, what they mean depends on all that is before. */
function areTimesWhole(fieldClass: FieldClass): boolean {
  if (!isInteger(fieldClass)) return childrenOf(fieldClass).every(areTimesWhole);
  const isTime = fieldClass.roles.some((role) => TIME_ROLES.includes(role));
  return !isTime || (fieldClass.sizeBits === 64 && fieldClass.isVariableLength !== true);
}

const TIME_ROLES: readonly Role[] = ['packet-beginning-clock-timestamp', 'packet-end-clock-timestamp'];

const isUnended = ({ beginCycles, endCycles }: PacketPlace): boolean =>
  endCycles === 0n && beginCycles !== 0n;

const ordered = new WeakMap<readonly PacketPlace[], boolean>();

/** Whether each packet has times, and ends before the next one begins. */
function areTimesOrdered(packets: readonly PacketPlace[]): boolean {
  let known = ordered.get(packets);
  if (known === undefined) {
    known = packets.every((packet, i) => isInOrder(packet, packets[i + 1]?.beginCycles ?? null));
    ordered.set(packets, known);
  }
  return known;
}

function isInOrder(packet: PacketPlace, nextCycles: bigint | null): boolean {
  const { beginCycles, endCycles } = packet;
  if (beginCycles === null || endCycles === null) return false;
  // Zero stands for a time that nobody wrote.
  if (beginCycles === 0n && endCycles === 0n) return false;
  const end = isUnended(packet) ? beginCycles : endCycles;
  return beginCycles <= end && (nextCycles === null || end <= nextCycles);
}
