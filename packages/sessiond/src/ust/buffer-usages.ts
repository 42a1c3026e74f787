/**
 * How full the buffers of each channel are, as the monitor timers in the consumers tell it, and those who want to hear
 * of it: conditions on the fill of buffers stand on this.
 */
import type { BufferSetOwner, BufferUsage, ChannelKey, ChannelSample } from '@lttng-ts/protocols';

/** A channel of one set of buffers. */
export interface MonitoredChannel {
  readonly sessionId: number;
  /** Whose consumer tells of it; what others say of it is not believed. */
  readonly sessionOwnerUid: number;
  readonly channelName: string;
  readonly owner: BufferSetOwner;
  /** What one of its streams can hold. */
  readonly capacityBytes: number;
}

/** A sample, and of what it is. */
export interface BufferSample extends BufferUsage {
  readonly channel: MonitoredChannel;
}

/** Takes one sample, at once: it must neither wait nor throw. */
export type BufferSampleListener = (sample: BufferSample) => void;

export class BufferUsages {
  readonly #channels = new Map<
    ChannelKey,
    { readonly channel: MonitoredChannel; last: BufferUsage | null }
  >();
  readonly #listeners = new Set<BufferSampleListener>();

  add(key: ChannelKey, channel: MonitoredChannel): void {
    this.#channels.set(key, { channel, last: null });
  }

  remove(key: ChannelKey): void {
    this.#channels.delete(key);
  }

  /** The latest sample; null before the first one, and without a monitor timer. */
  find(key: ChannelKey): BufferUsage | null {
    return this.#channels.get(key)?.last ?? null;
  }

  /** Takes what the consumer of `uid` sampled. A channel may have been released meanwhile. */
  take(uid: number, samples: readonly ChannelSample[]): void {
    for (const { channelKey, ...usage } of samples) {
      const known = this.#channels.get(channelKey);
      if (known === undefined || known.channel.sessionOwnerUid !== uid) continue;
      known.last = usage;
      for (const listener of this.#listeners) listener({ channel: known.channel, ...usage });
    }
  }

  /** Tells `listener` of each sample from now on; the returned function ends it. */
  subscribe(listener: BufferSampleListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
