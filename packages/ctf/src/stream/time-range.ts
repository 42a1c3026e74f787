/** What is read of traces when only a part of their time is wanted. */
import { cycles as toCycles } from '@lttng-ts/base';
import { cyclesToNs } from '../model/clock-class.ts';
import type { DataStream, ReadingStart } from './data-stream.ts';
import { findStart } from './find-start.ts';
import type { MessageSource } from './merge.ts';
import type { Message } from './messages.ts';

/** From `beginNs` to `endNs`, both included, in nanoseconds from the clock's origin; `null`: from or to the end. */
export interface TimeRange {
  readonly beginNs: bigint | null;
  readonly endNs: bigint | null;
}

/** `dataStream` from where it must be read for what is at or after `beginNs`. */
export function sourceFrom(dataStream: DataStream, beginNs: bigint): MessageSource {
  return {
    identity: dataStream.identity,
    batches: () => dataStream.batches(startAt(dataStream, beginNs)),
  };
}

/** Where `dataStream` must be read for what is at or after `beginNs`; `null`: from its beginning. */
export function startAt(dataStream: DataStream, beginNs: bigint): ReadingStart | null {
  const { defaultClockClass } = dataStream.identity.dataStreamClass;
  if (defaultClockClass === null) return null;
  return findStart(dataStream, (cycles) => cyclesToNs(defaultClockClass, toCycles(cycles)) < beginNs);
}

/**
 * The part of `message` that is in the range; `null`: nothing of it. A loss that the range cuts is cut, and how many were lost
 * in it is not known any more. What has no time is in no range.
 */
export function partInRange(message: Message, { beginNs, endNs }: TimeRange): Message | null {
  if (message.kind === 'discarded-event-records' || message.kind === 'discarded-packets') {
    if (message.beginNs === null || message.endNs === null) return null;
    const isEarly = beginNs !== null && message.beginNs < beginNs;
    const isLate = endNs !== null && message.endNs > endNs;
    if (!isEarly && !isLate) return message;
    const begin = isEarly ? beginNs : message.beginNs;
    const end = isLate ? endNs : message.endNs;
    return end < begin ? null : { ...message, ns: begin, beginNs: begin, endNs: end, count: null };
  }
  if (message.ns === null) return null;
  const isInside = (beginNs === null || message.ns >= beginNs) && (endNs === null || message.ns <= endNs);
  return isInside ? message : null;
}
