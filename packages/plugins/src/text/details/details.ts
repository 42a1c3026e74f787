/** `sink.text.details`: prints messages with all that is known of them. */
import type { MessageIterator, SinkClass } from '@lttng-ts/graph';
import type { Host } from '../../host.ts';
import { stringParam, validateParams } from '../../params/validate.ts';
import { colours, NO_COLOURS } from '../palette.ts';
import { TextOutput } from '../text-output.ts';
import { DetailsPrinter } from './details-printer.ts';
import { DETAILS_PARAMETERS, detailsOptions } from './options.ts';

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
    const isColoured = choice === 'always' || (choice === 'auto' && host.hasColours);
    const palette = isColoured ? colours(host.isBrightBold) : NO_COLOURS;
    const printer = new DetailsPrinter(detailsOptions(params), palette);
    let messages: MessageIterator;
    return {
      graphIsConfigured() {
        messages = self.createMessageIterator(input);
      },
      consume() {
        const result = output.flushOnFailure(() => messages.next());
        if (result.kind !== 'messages') {
          output.flush();
          return result.kind;
        }
        for (const message of result.messages) output.write(printer.message(message));
        return 'ok';
      },
      finalize() {
        output.close();
      },
    };
  },
});
