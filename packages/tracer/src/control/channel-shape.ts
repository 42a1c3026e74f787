/** What an application takes from a channel's description (the blob of CHANNEL). */
import type { RingDescriptor } from '@lttng-ts/native';
import type { UstHeaderType } from '@lttng-ts/protocols/ust-app';

export interface ChannelShape {
  /** Id of the channel in its session's metadata; the daemon's registration answer must repeat it. */
  readonly channelId: number;
  /** Streams that the daemon sends: one per possible CPU. */
  readonly streamCount: number;
  /** Where things lie in the streams' memory. */
  descriptorFor(headerType: UstHeaderType): RingDescriptor;
}

/** Parses a channel's description; `null` when it is not one. */
export function parseChannelShape(_blob: Uint8Array): ChannelShape | null {
  return null;
}
