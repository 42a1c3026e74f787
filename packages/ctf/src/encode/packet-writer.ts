/**
 * Packets of one data stream, made of values. Fields with a role are filled in here, from what the caller says of the
 * packet and of each event record; all others come from the caller, in place.
 */
import { assert, ensureExists } from '@lttng-ts/base';
import type { GeneratedRecord } from '../decode/decoder.ts';
import { Unsupported } from '../decode/generate.ts';
import {
  type DataStreamOperations,
  NO_SLOT,
  type Operation,
  type StructureOperation,
  type TraceOperations,
} from '../decode/operations.ts';
import type { FieldValue, StructureValue } from '../decode/values.ts';
import type { Role } from '../model/field-class.ts';
import { parseUuid, type TraceClass } from '../model/trace-class.ts';
import type { RecordRun } from '../stream/record-run.ts';
import { BitWriter } from './bit-writer.ts';
import { CopyProgram, copyRecords, type RecordCopies, RecordCopy } from './copy-program.ts';
import { FieldEncoder } from './field-encoder.ts';

const PACKET_MAGIC = 0xc1fc1fc1;

/** What is known when a packet begins. */
export interface PacketBeginning {
  readonly beginCycles?: bigint;
  /** Values of the packet header and context; those of members with a role are not looked at. */
  readonly header?: StructureValue | null;
  readonly context?: StructureValue | null;
  readonly dataStreamId?: bigint;
}

/** What is known when it ends. */
export interface PacketEnd {
  readonly endCycles?: bigint;
  readonly discardedEvents?: bigint;
  readonly sequenceNumber?: bigint;
  /** The packet is padded to a multiple of it; 8 when not given. */
  readonly alignmentBits?: number;
}

export interface EventRecordValues {
  readonly eventRecordClassId: bigint;
  readonly cycles?: bigint;
  /** Values of the event record header, taken as they are; without them, all of its fields must have roles. */
  readonly header?: StructureValue;
  readonly commonContext: StructureValue | null;
  readonly specificContext: StructureValue | null;
  readonly payload: StructureValue | null;
}

/** What of a packet is not drained when it ends. */
export interface PacketRemains {
  /** What goes over the first bytes of the packet; `null` when nothing is drained. */
  readonly head: Uint8Array | null;
  /** What comes behind the drained bytes. */
  readonly bytes: Uint8Array;
}

type RoleValues = Partial<Record<Role, bigint>>;

export class PacketWriter {
  readonly #operations: TraceOperations;
  readonly #dataStream: DataStreamOperations;
  readonly #uuid: Uint8Array;
  readonly #encoder: FieldEncoder;
  readonly #writer = new BitWriter();
  #beginning: PacketBeginning | null = null;
  #headerEndBits = 0;
  /** The byte in which the header ends and the first event record may begin, as it was before that. */
  #sharedByte = 0;
  /** The header and that byte, once they are drained. */
  #drainedHead: Uint8Array | null = null;
  /** What copies add to an event record at most. */
  #mostAddedBytes = 0;

  /** `operations` is what `compileTrace` gives for `traceClass`. */
  constructor(traceClass: TraceClass, operations: TraceOperations, dataStreamClassId: bigint) {
    this.#operations = operations;
    this.#dataStream = ensureExists(
      operations.dataStreams.get(dataStreamClassId),
      `Unknown data stream class: id=${dataStreamClassId}`,
    );
    this.#uuid = (traceClass.uuid === null ? null : parseUuid(traceClass.uuid)) ?? new Uint8Array(16);
    this.#encoder = new FieldEncoder(operations.slotCount);
  }

  /** Bits of the packet so far. */
  get contentSizeBits(): number {
    return this.#writer.atBits;
  }

  /** Begins a packet. The one before must have ended. */
  begin(beginning: PacketBeginning): void {
    assert(this.#beginning === null, 'Packet begins within a packet');
    this.#beginning = beginning;
    this.#writer.reset();
    this.#writeHeader(this.#writer, beginning, {});
    this.#headerEndBits = this.#writer.atBits;
    this.#sharedByte = this.#writer.written[Math.floor(this.#headerEndBits / 8)] ?? 0;
    this.#drainedHead = null;
  }

  /** Adds an event record. */
  add(record: EventRecordValues): void {
    assert(this.#beginning !== null, 'Event record outside of a packet');
    const { eventRecordHeader, eventRecordCommonContext, eventRecords } = this.#dataStream;
    const operations = ensureExists(
      eventRecords.get(record.eventRecordClassId),
      `Unknown event record class: id=${record.eventRecordClassId}`,
    );
    const roles: RoleValues = {
      'event-record-class-id': record.eventRecordClassId,
      'default-clock-timestamp': record.cycles ?? 0n,
    };
    if (record.header === undefined) this.#write(eventRecordHeader, null, roles, this.#writer);
    else this.#write(eventRecordHeader, record.header, {}, this.#writer);
    this.#write(eventRecordCommonContext, record.commonContext, {}, this.#writer);
    this.#write(operations.specificContext, record.specificContext, {}, this.#writer);
    this.#write(operations.payload, record.payload, {}, this.#writer);
  }

  /**
   * How event records of `record`'s class are copied; `null` when their values must be converted, or when event record
   * headers here are not an id and a clock value of 64 bits each.
   */
  makeCopy(record: GeneratedRecord, eventRecordClassId: bigint): RecordCopy | null {
    const { eventRecordHeader, eventRecordCommonContext, eventRecords } = this.#dataStream;
    const operations = eventRecords.get(eventRecordClassId);
    if (operations === undefined || eventRecordHeader === null || !isPlainHeader(eventRecordHeader))
      return null;
    const { specificContext, payload } = operations;
    try {
      const program = new CopyProgram(record.roots, [eventRecordCommonContext, specificContext, payload]);
      this.#mostAddedBytes = Math.max(this.#mostAddedBytes, program.addedBytes);
      return new RecordCopy(eventRecordClassId, program);
    } catch (error) {
      if (error instanceof Unsupported) return null;
      throw error;
    }
  }

  /**
   * Adds event records of a run from number `first` on, before `end`, up to one whose class has no copy in `copies`; gives
   * that one's number. This writer has made the copies.
   */
  addCopies(copies: RecordCopies, run: RecordRun, first: number, end: number): number {
    const { starts } = run.columns;
    const hasClock = this.#dataStream.eventRecordHeader!.members.length > 1;
    const mostAddedBytes = (hasClock ? 16 : 8) + this.#mostAddedBytes;
    const roomBytes = starts[end]! - starts[first]! + (end - first) * mostAddedBytes;
    let next = first;
    this.#writer.fill(roomBytes, (bytes, view, at) => {
      const target = { bytes, view, hasClock, at };
      next = copyRecords(copies, run, first, end, target);
      return target.at;
    });
    return next;
  }

  /** Bytes that are held in memory. */
  get heldBytes(): number {
    return this.#writer.written.length;
  }

  /** Gives the bytes that are held to `write`, which may not keep them; the end of the packet does not give them again. */
  drain(write: (bytes: Uint8Array) => void): void {
    // Where the header ends is known, what it says is not.
    this.#drainedHead ??= this.#writer.written.slice(0, Math.ceil(this.#headerEndBits / 8));
    this.#writer.drain(write);
  }

  /** Ends the packet, of which nothing is drained, and gives its bytes, a copy. */
  end(end: PacketEnd): Uint8Array {
    const { head, bytes } = this.endInPlace(end);
    assert(head === null, 'Packet is drained');
    return bytes.slice();
  }

  /** Ends the packet. What this gives is good until the next one begins. */
  endInPlace(end: PacketEnd): PacketRemains {
    const beginning = this.#beginning;
    assert(beginning !== null, 'Packet ends that did not begin');
    const contentSizeBits = this.#writer.atBits;
    this.#writer.align(end.alignmentBits ?? 8);
    const bytes = this.#writer.written;
    const head = this.#drainedHead;
    // Now that its sizes and its end are known, the header is written again in its place.
    const writer = new BitWriter();
    this.#writeHeader(writer, beginning, {
      'packet-total-length': BigInt((this.#writer.drainedBytes + bytes.length) * 8),
      'packet-content-length': BigInt(contentSizeBits),
      'packet-end-clock-timestamp': end.endCycles ?? 0n,
      'discarded-event-record-counter-snapshot': end.discardedEvents ?? 0n,
      'packet-sequence-number': end.sequenceNumber ?? 0n,
    });
    assert(writer.atBits === this.#headerEndBits, 'Packet context has changed its size');
    const header = writer.written;
    const wholeBytes = Math.floor(this.#headerEndBits / 8);
    const first = head ?? bytes;
    first.set(header.subarray(0, wholeBytes));
    if (wholeBytes < header.length) {
      // The first event record has bits in this byte, too.
      first[wholeBytes] = (first[wholeBytes]! & ~this.#sharedByte) | header[wholeBytes]!;
    }
    this.#beginning = null;
    return { head, bytes };
  }

  #writeHeader(writer: BitWriter, beginning: PacketBeginning, roles: RoleValues): void {
    const values: RoleValues = {
      'packet-magic-number': BigInt(PACKET_MAGIC),
      'data-stream-class-id': this.#dataStream.dataStreamClass.id,
      'data-stream-id': beginning.dataStreamId ?? 0n,
      'packet-beginning-clock-timestamp': beginning.beginCycles ?? 0n,
      ...roles,
    };
    this.#write(this.#operations.packetHeader, beginning.header ?? null, values, writer);
    this.#write(this.#dataStream.packetContext, beginning.context ?? null, values, writer);
  }

  #write(
    operation: StructureOperation | null,
    value: StructureValue | null,
    roles: RoleValues,
    writer: BitWriter,
  ): void {
    if (operation === null) return;
    this.#encoder.encode(operation, this.#filled(operation, value, roles), writer);
  }

  /** Puts values where the roles are. */
  #filled(operation: StructureOperation, value: StructureValue | null, roles: RoleValues): StructureValue {
    return operation.members.map((member, i): FieldValue => {
      const filled = this.#fill(member, value?.[i] ?? null, roles);
      assert(filled !== null, `No value for a member without a role: index=${i}`);
      return filled;
    });
  }

  #fill(member: Operation, value: FieldValue | null, roles: RoleValues): FieldValue | null {
    switch (member.kind) {
      case 'integer':
      case 'variable-length': {
        const [role] = member.roles;
        const given = role === undefined ? undefined : roles[role];
        if (given === undefined) return value;
        return member.kind === 'integer' ? BigInt.asUintN(member.sizeBits, given) : given;
      }
      case 'blob':
        return member.role === null ? value : this.#uuid;
      case 'array':
        return member.role === null ? value : [...this.#uuid];
      case 'structure':
        return this.#filled(member, value as StructureValue | null, roles);
      default:
        return value;
    }
  }
}

/** Whether a header is an id, or an id and a clock value, of 64 little-endian bits each. */
function isPlainHeader({ alignmentBits, members }: StructureOperation): boolean {
  const isPlain = (member: Operation | undefined): boolean =>
    member?.kind === 'integer' &&
    member.sizeBits === 64 &&
    member.alignmentBits === 8 &&
    member.isLittleEndian &&
    !member.isReversed &&
    member.slot === NO_SLOT;
  const [id, clock] = members;
  return (
    alignmentBits === 8 &&
    members.length <= 2 &&
    isPlain(id) &&
    id?.kind === 'integer' &&
    id.roles.includes('event-record-class-id') &&
    (clock === undefined || (isPlain(clock) && clock.kind === 'integer' && clock.isClockValue))
  );
}
