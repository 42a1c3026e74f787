/** What was lost, summed over the streams and the sets of buffers of each channel. */
import type { ChannelLosses } from '@lttng-ts/protocols';
import type { UstStatistics } from '../ust/ust-domain.ts';

export type LossesByChannel = ReadonlyMap<string, Omit<ChannelLosses, 'channel'>>;

export function lossesByChannel({ channels }: UstStatistics): LossesByChannel {
  const losses = new Map<string, Omit<ChannelLosses, 'channel'>>();
  for (const [name, sets] of channels) {
    const streams = sets.flatMap((set) => set.streams);
    losses.set(name, {
      discardedEventCount: streams.reduce((sum, stream) => sum + stream.discardedEventCount, 0),
      lostPacketCount: streams.reduce((sum, stream) => sum + stream.lostPacketCount, 0),
    });
  }
  return losses;
}

/** As the control API lists them: one entry a channel, in order of creation, those without losses too. */
export function channelLosses(names: readonly string[], losses: LossesByChannel): readonly ChannelLosses[] {
  const none = { discardedEventCount: 0, lostPacketCount: 0 };
  return names.map((channel) => ({ channel, ...(losses.get(channel) ?? none) }));
}
