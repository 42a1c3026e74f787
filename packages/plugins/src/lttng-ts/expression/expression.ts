/**
 * `filter.lttng-ts.expression`: lets the events pass for which expressions of the tracers' filter language are true,
 * and everything that is no event.
 */
import { bothBounds, parseReadingFilter, type ReadingFilter } from '@lttng-ts/filter';
import {
  AGAIN,
  type FilterClass,
  type FlowItem,
  type FlowIterator,
  type FlowIteratorBehaviour,
  type FlowResult,
  isArray,
  type Logger,
  type MessageIteratorBehaviour,
  type Value,
} from '@lttng-ts/graph';
import { booleanParam, type Parameters, validateParams } from '../../params/validate.ts';
import { TimeRangeIterator } from '../../utils/trimmer/time-range-iterator.ts';
import { MessageFilter } from './message-filter.ts';
import { RunFilter } from './run-filter.ts';

const PARAMETERS: Parameters = {
  expression: {
    shape: {
      kind: 'any-of',
      shapes: [{ kind: 'string' }, { kind: 'array', element: { kind: 'string' }, minimumLength: 1 }],
    },
    isMandatory: true,
  },
  gmt: { shape: { kind: 'boolean' } },
};

export const expression: FilterClass = {
  kind: 'filter',
  name: 'expression',
  description: 'Keep events for which an expression of the filter language is true.',
  help: 'See the babeltrace2-filter.lttng-ts.expression(7) manual page.',
  initialize(self, params) {
    const input = self.addInputPort('in');
    self.addOutputPort('out');
    validateParams(params, PARAMETERS);
    const isGmt = booleanParam(params, 'gmt', false);
    const filters = expressionsOf(params.get('expression')!).map((text) => parseReadingFilter(text, isGmt));
    const isInterrupted = (): boolean => self.isInterrupted();
    const iterate = (upstream: FlowIterator): FilterIterator =>
      new FilterIterator(upstream, filters, isInterrupted, self.log);
    return {
      // Without runs in its input, messages are all that it gives.
      createMessageIterator: (iterator) =>
        iterate(iterator.createMessageIterator(input)) as MessageIteratorBehaviour,
      createFlowIterator: (iterator) => iterate(iterator.createFlowIterator(input)),
    };
  },
};

const expressionsOf = (value: Value): readonly string[] =>
  (isArray(value) ? value : [value]) as readonly string[];

class FilterIterator implements FlowIteratorBehaviour {
  readonly canSeekForward: boolean;
  readonly #upstream: FlowIterator;
  /** What can be true of a part of time only is read there only. */
  readonly #part: TimeRangeIterator | null;
  #filters: readonly ReadingFilter[];
  #messages: MessageFilter;
  #runs: RunFilter;
  readonly #isInterrupted: () => boolean;
  readonly #log: Logger;
  #hasPassed = false;

  constructor(
    upstream: FlowIterator,
    filters: readonly ReadingFilter[],
    isInterrupted: () => boolean,
    log: Logger,
  ) {
    this.#upstream = upstream;
    this.canSeekForward = upstream.canSeekForward;
    this.#part = this.#partOf(filters, isInterrupted);
    this.#filters = filters;
    this.#messages = new MessageFilter(filters);
    this.#runs = new RunFilter(filters, this.#messages);
    this.#isInterrupted = isInterrupted;
    this.#log = log;
  }

  #partOf(filters: readonly ReadingFilter[], isInterrupted: () => boolean): TimeRangeIterator | null {
    const needsDay = filters.some((filter) => filter.needsDay);
    const isBounded = filters.some(({ time }) => time.beginNs !== null || time.endNs !== null);
    if (!needsDay && !isBounded) return null;
    const wanted = {
      needsDay,
      of: (dayNs: bigint | null) => {
        if (dayNs !== null) this.#setFilters(filters.map((filter) => filter.onDay(dayNs)));
        return this.#filters.map(({ time }) => time).reduce(bothBounds);
      },
      // Events without a time never pass.
      check: () => undefined,
      isSeekOptional: true,
    };
    return new TimeRangeIterator(this.#upstream, wanted, isInterrupted);
  }

  #setFilters(filters: readonly ReadingFilter[]): void {
    this.#filters = filters;
    this.#messages = new MessageFilter(filters);
    this.#runs = new RunFilter(filters, this.#messages);
  }

  next(): FlowResult {
    const source = this.#part ?? this.#upstream;
    for (;;) {
      const result = source.next();
      if (result.kind === 'end') this.#warn();
      if (result.kind !== 'messages') return result;
      const messages = this.#pass(result.messages);
      if (messages.length > 0) return { kind: 'messages', messages };
      if (this.#isInterrupted()) return AGAIN;
    }
  }

  #pass(items: readonly FlowItem[]): readonly FlowItem[] {
    const passed: FlowItem[] = [];
    for (const item of items) {
      if (item.kind === 'event-run') {
        const run = this.#runs.pass(item);
        if (run.count > 0) {
          passed.push(run);
          this.#hasPassed = true;
        }
      } else if (item.kind !== 'event') {
        passed.push(item);
      } else if (this.#messages.accepts(item)) {
        passed.push(item);
        this.#hasPassed = true;
      }
    }
    return passed;
  }

  /** Nothing passed, and no value could have changed that: tell why. A tracer would be silent. */
  #warn(): void {
    if (this.#hasPassed) return;
    const refusal = this.#runs.hopelessness ?? this.#messages.hopelessness;
    if (refusal === null) return;
    const text = this.#filters.map((filter) => `"${filter.expression}"`).join(', ');
    this.#log.warn(`No event can pass the filter: ${refusal.reason}, expression=${text}`);
  }

  get damage(): Error | null {
    return this.#upstream.damage;
  }

  canSeekBeginning(): boolean {
    return this.#upstream.canSeekBeginning();
  }

  seekBeginning(): 'ok' | 'again' {
    return (this.#part ?? this.#upstream).seekBeginning();
  }

  seekBefore(ns: bigint): 'ok' | 'again' {
    return this.#part?.seekBefore(ns) ?? this.#upstream.seekBefore(ns);
  }

  canSeekNsFromOrigin(ns: bigint): boolean {
    return this.#part === null && this.#upstream.canSeekNsFromOrigin(ns);
  }

  seekNsFromOrigin(ns: bigint): 'ok' | 'again' {
    return this.#upstream.seekNsFromOrigin(ns);
  }
}
