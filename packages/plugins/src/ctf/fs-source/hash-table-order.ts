/**
 * The order in which Babeltrace 2.1 shows the labels of an enumeration. It keeps them in a hash table of C++'s standard
 * library (`std::unordered_map<std::string, …>` of GNU libstdc++ on 64-bit machines), whose order follows from hashes and
 * from when the table grew. Texts with several labels of one value have this order, so we make it, too.
 */

const MASK = (1n << 64n) - 1n;
const MULTIPLIER = 0xc6a4a7935bd1e995n;
const SEED = 0xc70f6907n;
const SHIFT = 47n;

/** Numbers of buckets that the table grows through. */
const BUCKET_COUNTS = [1, 13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10273, 20753, 42043, 85229] as const;

const utf8 = new TextEncoder();

const mix = (value: bigint): bigint => value ^ (value >> SHIFT);

/** MurmurHash64A, as libstdc++ has it. */
export function stringHash(text: string): bigint {
  const bytes = utf8.encode(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let hash = SEED ^ ((BigInt(bytes.length) * MULTIPLIER) & MASK);
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    const data = (mix((view.getBigUint64(at, true) * MULTIPLIER) & MASK) * MULTIPLIER) & MASK;
    hash = ((hash ^ data) * MULTIPLIER) & MASK;
  }
  if (at < bytes.length) {
    let data = 0n;
    for (let i = bytes.length - 1; i >= at; i--) data = (data << 8n) | BigInt(bytes[i]!);
    hash = ((hash ^ data) * MULTIPLIER) & MASK;
  }
  hash = (mix(hash) * MULTIPLIER) & MASK;
  return mix(hash);
}

/** Orders labels, given in order of their insertion and each once, as the table does. */
export function hashTableOrder(labels: readonly string[]): readonly string[] {
  const hashes = new Map(labels.map((label) => [label, stringHash(label)]));
  const bucketOf = (label: string, count: number): bigint => hashes.get(label)! % BigInt(count);
  let order: string[] = [];
  let growth = 0;
  for (const label of labels) {
    if (order.length + 1 > BUCKET_COUNTS[growth]! && growth + 1 < BUCKET_COUNTS.length) {
      growth++;
      const count = BUCKET_COUNTS[growth]!;
      const old = order;
      order = [];
      for (const kept of old) insert(order, kept, (other) => bucketOf(other, count));
    }
    insert(order, label, (other) => bucketOf(other, BUCKET_COUNTS[growth]!));
  }
  return order;
}

/** A bucket that is empty goes first; in one that is not, the newcomer is the first. */
function insert(order: string[], label: string, bucketOf: (label: string) => bigint): void {
  const bucket = bucketOf(label);
  const at = order.findIndex((other) => bucketOf(other) === bucket);
  order.splice(Math.max(at, 0), 0, label);
}
