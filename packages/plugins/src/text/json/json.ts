/** `sink.text.json`: prints each event, and each loss, as a line of JSON. */
import type { FlowIterator, SinkClass } from '@lttng-ts/graph';
import type { Host } from '../../host.ts';
import { type Parameters, stringParam, validateParams } from '../../params/validate.ts';
import { TextOutput } from '../text-output.ts';
import { JsonPrinter } from './json-printer.ts';
import { RunJson } from './run-json.ts';

const PARAMETERS: Parameters = { path: { shape: { kind: 'string' } } };

export const json = (host: Host): SinkClass => ({
  kind: 'sink',
  name: 'json',
  description: 'Print events as lines of JSON.',
  help: 'See the babeltrace2-sink.text.json(7) manual page.',
  initialize(self, params) {
    validateParams(params, PARAMETERS);
    const input = self.addInputPort('in');
    const output = new TextOutput(host, stringParam(params, 'path'));
    const printer = new JsonPrinter();
    const runs = new RunJson(printer, output);
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
        for (const item of result.messages) {
          if (item.kind === 'event-run') runs.print(item);
          else if (item.kind === 'event') output.write(printer.event(item));
          else if (item.kind === 'discarded-events' || item.kind === 'discarded-packets') {
            output.write(printer.discarded(item));
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
