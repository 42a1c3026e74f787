/** `source.text.dmesg`: lines of the kernel's log, from a file or from the standard input, as events. */
import { UsageError } from '@lttng-ts/base';
import { readWhole } from '@lttng-ts/ctf';
import {
  clockClass,
  END,
  type EventClass,
  event,
  type Message,
  type MipVersion,
  type SourceClass,
  type Stream,
  streamBeginning,
  streamEnd,
  stringClass,
  structure,
  structureValue,
  Trace,
  TraceClass,
} from '@lttng-ts/graph';
import type { Host } from '../../host.ts';
import { booleanParam, type Parameters, stringParam, validateParams } from '../../params/validate.ts';
import { parseDmesgLine } from './dmesg-line.ts';

const PARAMETERS: Parameters = {
  path: { shape: { kind: 'string' } },
  'no-extract-timestamp': { shape: { kind: 'boolean' } },
};

const payload = structure({ str: stringClass });
const utf8 = new TextDecoder();

export const dmesg = (host: Host): SourceClass => ({
  kind: 'source',
  name: 'dmesg',
  description: 'Read Linux ring buffer lines (dmesg(1) output) from a file or from standard input.',
  help: 'See the babeltrace2-source.text.dmesg(7) manual page.',
  initialize(self, params) {
    validateParams(params, PARAMETERS);
    const path = stringParam(params, 'path');
    if (path !== null && host.input.kindOf(path) !== 'file') {
      throw new UsageError(`Input path is not a regular file: path="${path}"`);
    }
    const hasTimes = !booleanParam(params, 'no-extract-timestamp', false);
    const name = path === null ? 'STDIN' : path.split('/').at(-1)!;
    const { stream, eventClass } = makeStream(name, hasTimes, self.mipVersion);
    self.addOutputPort('out');
    return {
      createMessageIterator() {
        let isGiven = false;
        return {
          canSeekForward: true,
          next() {
            if (isGiven) return END;
            isGiven = true;
            const source = path === null ? host.standardInput() : host.input.open(path);
            const text = utf8.decode(readWhole(source));
            return { kind: 'messages', messages: [...lineMessages(text, stream, eventClass)] };
          },
          // The standard input can be read only once.
          canSeekBeginning: () => path !== null,
          seekBeginning() {
            isGiven = false;
            return 'ok';
          },
        };
      },
    };
  },
});

function makeStream(
  name: string,
  hasTimes: boolean,
  mipVersion: MipVersion,
): { readonly stream: Stream; readonly eventClass: EventClass } {
  const traceClass = new TraceClass(mipVersion);
  // The kernel counts from the machine's start.
  const clock = clockClass({ origin: { kind: 'unknown' }, precisionCycles: mipVersion === 0 ? 0n : null });
  const streamClass = traceClass.addStreamClass({ defaultClockClass: hasTimes ? clock : null });
  const eventClass = streamClass.addEventClass({ name: 'string', payload });
  return { stream: new Trace(traceClass, { name }).addStream(streamClass), eventClass };
}

function* lineMessages(text: string, stream: Stream, eventClass: EventClass): Generator<Message> {
  yield streamBeginning(stream);
  const hasTimes = stream.class.defaultClockClass !== null;
  let cycles = 0n;
  for (const line of text.split('\n')) {
    const parsed = parseDmesgLine(line, hasTimes);
    if (parsed === null) continue;
    // Differs from upstream: a line without a time, or with an earlier one, has the time of the line before; there it
    // has time 0, and whoever merges refuses it.
    if (parsed.ns !== null && parsed.ns > cycles) cycles = parsed.ns;
    yield event({
      stream,
      eventClass,
      cycles: hasTimes ? cycles : null,
      payload: structureValue(payload, { str: parsed.text }),
    });
  }
  yield streamEnd(stream);
}
