/**
 * One data stream: its packets, from one file or from many (rotated chunks, trace file sizes), in order of
 * time; reading it decodes packet after packet and holds one of them in memory.
 */
import { FormatError, cycles as toCycles } from '@lttng-ts/base';
import { BitReader } from '../decode/bit-reader.ts';
import type { EventRecordOperations, TraceOperations } from '../decode/operations.ts';
import { ReferenceDecoder } from '../decode/reference.ts';
import type { StructureValue } from '../decode/values.ts';
import type { ClockClass } from '../model/clock-class.ts';
import { cyclesToNs } from '../model/clock-class.ts';
import type { ByteSource } from './byte-source.ts';
import type { DataStreamIdentity, Message, Packet } from './messages.ts';
import { type PacketHeader, readPacketHeader } from './packet-header.ts';
import { quirksOf, type TracerQuirks } from './tracer-quirks.ts';

/** A packet is read as a whole. LTTng's are as large as a sub-buffer; this is far beyond any of those. */
const MAX_PACKET_BYTES = 1 << 30;

/** Where a packet lies, and when. */
export interface PacketPlace {
  readonly source: ByteSource;
  readonly offsetBytes: number;
  readonly packetSizeBytes: number;
  readonly beginCycles: bigint | null;
  readonly endCycles: bigint | null;
  readonly sequenceNumber: bigint | null;
}

export interface DataStreamParts {
  readonly identity: DataStreamIdentity;
  readonly operations: TraceOperations;
  /** In order of time. */
  readonly packets: readonly PacketPlace[];
  /** What is wrong behind the last of `packets`; thrown when reading comes to it. */
  readonly damage: FormatError | null;
}

/** Counters of the packet before. */
interface Counters {
  readonly endCycles: bigint | null;
  readonly discardedEvents: bigint | null;
  readonly sequenceNumber: bigint | null;
}

export class DataStream {
  readonly identity: DataStreamIdentity;
  readonly packets: readonly PacketPlace[];
  readonly #operations: TraceOperations;
  readonly #damage: FormatError | null;

  constructor({ identity, operations, packets, damage }: DataStreamParts) {
    this.identity = identity;
    this.packets = packets;
    this.#operations = operations;
    this.#damage = damage;
  }

  /**
   * Reads the data stream from its beginning. Throws `FormatError` with the data stream, packet and offset,
   * after everything before the damage was given.
   */
  *messages(): Generator<Message, void> {
    const reading = new Reading(this.identity, this.#operations);
    let number = 0;
    try {
      for (const place of this.packets) {
        yield* reading.packet(place);
        number++;
      }
      if (this.#damage !== null) throw this.#damage;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw error
        .within('Data stream', {
          file: this.packets[number]?.source.path ?? this.identity.name,
          packet: number,
        })
        .within('Trace', {
          name: this.identity.trace.name,
          uuid: this.identity.trace.traceClass.uuid ?? 'none',
        });
    }
  }
}

class Reading {
  readonly #identity: DataStreamIdentity;
  readonly #operations: TraceOperations;
  readonly #decoder: ReferenceDecoder;
  readonly #clockClass: ClockClass | null;
  readonly #quirks: TracerQuirks;
  #previous: Counters | null = null;
  #clock: bigint | null = null;

  constructor(identity: DataStreamIdentity, operations: TraceOperations) {
    this.#identity = identity;
    this.#operations = operations;
    this.#decoder = new ReferenceDecoder(operations.slotCount);
    this.#clockClass = identity.dataStreamClass.defaultClockClass;
    this.#quirks = quirksOf(identity.trace.traceClass);
    // As in Babeltrace 2, a clock that never was read stands at zero.
    if (this.#clockClass !== null) this.#clock = 0n;
  }

  #ns(value: bigint | null): bigint | null {
    return value === null || this.#clockClass === null ? null : cyclesToNs(this.#clockClass, toCycles(value));
  }

  *packet(place: PacketPlace): Generator<Message, void> {
    const header = readPacketHeader(place.source, place.offsetBytes, this.#operations, this.#decoder);
    const beginCycles = this.#unwrapped(header.beginCycles, header.beginSizeBits);
    if (beginCycles !== null) this.#clock = beginCycles;
    const dataStream = this.#identity;
    const packet = { dataStream, context: header.context, beginCycles, endCycles: header.endCycles };
    yield* this.#losses(header, packet);
    const eventRecords = this.#eventRecords(place, header, packet);
    const first = this.#quirks.isBeginningLate ? eventRecords.next() : null;
    if (first?.done === false && beginCycles !== null && this.#clock !== null && this.#clock < beginCycles) {
      packet.beginCycles = this.#clock;
    }
    yield { kind: 'packet-beginning', dataStream, packet, ns: this.#ns(packet.beginCycles) };
    if (first?.done === false) yield first.value;
    yield* eventRecords;
    const endCycles = this.#end(header);
    const ended = endCycles === packet.endCycles ? packet : { ...packet, endCycles };
    yield { kind: 'packet-end', dataStream, packet: ended, ns: this.#ns(endCycles ?? this.#clock) };
    if (endCycles !== null) this.#clock = endCycles;
    const { discardedEvents, sequenceNumber } = header;
    this.#previous = { endCycles, discardedEvents, sequenceNumber };
  }

  /** The whole clock value of a field that has its low bits. */
  #unwrapped(value: bigint | null, sizeBits: number): bigint | null {
    return value === null ? null : unwrap(this.#clock ?? 0n, value, sizeBits);
  }

  /** When the packet ends, its event records read. */
  #end(header: PacketHeader): bigint | null {
    const { isEndMissing, isEndEarly } = this.#quirks;
    const clock = this.#clock;
    if (isEndMissing && header.beginCycles !== 0n && header.endCycles === 0n) return clock;
    const end = this.#unwrapped(header.endCycles, header.endSizeBits);
    return isEndEarly && end !== null && clock !== null && end < clock ? clock : end;
  }

  /** Tells losses from the counters of this packet and the one before, as Babeltrace 2 does. */
  *#losses(
    { discardedEvents, sequenceNumber }: PacketHeader,
    { beginCycles, endCycles }: Packet,
  ): Generator<Message, void> {
    const dataStream = this.#identity;
    const previous = this.#previous;
    if (discardedEvents !== null && discardedEvents !== (previous?.discardedEvents ?? 0n)) {
      const before = previous?.discardedEvents ?? null;
      // Before the first packet nothing was counted: how many of them were lost in it is not known.
      const beginNs = this.#ns(before === null ? beginCycles : (previous?.endCycles ?? null));
      const count = before === null ? null : BigInt.asUintN(64, discardedEvents - before);
      yield {
        kind: 'discarded-event-records',
        dataStream,
        count,
        ns: beginNs,
        beginNs,
        endNs: this.#ns(endCycles),
      };
    }
    if (sequenceNumber !== null && previous !== null && previous.sequenceNumber !== null) {
      const step = BigInt.asUintN(64, sequenceNumber - previous.sequenceNumber);
      if (step > 1n) {
        const beginNs = this.#ns(previous.endCycles);
        const endNs = this.#ns(beginCycles);
        yield { kind: 'discarded-packets', dataStream, count: step - 1n, ns: beginNs, beginNs, endNs };
      }
    }
  }

  *#eventRecords(place: PacketPlace, header: PacketHeader, packet: Packet): Generator<Message, void> {
    const contentBytes = Math.ceil(header.contentSizeBits / 8);
    if (contentBytes > MAX_PACKET_BYTES) {
      throw new FormatError(`Packet too large: content-bytes=${contentBytes}, limit=${MAX_PACKET_BYTES}`);
    }
    const bytes = place.source.read(place.offsetBytes, contentBytes);
    const reader = new BitReader(bytes, header.contentSizeBits);
    reader.skip(header.headerEndBits);
    while (reader.atBits < header.contentSizeBits) {
      const offsetBits = reader.atBits;
      try {
        yield this.#eventRecord(reader, packet);
      } catch (error) {
        if (error instanceof FormatError) throw error.within('Event record', { offsetBits });
        throw error;
      }
      if (reader.atBits === offsetBits) {
        throw new FormatError(`Event record is empty: offset-bits=${offsetBits}`);
      }
    }
  }

  #eventRecord(reader: BitReader, packet: Packet): Message {
    const operations = this.#operations.dataStreams.get(this.#identity.dataStreamClass.id);
    let id: bigint | null = null;
    let clock = this.#clock;
    if (operations === undefined) throw new FormatError('Data stream without a class');
    if (operations.eventRecordHeader !== null) {
      this.#decoder.decode(operations.eventRecordHeader, reader, (operation, value, sizeBits) => {
        // The last one wins: LTTng's extended header has a short id that only says "extended", then the id.
        if (operation.roles.includes('event-record-class-id')) id = BigInt(value);
        if (operation.isClockValue) clock = unwrap(clock ?? 0n, BigInt(value), sizeBits);
      });
    }
    const { eventRecordClass, specificContext, payload } = this.#findClass(operations.eventRecords, id);
    const decode = (operation: typeof payload): StructureValue | null =>
      operation === null ? null : this.#decoder.decode(operation, reader);
    try {
      const message: Message = {
        kind: 'event-record',
        dataStream: this.#identity,
        packet,
        eventRecordClass,
        cycles: clock,
        ns: this.#ns(clock),
        commonContext: decode(operations.eventRecordCommonContext),
        specificContext: decode(specificContext),
        payload: decode(payload),
      };
      this.#clock = clock;
      return message;
    } catch (error) {
      if (error instanceof FormatError)
        throw error.within('Event', { class: eventRecordClass.name ?? 'none' });
      throw error;
    }
  }

  #findClass(classes: ReadonlyMap<bigint, EventRecordOperations>, id: bigint | null): EventRecordOperations {
    const only = id === null && classes.size === 1 ? [...classes.values()][0] : undefined;
    const found = only ?? classes.get(id ?? 0n);
    if (found === undefined) throw new FormatError(`Unknown event record class: id=${id ?? 'none'}`);
    return found;
  }
}

/** Replaces the low `sizeBits` bits of `clock` by `value`, and carries when that would go back in time. */
export function unwrap(clock: bigint, value: bigint, sizeBits: number): bigint {
  if (sizeBits === 64) return value;
  const low = BigInt.asUintN(sizeBits, clock);
  const high = clock - low + (value < low ? 1n << BigInt(sizeBits) : 0n);
  return BigInt.asUintN(64, high + value);
}
