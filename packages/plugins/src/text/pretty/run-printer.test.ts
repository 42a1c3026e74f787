/** Lines of text programs against those of the printer of messages: random classes, real traces, every option. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { endThreads, printForOthers, type SharedMachines } from '@lttng-ts/ctf';
import { Random, randomTraceClass, writePacket } from '@lttng-ts/ctf/testing';
import type { PlainValues } from '@lttng-ts/graph';
import { nodeHost } from '../../edge/node-host.ts';
import type { Host } from '../../host.ts';
import { memoryHost, recordingHost, runGraph } from '../../testing/run-or-messages.ts';
import { pretty } from './pretty.ts';
import type { TextThreads } from './text-machines.ts';

/** The text of the traces in `folders`, and how it ended. */
function print(
  source: Host,
  folders: readonly string[],
  params: PlainValues,
  mipVersion: 0 | 1,
  by: 'runs' | 'messages',
): string {
  const { host, written } = recordingHost(source);
  const fault = runGraph({ host, folders, sink: pretty(host), params, mipVersion }, by);
  return (written.get('-') ?? '') + fault;
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
      const packets = [writePacket(traceClass, random).packet];
      const host = { ...memoryHost('/trace', traceClass, packets), windowBytes: 64 << (seed % 3) };
      const params = OPTIONS[seed % OPTIONS.length]!;
      const mipVersion = format === 'ctf-2' ? 1 : 0;
      const text = print(host, ['/trace'], params, mipVersion, 'runs');
      assert.equal(text, print(host, ['/trace'], params, mipVersion, 'messages'), `seed=${seed}`);
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

for (const windowBytes of [64, 300, 4096, 1 << 24]) {
  test(`real traces print the same in windows of ${windowBytes} bytes`, () => {
    using host = nodeHost();
    const params = { color: 'never' };
    const text = print({ ...host, input: { ...host.input }, windowBytes }, folders, params, 0, 'runs');
    assert.ok(text.length > 100_000);
    assert.ok(text === print(host, folders, params, 0, 'messages'));
  });
}

test('real traces, merged, print as their messages do, whatever the options', () => {
  using host = nodeHost();
  for (const params of OPTIONS) {
    const text = print({ ...host, hasColours: true }, folders, params, 0, 'runs');
    assert.ok(text.length > 100_000);
    assert.ok(
      text === print({ ...host, hasColours: true }, folders, params, 0, 'messages'),
      JSON.stringify(params),
    );
  }
});

/** A thread in name only: what it was given it prints at random moments, in this thread. */
class Bystander implements TextThreads {
  readonly count: number;
  readonly eventsBefore = 0;
  readonly #random: Random;
  #machines: SharedMachines | null = null;
  timesAsked = 0;

  constructor(count: number, random: Random) {
    this.count = count;
    this.#random = random;
  }

  start(machines: SharedMachines): void {
    this.#machines = machines;
    // It does not wait for more.
    endThreads(machines.control);
    printForOthers(machines);
  }

  perhapsPrint(): void {
    if (this.#machines === null || !this.#random.oneIn(2)) return;
    this.timesAsked++;
    printForOthers(this.#machines);
  }
}

test('several threads print what one does, whoever prints what', () => {
  using host = nodeHost();
  const random = new Random(5);
  let timesAsked = 0;
  for (const [i, params] of OPTIONS.entries()) {
    const whole = print({ ...host, hasColours: true }, folders, params, 0, 'runs');
    const bystander = new Bystander(1 + (i % 3), random);
    const { host: recording, written } = recordingHost({ ...host, hasColours: true });
    // Reading is what happens between runs.
    const input: Host['input'] = {
      ...host.input,
      open: (path) => {
        const source = host.input.open(path);
        const read: typeof source.read = (...range) => {
          bystander.perhapsPrint();
          return source.read(...range);
        };
        return { path, sizeBytes: source.sizeBytes, read };
      },
    };
    const fault = runGraph(
      {
        host: { ...recording, input, windowBytes: 300 },
        folders,
        sink: pretty(recording),
        params,
        mipVersion: 0,
        data: bystander,
      },
      'runs',
    );
    assert.ok(whole === (written.get('-') ?? '') + fault, JSON.stringify(params));
    timesAsked += bystander.timesAsked;
  }
  assert.ok(timesAsked > 100, `times=${timesAsked}`);
});
