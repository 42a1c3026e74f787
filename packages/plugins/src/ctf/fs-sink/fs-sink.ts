/** `sink.ctf.fs`: writes traces to the file system, in CTF 1.8 or CTF 2. */
import { FormatError } from '@lttng-ts/base';
import {
  type FlowItem,
  type FlowIterator,
  isMap,
  SEGMENT_LENGTH,
  type SinkClass,
  type Trace,
  type Value,
} from '@lttng-ts/graph';
import type { Host } from '../../host.ts';
import { booleanParam, type Parameters, stringParam, validateParams } from '../../params/validate.ts';
import { PacketFiles } from './packet-files.ts';
import type { CtfVersion } from './to-ctf-field-class.ts';
import type { SinkOptions } from './to-ctf-trace.ts';
import { traceFolderName } from './trace-folder-name.ts';
import { TraceWriter } from './trace-writer.ts';

const flag = { shape: { kind: 'boolean' } } as const;

const PARAMETERS: Parameters = {
  path: { shape: { kind: 'string' }, isMandatory: true },
  'assume-single-trace': flag,
  'ignore-discarded-events': flag,
  'ignore-discarded-packets': flag,
  quiet: flag,
  'ctf-version': { shape: { kind: 'string', choices: ['1', '1.8', '2', '2.0'] } },
};

const versionOf = (value: Value | undefined): CtfVersion =>
  typeof value === 'string' && value.startsWith('1') ? 1 : 2;

export const fsSink = (host: Host): SinkClass => ({
  kind: 'sink',
  name: 'fs',
  description: 'Write CTF traces to the file system.',
  help: 'See the babeltrace2-sink.ctf.fs(7) manual page.',
  // Differs from upstream: CTF 1.8 is written under both versions of the rules, so that traces of CTF 2 can be
  // converted where CTF 1.8 has words for what they hold.
  supportedMipVersions: (params) =>
    versionOf(isMap(params) ? params.get('ctf-version') : undefined) === 2 ? [1] : [0, 1],
  initialize(self, params) {
    validateParams(params, PARAMETERS);
    const options: SinkOptions = {
      version: versionOf(params.get('ctf-version')),
      ignoresDiscardedEvents: booleanParam(params, 'ignore-discarded-events', false),
      ignoresDiscardedPackets: booleanParam(params, 'ignore-discarded-packets', false),
    };
    const isSingle = booleanParam(params, 'assume-single-trace', false);
    const isQuiet = booleanParam(params, 'quiet', false);
    const path = stringParam(params, 'path')!;
    const input = self.addInputPort('in');
    const files = new PacketFiles(host.output);
    const writers = new Map<Trace, TraceWriter>();
    let messages: FlowIterator;

    const writerOf = (trace: Trace): TraceWriter => {
      let writer = writers.get(trace);
      if (writer === undefined) {
        if (isSingle && writers.size > 0) {
          throw new FormatError('Single trace mode, but getting more than one trace');
        }
        const folder = isSingle ? path : uniqueFolder(`${path}/${traceFolderName(trace)}`, host);
        writer = new TraceWriter(trace, folder, options, files);
        writers.set(trace, writer);
      }
      return writer;
    };
    const closeAll = (): void => {
      for (const [trace, writer] of [...writers].reverse()) {
        writers.delete(trace);
        writer.close();
        if (!isQuiet) {
          host.standardOutput.write(new TextEncoder().encode(`Created CTF trace \`${writer.path}\`.\n`));
        }
      }
    };
    return {
      graphIsConfigured() {
        messages = self.createFlowIterator(input);
      },
      consume() {
        const result = messages.next();
        if (result.kind === 'end') closeAll();
        if (result.kind !== 'messages') return result.kind;
        for (const message of result.messages) write(message, writerOf);
        return 'ok';
      },
      // What was written of a graph that ended early is a trace, too.
      finalize: closeAll,
    };
  },
});

function write(message: FlowItem, writerOf: (trace: Trace) => TraceWriter): void {
  if (message.kind === 'event-run') {
    // Each stream has a file of its own: in which order they come does not matter.
    const { parts, segmentsByPart: segments } = message;
    for (let at = 0; at < segments.length; at += SEGMENT_LENGTH) {
      const columns = parts[segments[at]!]!;
      const { stream } = columns;
      writerOf(stream.trace)
        .stream(stream)
        .events(columns, segments[at + 1]!, segments[at + 2]!);
    }
    return;
  }
  if (message.kind === 'message-iterator-inactivity') return;
  const stream = writerOf(message.stream.trace).stream(message.stream);
  switch (message.kind) {
    case 'packet-beginning':
      stream.beginPacket(message);
      break;
    case 'packet-end':
      stream.endPacket(message.cycles);
      break;
    case 'event':
      stream.event(message);
      break;
    case 'discarded-events':
    case 'discarded-packets':
      stream.discarded(message);
      break;
    case 'stream-end':
      stream.close();
      break;
    default:
      break;
  }
}

/** The first of `PATH`, `PATH-0`, `PATH-1`, … that is not there. */
function uniqueFolder(path: string, host: Host): string {
  let unique = path;
  for (let suffix = 0; host.input.kindOf(unique) !== null; suffix++) unique = `${path}-${suffix}`;
  return unique;
}
