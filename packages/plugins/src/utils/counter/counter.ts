/** `sink.utils.counter`: counts messages by kind and prints the counts now and then, and at the end. */
import type { FlowIterator, MessageKind, SinkClass } from '@lttng-ts/graph';
import type { Host } from '../../host.ts';
import { booleanParam, integerParam, type Parameters, validateParams } from '../../params/validate.ts';
import { colours, NO_COLOURS } from '../../text/palette.ts';
import { TextOutput } from '../../text/text-output.ts';

const PARAMETERS: Parameters = {
  step: { shape: { kind: 'unsigned-integer' } },
  'hide-zero': { shape: { kind: 'boolean' } },
};

/** Messages between two printings; 0: only at the end. */
const DEFAULT_STEP = 10_000n;
const UPSTREAM_BATCH_LENGTH = 15;
const COUNT_WIDTH = 15;

/** Kinds in the order of their lines. */
const NAMES: readonly (readonly [MessageKind, string])[] = [
  ['event', 'Event'],
  ['stream-beginning', 'Stream beginning'],
  ['stream-end', 'Stream end'],
  ['packet-beginning', 'Packet beginning'],
  ['packet-end', 'Packet end'],
  ['discarded-events', 'Discarded event'],
  ['discarded-packets', 'Discarded packet'],
  ['message-iterator-inactivity', 'Message iterator inactivity'],
];

export const counter = (host: Host): SinkClass => ({
  kind: 'sink',
  name: 'counter',
  description: 'Count messages and print the statistics.',
  help: 'See the babeltrace2-sink.utils.counter(7) manual page.',
  initialize(self, params) {
    const input = self.addInputPort('in');
    validateParams(params, PARAMETERS);
    const step = Number(integerParam(params, 'step') ?? DEFAULT_STEP);
    const hidesZero = booleanParam(params, 'hide-zero', false);
    const { bold, reset } = host.hasColours ? colours(host.isBrightBold) : NO_COLOURS;
    const output = new TextOutput(host, null);
    const counts = new Map<MessageKind, number>();
    let messages: FlowIterator;
    let sinceLast = 0;
    let lastTotal = -1;

    const total = (): number => [...counts.values()].reduce((sum, count) => sum + count, 0);
    const print = (): void => {
      for (const [kind, name] of NAMES) {
        const count = counts.get(kind) ?? 0;
        if (count === 0 && hidesZero) continue;
        output.write(`${pad(count)} ${name} message${count === 1 ? '' : 's'}\n`);
      }
      lastTotal = total();
      output.write(`${bold}${pad(lastTotal)} message${lastTotal === 1 ? '' : 's'} (TOTAL)${reset}\n`);
    };
    const printStep = (): void => {
      sinceLast = 0;
      print();
      output.write('\n');
      output.flush();
    };
    const printLast = (): void => {
      if (total() !== lastTotal) print();
      output.flush();
    };
    /** Upstream looks at the step after each of its batches: the numbers that it prints depend on their length. */
    const firstStop = Math.ceil(step / UPSTREAM_BATCH_LENGTH) * UPSTREAM_BATCH_LENGTH;
    const countSome = (kind: MessageKind, more: number): void => {
      for (let rest = more; rest > 0; ) {
        const some = step > 0 ? Math.min(rest, firstStop - sinceLast) : rest;
        counts.set(kind, (counts.get(kind) ?? 0) + some);
        sinceLast += some;
        rest -= some;
        if (step > 0 && sinceLast === firstStop) printStep();
      }
    };
    return {
      graphIsConfigured() {
        messages = self.createFlowIterator(input);
      },
      consume() {
        const result = messages.next();
        if (result.kind === 'end') printLast();
        if (result.kind !== 'messages') return result.kind;
        for (const item of result.messages) {
          if (item.kind === 'event-run') countSome('event', item.count);
          else countSome(item.kind, 1);
        }
        return 'ok';
      },
      finalize: printLast,
    };
  },
});

const pad = (count: number): string => String(count).padStart(COUNT_WIDTH);
