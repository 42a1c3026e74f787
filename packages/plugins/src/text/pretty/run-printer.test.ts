/** Lines of text programs against those of the printer of messages: random classes, real traces, every option. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { memorySource, type TraceClass, writeCtf2Metadata, writeTsdl } from '@lttng-ts/ctf';
import { type Format, Random, randomTraceClass, writePacket } from '@lttng-ts/ctf/testing';
import { type FilterClass, Graph, GraphError, type PlainValues, valueMap } from '@lttng-ts/graph';
import { fsSource } from '../../ctf/fs-source/fs-source.ts';
import { nodeHost } from '../../edge/node-host.ts';
import type { Host } from '../../host.ts';
import { muxer } from '../../utils/muxer/muxer.ts';
import { pretty } from './pretty.ts';

/** Passes messages on and takes no runs. */
const messagesOnly: FilterClass = {
  kind: 'filter',
  name: 'messages-only',
  initialize(self) {
    const input = self.addInputPort('in');
    self.addOutputPort('out');
    return {
      createMessageIterator(iterator) {
        const upstream = iterator.createMessageIterator(input);
        return { next: () => upstream.next() };
      },
    };
  },
};

/** The text of the traces in `folders`: by programs where they can, or by messages. */
function print(host: Host, folders: readonly string[], params: PlainValues, isByMessages: boolean): string {
  const out: Uint8Array[] = [];
  const mipVersion = folders.some((folder) => folder.startsWith('/ctf-2')) ? 1 : 0;
  using graph = new Graph({ mipVersion });
  const recording: Host = { ...host, standardOutput: { write: (bytes) => out.push(bytes.slice()) } };
  const merged = graph.addComponent(muxer, 'muxer');
  folders.forEach((folder, i) => {
    const source = graph.addComponent(fsSource(host), `source ${i}`, {
      params: valueMap({ inputs: [folder] }),
    });
    for (const port of source.outputPorts) graph.connect(port, merged.inputPorts.at(-1)!);
  });
  const sink = graph.addComponent(pretty(recording), 'sink', { params: valueMap(params) });
  let [end] = merged.outputPorts;
  if (isByMessages) {
    const filter = graph.addComponent(messagesOnly, 'filter');
    graph.connect(end!, filter.inputPorts[0]!);
    end = filter.outputPorts[0];
  }
  graph.connect(end!, sink.inputPorts[0]!);
  const fault = runToFault(graph);
  graph[Symbol.dispose]();
  return Buffer.concat(out).toString('latin1') + fault;
}

/** What ends a run too early: a random packet does not say how many of its last byte's bits are padding. */
function runToFault(graph: Graph): string {
  try {
    graph.run();
    return '';
  } catch (error) {
    assert.ok(error instanceof GraphError);
    return error.message;
  }
}

/** A trace in memory, at `/FORMAT`. */
function memoryHost(format: Format, traceClass: TraceClass, packets: readonly Uint8Array[]): Host {
  const write = format === 'ctf-2' ? writeCtf2Metadata : writeTsdl;
  const files = new Map<string, Uint8Array>([
    [`/${format}/metadata`, new TextEncoder().encode(write(traceClass))],
  ]);
  packets.forEach((packet, i) => {
    files.set(`/${format}/stream_${i}`, packet);
  });
  return {
    input: {
      kindOf: (path) => (files.has(path) ? 'file' : null),
      list: (path) =>
        [...files.keys()].map((file) => ({ name: file.slice(path.length + 1), kind: 'file' as const })),
      open: (path) => memorySource(path, files.get(path)!),
      normalize: (path) => path,
    },
    output: { create: () => assert.fail(), makeFolder: () => assert.fail() },
    standardInput: () => assert.fail(),
    standardOutput: { write: () => undefined },
    standardError: { write: () => undefined },
    hasColours: true,
    isBrightBold: true,
    environment: () => undefined,
  };
}

const OPTIONS: readonly PlainValues[] = [
  { color: 'never' },
  { color: 'always', verbose: true },
  { color: 'never', 'name-default': 'show', 'field-default': 'show' },
  { color: 'never', 'name-default': 'hide', 'field-default': 'hide', 'no-delta': true },
  { color: 'always', 'name-default': 'show', 'clock-cycles': true, 'no-delta': true },
  { color: 'never', 'clock-cycles': true, 'print-enum-flags': true },
  { color: 'never', 'clock-date': true, 'clock-gmt': true, 'name-scope': true },
  { color: 'never', 'clock-seconds': true },
];

for (const format of ['ctf-1.8', 'ctf-2'] as const) {
  test(`random classes of ${format} print as their messages do`, () => {
    let length = 0;
    for (let seed = 1; seed <= 80; seed++) {
      const random = new Random(seed);
      const traceClass = randomTraceClass(random, format);
      const host = memoryHost(format, traceClass, [writePacket(traceClass, random).packet]);
      const params = OPTIONS[seed % OPTIONS.length]!;
      const text = print(host, [`/${format}`], params, false);
      assert.equal(text, print(host, [`/${format}`], params, true), `seed=${seed}`);
      length += text.length;
    }
    assert.ok(length > 5000);
  });
}

const TRACES = join(import.meta.dirname, '../../../../ctf/traces');
const folders = readdirSync(TRACES, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('/metadata'))
  .map((path) => join(TRACES, path, '..'))
  .sort();

test('real traces, merged, print as their messages do, whatever the options', () => {
  using host = nodeHost();
  for (const params of OPTIONS) {
    const text = print({ ...host, hasColours: true }, folders, params, false);
    assert.ok(text.length > 100_000);
    assert.ok(text === print({ ...host, hasColours: true }, folders, params, true), JSON.stringify(params));
  }
});
