/**
 * Where the time of traces is cut, so that several threads print about as much each: at times between which about as
 * many bytes of packets lie, if events are spread evenly over the time of their packet.
 */

/** What one slice should have, in bytes of packets: too little, and looking for its beginning takes most of the time. */
const LEAST_SLICE_BYTES = 1 << 20;
/** A slice has so many times the bytes of the packets that a cut goes through. */
const CUT_PACKETS = 2;
/** What the slices of all threads have together, at most: their text waits in memory for what comes before it. */
const MOST_BYTES = 8 << 20;
/** Some more slices than threads: not all are equally long to print. */
const SLICES_PER_JOB = 8;

/** Integers that say when packets begin and end, in nanoseconds, and how many bytes they have. */
const VALUES_PER_PACKET = 3;

/** Times that cut what `packets` say into slices for `jobs` threads, ascending; none when that is not worth it. */
export function cutTimes(packets: readonly bigint[], jobs: number): readonly bigint[] {
  const origin = packets.reduce<bigint | undefined>(
    (least, value, i) =>
      i % VALUES_PER_PACKET === 0 && (least === undefined || value < least) ? value : least,
    undefined,
  );
  if (origin === undefined) return [];
  const rates = ratesOf(packets, origin);
  const totalBytes = rates.reduce((sum, { bytes }) => sum + bytes, 0);
  const wantedBytes = totalBytes / (jobs * SLICES_PER_JOB);
  const leastBytes = Math.max(LEAST_SLICE_BYTES, CUT_PACKETS * cutBytesOf(packets, origin));
  const sliceBytes = Math.max(Math.min(wantedBytes, MOST_BYTES / jobs), leastBytes);
  const cuts: bigint[] = [];
  let before = 0;
  for (const { beginNs, lengthNs, bytes } of rates) {
    for (; (cuts.length + 1) * sliceBytes <= before + bytes; ) {
      if ((cuts.length + 1.5) * sliceBytes > totalBytes) break;
      const part = bytes === 0 ? 0 : ((cuts.length + 1) * sliceBytes - before) / bytes;
      cuts.push(origin + BigInt(Math.round(beginNs + part * lengthNs)));
    }
    before += bytes;
  }
  // Where much is at one time, several are the same.
  return [...new Set(cuts)].filter((cut) => cut > origin);
}

/** Bytes of the packets that a cut goes through, on average: they are read for the slices on both sides. */
function cutBytesOf(packets: readonly bigint[], origin: bigint): number {
  let lastNs = 1;
  let product = 0;
  for (let i = 0; i + VALUES_PER_PACKET <= packets.length; i += VALUES_PER_PACKET) {
    const endNs = Number(packets[i + 1]! - origin);
    product += Number(packets[i + 2]!) * (endNs - Number(packets[i]! - origin));
    lastNs = Math.max(lastNs, endNs);
  }
  return product / lastNs;
}

/** Stretches of time in a row, in nanoseconds from `origin`, with the bytes in each. */
function ratesOf(
  packets: readonly bigint[],
  origin: bigint,
): readonly { readonly beginNs: number; readonly lengthNs: number; readonly bytes: number }[] {
  const changes: { readonly atNs: number; readonly rate: number }[] = [];
  for (let i = 0; i + VALUES_PER_PACKET <= packets.length; i += VALUES_PER_PACKET) {
    const beginNs = Number(packets[i]! - origin);
    // An instant has no length: take the shortest time there is.
    const endNs = Math.max(Number(packets[i + 1]! - origin), beginNs + 1);
    const rate = Number(packets[i + 2]!) / (endNs - beginNs);
    changes.push({ atNs: beginNs, rate }, { atNs: endNs, rate: -rate });
  }
  changes.sort((a, b) => a.atNs - b.atNs);
  let rate = 0;
  return changes.slice(0, -1).map((change, i) => {
    rate = Math.max(rate + change.rate, 0);
    const lengthNs = changes[i + 1]!.atNs - change.atNs;
    return { beginNs: change.atNs, lengthNs, bytes: rate * lengthNs };
  });
}
