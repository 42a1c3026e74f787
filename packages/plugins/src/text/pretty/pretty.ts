/** `sink.text.pretty`: prints each event on a line, losses on the standard error. */
import type { FlowIterator, SinkClass, ValueMap } from '@lttng-ts/graph';
import type { Host } from '../../host.ts';
import { stringParam, validateParams } from '../../params/validate.ts';
import { binaryToBytes } from '../binary-text.ts';
import { colours, NO_COLOURS, type Palette } from '../palette.ts';
import { TextOutput } from '../text-output.ts';
import { PRETTY_PARAMETERS, prettyOptions } from './options.ts';
import { PrettyPrinter } from './pretty-printer.ts';
import { RunPrinter } from './run-printer.ts';

export const pretty = (host: Host): SinkClass => ({
  kind: 'sink',
  name: 'pretty',
  description: 'Pretty-print messages (`text` format of Babeltrace 1).',
  help: 'See the babeltrace2-sink.text.pretty(7) manual page.',
  initialize(self, params) {
    validateParams(params, PRETTY_PARAMETERS);
    const input = self.addInputPort('in');
    const output = new TextOutput(host, stringParam(params, 'path'));
    const warningPalette = host.hasColours ? colours(host.isBrightBold) : NO_COLOURS;
    const options = prettyOptions(params);
    const printer = new PrettyPrinter(options, paletteOf(params, host), warningPalette);
    const runs = new RunPrinter(printer, output, options.printsCycles);
    let messages: FlowIterator;
    return {
      graphIsConfigured() {
        messages = self.createFlowIterator(input);
      },
      consume() {
        const result = output.flushOnFailure(() => messages.next());
        if (result.kind !== 'messages') {
          output.flush();
          return result.kind;
        }
        for (const message of result.messages) {
          if (message.kind === 'event-run') runs.print(message);
          else if (message.kind === 'event') output.write(printer.event(message));
          else if (message.kind === 'discarded-events' || message.kind === 'discarded-packets') {
            // Both streams may be one terminal: what came before must be there before.
            output.flush();
            host.standardError.write(binaryToBytes(printer.discarded(message)));
          }
        }
        return 'ok';
      },
      finalize() {
        output.close();
      },
    };
  },
});

/**
 * `auto`: colours in a terminal, none in a file. As upstream, there are none at all when the standard output is no
 * terminal; `always` is about files.
 */
function paletteOf(params: ValueMap, host: Host): Palette {
  const choice = stringParam(params, 'color') ?? 'auto';
  const isOn = choice === 'always' || (choice === 'auto' && !params.has('path'));
  return isOn && host.hasColours ? colours(host.isBrightBold) : NO_COLOURS;
}
