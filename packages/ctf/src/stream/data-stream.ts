/**
 * One data stream: its packets, from one file or from many (rotated chunks, trace file sizes), in order of
 * time; reading it decodes packet after packet and holds one of them in memory.
 */
import { FormatError, cycles as toCycles } from '@lttng-ts/base';
import { BitReader } from '../decode/bit-reader.ts';
import { type GeneratedStream, generatedStream, type Walker } from '../decode/decoder.ts';
import type { EventRecordOperations, TraceOperations } from '../decode/operations.ts';
import { columnBytes, LEAST_RUN_LENGTH, RecordColumns, RUN_LENGTH } from '../decode/record-columns.ts';
import { ReferenceDecoder } from '../decode/reference.ts';
import type { Cursor } from '../decode/runtime.ts';
import type { StructureValue } from '../decode/values.ts';
import type { WalkMachine } from '../decode/walk-machine.ts';
import type { ClockClass } from '../model/clock-class.ts';
import { cyclesToNs } from '../model/clock-class.ts';
import type { ByteSource } from './byte-source.ts';
import { EventRecord, type PacketView } from './event-record.ts';
import type { DataStreamIdentity, Message, Packet } from './messages.ts';
import type { Notice, Tell, UnfitIndex } from './notice.ts';
import {
  decodePacketHeader,
  type KnownHeader,
  type PacketHeader,
  PacketHeaderReader,
} from './packet-header.ts';
import { PacketWalk } from './packet-walk.ts';
import { PacketWindow } from './packet-window.ts';
import type { RecordRun } from './record-run.ts';
import { quirksOf, type TracerQuirks } from './tracer-quirks.ts';
import type { WindowBudget } from './window-budget.ts';

/** What is read of a packet before its header says how much of it there is, when all of it will be read. */
const FIRST_READ_BYTES = 64 << 10;
/** Of the first packet so much is read at first: whoever looks at its beginning only shall not wait for more. */
const FIRST_WINDOW_BYTES = 32 << 10;
/** Event records of a run, at most, by the bytes that are read at once. */
const BYTES_PER_RECORD = 32;

/** A message, or event records in a row. */
export type FlowItem = Message | RecordRun;

/** Where a packet lies, and when. */
export interface PacketPlace {
  readonly source: ByteSource;
  readonly offsetBytes: number;
  readonly packetSizeBytes: number;
  readonly beginCycles: bigint | null;
  readonly endCycles: bigint | null;
  readonly sequenceNumber: bigint | null;
}

/** Where packets of a file cannot be found any more. */
export interface FileDamage {
  readonly path: string;
  /** Of the packet that is cut, or is none. */
  readonly offsetBytes: number;
  /** To the end of the file. */
  readonly sizeBytes: number;
  readonly reason: string;
}

export interface DataStreamParts {
  readonly identity: DataStreamIdentity;
  readonly operations: TraceOperations;
  /** In order of time. */
  readonly packets: readonly PacketPlace[];
  /** Of one of them, because it was read to find them; `null`: none. */
  readonly firstHeader: KnownHeader | null;
  /** What is wrong behind or with the last packets of files; told when reading comes to it. Reading may find more. */
  readonly damages: readonly FileDamage[];
  readonly budget: WindowBudget;
  readonly tell: Tell;
  /** Damage ends its packet, not the data stream. */
  readonly continuesAfterDamage: boolean;
}

/** Counters of the packet before. */
interface Counters {
  readonly endCycles: bigint | null;
  readonly discardedEvents: bigint | null;
  readonly sequenceNumber: bigint | null;
}

/** Where reading may begin: at a packet, with what the one before it tells. */
export interface ReadingStart {
  /** Number of the packet; that of packets when there is nothing more to read. */
  readonly packet: number;
  /** The packet before it, its end put right. */
  readonly previous: Packet;
  readonly counters: Counters | null;
  readonly clock: bigint | null;
}

export class DataStream {
  readonly identity: DataStreamIdentity;
  readonly packets: readonly PacketPlace[];
  readonly #operations: TraceOperations;
  readonly #firstHeader: KnownHeader | null;
  readonly #damages: readonly FileDamage[];
  readonly #budget: WindowBudget;
  readonly #tell: Tell;
  readonly #continuesAfterDamage: boolean;
  /** Where packets begin of which something was told; most data streams have none. */
  #told: Set<string> | null = null;

  constructor(parts: DataStreamParts) {
    this.identity = parts.identity;
    this.packets = parts.packets;
    this.#operations = parts.operations;
    this.#firstHeader = parts.firstHeader;
    this.#damages = parts.damages;
    this.#budget = parts.budget;
    this.#tell = parts.tell;
    this.#continuesAfterDamage = parts.continuesAfterDamage;
  }

  /**
   * Reads packet `number` alone, or its header where that tells all. Gives what reading on behind it needs; `null` when `isBefore`
   * is not true of every time in it. Throws `FormatError`.
   */
  startBehind(number: number, isBefore: (cycles: bigint) => boolean): ReadingStart | null {
    const place = this.packets[number]!;
    const reading = this.#reading(false);
    return (
      reading.passByHeader(place, number + 1, isBefore) ?? reading.passPacket(place, number + 1, isBefore)
    );
  }

  #reading(keepsBytes: boolean): Reading {
    return new Reading(this.identity, this.#operations, keepsBytes ? null : this.#budget);
  }

  /**
   * Reads the data stream from its beginning, or from `start` on. Throws `FormatError` with the data stream, packet and
   * offset, after everything before the damage was given; where reading continues after damage it is told instead.
   */
  *messages(start: ReadingStart | null = null): Generator<Message, void> {
    for (const batch of this.batches(start)) {
      for (let i = 0; i < batch.length; i++) yield batch[i]!;
    }
  }

  /** The same in batches: a step per message costs more than a message. */
  *batches(start: ReadingStart | null = null): Generator<readonly Message[], void> {
    for (const item of this.#items(this.#reading(true), start)) {
      yield item.kind === 'event-record-run' ? item.eventRecords() : [item];
    }
  }

  /**
   * The same with event records in runs wherever generated functions read them. A run, its bytes and the event records
   * made of it are good until the next one is asked for: memory is used again.
   */
  runs(
    start: ReadingStart | null = null,
    memory = new ReadingMemory(),
    walkOf: WalkChoice | null = null,
  ): Generator<FlowItem, void> {
    return this.#runs(
      new Reading(this.identity, this.#operations, this.#budget, memory, walkOf),
      memory,
      start,
    );
  }

  *#runs(reading: Reading, memory: ReadingMemory, start: ReadingStart | null): Generator<FlowItem, void> {
    try {
      yield* this.#items(reading, start);
    } finally {
      reading.close();
      memory.close();
    }
  }

  *#items(reading: Reading, start: ReadingStart | null): Generator<FlowItem, void> {
    let number = start?.packet ?? 0;
    reading.knownHeader = this.#firstHeader;
    if (start !== null) reading.continueFrom(start);
    if (this.#continuesAfterDamage) {
      for (; number < this.packets.length; number++) yield* this.#wholePart(reading, number);
      for (const damage of this.#damages) this.#passOverFile(damage);
      return;
    }
    try {
      for (; number < this.packets.length; number++) {
        yield* reading.packet(this.packets[number]!);
        this.#compareSizes(reading, number);
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const { source, offsetBytes, packetSizeBytes } = this.packets[number]!;
      const [damage = null] = this.#damages;
      // What is wrong in a packet that is cut is wrong because it is.
      if (damage === null || offsetBytes + packetSizeBytes <= source.sizeBytes)
        throw this.#located(error, { path: source.path, number, offsetBytes });
    }
    const fault = this.damage;
    if (fault !== null) throw fault;
  }

  /** What is before damage in a packet. */
  *#wholePart(reading: Reading, number: number): Generator<FlowItem, void> {
    const place = this.packets[number]!;
    const { source, offsetBytes, packetSizeBytes } = place;
    try {
      yield* reading.packet(place);
      this.#compareSizes(reading, number);
      return;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const cut = this.#damages.find((one) => one.path === source.path && one.offsetBytes === offsetBytes);
      this.#tellOnce({
        kind: 'passed-over',
        path: source.path,
        packet: number,
        offsetBytes,
        sizeBytes: Math.min(packetSizeBytes, source.sizeBytes - offsetBytes),
        eventsRead: reading.eventsRead,
        durationNs: reading.missedNs(place),
        reason: cut?.reason ?? error.message,
      });
    }
    yield* reading.breakOff();
  }

  #passOverFile({ path, offsetBytes, sizeBytes, reason }: FileDamage): void {
    this.#tellOnce({
      kind: 'passed-over',
      path,
      packet: this.packets.length,
      offsetBytes,
      sizeBytes,
      eventsRead: 0,
      durationNs: null,
      reason,
    });
  }

  // Differs from upstream: a packet whose size contradicts the index is told in a warning and read where the index has it,
  // because one of the two is damaged; upstream says nothing, or ends where the packet would exceed its file.
  #compareSizes({ declaredSizeBits }: Reading, number: number): void {
    const { source, offsetBytes, packetSizeBytes } = this.packets[number]!;
    const indexedSizeBits = packetSizeBytes * 8;
    if (declaredSizeBits === null || declaredSizeBits === indexedSizeBits) return;
    this.#tellOnce({
      kind: 'size-contradiction',
      path: source.path,
      packet: number,
      offsetBytes,
      packetSizeBits: declaredSizeBits,
      indexedSizeBits,
    });
  }

  #tellOnce(notice: Exclude<Notice, UnfitIndex>): void {
    const key = `${notice.offsetBytes} ${notice.path}`;
    this.#told ??= new Set();
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#tell(notice);
  }

  /** What is wrong with its last packet or behind it, as reading will tell. */
  get damage(): FormatError | null {
    const damage = this.#damages[0];
    if (damage === undefined) return null;
    const { path, offsetBytes, reason } = damage;
    const place = this.packets.findIndex(
      ({ source, offsetBytes: begin }) => source.path === path && begin === offsetBytes,
    );
    const number = place < 0 ? this.packets.length : place;
    return this.#located(new FormatError(reason), { path, number, offsetBytes });
  }

  /** `number`: that of the packet. */
  #located(
    error: FormatError,
    { path, number, offsetBytes }: { readonly path: string; readonly number: number; offsetBytes: number },
  ): FormatError {
    const { name, traceClass } = this.identity.trace;
    return error
      .within('Data stream', { file: path, packet: number, offsetBytes })
      .within('Trace', { name, uuid: traceClass.uuid ?? 'none' });
  }
}

/**
 * Reads packets that come one after the other, as those of a live trace do. What they tell of each other (clock,
 * counters) is kept. Event records stay good for ever.
 */
export class PacketReader {
  #reading: Reading;

  constructor(identity: DataStreamIdentity, operations: TraceOperations) {
    this.#reading = new Reading(identity, operations, null);
  }

  /** Reads the next packet; it must be read to its end before another one. Throws `FormatError`. */
  packet(place: PacketPlace): Generator<FlowItem, void> {
    return this.#reading.packet(place);
  }

  /** The metadata has grown: from the next packet on its classes are these. */
  grow(identity: DataStreamIdentity, operations: TraceOperations): void {
    const reading = new Reading(identity, operations, null);
    reading.continueFrom(this.#reading.state);
    this.#reading = reading;
  }
}

/**
 * Chooses another walk than the stream's own, one that fills a table; its runs are {@link RecordRun.isFilled}, and of their
 * event records nothing is known but their number. `null`: none.
 */
export type WalkChoice = (stream: GeneratedStream) => Walker | null;

/** What reading in runs keeps its bytes and columns in: for one reading at a time. */
export class ReadingMemory {
  readonly window = new PacketWindow(true);
  #columns: RecordColumns | null = null;
  #machine: WalkMachine | null = null;
  /** What of the columns is the machine's. */
  #taken: Uint8Array | null = null;

  /** Columns for at least `length` event records, in memory of `machine` where it has room. */
  columns(length: number, machine: WalkMachine | null): RecordColumns {
    if (this.#columns === null || this.#columns.length < length) {
      this.#giveBack();
      this.#machine = machine;
      this.#taken = machine?.take(columnBytes(length)) ?? null;
      this.#columns = new RecordColumns(length, this.#taken ?? undefined);
    }
    return this.#columns;
  }

  #giveBack(): void {
    if (this.#taken !== null) this.#machine?.giveBack(this.#taken);
    this.#taken = null;
    this.#columns = null;
  }

  /** Gives back what is a machine's: nothing that was read is needed any more. */
  close(): void {
    this.#giveBack();
    this.window.close();
  }
}

/** A packet of which the end was not given. */
interface Unfinished {
  readonly header: PacketHeader;
  readonly packet: Packet;
  isBegun: boolean;
}

class Reading {
  readonly #identity: DataStreamIdentity;
  readonly #operations: TraceOperations;
  readonly #decoder: ReferenceDecoder;
  readonly #generated: GeneratedStream | null;
  readonly #clockClass: ClockClass | null;
  readonly #quirks: TracerQuirks;
  readonly #budget: WindowBudget | null;
  readonly #window: PacketWindow;
  readonly #memory: ReadingMemory;
  readonly #tableWalk: Walker | null;
  readonly #machine: WalkMachine | null;
  #previous: Counters | null = null;
  #hasClock = false;
  /** The clock in halves: a bigint for each run would be as much to collect as all else that is made for one. */
  #clockHigh = 0;
  #clockLow = 0;
  #isFirstPacket = true;
  /** The packet whose end was not given yet. */
  #unfinished: Unfinished | null = null;
  #declaredSizeBits: number | null = null;
  /** Of the packet: event records that were read one by one, and what passes over the others. */
  #recordsRead = 0;
  #walk: PacketWalk | null = null;
  /** A header that need not be decoded. */
  knownHeader: KnownHeader | null = null;

  /** Without a budget event records stay good for ever, so that each packet has bytes of its own. */
  constructor(
    identity: DataStreamIdentity,
    operations: TraceOperations,
    budget: WindowBudget | null,
    memory: ReadingMemory | null = null,
    walkOf: WalkChoice | null = null,
  ) {
    this.#budget = budget;
    this.#memory = memory ?? new ReadingMemory();
    this.#window = budget === null ? new PacketWindow(false) : this.#memory.window;
    this.#identity = identity;
    this.#operations = operations;
    this.#decoder = new ReferenceDecoder(operations.slotCount);
    const dataStream = operations.dataStreams.get(identity.dataStreamClass.id);
    this.#generated = dataStream === undefined ? null : generatedStream(dataStream);
    this.#clockClass = identity.dataStreamClass.defaultClockClass;
    this.#quirks = quirksOf(identity.trace.traceClass);
    // The clock of the first event record may be asked for.
    const isOwnWalk = this.#generated === null || this.#quirks.isBeginningLate;
    this.#tableWalk = isOwnWalk ? null : (walkOf?.(this.#generated!) ?? null);
    this.#machine = this.#generated === null ? null : (budget?.machine ?? null);
    // As in Babeltrace 2, a clock that never was read stands at zero.
    if (this.#clockClass !== null) this.#clock = 0n;
  }

  get #clock(): bigint | null {
    return this.#hasClock ? clockOf({ clockHigh: this.#clockHigh, clockLow: this.#clockLow }) : null;
  }

  set #clock(clock: bigint | null) {
    this.#hasClock = clock !== null;
    this.#clockHigh = Number((clock ?? 0n) >> 32n);
    this.#clockLow = Number((clock ?? 0n) & 0xffff_ffffn);
  }

  #takeClock({ clockHigh, clockLow }: Cursor): void {
    this.#clockHigh = clockHigh;
    this.#clockLow = clockLow;
  }

  /** Nothing more will be read. */
  close(): void {
    if (this.#tableWalk !== null) this.#machine?.forget(this.#tableWalk);
  }

  /** What the last packet that was begun says of its size; `null`: nothing. */
  get declaredSizeBits(): number | null {
    return this.#declaredSizeBits;
  }

  /** Event records that were given of the packet that was begun last. */
  get eventsRead(): number {
    return this.#recordsRead + (this.#walk?.recordCount ?? 0);
  }

  /** What the packets until now tell the next one. */
  get state(): Pick<ReadingStart, 'counters' | 'clock'> {
    return { counters: this.#previous, clock: this.#clock };
  }

  /** Goes on where another reading is or was, between two packets. */
  continueFrom({ counters, clock }: Pick<ReadingStart, 'counters' | 'clock'>): void {
    this.#previous = counters;
    this.#clock = clock;
  }

  /**
   * What {@link passPacket} would give, from the packet's header; `null` where that may be something else: the tracer's times
   * cannot be relied on, the packet takes no time, or index and packet contradict each other. Times have 64 bits.
   */
  passByHeader(place: PacketPlace, next: number, isBefore: (cycles: bigint) => boolean): ReadingStart | null {
    if (!this.#quirks.areTimesReliable) return null;
    const headers = new PacketHeaderReader(this.#operations, this.#decoder);
    const header = headers.read(place.source, place.offsetBytes);
    const { context, beginCycles, endCycles, discardedEvents, sequenceNumber } = header;
    if (beginCycles === null || endCycles === null || beginCycles >= endCycles || !isBefore(endCycles))
      return null;
    if (beginCycles !== place.beginCycles || endCycles !== place.endCycles) return null;
    return {
      packet: next,
      previous: { dataStream: this.#identity, context, beginCycles, endCycles },
      counters: { endCycles, discardedEvents, sequenceNumber },
      clock: endCycles,
    };
  }

  /** See {@link DataStream.startBehind}: `next` is the number of the packet behind it. */
  passPacket(place: PacketPlace, next: number, isBefore: (cycles: bigint) => boolean): ReadingStart | null {
    let previous: Packet | null = null;
    for (const item of this.packet(place)) {
      if (item.kind === 'event-record-run') {
        if (!isBefore(lastCyclesOf(item))) return null;
        continue;
      }
      if (item.kind === 'event-record') {
        if (item.cycles !== null && !isBefore(item.cycles)) return null;
        continue;
      }
      if (item.kind !== 'packet-end') continue;
      previous = item.packet;
      const { beginCycles, endCycles } = previous;
      if (beginCycles !== null && !isBefore(beginCycles)) return null;
      if (endCycles !== null && !isBefore(endCycles)) return null;
    }
    return previous === null ? null : { packet: next, previous, ...this.state };
  }

  #ns(value: bigint | null): bigint | null {
    return value === null || this.#clockClass === null ? null : cyclesToNs(this.#clockClass, toCycles(value));
  }

  *packet(place: PacketPlace): Generator<FlowItem, void> {
    this.#unfinished = null;
    this.#recordsRead = 0;
    this.#walk = null;
    const header = this.#beginPacket(place);
    this.#declaredSizeBits = header.declaresSize ? header.packetSizeBits : null;
    const beginCycles = this.#unwrapped(header.beginCycles, header.beginSizeBits);
    if (beginCycles !== null) this.#clock = beginCycles;
    const dataStream = this.#identity;
    const packet = { dataStream, context: header.context, beginCycles, endCycles: header.endCycles };
    const unfinished: Unfinished = { header, packet, isBegun: false };
    this.#unfinished = unfinished;
    for (const loss of this.#losses(header, packet)) yield loss;
    const items = this.#eventRecords(place, header, packet);
    // With a beginning that may be late, the first event record is read before it is told.
    const first = this.#quirks.isBeginningLate ? items.next() : null;
    const firstCycles = first === null || first.done === true ? null : cyclesOfFirst(first.value);
    if (firstCycles !== null && beginCycles !== null && firstCycles < beginCycles) {
      packet.beginCycles = firstCycles;
    }
    unfinished.isBegun = true;
    yield { kind: 'packet-beginning', dataStream, packet, ns: this.#ns(packet.beginCycles) };
    if (first !== null && first.done !== true) yield first.value;
    yield* items;
    yield this.#finish(unfinished);
  }

  /** Ends a packet that is damaged, as far as it was begun. */
  *breakOff(): Generator<FlowItem, void> {
    const unfinished = this.#unfinished;
    if (unfinished === null) return;
    const { packet, isBegun } = unfinished;
    const { dataStream, beginCycles } = packet;
    if (!isBegun) yield { kind: 'packet-beginning', dataStream, packet, ns: this.#ns(beginCycles) };
    yield this.#finish(unfinished);
  }

  #finish({ header, packet }: Unfinished): Message {
    const { dataStream } = packet;
    const endCycles = this.#end(header);
    const ended = endCycles === packet.endCycles ? packet : { ...packet, endCycles };
    const ns = this.#ns(endCycles ?? this.#clock);
    if (endCycles !== null) this.#clock = endCycles;
    const { discardedEvents, sequenceNumber } = header;
    this.#previous = { endCycles, discardedEvents, sequenceNumber };
    this.#unfinished = null;
    return { kind: 'packet-end', dataStream, packet: ended, ns };
  }

  /** How much time of a packet that is damaged was not read; `null`: not known. */
  missedNs({ beginCycles, endCycles }: PacketPlace): bigint | null {
    const begin = this.#ns(this.#unfinished === null ? beginCycles : this.#clock);
    const end = this.#ns(this.#unfinished === null ? endCycles : this.#end(this.#unfinished.header));
    return begin === null || end === null || end < begin ? null : end - begin;
  }

  /** Reads a packet's header, and as much of it into memory as the window takes. */
  #beginPacket({ source, offsetBytes, packetSizeBytes }: PacketPlace): PacketHeader {
    const window = this.#window;
    const fullBytes = Math.min(packetSizeBytes, this.#budget?.windowBytes ?? FIRST_READ_BYTES);
    const firstBytes = this.#isFirstPacket ? Math.min(fullBytes, FIRST_WINDOW_BYTES) : fullBytes;
    this.#isFirstPacket = false;
    window.begin(source, offsetBytes, firstBytes, fullBytes, this.#machine);
    const header = this.#header({ source, offsetBytes }, window.bytes);
    const { contentSizeBits } = header;
    const hasWholeBytes = contentSizeBits % 8 === 0;
    const isInFile = (source.sizeBytes - offsetBytes) * 8 >= contentSizeBits;
    // Only generated functions can go on where others stopped.
    window.setContent(
      Math.ceil(contentSizeBits / 8),
      this.#generated === null || !hasWholeBytes || !isInFile,
    );
    return header;
  }

  #header(
    { source, offsetBytes }: Pick<PacketPlace, 'source' | 'offsetBytes'>,
    window: Uint8Array,
  ): PacketHeader {
    const known = this.knownHeader;
    if (known !== null && known.source === source && known.offsetBytes === offsetBytes) {
      this.#decoder.restore(known.slots);
      return known.header;
    }
    const remainingBits = (source.sizeBytes - offsetBytes) * 8;
    try {
      return decodePacketHeader(window, remainingBits, this.#operations, this.#decoder);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      // The window may have been too small, or the index wrong: look again, and say what is wrong.
      return new PacketHeaderReader(this.#operations, this.#decoder).read(source, offsetBytes);
    }
  }

  /** Columns for the event records of a packet of which so many bytes are in memory at once. */
  #columnsFor(windowBytes: number): RecordColumns {
    const fitting = Math.floor(windowBytes / BYTES_PER_RECORD);
    const length = Math.min(Math.max(fitting, LEAST_RUN_LENGTH), RUN_LENGTH);
    return this.#memory.columns(length, this.#machine);
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
  #losses(
    { discardedEvents, sequenceNumber }: PacketHeader,
    { beginCycles, endCycles }: Packet,
  ): readonly Message[] {
    const dataStream = this.#identity;
    const previous = this.#previous;
    const losses: Message[] = [];
    if (discardedEvents !== null && discardedEvents !== (previous?.discardedEvents ?? 0n)) {
      const before = previous?.discardedEvents ?? null;
      // Before the first packet nothing was counted: how many of them were lost in it is not known.
      const beginNs = this.#ns(before === null ? beginCycles : (previous?.endCycles ?? null));
      const count = before === null ? null : BigInt.asUintN(64, discardedEvents - before);
      losses.push({
        kind: 'discarded-event-records',
        dataStream,
        count,
        ns: beginNs,
        beginNs,
        endNs: this.#ns(endCycles),
      });
    }
    if (sequenceNumber !== null && previous !== null && previous.sequenceNumber !== null) {
      const step = BigInt.asUintN(64, sequenceNumber - previous.sequenceNumber);
      if (step > 1n) {
        const beginNs = this.#ns(previous.endCycles);
        const endNs = this.#ns(beginCycles);
        losses.push({ kind: 'discarded-packets', dataStream, count: step - 1n, ns: beginNs, beginNs, endNs });
      }
    }
    return losses;
  }

  /** Reads the event records of a packet. What comes before damage is given before the error is thrown. */
  *#eventRecords(
    { source, offsetBytes }: PacketPlace,
    { contentSizeBits, headerEndBits }: PacketHeader,
    packet: Packet,
  ): Generator<RecordRun | EventRecord, void> {
    const window = this.#window;
    const windowBytes = this.#budget?.windowBytes ?? 0;
    const clock = this.#clock ?? 0n;
    const cursor: Cursor = {
      view: window.view,
      bytes: window.bytes,
      id: -1,
      clockHigh: Number(clock >> 32n),
      clockLow: Number(clock & 0xffff_ffffn),
      next: 0,
      slots: [...this.#decoder.slots],
    };
    const generated = this.#generated;
    const view: PacketView = { packet, stream: generated, cursor };
    const isWalked =
      generated !== null &&
      contentSizeBits % 8 === 0 &&
      (source.sizeBytes - offsetBytes) * 8 >= contentSizeBits;
    const columns = this.#columnsFor(
      Math.min(contentSizeBits / 8, Math.max(window.bytes.length, windowBytes)),
    );
    const walk = isWalked
      ? new PacketWalk({
          view: { ...view, stream: generated },
          window,
          columns,
          walker: this.#tableWalk ?? generated,
          isFilling: this.#tableWalk !== null,
          machine: this.#machine,
          contentBytes: contentSizeBits / 8,
          atBytes: Math.ceil(headerEndBits / 8),
        })
      : null;
    this.#walk = walk;
    let reader: BitReader | null = null;
    let atBits = headerEndBits;
    while (atBits < contentSizeBits) {
      if (walk !== null && atBits % 8 === 0) {
        while (walk.next()) {
          this.#takeClock(cursor);
          yield walk.run;
          // It may have read on meanwhile.
          this.#takeClock(cursor);
        }
        atBits = walk.atBytes * 8;
        if (atBits >= contentSizeBits) break;
      }
      window.readAll();
      cursor.bytes = window.bytes;
      cursor.view = window.view;
      if (reader === null) reader = new BitReader(window.bytes, contentSizeBits);
      reader.skip(atBits - reader.atBits);
      const record = this.#byReference(reader, view);
      atBits = reader.atBits;
      this.#takeClock(cursor);
      this.#recordsRead++;
      yield record;
      if (atBits % 8 === 0) walk?.goOnAt(atBits / 8);
    }
  }

  /** Reads one event record slowly: what is wrong with it is said here. */
  #byReference(reader: BitReader, view: PacketView): EventRecord {
    const offsetBits = reader.atBits;
    try {
      const record = this.#eventRecord(reader, view);
      if (reader.atBits > offsetBits) return record;
    } catch (error) {
      if (error instanceof FormatError) throw error.within('Event record', { offsetBits });
      throw error;
    }
    throw new FormatError(`Event record is empty: offset-bits=${offsetBits}`);
  }

  #eventRecord(reader: BitReader, view: PacketView): EventRecord {
    const { cursor } = view;
    const operations = this.#operations.dataStreams.get(this.#identity.dataStreamClass.id);
    let id: bigint | null = null;
    let clock = clockOf(cursor);
    if (operations === undefined) throw new FormatError('Data stream without a class');
    this.#decoder.beginEventRecord(this.#operations.packetSlotCount);
    if (operations.eventRecordHeader !== null) {
      this.#decoder.decode(operations.eventRecordHeader, reader, (operation, value, sizeBits) => {
        // The last one wins: LTTng's extended header has a short id that only says "extended", then the id.
        if (operation.roles.includes('event-record-class-id')) id = BigInt(value);
        if (operation.isClockValue) clock = unwrap(clock, BigInt(value), sizeBits);
      });
    }
    const { eventRecordClass, specificContext, payload } = this.#findClass(operations.eventRecords, id);
    const decode = (operation: typeof payload): StructureValue | null =>
      operation === null ? null : this.#decoder.decode(operation, reader);
    try {
      const values = [
        decode(operations.eventRecordCommonContext),
        decode(specificContext),
        decode(payload),
      ] as const;
      cursor.clockHigh = Number(clock >> 32n);
      cursor.clockLow = Number(clock & 0xffff_ffffn);
      return EventRecord.decoded(view, eventRecordClass, values);
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

const clockOf = ({ clockHigh, clockLow }: Pick<Cursor, 'clockHigh' | 'clockLow'>): bigint =>
  (BigInt(clockHigh) << 32n) | BigInt(clockLow);

/** The clock's value of the first event record. */
function cyclesOfFirst(item: RecordRun | EventRecord): bigint | null {
  return item.kind === 'event-record' ? item.cycles : item.eventRecordAt(0).cycles;
}

/** The clock's value of the last event record. */
function lastCyclesOf({ columns, count }: RecordRun): bigint {
  return (BigInt(columns.clockHigh[count - 1]!) << 32n) | BigInt(columns.clockLow[count - 1]!);
}

/** Replaces the low `sizeBits` bits of `clock` by `value`, and carries when that would go back in time. */
export function unwrap(clock: bigint, value: bigint, sizeBits: number): bigint {
  if (sizeBits === 64) return value;
  const low = BigInt.asUintN(sizeBits, clock);
  const high = clock - low + (value < low ? 1n << BigInt(sizeBits) : 0n);
  return BigInt.asUintN(64, high + value);
}
