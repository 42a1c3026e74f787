/**
 * The channel as the daemon sends it to applications by value (object 0): built by the daemon, parsed by the
 * tracer. A blob is input from another process: every length and reference is checked.
 */
import { ProtocolError } from '@lttng-ts/base';
import { alignUp } from '@lttng-ts/wire';
import {
  CHANNEL_STRUCT_BYTES,
  configWords,
  MAX_BLOB_BYTES,
  modes,
  type RingMode,
  TIMESTAMP_BITS,
  transports,
  type WakeupBy,
  wakeups,
} from './constants.ts';
import type { ChannelShape } from './descriptor.ts';
import { isPowerOfTwo, orderOf } from './geometry.ts';
import { type Layouts, lp64Layouts } from './layouts.ts';

const MAX_STREAMS = 4096;
const MAX_SUBBUFFERS = 1 << 20;

export interface ChannelBlobSpec extends ChannelShape {
  /** Possible CPUs. */
  readonly streamCount: number;
  readonly switchTimerUs: number;
  readonly readTimerUs: number;
  readonly startTimestamp: bigint;
}

/** What a tracer needs of a blob. */
export interface ParsedChannelBlob extends ChannelShape {
  readonly streamCount: number;
  readonly isRecordDisabled: boolean;
}

function privateOffsetOf(streamCount: number, layouts: Layouts): number {
  return alignUp(CHANNEL_STRUCT_BYTES + streamCount * layouts.reference.sizeBytes, layouts.abi.wordBytes);
}

/** Builds the blob: 920 bytes for two streams. */
export function buildChannelBlob(spec: ChannelBlobSpec, layouts: Layouts = lp64Layouts): Uint8Array {
  const { geometry, streamCount } = spec;
  const privateOffset = privateOffsetOf(streamCount, layouts);
  const blob = new Uint8Array(privateOffset + layouts.channelClient.sizeBytes);
  const view = new DataView(blob.buffer);
  const little = layouts.abi.byteOrder === 'little-endian';
  const countOrder = orderOf(geometry.subbufferCount);
  const sizeOrder = orderOf(geometry.subbufferSizeBytes);
  const wordBits = BigInt(layouts.abi.wordBytes * 8);
  layouts.channel.write(
    view,
    0,
    {
      recordDisabled: 0,
      commitCountMask: ((1n << wordBits) - 1n) >> BigInt(countOrder),
      switchTimerUs: BigInt(spec.switchTimerUs),
      switchTimerId: 0n,
      switchTimerEnabled: 0,
      readTimerUs: BigInt(spec.readTimerUs),
      readTimerId: 0n,
      readTimerEnabled: 0,
      isFinalized: 0,
      privateOffset: BigInt(privateOffset),
      streamCount,
      handle: 0n,
      blockingTimeoutMs: spec.blockingTimeoutMs,
      privatePointer: 0n,
      backend: {
        bufferSizeBytes: BigInt(geometry.subbufferSizeBytes * geometry.subbufferCount),
        subbufferSizeBytes: BigInt(geometry.subbufferSizeBytes),
        subbufferSizeOrder: sizeOrder,
        subbufferCountOrder: countOrder,
        bufferSizeOrder: sizeOrder + countOrder,
        hasReaderSubbuffer: geometry.mode === 'overwrite' ? 1 : 0,
        subbufferCount: BigInt(geometry.subbufferCount),
        startTimestamp: spec.startTimestamp,
        clientData: { index: 0n, offset: 0n },
        config: {
          allocation: configWords.allocationPerCpu,
          synchronization: configWords.syncGlobal,
          mode: modes[geometry.mode],
          output: configWords.outputMmap,
          backend: configWords.backendPages,
          oops: configWords.oopsConsistency,
          ipi: configWords.ipiNone,
          wakeup: wakeups[spec.wakeupBy],
          timestampBits: TIMESTAMP_BITS,
          callbacks: Array<bigint>(10).fill(0n),
          clientType: clientTypeOf(geometry.mode, spec.wakeupBy),
          callbackTable: 0n,
        },
        name: transports[geometry.mode][spec.wakeupBy],
      },
    },
    little,
  );
  for (let cpu = 0; cpu < streamCount; cpu++) {
    const at = layouts.channel.sizeBytes + cpu * layouts.reference.sizeBytes;
    layouts.reference.write(view, at, { index: BigInt(1 + cpu), offset: 0n }, little);
  }
  layouts.channelClient.write(view, privateOffset, { channelId: spec.channelId, uuid: spec.uuid }, little);
  return blob;
}

/** Numbers of the client types that use these transports; informational. */
function clientTypeOf(mode: RingMode, wakeupBy: WakeupBy): number {
  return (mode === 'discard' ? 1 : 2) + (wakeupBy === 'timer' ? 2 : 0);
}

/** Parses a blob from a daemon; throws `ProtocolError` when it contradicts itself. */
export function parseChannelBlob(blob: Uint8Array, layouts: Layouts = lp64Layouts): ParsedChannelBlob {
  if (blob.length > MAX_BLOB_BYTES) throw new ProtocolError(`Channel too large: length=${blob.length}`);
  const channel = layouts.channel.decode(blob);
  const { backend } = channel;
  const streamCount = channel.streamCount;
  const expectedPrivate = privateOffsetOf(streamCount, layouts);
  const subbufferSizeBytes = Number(backend.subbufferSizeBytes);
  const subbufferCount = Number(backend.subbufferCount);
  const mode = nameOf(modes, backend.config.mode);
  const wakeupBy = nameOf(wakeups, backend.config.wakeup);
  const isConsistent =
    streamCount > 0 &&
    streamCount <= MAX_STREAMS &&
    channel.privateOffset === BigInt(expectedPrivate) &&
    expectedPrivate + layouts.channelClient.sizeBytes <= blob.length &&
    isPowerOfTwo(subbufferSizeBytes) &&
    subbufferSizeBytes > layouts.packetHeader.sizeBytes &&
    isPowerOfTwo(subbufferCount) &&
    subbufferCount <= MAX_SUBBUFFERS &&
    backend.bufferSizeBytes === backend.subbufferSizeBytes * backend.subbufferCount &&
    backend.bufferSizeBytes <= BigInt(Number.MAX_SAFE_INTEGER);
  if (!isConsistent || mode === null || wakeupBy === null || (mode === 'overwrite' && subbufferCount < 2)) {
    throw new ProtocolError(
      `Channel contradicts itself: streams=${streamCount}, subbuffer-size=${backend.subbufferSizeBytes}, ` +
        `count=${backend.subbufferCount}, mode=${backend.config.mode}, length=${blob.length}`,
    );
  }
  for (let cpu = 0; cpu < streamCount; cpu++) {
    const at = layouts.channel.sizeBytes + cpu * layouts.reference.sizeBytes;
    const { index, offset } = layouts.reference.decode(blob, at);
    if (index !== BigInt(1 + cpu) || offset !== 0n) {
      throw new ProtocolError(
        `Channel has a bad stream reference: cpu=${cpu}, index=${index}, offset=${offset}`,
      );
    }
  }
  const { channelId, uuid } = layouts.channelClient.decode(blob, expectedPrivate);
  return {
    geometry: { mode, subbufferSizeBytes, subbufferCount },
    wakeupBy,
    blockingTimeoutMs: channel.blockingTimeoutMs,
    channelId,
    uuid,
    streamCount,
    isRecordDisabled: channel.recordDisabled !== 0,
  };
}

/** The name of a number in a table, or `null`. */
function nameOf<T extends string>(table: Readonly<Record<T, number>>, number: number): T | null {
  return (Object.keys(table) as T[]).find((name) => table[name] === number) ?? null;
}
