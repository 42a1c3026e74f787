/** Filters and time: the day that times of day are on, and the part of a trace in which filters can be true. */
import { FormatError } from '@lttng-ts/base';
import { bothBounds, type ReadingFilter } from '@lttng-ts/filter';
import type { DataStream } from '../stream/data-stream.ts';
import type { TimeRange } from '../stream/time-range.ts';
import type { Trace } from '../stream/trace.ts';

/** The same filters whose times of day are on the day on which `traces` begin. Filters without any are given back. */
export function filtersOnDay(
  filters: readonly ReadingFilter[],
  traces: readonly Trace[],
): readonly ReadingFilter[] {
  if (!filters.some(({ needsDay }) => needsDay)) return filters;
  // Without any time nothing passes, whatever the day.
  let dayNs: bigint | null = null;
  for (const dataStream of traces.flatMap(({ dataStreams }) => dataStreams)) {
    const ns = firstNsOf(dataStream);
    if (ns !== null && (dayNs === null || ns < dayNs)) dayNs = ns;
  }
  return filters.map((filter) => filter.onDay(dayNs ?? 0n));
}

/** The part of `range` in which all of `filters` can be true; `null`: everything. */
export function filteredRange(
  filters: readonly ReadingFilter[],
  range: TimeRange | null = null,
): TimeRange | null {
  const times = filters.map(({ time }) => time);
  const { beginNs, endNs } = times.reduce(bothBounds, range ?? { beginNs: null, endNs: null });
  return range === null && beginNs === null && endNs === null ? null : { beginNs, endNs };
}

/** The first time in a data stream; `null` where there is none, or damage comes before. */
function firstNsOf(dataStream: DataStream): bigint | null {
  try {
    for (const { ns } of dataStream.messages()) if (ns !== null) return ns;
  } catch (error) {
    // Told by whoever reads the data stream.
    if (!(error instanceof FormatError)) throw error;
  }
  return null;
}
