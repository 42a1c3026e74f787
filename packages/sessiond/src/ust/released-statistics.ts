/** What was counted in buffers that are gone. */
import type { ChannelKey, ChannelStatistics } from '@lttng-ts/protocols';
import type { ReleasedChannel } from './recording-buffers.ts';

/**
 * Sums by channel name: a session may see any number of processes. While the session closes, the consumer may tell of the same buffers twice; sums wait then.
 */
export class ReleasedStatistics {
  readonly sums = new Map<string, ChannelStatistics>();
  readonly #waiting = new Map<ChannelKey, ReleasedChannel>();
  isFolding = true;

  add(channels: readonly ReleasedChannel[]): void {
    for (const channel of channels) {
      if (this.isFolding) this.#fold(channel);
      else this.#waiting.set(channel.statistics.channelKey, channel);
    }
  }

  /** Takes in what waited, but for what `told` holds already. */
  foldAllBut(told: readonly ChannelStatistics[]): void {
    for (const { channelKey } of told) this.#waiting.delete(channelKey);
    for (const channel of this.#waiting.values()) this.#fold(channel);
    this.#waiting.clear();
  }

  #fold({ name, statistics }: ReleasedChannel): void {
    const sum = {
      cpu: 0,
      discardedEventCount: 0,
      lostPacketCount: 0,
      consumedPacketCount: 0,
      consumedBytes: 0,
    };
    for (const stream of [...(this.sums.get(name)?.streams ?? []), ...statistics.streams]) {
      sum.discardedEventCount += stream.discardedEventCount;
      sum.lostPacketCount += stream.lostPacketCount;
      sum.consumedPacketCount += stream.consumedPacketCount;
      sum.consumedBytes += stream.consumedBytes;
    }
    this.sums.set(name, { channelKey: statistics.channelKey, streams: [sum] });
  }
}
