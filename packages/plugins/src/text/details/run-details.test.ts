/** Blocks of text programs against those of the printer of messages: random classes and real traces. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Random, randomTraceClass, writePacket } from '@lttng-ts/ctf/testing';
import type { PlainValues } from '@lttng-ts/graph';
import { nodeHost } from '../../edge/node-host.ts';
import type { Host } from '../../host.ts';
import { memoryHost, recordingHost, runGraph } from '../../testing/run-or-messages.ts';
import { details } from './details.ts';

function print(
  source: Host,
  folders: readonly string[],
  params: PlainValues,
  mipVersion: 0 | 1,
  by: 'runs' | 'messages',
): string {
  const { host, written } = recordingHost(source);
  const fault = runGraph({ host, folders, sink: details(host), params, mipVersion }, by);
  return (written.get('-') ?? '') + fault;
}

const OPTIONS: readonly PlainValues[] = [
  { color: 'never' },
  { color: 'always' },
  { color: 'never', 'with-metadata': false, 'with-time': false },
  { color: 'never', compact: true },
  { color: 'never', 'with-data': false },
];

for (const format of ['ctf-1.8', 'ctf-2'] as const) {
  test(`random classes of ${format} print as their messages do`, () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const traceClass = randomTraceClass(random, format);
      // Several packets: the first event of each class is printed as a message.
      const packets = Array.from({ length: 3 }, () => writePacket(traceClass, random).packet);
      const host = { ...memoryHost('/trace', traceClass, packets), windowBytes: 64 << (seed % 3) };
      const params = OPTIONS[seed % OPTIONS.length]!;
      const mipVersion = format === 'ctf-2' ? 1 : 0;
      const text = print(host, ['/trace'], params, mipVersion, 'runs');
      assert.equal(text, print(host, ['/trace'], params, mipVersion, 'messages'), `seed=${seed}`);
    }
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
    const text = print(host, folders, params, 0, 'runs');
    assert.ok(text.length > 10_000);
    assert.ok(text === print(host, folders, params, 0, 'messages'), JSON.stringify(params));
  }
});
