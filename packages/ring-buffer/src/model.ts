/**
 * The ring buffer's algorithms in plain TypeScript: the specification of `packages/native/c/ring.c`. Each
 * operation is a generator that yields before every atomic access, so that a scheduler can run threads in
 * any order; `run()` takes all steps at once. Slow and obvious; nothing but tests uses it.
 *
 * Words are bigints modulo 2^64. One instance is one thread: it knows the memory, and what it has seen.
 */
import { assert } from '@lttng-ts/base';
import type { RingDescriptor } from '@lttng-ts/native';
import { LP64_LITTLE_ENDIAN } from '@lttng-ts/wire';
import { ID_INDEX_MASK, ID_PASS_SHIFT, NOREF } from './constants.ts';
import { orderOf } from './geometry.ts';
import { placeRecordHeader, writeRecordHeader } from './record-header.ts';

/** An operation in steps: everything between two yields happens at once. */
export type Steps<T> = Generator<void, T, void>;

/** Takes all steps of an operation. */
export function run<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

export interface ModelRecord {
  readonly eventId: number;
  readonly payload: Uint8Array;
}

export interface ModelReservation {
  readonly begin: bigint;
  readonly end: bigint;
  readonly timestamp: bigint;
  readonly isExtended: boolean;
  /** Lost records when the packet was closed, if this record closed it. */
  readonly lostSample: bigint | null;
}

export type ModelLoss = 'full' | 'wrap' | 'big' | 'disabled';
export type ModelNoPacket = 'no-data' | 'uncommitted';

export interface ModelRecovery {
  readonly outcome: 'done' | 'busy' | 'corrupt';
  readonly completedCount: number;
  readonly truncatedCount: number;
  readonly droppedBytes: number;
}

export interface ModelPacket {
  readonly position: bigint;
  readonly memoryOffsetBytes: number;
  readonly dataSizeBytes: number;
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
const OPEN_SIZE = 0xffff_ffff_ffff_ffffn;

export class RingModel {
  /** What this thread's clock shows; the test moves it. */
  clock = 0n;
  /** Digest of all values that this thread has read: two runs with equal digests are in equal local states. */
  digest = 0;
  readonly #d: RingDescriptor;
  readonly #at: Readonly<Record<string, number>>;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #size: bigint;
  readonly #bufferSize: bigint;
  readonly #sizeOrder: bigint;
  readonly #countOrder: bigint;
  readonly #commitMask: bigint;
  #readerId: bigint;
  #held: bigint | null = null;

  constructor(memory: ArrayBuffer, descriptor: RingDescriptor) {
    this.#d = descriptor;
    this.#at = descriptor.offsets;
    this.#view = new DataView(memory);
    this.#bytes = new Uint8Array(memory);
    this.#size = BigInt(descriptor.subbufferSizeBytes);
    this.#bufferSize = this.#size * BigInt(descriptor.subbufferCount);
    this.#sizeOrder = BigInt(orderOf(descriptor.subbufferSizeBytes));
    this.#countOrder = BigInt(orderOf(descriptor.subbufferCount));
    this.#commitMask = OPEN_SIZE >> this.#countOrder;
    this.#readerId = this.#view.getBigUint64(this.#place('readerSubbuffer'), true);
  }

  // ---- writer

  *reserve(record: ModelRecord): Steps<ModelReservation | ModelLoss> {
    if (record.payload.length > this.#d.subbufferSizeBytes) return yield* this.#lose('lostBig', 'big');
    const reservation = (yield* this.#reserveFast(record)) ?? (yield* this.#reserveSlow(record));
    if (typeof reservation === 'string') return reservation;
    yield;
    this.#writeRecord(reservation, record);
    return reservation;
  }

  *commit({ begin, end, lostSample }: ModelReservation): Steps<void> {
    yield* this.#commitBytes(end - 1n, end - begin, end, lostSample);
  }

  *discard({ begin, end }: ModelReservation): Steps<boolean> {
    yield* this.#store(this.#place('lastTimestamp'), 0n);
    return yield* this.#swap(this.#place('offset'), end, begin);
  }

  /** The common case: the record fits into the current packet and does not fill it. */
  *#reserveFast(record: ModelRecord): Steps<ModelReservation | null> {
    const old = yield* this.#load(this.#place('offset'));
    const timestamp = this.clock;
    if (this.#subOffset(old) === 0n) return null;
    const isFull = yield* this.#needsFullTimestamp(timestamp);
    const { isExtended, endInSub } = this.#layOut(record, this.#subOffset(old), isFull);
    if (endInSub >= this.#size) return null;
    const end = this.#subTrunc(old) + endInSub;
    if (!(yield* this.#swap(this.#place('offset'), old, end))) return null;
    yield* this.#store(this.#place('lastTimestamp'), timestamp);
    yield* this.#pushReader(end - 1n);
    yield* this.#clearNoref(end - 1n);
    return { begin: old, end, timestamp, isExtended, lostSample: null };
  }

  /** Everything that opens or closes a packet. */
  *#reserveSlow(record: ModelRecord): Steps<ModelReservation | ModelLoss> {
    const headerBytes = BigInt(this.#d.packetHeader.length);
    for (;;) {
      const old = yield* this.#load(this.#place('offset'));
      const timestamp = this.clock;
      const isFull = yield* this.#needsFullTimestamp(timestamp);
      let begin = old;
      let layout = this.#layOut(record, this.#subOffset(old), isFull);
      const isOldEnd = this.#subOffset(old) !== 0n && layout.endInSub > this.#size;
      const isNewStart = this.#subOffset(old) === 0n || isOldEnd;
      if (isNewStart) {
        const start = isOldEnd ? this.#nextSub(begin) : begin;
        const status = yield* this.#checkFree(start);
        // The counters belong to the position only if nobody moved on meanwhile.
        if ((yield* this.#load(this.#place('offset'))) !== old) continue;
        if (status !== 'ok') return yield* this.#lose(status === 'full' ? 'lostFull' : 'lostWrap', status);
        begin = start + headerBytes;
        layout = this.#layOut(record, headerBytes, isFull);
        if (layout.endInSub > this.#size) return yield* this.#lose('lostBig', 'big');
      }
      const end = this.#subTrunc(begin) + layout.endInSub;
      const isNewEnd = this.#subOffset(end) === 0n;
      const sample = yield* this.#lostTotal();
      if (!(yield* this.#swap(this.#place('offset'), old, end))) continue;

      yield* this.#store(this.#place('lastTimestamp'), timestamp);
      yield* this.#pushReader(end - 1n);
      yield* this.#clearNoref(end - 1n);
      if (isOldEnd) {
        yield* this.#clearNoref(old - 1n);
        yield* this.#closePacket(old, timestamp, sample);
      }
      if (isNewStart) yield* this.#openPacket(begin, timestamp, isNewEnd ? sample : null);
      if (isNewEnd) yield* this.#noteEnd(end - 1n, timestamp, sample);
      return { begin, end, timestamp, isExtended: layout.isExtended, lostSample: isNewEnd ? sample : null };
    }
  }

  // ---- both sides

  *flush(isFinal: boolean): Steps<void> {
    for (;;) {
      const old = yield* this.#load(this.#place('offset'));
      const timestamp = this.clock;
      const isEmpty = this.#subOffset(old) === 0n;
      if (isEmpty) {
        if (!isFinal) return;
        const status = yield* this.#checkFree(old);
        if ((yield* this.#load(this.#place('offset'))) !== old) continue;
        if (status !== 'ok') return;
      }
      const sample = yield* this.#lostTotal();
      if (!(yield* this.#swap(this.#place('offset'), old, this.#nextSub(old)))) continue;
      yield* this.#store(this.#place('lastTimestamp'), timestamp);
      yield* this.#pushReader(old);
      let end = old;
      if (isEmpty) {
        yield* this.#clearNoref(old);
        end = old + BigInt(this.#d.packetHeader.length);
        yield* this.#openPacket(end, timestamp, sample);
      } else {
        yield* this.#clearNoref(old - 1n);
      }
      yield* this.#closePacket(end, timestamp, sample);
      return;
    }
  }

  // ---- reader

  *next(): Steps<ModelPacket | ModelNoPacket> {
    const consumed = yield* this.#load(this.#place('consumed'));
    const produced = yield* this.#load(this.#place('offset'));
    if (this.#subTrunc(consumed) === this.#subTrunc(produced)) return 'no-data';
    return yield* this.get(consumed);
  }

  *get(position: bigint): Steps<ModelPacket | ModelNoPacket> {
    assert(this.#held === null, 'A packet is held');
    const consumed = yield* this.#load(this.#place('consumed'));
    const delivered = yield* this.#load(this.#cold(position));
    const produced = yield* this.#load(this.#place('offset'));
    if (signed(this.#subTrunc(position) - this.#subTrunc(consumed)) < 0n) return 'no-data';
    if (signed(this.#subTrunc(produced) - this.#subTrunc(position)) <= 0n) return 'no-data';
    if ((u64(delivered - this.#size) & this.#commitMask) !== this.#expectation(position))
      return 'uncommitted';
    if (!(yield* this.#exchange(position))) return 'uncommitted';
    if (this.#d.isOverwrite) yield* this.#setReaderId(this.#readerId & ~NOREF);
    this.#held = position;
    yield* this.#store(this.#place('heldPosition'), position);
    yield;
    this.#bytes[this.#place('isHeld')]! |= 1;
    const page = this.#page(this.#readerId);
    const dataSizeBytes = Number(yield* this.#load(page.dataSizeAt));
    return { position, memoryOffsetBytes: page.memoryAt, dataSizeBytes };
  }

  *put(): Steps<void> {
    assert(this.#held !== null, 'No packet is held');
    const held = this.#held;
    this.#held = null;
    yield;
    this.#bytes[this.#place('isHeld')]! &= ~1;
    if (this.#d.isOverwrite) yield* this.#setReaderId(this.#readerId | NOREF);
    // Fails when a writer took the place meanwhile: then the sub-buffer stays the reader's spare one.
    yield* this.#exchange(held);
  }

  *putNext(): Steps<void> {
    assert(this.#held !== null, 'No packet is held');
    const target = this.#nextSub(this.#held);
    yield* this.put();
    for (;;) {
      const consumed = yield* this.#load(this.#place('consumed'));
      if (signed(consumed - target) >= 0n) return;
      if (yield* this.#swap(this.#place('consumed'), consumed, target)) return;
    }
  }

  /** Delivers what writers who are gone left before `through`. */
  *recover(through: bigint): Steps<ModelRecovery> {
    const result = { completedCount: 0, truncatedCount: 0, droppedBytes: 0 };
    if (this.#held !== null) return { ...result, outcome: 'busy' };
    const produced = yield* this.#load(this.#place('offset'));
    const open = this.#subTrunc(produced);
    const end = open === produced ? open : open + this.#size;
    const first = end > this.#bufferSize ? end - this.#bufferSize : 0n;
    let bound = this.clock;
    let outcome: ModelRecovery['outcome'] = 'done';
    // No packet ends after a later one begins: from the newest to the oldest.
    for (let at = end - this.#size; outcome === 'done' && at >= first; at -= this.#size) {
      if (at < open && at < through) outcome = yield* this.#recoverOne(at, bound, result);
      if ((yield* this.#contiguousBytes(at)) < BigInt(this.#d.packetHeader.length)) continue;
      const { memoryAt } = yield* this.#pageOf(at);
      const begin = yield* this.#load(memoryAt + this.#at['headerTimestampBegin']!);
      if (begin < bound) bound = begin;
    }
    if (result.truncatedCount > 0) yield* this.#lose('lostWrap', 'wrap');
    if ((yield* this.#load(this.#place('consumed'))) < produced) yield* this.#pushReader(produced - 1n);
    return { ...result, outcome };
  }

  *#recoverOne(
    position: bigint,
    bound: bigint,
    result: { completedCount: number; truncatedCount: number; droppedBytes: number },
  ): Steps<ModelRecovery['outcome']> {
    const before = this.#expectation(position);
    const complete = before + this.#size;
    const seen = yield* this.#load(this.#cold(position));
    if (seen === complete) return 'done';
    const committed = yield* this.#load(this.#hot(position));
    const page = yield* this.#pageOf(position);
    if ((seen !== before && seen !== before + 1n) || committed < before || committed > complete)
      return 'corrupt';
    const pass = position / this.#bufferSize;
    yield* this.#store(this.#packetCounter(position), pass);
    if (committed !== complete) {
      if (seen !== before) return 'corrupt';
      if (!(yield* this.#swap(this.#hot(position), committed, complete))) return 'busy';
      const kept = yield* this.#truncatePacket(position, bound);
      result.truncatedCount++;
      result.droppedBytes += Number(this.#size - kept);
    }
    if (seen === before && !(yield* this.#swap(this.#cold(position), before, before + 1n))) return 'busy';
    yield* this.#deliver(position, yield* this.#load(page.memoryAt + this.#at['headerEventsDiscarded']!));
    yield* this.#store(this.#cold(position), complete);
    yield* this.#store(this.#sequence(position), complete);
    result.completedCount++;
    return 'done';
  }

  /** Makes what is whole of a sub-buffer a packet of its own; gives its size. */
  *#truncatePacket(position: bigint, bound: bigint): Steps<bigint> {
    const headerBytes = BigInt(this.#d.packetHeader.length);
    const page = yield* this.#pageOf(position);
    let kept = yield* this.#contiguousBytes(position);
    if (kept < headerBytes) {
      yield* this.#writePacketHeader(position, bound);
      kept = headerBytes;
    }
    yield* this.#store(page.dataSizeAt, kept);
    const begin = yield* this.#load(page.memoryAt + this.#at['headerTimestampBegin']!);
    const end = yield* this.#load(this.#endTimestamp(position));
    if (end <= begin || end > bound) {
      yield* this.#store(this.#endTimestamp(position), bound > begin ? bound : begin);
    }
    return kept;
  }

  *#contiguousBytes(position: bigint): Steps<bigint> {
    const bytes = signed((yield* this.#load(this.#sequence(position))) - this.#expectation(position));
    if (bytes > this.#size) return this.#size;
    return bytes < 0n ? 0n : bytes;
  }

  /** Sum of the three counters, in one look: for the test's balance, not a step. */
  get lost(): bigint {
    return ['lostFull', 'lostWrap', 'lostBig'].reduce(
      (sum, name) => sum + this.#view.getBigUint64(this.#place(name), true),
      0n,
    );
  }

  // ---- delivery

  *#commitBytes(position: bigint, size: bigint, end: bigint, sample: bigint | null): Steps<void> {
    const committed = yield* this.#add(this.#hot(position), size);
    yield* this.#checkDeliver(position, committed, sample);
    // Contiguous commits are marked for crash extraction.
    if (this.#subOffset(u64(end - committed)) !== 0n) return;
    const sequence = yield* this.#load(this.#sequence(position));
    if (signed(sequence - committed) < 0n) yield* this.#store(this.#sequence(position), committed);
  }

  *#checkDeliver(position: bigint, committed: bigint, sample: bigint | null): Steps<void> {
    const before = u64(committed - this.#size);
    if (this.#expectation(position) !== (before & this.#commitMask)) return;
    // Only one of the writers that see the complete pass may deliver it.
    if (!(yield* this.#swap(this.#cold(position), before, before + 1n))) return;
    const { memoryAt } = yield* this.#pageOf(position);
    const left = yield* this.#load(memoryAt + this.#at['headerEventsDiscarded']!);
    yield* this.#deliver(position, sample ?? (left !== 0n ? left : yield* this.#lostTotal()));
    yield* this.#store(this.#cold(position), committed);
    yield* this.#store(this.#sequence(position), committed);
  }

  /** Completes the header of a packet whose bytes are all there, and lets the reader take it. */
  *#deliver(position: bigint, discarded: bigint): Steps<void> {
    const page = yield* this.#pageOf(position);
    const dataSize = yield* this.#load(page.dataSizeAt);
    const endTimestamp = yield* this.#load(this.#endTimestamp(position));
    const header = (name: string) => page.memoryAt + this.#at[name]!;
    const packetSize = this.#roundUp(dataSize, BigInt(this.#d.pageSizeBytes));
    yield;
    this.#view.setBigUint64(header('headerTimestampEnd'), endTimestamp, true);
    this.#view.setBigUint64(header('headerContentSize'), dataSize * 8n, true);
    this.#view.setBigUint64(header('headerPacketSize'), packetSize * 8n, true);
    this.#view.setBigUint64(header('headerEventsDiscarded'), discarded, true);
    yield* this.#store(
      this.#packetCounter(position),
      (yield* this.#load(this.#packetCounter(position))) + 1n,
    );
    if (!this.#d.isOverwrite) return;
    const id = yield* this.#load(this.#writerSubbuffer(position));
    const delivered = (id & ID_INDEX_MASK) | NOREF | this.#passBits(position);
    yield* this.#store(this.#writerSubbuffer(position), delivered);
  }

  *#noteEnd(last: bigint, timestamp: bigint, sample: bigint): Steps<void> {
    const page = yield* this.#pageOf(last);
    yield* this.#store(page.dataSizeAt, this.#subOffset(last) + 1n);
    yield* this.#store(page.memoryAt + this.#at['headerEventsDiscarded']!, sample);
    yield* this.#store(this.#endTimestamp(last), timestamp);
  }

  *#closePacket(end: bigint, timestamp: bigint, sample: bigint): Steps<void> {
    yield* this.#noteEnd(end - 1n, timestamp, sample);
    const paddingBytes = this.#size - (this.#subOffset(end - 1n) + 1n);
    yield* this.#commitBytes(end - 1n, paddingBytes, end + paddingBytes, sample);
  }

  *#openPacket(afterHeader: bigint, timestamp: bigint, sample: bigint | null): Steps<void> {
    const position = afterHeader - 1n;
    yield* this.#writePacketHeader(position, timestamp);
    yield* this.#commitBytes(position, BigInt(this.#d.packetHeader.length), afterHeader, sample);
  }

  *#writePacketHeader(position: bigint, timestamp: bigint): Steps<void> {
    const page = yield* this.#pageOf(position);
    const count = yield* this.#load(this.#packetCounter(position));
    const sequence = BigInt(this.#d.subbufferCount) * count + BigInt(this.#index(position));
    yield;
    const header = (name: string) => page.memoryAt + this.#at[name]!;
    this.#bytes.set(this.#d.packetHeader, page.memoryAt);
    this.#view.setBigUint64(header('headerTimestampBegin'), timestamp, true);
    this.#view.setBigUint64(header('headerTimestampEnd'), 0n, true);
    this.#view.setBigUint64(header('headerContentSize'), OPEN_SIZE, true);
    this.#view.setBigUint64(header('headerPacketSize'), OPEN_SIZE, true);
    this.#view.setBigUint64(header('headerSequenceNumber'), sequence, true);
    this.#view.setBigUint64(header('headerEventsDiscarded'), 0n, true);
    this.#view.setUint32(header('headerCpu'), this.#d.cpu, true);
  }

  // ---- rules

  *#checkFree(position: bigint): Steps<'ok' | 'full' | 'wrap'> {
    const delivered = yield* this.#load(this.#cold(position));
    if (this.#expectation(position) !== (delivered & this.#commitMask)) return 'wrap';
    if (this.#d.isOverwrite) return 'ok';
    const consumed = yield* this.#load(this.#place('consumed'));
    return u64(this.#subTrunc(position) - this.#subTrunc(consumed)) < this.#bufferSize ? 'ok' : 'full';
  }

  *#needsFullTimestamp(timestamp: bigint): Steps<boolean> {
    const last = yield* this.#load(this.#place('lastTimestamp'));
    return u64(timestamp - last) >> BigInt(this.#d.timestampBits) !== 0n;
  }

  *#lostTotal(): Steps<bigint> {
    const full = yield* this.#load(this.#place('lostFull'));
    const wrap = yield* this.#load(this.#place('lostWrap'));
    return u64(full + wrap + (yield* this.#load(this.#place('lostBig'))));
  }

  *#lose(counter: 'lostFull' | 'lostWrap' | 'lostBig', why: ModelLoss): Steps<ModelLoss> {
    yield* this.#add(this.#place(counter), 1n);
    return why;
  }

  /** Overwrite: moves the read position out of the sub-buffer that a writer enters. */
  *#pushReader(position: bigint): Steps<void> {
    if (!this.#d.isOverwrite) return;
    for (;;) {
      const consumed = yield* this.#load(this.#place('consumed'));
      if (u64(this.#subTrunc(position) - this.#subTrunc(consumed)) < this.#bufferSize) return;
      yield* this.#swap(this.#place('consumed'), consumed, this.#nextSub(consumed));
    }
  }

  /** Overwrite: tells the reader that a writer refers to the sub-buffer. */
  *#clearNoref(position: bigint): Steps<void> {
    if (!this.#d.isOverwrite) return;
    for (;;) {
      const id = yield* this.#load(this.#writerSubbuffer(position));
      if ((id & NOREF) === 0n) return;
      if (yield* this.#swap(this.#writerSubbuffer(position), id, id & ~NOREF)) return;
    }
  }

  /** Exchanges the reader's sub-buffer with the writers' one; `false`: a writer has it or had it since. */
  *#exchange(position: bigint): Steps<boolean> {
    const id = yield* this.#load(this.#writerSubbuffer(position));
    if (!this.#d.isOverwrite) {
      yield* this.#setReaderId(id & ID_INDEX_MASK);
      return true;
    }
    const pass = this.#passBits(position);
    if ((id & NOREF) === 0n || id >> ID_PASS_SHIFT !== pass >> ID_PASS_SHIFT) return false;
    const ours = (this.#readerId & ID_INDEX_MASK) | NOREF | pass;
    if (!(yield* this.#swap(this.#writerSubbuffer(position), id, ours))) return false;
    yield* this.#setReaderId(id);
    return true;
  }

  *#setReaderId(id: bigint): Steps<void> {
    this.#readerId = id;
    yield* this.#store(this.#place('readerSubbuffer'), id);
  }

  #layOut(record: ModelRecord, at: bigint, isFullTimestamp: boolean) {
    const { recordHeader, isNaturallyAligned } = this.#d;
    const { isExtended, endBytes } = placeRecordHeader(
      recordHeader,
      Number(at),
      record.eventId,
      isFullTimestamp,
      isNaturallyAligned,
    );
    return { isExtended, endInSub: BigInt(endBytes + record.payload.length) };
  }

  #writeRecord({ begin, timestamp, isExtended }: ModelReservation, { eventId, payload }: ModelRecord): void {
    const id = this.#view.getBigUint64(this.#writerSubbuffer(begin), true);
    const at = this.#page(id).memoryAt + Number(this.#subOffset(begin));
    const { recordHeader: kind, isNaturallyAligned } = this.#d;
    const header = { kind, eventId, timestamp, isExtended, isNaturallyAligned };
    this.#bytes.set(payload, writeRecordHeader(this.#view, at, header, LP64_LITTLE_ENDIAN));
  }

  // ---- positions

  #subOffset = (x: bigint): bigint => x & (this.#size - 1n);
  #subTrunc = (x: bigint): bigint => x & ~(this.#size - 1n);
  #nextSub = (x: bigint): bigint => u64(x + this.#size) & ~(this.#size - 1n);
  #index = (x: bigint): number => Number((x & (this.#bufferSize - 1n)) >> this.#sizeOrder);
  #expectation = (x: bigint): bigint => (x & ~(this.#bufferSize - 1n)) >> this.#countOrder;
  #passBits = (x: bigint): bigint => u64((x >> (this.#sizeOrder + this.#countOrder)) << ID_PASS_SHIFT);
  #roundUp = (x: bigint, to: bigint): bigint => ((x + to - 1n) / to) * to;

  // ---- places

  #place(name: string): number {
    return this.#at[name]!;
  }
  #hot = (x: bigint): number => this.#table('hotReference', 'hotStride', x) + this.#at['hotCommitted']!;
  #sequence = (x: bigint): number => this.#table('hotReference', 'hotStride', x) + this.#at['hotSequence']!;
  #cold = (x: bigint): number => this.#table('coldReference', 'coldStride', x) + this.#at['coldDelivered']!;
  #endTimestamp = (x: bigint): number => this.#table('endTimestampsReference', 'endTimestampStride', x);
  #writerSubbuffer = (x: bigint): number =>
    this.#table('writerSubbuffersReference', 'writerSubbufferStride', x);
  #packetCounter = (x: bigint): number => this.#table('packetCountersReference', 'packetCounterStride', x);

  #table(reference: string, stride: string, position: bigint): number {
    return this.#target(this.#place(reference)) + this.#index(position) * this.#place(stride);
  }

  /** References never change after creation: following one is no step. */
  #target(referenceAt: number): number {
    return Number(this.#view.getBigUint64(referenceAt + this.#place('referenceOffset'), true));
  }

  #page(id: bigint) {
    const references = this.#target(this.#place('pageReferencesReference'));
    const index = Number(id & ID_INDEX_MASK);
    const pageAt = this.#target(references + index * this.#place('referenceStride'));
    return {
      dataSizeAt: pageAt + this.#place('pageDataSize'),
      memoryAt: this.#target(pageAt + this.#place('pageMemoryReference')),
    };
  }

  *#pageOf(position: bigint) {
    return this.#page(yield* this.#load(this.#writerSubbuffer(position)));
  }

  // ---- atomic accesses: the steps

  *#load(at: number): Steps<bigint> {
    yield;
    return this.#see(this.#view.getBigUint64(at, true));
  }

  *#store(at: number, value: bigint): Steps<void> {
    yield;
    this.#view.setBigUint64(at, value, true);
  }

  *#add(at: number, value: bigint): Steps<bigint> {
    yield;
    const sum = u64(this.#view.getBigUint64(at, true) + value);
    this.#view.setBigUint64(at, sum, true);
    return this.#see(sum);
  }

  *#swap(at: number, old: bigint, value: bigint): Steps<boolean> {
    yield;
    const isEqual = this.#see(this.#view.getBigUint64(at, true)) === u64(old);
    if (isEqual) this.#view.setBigUint64(at, u64(value), true);
    return isEqual;
  }

  #see(value: bigint): bigint {
    this.digest =
      (Math.imul(this.digest ^ Number(value & 0xffff_ffffn), 0x9e3779b1) ^ Number(value >> 32n)) | 0;
    this.digest = (this.digest << 7) | (this.digest >>> 25);
    return value;
  }
}
