/**
 * Damage of files whose end is known only when reading comes to it ({@link ByteSource.onFault}): it joins what was found when the
 * trace was opened, and what is behind it is told once, not packet by packet.
 */
import { cycles as toCycles } from '@lttng-ts/base';
import { type ClockClass, cyclesToNs } from '../model/clock-class.ts';
import type { ByteSource } from './byte-source.ts';
import type { FileDamage, PacketPlace } from './data-stream.ts';
import type { Notice, Tell } from './notice.ts';

export interface DamageParts {
  readonly sources: readonly ByteSource[];
  readonly packets: readonly PacketPlace[];
  /** Found when the trace was opened. */
  readonly known: readonly FileDamage[];
  readonly clockClass: ClockClass | null;
}

/** The damages of a data stream: `damages` grows. */
export interface Damages {
  readonly damages: readonly FileDamage[];
  /** Tells of a whole file in place of its packets. */
  readonly telling: (tell: Tell) => Tell;
}

export function damagesOf({ sources, packets, known, clockClass }: DamageParts): Damages {
  // Of thousands of data streams, hardly one.
  if (sources.every((source) => source.onFault === undefined))
    return { damages: known, telling: (tell) => tell };
  const damages = [...known];
  const late = new Map<string, FileDamage>();
  for (const source of sources) {
    const take = (): void => {
      if (damages.some(({ path }) => path === source.path)) return;
      const damage = damageOf(source, packets);
      damages.push(damage);
      late.set(damage.path, damage);
    };
    if (hasFault(source)) take();
    else source.onFault?.(take);
  }
  const inPlaceOf = (notice: Notice): Notice | null => {
    const damage = late.get(notice.path);
    if (notice.kind !== 'passed-over' || damage === undefined) return notice;
    if (notice.offsetBytes !== damage.offsetBytes)
      return notice.offsetBytes < damage.offsetBytes ? notice : null;
    const durationNs = addNs(notice.durationNs, nsBehind(damage, packets, clockClass));
    return { ...notice, sizeBytes: damage.sizeBytes, durationNs };
  };
  return {
    damages,
    telling: (tell) => (notice) => {
      const told = inPlaceOf(notice);
      if (told !== null) tell(told);
    },
  };
}

const hasFault = ({ fault }: ByteSource): boolean => (fault ?? null) !== null;

/** From the first packet on that the file does not have as a whole, or from behind the last one. */
function damageOf(source: ByteSource, packets: readonly PacketPlace[]): FileDamage {
  const { path, sizeBytes: readBytes, fault } = source;
  const own = packets.filter((packet) => packet.source === source);
  const endBytes = Math.max(0, ...own.slice(-1).map(endOf));
  const offsetBytes = own.find((packet) => endOf(packet) > readBytes)?.offsetBytes ?? endBytes;
  return { path, offsetBytes, sizeBytes: Math.max(readBytes, endBytes) - offsetBytes, reason: fault ?? '' };
}

const endOf = ({ offsetBytes, packetSizeBytes }: PacketPlace): number => offsetBytes + packetSizeBytes;

/** From the end of the packet with which the damage begins to that of the file's last one. */
function nsBehind(
  { path, offsetBytes }: FileDamage,
  packets: readonly PacketPlace[],
  clockClass: ClockClass | null,
): bigint | null {
  const own = packets.filter(({ source }) => source.path === path);
  const [first, last] = [own.find((packet) => packet.offsetBytes === offsetBytes), own.at(-1)];
  const [from, to] = [first?.endCycles ?? null, last?.endCycles ?? null];
  if (clockClass === null || from === null || to === null || to < from) return null;
  return cyclesToNs(clockClass, toCycles(to)) - cyclesToNs(clockClass, toCycles(from));
}

const addNs = (a: bigint | null, b: bigint | null): bigint | null =>
  a === null || b === null ? null : a + b;
