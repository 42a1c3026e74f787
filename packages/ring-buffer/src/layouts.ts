/**
 * The structs of LTTng-UST 2.13's shared memory (ABI major 9; 2.12 and 2.14 have the same places), as tables.
 * Names are upstream's, so that a developer can search for them. `layoutsOf(abi)` gives them for one word size
 * and byte order.
 */
import {
  type Abi,
  arrayOf,
  bytes,
  fixedString,
  i32,
  LP64_LITTLE_ENDIAN,
  natural,
  packed,
  padding,
  u8,
  u16,
  u32,
  u64,
} from '@lttng-ts/wire';
import { cacheAligned, signedWordOf, wordOf } from './word-kinds.ts';

/** Makes all tables for `abi`. Only 64-bit little-endian is tested against the original. */
export function layoutsOf(abi: Abi) {
  const word = wordOf(abi);

  /** A pointer in shared memory: number of an object (stream `cpu` is 1 + cpu) and offset in it. */
  const reference = natural('shm_ref', abi, { index: signedWordOf(abi), offset: signedWordOf(abi) });

  /** Tells lttng-crash how to read the memory of a program that died. */
  const crashRecord = packed('lttng_crash_abi', abi.byteOrder, {
    magic: bytes(16),
    mapLengthBytes: u64,
    endianMarker: u16,
    major: u16,
    minor: u16,
    wordBytes: u8,
    layoutType: u8,
    producedOffset: u32,
    consumedOffset: u32,
    hotTableOffset: u32,
    hotSequenceOffset: u32,
    writerSubbuffersOffset: u32,
    writerSubbufferIdOffset: u32,
    pageReferencesOffset: u32,
    referenceOffsetOffset: u32,
    pageMemoryOffset: u32,
    contentSizeOffset: u32,
    packetSizeOffset: u32,
    fieldLengths: arrayOf(u8, 8),
    hotStride: u32,
    writerSubbufferStride: u32,
    pageReferenceStride: u32,
    bufferSizeBytes: u64,
    subbufferSizeBytes: u64,
    subbufferCount: u64,
    mode: u32,
  });

  const backend = natural('lttng_ust_ring_buffer_backend', abi, {
    writerSubbuffers: reference,
    readerSubbuffer: word,
    packetCounters: reference,
    pageReferences: reference,
    memory: reference,
    channel: reference,
    cpu: i32,
    recordsRead: word,
    isAllocated: u8,
    reserved: padding(64),
  });

  /** The control struct at the start of a stream's memory. */
  const buffer = natural('lttng_ust_ring_buffer', abi, {
    crash: cacheAligned(crashRecord),
    offset: cacheAligned(word),
    hotCounters: reference,
    consumed: word,
    recordDisabled: i32,
    lastTimestamp: u64,
    backend,
    coldCounters: reference,
    endTimestamps: reference,
    activeReaders: word,
    lostFull: word,
    lostWrap: word,
    lostBig: word,
    recordsCount: word,
    recordsOverrun: word,
    isFinalized: i32,
    heldPosition: word,
    producedSnapshot: word,
    consumedSnapshot: word,
    isHeld: u8,
    self: reference,
    reserved: padding(64),
  });

  /** Bytes committed, and up to where they are contiguous, by sub-buffer. */
  const hotCounters = natural('commit_counters_hot', abi, { committed: cacheAligned(word), sequence: word });
  /** Bytes delivered to the reader, by sub-buffer. */
  const coldCounters = natural('commit_counters_cold', abi, { delivered: cacheAligned(word) });
  const endTimestamp = natural('lttng_ust_ring_buffer_ts_end', abi, { timestamp: u64 });
  const pageReference = natural('lttng_ust_ring_buffer_backend_pages_shmp', abi, { reference });
  /** What is known about a sub-buffer's memory; readers and writers exchange these by index. */
  const page = natural('lttng_ust_ring_buffer_backend_pages', abi, {
    mapOffset: word,
    recordsCommitted: word,
    recordsUnread: word,
    dataSize: word,
    memory: reference,
    reserved: padding(16),
  });
  const writerSubbuffer = natural('lttng_ust_ring_buffer_backend_subbuffer', abi, { id: word });
  const packetCounter = natural('lttng_ust_ring_buffer_backend_counts', abi, { count: u64 });

  const config = natural('lttng_ust_ring_buffer_config', abi, {
    allocation: u32,
    synchronization: u32,
    mode: u32,
    output: u32,
    backend: u32,
    oops: u32,
    ipi: u32,
    wakeup: u32,
    timestampBits: u32,
    callbacks: arrayOf(word, 10),
    clientType: u32,
    callbackTable: word,
    reserved: padding(24),
  });

  const channelBackend = natural('channel_backend', abi, {
    bufferSizeBytes: word,
    subbufferSizeBytes: word,
    subbufferSizeOrder: u32,
    subbufferCountOrder: u32,
    bufferSizeOrder: u32,
    /** Bit 0: one more sub-buffer, for the reader. */
    hasReaderSubbuffer: u32,
    subbufferCount: word,
    startTimestamp: u64,
    clientData: reference,
    config,
    name: fixedString(255),
    reserved: padding(64),
  });

  /**
   * The channel as the daemon sends it by value. References to the streams follow {@link CHANNEL_FIELDS_BYTES}, inside
   * upstream's tail padding; the client's configuration lies at `privateOffset`.
   */
  const channel = natural('lttng_ust_ring_buffer_channel', abi, {
    recordDisabled: i32,
    commitCountMask: word,
    switchTimerUs: word,
    switchTimerId: word,
    switchTimerEnabled: i32,
    readTimerUs: word,
    readTimerId: word,
    readTimerEnabled: i32,
    isFinalized: i32,
    privateOffset: word,
    streamCount: u32,
    handle: word,
    blockingTimeoutMs: i32,
    privatePointer: word,
    reserved: padding(16),
    backend: channelBackend,
  });

  /** What the tracer's client keeps behind the channel. */
  const channelClient = natural('lttng_ust_channel_buffer_client', abi, {
    reserved: padding(92),
    channelId: u32,
    reserved2: padding(4),
    uuid: bytes(16),
    reserved3: padding(4),
  });

  /** Header of every packet: CTF packet header and packet context, without padding. */
  const packetHeader = packed('packet_header', abi.byteOrder, {
    magic: u32,
    uuid: bytes(16),
    streamId: u32,
    streamInstanceId: u64,
    timestampBegin: u64,
    timestampEnd: u64,
    contentSize: u64,
    packetSize: u64,
    sequenceNumber: u64,
    eventsDiscarded: u64,
    cpu: u32,
  });

  return {
    abi,
    reference,
    crashRecord,
    backend,
    buffer,
    hotCounters,
    coldCounters,
    endTimestamp,
    pageReference,
    page,
    writerSubbuffer,
    packetCounter,
    config,
    channel,
    channelBackend,
    channelClient,
    packetHeader,
  } as const;
}

export type Layouts = ReturnType<typeof layoutsOf>;

/** The tables of x86-64 and arm64 Linux. */
export const lp64Layouts: Layouts = layoutsOf(LP64_LITTLE_ENDIAN);
