/**
 * Where the tables of a stream lie in its shared memory, in upstream's order of allocation.
 */
import { alignUp } from '@lttng-ts/wire';
import { PAGE_BYTES } from './constants.ts';
import type { RingGeometry } from './geometry.ts';
import { type Layouts, lp64Layouts } from './layouts.ts';

export interface StreamLayout {
  readonly hotAt: number;
  readonly coldAt: number;
  readonly endTimestampsAt: number;
  readonly pageReferencesAt: number;
  readonly memoryAt: number;
  readonly pagesAt: number;
  readonly writerSubbuffersAt: number;
  readonly packetCountersAt: number;
  /** Sub-buffers in memory: one more than writers use, in overwrite mode. */
  readonly pageCount: number;
  /** Length of the shared memory. Counted with one more sub-buffer in both modes, as both ends do. */
  readonly lengthBytes: number;
}

export function streamLayoutOf(
  geometry: RingGeometry,
  layouts: Layouts = lp64Layouts,
  pageBytes = PAGE_BYTES,
): StreamLayout {
  const spare = geometry.subbufferCount + 1;
  const pageCount = geometry.mode === 'overwrite' ? spare : geometry.subbufferCount;
  const { endBytes: lengthBytes } = place(geometry, layouts, spare, pageBytes);
  return { ...place(geometry, layouts, pageCount, pageBytes), pageCount, lengthBytes };
}

function place(geometry: RingGeometry, layouts: Layouts, pageCount: number, pageBytes: number) {
  const count = geometry.subbufferCount;
  let at = layouts.buffer.sizeBytes;
  const take = (alignBytes: number, sizeBytes: number) => {
    const start = alignUp(at, alignBytes);
    at = start + sizeBytes;
    return start;
  };
  const table = ({ alignBytes, sizeBytes }: { alignBytes: number; sizeBytes: number }, elements: number) =>
    take(alignBytes, sizeBytes * elements);
  return {
    hotAt: table(layouts.hotCounters, count),
    coldAt: table(layouts.coldCounters, count),
    endTimestampsAt: table(layouts.endTimestamp, count),
    pageReferencesAt: table(layouts.pageReference, pageCount),
    memoryAt: take(pageBytes, geometry.subbufferSizeBytes * pageCount),
    pagesAt: table(layouts.page, pageCount),
    writerSubbuffersAt: table(layouts.writerSubbuffer, count),
    packetCountersAt: table(layouts.packetCounter, count),
    endBytes: at,
  };
}
