/**
 * How a channel of given attributes lies in memory, by the ring buffer's tables.
 */
import process from 'node:process';
import {
  buildChannelBlob,
  type ChannelShape,
  descriptorOf,
  initializeStream,
  roundGeometry,
  streamLayoutOf,
} from '@lttng-ts/ring-buffer';
import type { ChannelBufferSpec } from '../channel-buffers.ts';
import type { ChannelLayout } from './shared-channel-buffers.ts';

/** Lays a channel out for `cpuCount` possible CPUs; throws `UsageError` when no ring has that shape. */
export function layOutChannel(spec: ChannelBufferSpec, cpuCount: number): ChannelLayout {
  const { mode, subbufferSizeBytes, subbufferCount, readTimerUs, switchTimerUs } = spec.attributes;
  const geometry = roundGeometry({ mode, subbufferSizeBytes, subbufferCount });
  const shape: ChannelShape = {
    geometry,
    // As the original: with a read timer the consumer polls, and writers make no system call.
    wakeupBy: readTimerUs === 0 ? 'writer' : 'timer',
    blockingTimeoutMs: timeoutMs(spec.attributes.blockingTimeoutUs),
    channelId: spec.ustChannelId,
    uuid: spec.uuid,
  };
  const startTimestamp = process.hrtime.bigint();
  return {
    blob: buildChannelBlob({ ...shape, streamCount: cpuCount, switchTimerUs, readTimerUs, startTimestamp }),
    subbufferSizeBytes: geometry.subbufferSizeBytes,
    subbufferCount: geometry.subbufferCount,
    streamLengthBytes: streamLayoutOf(geometry).lengthBytes,
    descriptorOf: (cpu) => descriptorOf(shape, cpu),
    initialize: (memory, cpu) => void initializeStream(memory, shape, cpu, startTimestamp),
  };
}

/** -1 (for ever) stays; a timeout below a millisecond is none, as in the original. */
function timeoutMs(timeoutUs: number): number {
  return timeoutUs < 0 ? -1 : Math.floor(timeoutUs / 1000);
}
