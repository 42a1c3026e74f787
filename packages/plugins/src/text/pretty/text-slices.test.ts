/** Sinks that print slices of one text against one that prints all of it, in one thread that lets them take turns. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Random } from '@lttng-ts/ctf/testing';
import { Graph, GraphError, type PlainValues, query, valueMap } from '@lttng-ts/graph';
import { fsSource } from '../../ctf/fs-source/fs-source.ts';
import { nodeHost } from '../../edge/node-host.ts';
import type { Host } from '../../host.ts';
import { recordingHost } from '../../testing/run-or-messages.ts';
import { muxer } from '../../utils/muxer/muxer.ts';
import { pretty } from './pretty.ts';
import type { TextSlice, TextSlices } from './text-slices.ts';

class LocalSlices implements TextSlices {
  readonly #cuts: readonly bigint[];
  #next = 0;
  #turn = 0;
  #hasEnded = false;
  lastTime: bigint | null = null;

  constructor(cuts: readonly bigint[]) {
    this.#cuts = cuts;
  }

  take(): TextSlice | null {
    if (this.#hasEnded || this.#next > this.#cuts.length) return null;
    const number = this.#next++;
    return { number, beginNs: this.#cuts[number - 1] ?? null, endNs: this.#cuts[number] ?? null };
  }

  hasTurn(number: number): boolean {
    return !this.#hasEnded && this.#turn === number;
  }

  waitForTurn(number: number): 'turn' | 'wait' | 'never' {
    if (this.#hasEnded) return 'never';
    return this.#turn === number ? 'turn' : 'wait';
  }

  pass(time: bigint | null): void {
    this.lastTime = time;
    this.#turn++;
  }

  end(): void {
    this.#hasEnded = true;
  }
}

interface Printed {
  readonly text: string;
  readonly warnings: string;
  readonly fault: string;
}

/** Prints `folders` with `sinkCount` sinks, each in a graph of its own. */
function print(
  source: Host,
  folders: readonly string[],
  params: PlainValues,
  cuts: readonly bigint[],
  sinkCount: number,
  random: Random,
): Printed {
  const { host, written } = recordingHost(source);
  let warnings = '';
  const standardError = {
    write: (bytes: Uint8Array): void => {
      warnings += Buffer.from(bytes).toString('latin1');
    },
  };
  const slices = sinkCount === 0 ? null : new LocalSlices(cuts);
  const graphs = Array.from({ length: Math.max(sinkCount, 1) }, () =>
    makeGraph({ ...host, standardError }, folders, params, slices),
  );
  let fault = '';
  const running = new Set(graphs);
  while (running.size > 0) {
    const graph = random.pick([...running]);
    try {
      if (graph.runOnce() === 'end') running.delete(graph);
    } catch (error) {
      assert.ok(error instanceof GraphError);
      assert.equal(fault, '');
      fault = error.message;
      running.delete(graph);
    }
  }
  for (const graph of graphs) graph[Symbol.dispose]();
  return { text: written.get('-') ?? '', warnings, fault };
}

function makeGraph(
  host: Host,
  folders: readonly string[],
  params: PlainValues,
  slices: TextSlices | null,
): Graph {
  const graph = new Graph({ mipVersion: 0 });
  const merged = graph.addComponent(muxer, 'muxer');
  folders.forEach((folder, i) => {
    const inputs = valueMap({ inputs: [folder] });
    const component = graph.addComponent(fsSource(host), `source ${i}`, { params: inputs });
    for (const port of component.outputPorts) graph.connect(port, merged.inputPorts.at(-1)!);
  });
  const sink = graph.addComponent(pretty(host), 'sink', { params: valueMap(params), data: slices });
  graph.connect(merged.outputPorts[0]!, sink.inputPorts[0]!);
  return graph;
}

const TRACES = join(import.meta.dirname, '../../../../ctf/traces');
const folders = readdirSync(TRACES, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('/metadata'))
  .map((path) => join(TRACES, path, '..'))
  .sort();

const OPTIONS: readonly PlainValues[] = [
  { color: 'never' },
  { color: 'never', 'no-delta': true },
  { color: 'never', 'clock-cycles': true },
  { color: 'always', 'name-default': 'show' },
];

/** Times of packets, which are times of events, too. */
async function timesIn(host: Host, folder: string): Promise<readonly bigint[]> {
  const times = await query(fsSource(host), 'lttng-ts.packet-times', {
    params: valueMap({ inputs: [folder] }),
  });
  return (times as readonly bigint[]).filter((_, i) => i % 3 !== 2);
}

test('slices print what one sink prints, wherever the cuts are', async () => {
  using host = nodeHost();
  const random = new Random(7);
  let cutCount = 0;
  for (const folder of folders) {
    const times = await timesIn(host, folder);
    if (times.length === 0) continue;
    const ordered = [...times].sort((a, b) => (a < b ? -1 : 1));
    const [least, most] = [ordered[0]!, ordered.at(-1)!];
    for (const [i, params] of OPTIONS.entries()) {
      const whole = print(host, [folder], params, [], 0, random);
      const spans = Array.from({ length: random.below(12) }, () => {
        const cut = least + (BigInt(random.below(1_000_000)) * (most - least)) / 1_000_000n;
        return random.oneIn(2) ? cut : random.pick(times);
      });
      const cuts = [...new Set(spans)].sort((a, b) => (a < b ? -1 : 1));
      cutCount += cuts.length;
      const sliced = print(host, [folder], params, cuts, 1 + (i % 3), random);
      assert.deepEqual(sliced, whole, JSON.stringify([folder, params, cuts.map(String)]));
    }
  }
  assert.ok(cutCount > 100, `cuts=${cutCount}`);
});

test('a failure ends the text where it ends for one sink', async () => {
  using host = nodeHost();
  const folder = join(TRACES, 'rotated');
  const [found = ''] = folders.filter((path) => path.startsWith(folder));
  const times = [...new Set(await timesIn(host, found))].sort((a, b) => (a < b ? -1 : 1));
  const { input } = host;
  // The second half of each file reads as zeros.
  const damaged: Host = {
    ...host,
    input: {
      ...input,
      open: (path) => {
        const source = input.open(path);
        if (path.endsWith('metadata') || path.endsWith('.idx')) return source;
        const clear = (offsetBytes: number, bytes: Uint8Array): void => {
          const intact = Math.max(Math.floor(source.sizeBytes / 2) - offsetBytes, 0);
          if (offsetBytes > 0 || bytes.length > 512) bytes.fill(0xff, Math.min(intact, bytes.length));
        };
        return {
          path,
          sizeBytes: source.sizeBytes,
          read: (offsetBytes, lengthBytes) => {
            const bytes = source.read(offsetBytes, lengthBytes);
            clear(offsetBytes, bytes);
            return bytes;
          },
        };
      },
    },
  };
  const random = new Random(3);
  const params = { color: 'never' };
  const whole = print(damaged, [found], params, [], 0, random);
  assert.notEqual(whole.fault, '');
  for (let sinkCount = 1; sinkCount <= 4; sinkCount++)
    assert.deepEqual(print(damaged, [found], params, times, sinkCount, random), whole);
});
