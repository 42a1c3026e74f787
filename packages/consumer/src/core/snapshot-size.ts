/** How many packets of each stream a snapshot of limited size holds. Pure. */

/** The streams of one channel. */
export interface SnapshotChannel {
  readonly subbufferSizeBytes: number;
  readonly subbufferCount: number;
  readonly streamCount: number;
}

/**
 * The number of packets that every stream may give so that all together fit `maxSizeBytes`, as lttng-sessiond
 * counts them: one more for every stream that has one more, as long as there is room. `Infinity` without a
 * limit (0); null when not even one of each fits.
 */
export function packetsPerStream(channels: readonly SnapshotChannel[], maxSizeBytes: number): number | null {
  if (maxSizeBytes === 0) return Number.POSITIVE_INFINITY;
  let leftBytes = maxSizeBytes;
  for (let packets = 0; ; packets++) {
    const oneMoreBytes = channels
      .filter(({ subbufferCount }) => subbufferCount > packets)
      .reduce((sum, { subbufferSizeBytes, streamCount }) => sum + subbufferSizeBytes * streamCount, 0);
    // Every buffer fits as a whole.
    if (oneMoreBytes === 0) return Number.POSITIVE_INFINITY;
    leftBytes -= oneMoreBytes;
    if (leftBytes < 0) return packets === 0 ? null : packets;
  }
}
