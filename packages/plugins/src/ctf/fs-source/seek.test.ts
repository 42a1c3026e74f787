/** Seeking by the times of packets against decoding all and dropping what is early: recorded traces and traces by chance. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LttngError } from '@lttng-ts/base';
import { readMessages } from '@lttng-ts/ctf';
import { openTraceFolders } from '@lttng-ts/ctf/node';
import { Random } from '@lttng-ts/ctf/testing';
import {
  type FilterClass,
  type FlowIteratorBehaviour,
  Graph,
  type MessageIteratorBehaviour,
  type OutputPort,
  type PlainValues,
  type SourceBehaviour,
  type SourceClass,
  valueMap,
} from '@lttng-ts/graph';
import { nodeHost } from '../../edge/node-host.ts';
import type { Host } from '../../host.ts';
import { filesHost, recordingHost } from '../../testing/run-or-messages.ts';
import { countingHost, MISTAKES, secondsText, timedTrace } from '../../testing/timed-trace.ts';
import { details } from '../../text/details/details.ts';
import { pretty } from '../../text/pretty/pretty.ts';
import { muxer } from '../../utils/muxer/muxer.ts';
import { trimmer } from '../../utils/trimmer/trimmer.ts';
import { fsSource } from './fs-source.ts';

/** What can only go to the beginning. */
const plain = (iterator: FlowIteratorBehaviour): FlowIteratorBehaviour => ({
  canSeekForward: iterator.canSeekForward === true,
  get damage() {
    return iterator.damage ?? null;
  },
  next: () => iterator.next(),
  canSeekBeginning: () => iterator.canSeekBeginning?.() ?? true,
  seekBeginning: () => iterator.seekBeginning!(),
});

const plainBehaviour = (behaviour: SourceBehaviour): SourceBehaviour => ({
  createMessageIterator: (iterator) =>
    plain(behaviour.createMessageIterator(iterator)) as MessageIteratorBehaviour,
  createFlowIterator: (iterator) => plain(behaviour.createFlowIterator!(iterator)),
});

/** The same source, whose iterators can only go to their beginning. */
const withoutSeeking = (source: SourceClass): SourceClass => ({
  ...source,
  initialize: (self, params, data) => plainBehaviour(source.initialize(self, params, data)),
});

const trimmerWithoutSeeking: FilterClass = {
  ...trimmer,
  initialize: (self, params, data) => plainBehaviour(trimmer.initialize(self, params, data)),
};

interface Reading {
  readonly host: Host;
  readonly folders: readonly string[];
  readonly params?: PlainValues;
  readonly range: PlainValues;
  readonly sink: 'details' | 'pretty';
  /** Each stream has a trimmer of its own before the muxer, as with `--stream-intersection`; with this range. */
  readonly streamRange?: PlainValues | null;
  readonly seeks: boolean;
}

function read(reading: Reading): string {
  const recording = recordingHost(reading.host);
  const { written } = recording;
  const warnings: string[] = [];
  const standardError = { write: (bytes: Uint8Array) => void warnings.push(Buffer.from(bytes).toString()) };
  const host: Host = { ...recording.host, standardError };
  let fault = '';
  try {
    runGraph(host, reading);
  } catch (error) {
    assert.ok(error instanceof LttngError, String(error));
    fault = `fault: ${deepest(error)}`;
  }
  return [written.get('-') ?? '', ...warnings, fault].join('\n');
}

function runGraph(
  host: Host,
  { folders, params = {}, range, sink, streamRange = null, seeks }: Reading,
): void {
  using graph = new Graph({ mipVersion: 0 });
  const merged = graph.addComponent(muxer, 'muxer');
  let trimmers = 0;
  const trimmed = (port: OutputPort, params: PlainValues): OutputPort => {
    const filter = seeks ? trimmer : trimmerWithoutSeeking;
    const cut = graph.addComponent(filter, `trimmer ${trimmers++}`, { params: valueMap(params) });
    graph.connect(port, cut.inputPorts[0]!);
    return cut.outputPorts[0]!;
  };
  folders.forEach((folder, i) => {
    const sourceClass = seeks ? fsSource(host) : withoutSeeking(fsSource(host));
    const added = graph.addComponent(sourceClass, `source ${i}`, {
      params: valueMap({ ...params, inputs: [folder] }),
    });
    for (const port of added.outputPorts) {
      graph.connect(streamRange === null ? port : trimmed(port, streamRange), merged.inputPorts.at(-1)!);
    }
  });
  const [end] = merged.outputPorts;
  const printer = sink === 'details' ? details(host) : pretty(host);
  const last = graph.addComponent(printer, 'sink', { params: valueMap({ color: 'never' }) });
  graph.connect(trimmed(end!, range), last.inputPorts[0]!);
  graph.run();
}

function deepest(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? deepest(error.cause) : String(error);
}

const traces = join(import.meta.dirname, '../../../../ctf/traces');
const folders = readdirSync(traces, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('/metadata'))
  .map((path) => join(traces, path, '..'))
  .sort();

test('recorded traces: the same text from seeking as from decoding all', () => {
  using host = nodeHost();
  const random = new Random(7);
  for (const folder of folders) {
    using opened = openTraceFolders([folder]);
    const times = [...readMessages(opened.traces)].flatMap(({ ns }) => (ns === null ? [] : [ns]));
    assert.ok(times.length > 10, folder);
    for (let i = 0; i < 6; i++) {
      const begin = random.pick(times) + BigInt(random.below(3)) - 1n;
      const end = begin + BigInt(random.below(2 ** 30));
      const range = { begin: secondsText(begin), ...(random.oneIn(2) ? { end: secondsText(end) } : {}) };
      const reading = { host, folders: [folder], range, sink: random.pick(['details', 'pretty'] as const) };
      assert.equal(
        read({ ...reading, seeks: true }),
        read({ ...reading, seeks: false }),
        JSON.stringify([folder, range]),
      );
    }
  }
});

const SEEDS = 40;

for (const mistake of MISTAKES) {
  test(`traces by chance, mistake: ${mistake}`, () => {
    let faults = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = new Random(seed * 31 + MISTAKES.indexOf(mistake));
      const { files, times, frequencyHz } = timedTrace('/trace', random, { mistake });
      const offset = random.pick([0n, 0n, 5n, -3n]);
      const params = { 'clock-class-offset-s': offset };
      const nsOf = (cycles: bigint): bigint =>
        (100n + offset) * 1_000_000_000n + ((cycles + 7n) * 1_000_000_000n) / frequencyHz;
      const begin = nsOf(random.pick(times)) + BigInt(random.below(3)) - 1n;
      const end = begin + BigInt(random.below(2000));
      const range = { begin: secondsText(begin), ...(random.oneIn(2) ? { end: secondsText(end) } : {}) };
      const early = { begin: secondsText(begin - BigInt(random.below(500))) };
      const streamRange = random.pick([null, range, early]);
      const windowBytes = random.pick([64, 4096, 1 << 20]);
      const host: Host = { ...filesHost(files), windowBytes };
      const reading = {
        host,
        folders: ['/trace'],
        params,
        range,
        sink: random.pick(['details', 'pretty'] as const),
        streamRange,
      };
      const full = read({ ...reading, host: filesHost(files), seeks: false });
      const sought = read({ ...reading, seeks: true });
      if (full.includes('fault: ')) faults++;
      // Damage in packets that are not needed is not met: there may be more.
      if (mistake === 'early packets are damaged' && sought !== full) {
        assert.ok(full.includes('fault: '), `seed=${seed}`);
        continue;
      }
      assert.equal(sought, full, `seed=${seed}`);
    }
    if (mistake === 'none') assert.equal(faults, 0);
  });
}

test('of a trace with an index little more is read than what is wanted', () => {
  const { files, times, frequencyHz } = timedTrace('/trace', new Random(3), {
    mistake: 'none',
    packetCount: 2000,
    hasIndex: true,
  });
  const { host, count } = countingHost(files);
  const last = [...times].sort((a, b) => Number(a - b)).at(-1)!;
  const range = { begin: secondsText(100_000_000_000n + ((last - 10n) * 1_000_000_000n) / frequencyHz) };
  const reading = { folders: ['/trace'], range, sink: 'details' } as const;
  const text = read({ ...reading, host, seeks: true });
  assert.ok(text.includes('Event'));
  assert.ok(count.readBytes < count.sizeBytes / 50, `read=${count.readBytes}, size=${count.sizeBytes}`);
  assert.equal(text, read({ ...reading, host: filesHost(files), seeks: false }));
});
