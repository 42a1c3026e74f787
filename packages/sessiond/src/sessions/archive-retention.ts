/** Which archived chunks are kept, and when the next one is too old. Pure. */
import type { ArchiveRetention } from '@lttng-ts/protocols';

/** An archived chunk; `sizeBytes` is null until it was measured. */
export interface ArchivedChunk {
  readonly path: string;
  readonly endS: number;
  readonly sizeBytes: number | null;
  /** Nothing is going on with it, and nothing is going to. */
  readonly isSettled: boolean;
}

/** Chunks (oldest first) that are kept no longer. The newest one always is, and so is one that is still worked on. */
export function chunksToRemove<C extends ArchivedChunk>(
  chunks: readonly C[],
  { chunkCount, totalBytes, ageS }: ArchiveRetention,
  nowS: number,
): readonly C[] {
  const removed: C[] = [];
  let keptCount = 0;
  let keptBytes = 0;
  for (const chunk of chunks.toReversed()) {
    keptCount++;
    keptBytes += chunk.sizeBytes ?? 0;
    const isTooMany = chunkCount !== null && keptCount > chunkCount;
    const isTooMuch = totalBytes !== null && keptBytes > totalBytes;
    const isTooOld = ageS !== null && nowS - chunk.endS >= ageS;
    const isNewest = keptCount === 1;
    if (!isNewest && chunk.isSettled && (isTooMany || isTooMuch || isTooOld)) removed.push(chunk);
  }
  return removed.toReversed();
}

/** Seconds until the oldest chunk is too old; null when none ever is. */
export function nextExpiryS(
  chunks: readonly ArchivedChunk[],
  { ageS }: ArchiveRetention,
  nowS: number,
): number | null {
  const [oldest] = chunks;
  // The newest chunk is kept.
  if (ageS === null || oldest === undefined || chunks.length < 2) return null;
  return Math.max(1, oldest.endS + ageS - nowS);
}
