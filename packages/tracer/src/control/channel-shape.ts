/** What an application takes from a channel's description (the blob of CHANNEL). */
import { ProtocolError } from '@lttng-ts/base';
import type { RingDescriptor } from '@lttng-ts/native';
import type { UstHeaderType } from '@lttng-ts/protocols/ust-app';
import { descriptorOf, parseChannelBlob } from '@lttng-ts/ring-buffer';

export interface ChannelShape {
  /** Id of the channel in its session's metadata; the daemon's registration answer must repeat it. */
  readonly channelId: number;
  /** Streams that the daemon sends: one per possible CPU. */
  readonly streamCount: number;
  /** Where things lie in the streams' memory: the same for all but the numbers of the stream, which the recorder sets. */
  descriptorFor(headerType: UstHeaderType): RingDescriptor;
}

/** What records depend on besides the channel. */
export interface MachineShape {
  /** See the registration. */
  readonly isNaturallyAligned: boolean;
  /** Packets are padded to whole pages of the machine. */
  readonly pageBytes: number;
  /** Whether writers wait for space as long as the channel says; else never. */
  readonly isBlockingAllowed?: boolean;
}

/** Parses a channel's description; `null` when it is not one. */
export function parseChannelShape(blob: Uint8Array, machine: MachineShape): ChannelShape | null {
  try {
    const { isBlockingAllowed = false, ...options } = machine;
    const parsed = parseChannelBlob(blob);
    const channel = isBlockingAllowed ? parsed : { ...parsed, blockingTimeoutMs: 0 };
    const { channelId, streamCount } = channel;
    const descriptorFor = (recordHeader: UstHeaderType): RingDescriptor =>
      descriptorOf(channel, 0, { recordHeader, ...options });
    return { channelId, streamCount, descriptorFor };
  } catch (error) {
    // The command is refused; the connection is in order.
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
