/** `sink.text.details`: prints messages with all that is known of them. */
import type { FlowIterator, SinkClass } from '@lttng-ts/graph';
import type { Host } from '../../host.ts';
import { stringParam, validateParams } from '../../params/validate.ts';
import { colours, NO_COLOURS } from '../palette.ts';
import { TextOutput } from '../text-output.ts';
import { DetailsPrinter } from './details-printer.ts';
import { DETAILS_PARAMETERS, detailsOptions } from './options.ts';
import { RunDetails } from './run-details.ts';

export const details = (host: Host): SinkClass => ({
  kind: 'sink',
  name: 'details',
  description: 'Print messages with details.',
  help: 'See the babeltrace2-sink.text.details(7) manual page.',
  initialize(self, params) {
    validateParams(params, DETAILS_PARAMETERS);
    const input = self.addInputPort('in');
    const output = new TextOutput(host, null);
    const choice = stringParam(params, 'color') ?? 'auto';
    // As upstream, there are none at all when the standard output shows none, even for `always`.
    const isColoured = choice !== 'never' && host.hasColours;
    const palette = isColoured ? colours(host.isBrightBold) : NO_COLOURS;
    const options = detailsOptions(params);
    const printer = new DetailsPrinter(options, palette);
    const runs = new RunDetails(printer, output);
    // Other forms are printed from messages.
    const takesRuns = options.withData && !options.isCompact;
    let messages: FlowIterator;
    return {
      graphIsConfigured() {
        messages = takesRuns ? self.createFlowIterator(input) : self.createMessageIterator(input);
      },
      consume() {
        const result = output.flushOnFailure(() => messages.next());
        if (result.kind !== 'messages') {
          output.flush();
          return result.kind;
        }
        for (const item of result.messages) {
          if (item.kind === 'event-run') runs.print(item);
          else output.write(printer.message(item));
        }
        return 'ok';
      },
      finalize() {
        output.close();
      },
    };
  },
});
