/** `sink.text.pretty`: prints each event on a line, losses on the standard error. */
import type { FlowItem, FlowIterator, SinkClass, ValueMap } from '@lttng-ts/graph';
import type { Host, Output } from '../../host.ts';
import { stringParam, validateParams } from '../../params/validate.ts';
import { binaryToBytes } from '../binary-text.ts';
import { colours, NO_COLOURS, type Palette } from '../palette.ts';
import { TextOutput } from '../text-output.ts';
import { PRETTY_PARAMETERS, prettyOptions } from './options.ts';
import { PrettyPrinter } from './pretty-printer.ts';
import { RunPrinter } from './run-printer.ts';
import type { TextThreads } from './text-machines.ts';

export const pretty = (host: Host): SinkClass => ({
  kind: 'sink',
  name: 'pretty',
  description: 'Pretty-print messages (`text` format of Babeltrace 1).',
  help: 'See the babeltrace2-sink.text.pretty(7) manual page.',
  initialize(self, params, data) {
    validateParams(params, PRETTY_PARAMETERS);
    const input = self.addInputPort('in');
    const warningPalette = host.hasColours ? colours(host.isBrightBold) : NO_COLOURS;
    const options = prettyOptions(params);
    const printer = new PrettyPrinter(options, paletteOf(params, host), warningPalette);
    const output = new TextOutput(host, stringParam(params, 'path'));
    const { printsCycles } = options;
    const runs = new RunPrinter({ host, printer, output, printsCycles, threads: data as TextThreads | null });
    const settle = (): void => runs.settle();
    let messages: FlowIterator;
    return {
      graphIsConfigured() {
        messages = self.createFlowIterator(input);
      },
      consume() {
        const result = output.flushOnFailure(() => messages.next(), settle);
        if (result.kind !== 'messages') {
          runs.settle();
          output.flush();
          return result.kind;
        }
        printItems(result.messages, { printer, runs, output, standardError: host.standardError });
        return 'ok';
      },
      finalize() {
        runs.end();
        output.close();
      },
    };
  },
});

interface Printing {
  readonly printer: PrettyPrinter;
  readonly runs: RunPrinter;
  readonly output: TextOutput;
  readonly standardError: Output;
}

function printItems(items: readonly FlowItem[], { printer, runs, output, standardError }: Printing): void {
  for (const item of items) {
    if (item.kind === 'event-run') runs.print(item);
    else if (item.kind === 'event') {
      runs.settle();
      output.write(printer.event(item));
    } else if (item.kind === 'discarded-events' || item.kind === 'discarded-packets') {
      // Both streams may be one terminal: what came before must be there before.
      runs.settle();
      output.flush();
      standardError.write(binaryToBytes(printer.discarded(item)));
    }
  }
}

/**
 * `auto`: colours in a terminal, none in a file. As upstream, there are none at all when the standard output is no
 * terminal; `always` is about files.
 */
function paletteOf(params: ValueMap, host: Host): Palette {
  const choice = stringParam(params, 'color') ?? 'auto';
  const isOn = choice === 'always' || (choice === 'auto' && !params.has('path'));
  return isOn && host.hasColours ? colours(host.isBrightBold) : NO_COLOURS;
}
