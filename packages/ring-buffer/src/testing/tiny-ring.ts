/**
 * Rings small enough that tests fill, overtake and exhaust them in a few records.
 */
import type { RingDescriptor } from '@lttng-ts/native';
import type { ChannelShape } from '../descriptor.ts';
import { type DescriptorOptions, descriptorOf } from '../descriptor.ts';
import type { RingGeometry } from '../geometry.ts';
import { lp64Layouts } from '../layouts.ts';
import { streamLayoutOf } from '../stream-layout.ts';
import { initializeStream } from '../stream-memory.ts';

/** Unlike the machine's page, so that tiny sub-buffers hold whole pages. */
export const TINY_PAGE_BYTES = 64;

export interface TinyRing {
  readonly descriptor: RingDescriptor;
  readonly lengthBytes: number;
  /** Writes the initial contents into zeroed memory. */
  initialize(memory: ArrayBuffer): void;
}

export function tinyRing(geometry: RingGeometry, options: DescriptorOptions = {}): TinyRing {
  const channel: ChannelShape = {
    geometry,
    wakeupBy: 'writer',
    blockingTimeoutMs: 0,
    channelId: 7,
    uuid: Uint8Array.from({ length: 16 }, (_, i) => i + 1),
  };
  return {
    descriptor: descriptorOf(channel, 0, { pageBytes: TINY_PAGE_BYTES, ...options }),
    lengthBytes: streamLayoutOf(geometry, lp64Layouts, TINY_PAGE_BYTES).lengthBytes,
    initialize: (memory) => void initializeStream(memory, channel, 0, 1n, lp64Layouts, TINY_PAGE_BYTES),
  };
}

/** A repeatable source of numbers (mulberry32): `random(n)` is in 0 … n-1. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}
