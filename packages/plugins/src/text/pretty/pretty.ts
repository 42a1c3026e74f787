/** `sink.text.pretty`: prints each event on a line, losses on the standard error. */
import type {
  ConsumeResult,
  FlowItem,
  FlowIterator,
  InputPort,
  SelfSink,
  SinkBehaviour,
  SinkClass,
  ValueMap,
} from '@lttng-ts/graph';
import type { Host, Output } from '../../host.ts';
import { stringParam, validateParams } from '../../params/validate.ts';
import { binaryToBytes } from '../binary-text.ts';
import { colours, NO_COLOURS, type Palette } from '../palette.ts';
import { TextOutput } from '../text-output.ts';
import { PRETTY_PARAMETERS, type PrettyOptions, prettyOptions } from './options.ts';
import { PrettyPrinter } from './pretty-printer.ts';
import { RunPrinter } from './run-printer.ts';
import { SliceOutput, SliceReader, type TextSlices } from './text-slices.ts';

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
    const slices = data as TextSlices | null;
    if (slices !== null) return printSlices(self, input, { host, slices, printer, options });
    const output = new TextOutput(host, stringParam(params, 'path'));
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
        printItems(result.messages, { printer, runs, output, standardError: host.standardError });
        return 'ok';
      },
      finalize() {
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
    else if (item.kind === 'event') output.write(printer.event(item));
    else if (item.kind === 'discarded-events' || item.kind === 'discarded-packets') {
      // Both streams may be one terminal: what came before must be there before.
      output.flush();
      standardError.write(binaryToBytes(printer.discarded(item)));
    }
  }
}

interface Sliced {
  readonly host: Host;
  readonly slices: TextSlices;
  readonly printer: PrettyPrinter;
  readonly options: PrettyOptions;
}

/** The sink as one of several that print one text. */
function printSlices(
  self: SelfSink,
  input: InputPort,
  { host, slices, printer, options }: Sliced,
): SinkBehaviour {
  const sliceOutput = new SliceOutput(host, slices, printer);
  const { standardOutput, standardError } = sliceOutput;
  const output = new TextOutput({ ...host, standardOutput }, null);
  const printing = {
    printer,
    output,
    standardError,
    runs: new RunPrinter(printer, output, options.printsCycles),
  };
  let reader: SliceReader;
  let isInSlice = false;
  const begin = (): boolean => {
    const slice = slices.take();
    if (slice === null) return false;
    sliceOutput.begin(slice.number);
    isInSlice = true;
    reader.begin(slice);
    return true;
  };
  const step = (): ConsumeResult => {
    if (!isInSlice && !begin()) return 'end';
    if (!reader.isAtEnd) {
      const result = reader.next();
      if (result.kind === 'again') return 'again';
      if (result.kind === 'messages') printItems(result.messages, printing);
      return 'ok';
    }
    output.flush();
    const state = sliceOutput.finish();
    isInSlice = state === 'wait';
    return state === 'never' ? 'end' : 'ok';
  };
  return {
    graphIsConfigured() {
      reader = new SliceReader(self.createFlowIterator(input));
    },
    consume() {
      try {
        return step();
      } catch (error) {
        output.flush();
        // What comes behind the first failure is nobody's business.
        if (sliceOutput.fail() === 'never') return 'end';
        throw error;
      }
    },
  };
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
