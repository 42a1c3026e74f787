/** `sink.utils.dummy`: consumes messages and does nothing with them. */
import type { FlowIterator, SinkClass } from '@lttng-ts/graph';
import { validateParams } from '../../params/validate.ts';

export const dummy: SinkClass = {
  kind: 'sink',
  name: 'dummy',
  description: 'Consume messages and discard them.',
  help: 'See the babeltrace2-sink.utils.dummy(7) manual page.',
  initialize(self, params) {
    validateParams(params, {});
    const input = self.addInputPort('in');
    let messages: FlowIterator;
    return {
      graphIsConfigured() {
        messages = self.createFlowIterator(input);
      },
      consume() {
        const { kind } = messages.next();
        return kind === 'messages' ? 'ok' : kind;
      },
    };
  },
};
