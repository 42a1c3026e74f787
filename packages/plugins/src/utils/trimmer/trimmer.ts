/** `filter.utils.trimmer`: lets messages of a time range pass. */
import { type Bound, FormatError, onDayOf, parseBound, UsageError } from '@lttng-ts/base';
import type { FilterClass, MessageIteratorBehaviour, Stream, Value } from '@lttng-ts/graph';
import { booleanParam, type Parameters, validateParams } from '../../params/validate.ts';
import { type NsRange, TimeRangeIterator, type WantedRange } from './time-range-iterator.ts';

const bound = { shape: { kind: 'any-of', shapes: [{ kind: 'integer' }, { kind: 'string' }] } } as const;

const PARAMETERS: Parameters = { gmt: { shape: { kind: 'boolean' } }, begin: bound, end: bound };

export const trimmer: FilterClass = {
  kind: 'filter',
  name: 'trimmer',
  description: 'Discard messages that occur outside a specific time range.',
  help: 'See the babeltrace2-filter.utils.trimmer(7) manual page.',
  initialize(self, params) {
    const input = self.addInputPort('in');
    self.addOutputPort('out');
    validateParams(params, PARAMETERS);
    const isGmt = booleanParam(params, 'gmt', false);
    const range: Range = {
      isGmt,
      begin: boundParam(params.get('begin'), isGmt),
      end: boundParam(params.get('end'), isGmt),
    };
    checkRange(range);
    const wanted: WantedRange = {
      needsDay: range.begin.kind === 'time-of-day' || range.end.kind === 'time-of-day',
      of: (dayNs) => nsRange(range, dayNs),
      check: checkStream,
      isSeekOptional: false,
    };
    return {
      createMessageIterator(iterator) {
        const upstream = iterator.createMessageIterator(input);
        // Without runs in its input, messages are all that it gives.
        return new TimeRangeIterator(upstream, wanted, () =>
          iterator.isInterrupted(),
        ) as MessageIteratorBehaviour;
      },
      createFlowIterator: (iterator) =>
        new TimeRangeIterator(iterator.createFlowIterator(input), wanted, () => iterator.isInterrupted()),
    };
  },
};

interface Range {
  readonly isGmt: boolean;
  readonly begin: Bound;
  readonly end: Bound;
}

function boundParam(value: Value | undefined, isGmt: boolean): Bound {
  return value === undefined ? { kind: 'infinite' } : parseBound(String(value), isGmt);
}

function checkRange({ begin, end }: Range): void {
  if (begin.kind !== 'ns' || end.kind !== 'ns' || begin.ns <= end.ns) return;
  throw new UsageError(
    `Trimming time range's beginning time is greater than end time: begin-ns-from-origin=${begin.ns}, ` +
      `end-ns-from-origin=${end.ns}`,
  );
}

/** The range with times of day on the day of `dayNs`. Throws `UsageError` when it is none. */
function nsRange({ begin, end, isGmt }: Range, dayNs: bigint | null): NsRange {
  const resolve = (one: Bound): Bound =>
    one.kind === 'time-of-day' && dayNs !== null ? { kind: 'ns', ns: onDayOf(dayNs, one.time, isGmt) } : one;
  const resolved = { isGmt, begin: resolve(begin), end: resolve(end) };
  checkRange(resolved);
  const nsOfBound = (one: Bound): bigint | null => (one.kind === 'ns' ? one.ns : null);
  return { beginNs: nsOfBound(resolved.begin), endNs: nsOfBound(resolved.end) };
}

/** Only what has times can be trimmed. */
function checkStream(stream: Stream): void {
  const { class: streamClass, id, name } = stream;
  const what =
    streamClass.defaultClockClass === null
      ? 'stream class does not have a default clock class'
      : streamClass.supportsPackets && !streamClass.packetsHaveBeginningClockSnapshot
        ? 'packets have no beginning clock snapshot'
        : streamClass.supportsPackets && !streamClass.packetsHaveEndClockSnapshot
          ? 'packets have no end clock snapshot'
          : streamClass.supportsDiscardedPackets && !streamClass.discardedPacketsHaveClockSnapshots
            ? 'discarded packets have no clock snapshots'
            : streamClass.supportsDiscardedEvents && !streamClass.discardedEventsHaveClockSnapshots
              ? 'discarded events have no clock snapshots'
              : null;
  if (what !== null) {
    throw new FormatError(`Unsupported stream: ${what}: stream-id=${id}, stream-name="${name ?? '(null)'}"`);
  }
}
