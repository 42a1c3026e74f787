/** Traces that copy programs write against those written from values: random classes and real traces, byte by byte. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Random, randomTraceClass, writePacket } from '@lttng-ts/ctf/testing';
import { nodeHost } from '../../edge/node-host.ts';
import type { Host } from '../../host.ts';
import { memoryHost, recordingHost, runGraph } from '../../testing/run-or-messages.ts';
import { fsSink } from './fs-sink.ts';

/** Files of the copy, by path, and how it ended. */
function copy(
  source: Host,
  folders: readonly string[],
  version: '1' | '2',
  by: 'runs' | 'messages',
): ReadonlyMap<string, string> {
  const { host, written } = recordingHost(source);
  const params = { path: '/copy', quiet: true, 'ctf-version': version };
  const fault = runGraph(
    { host, folders, sink: fsSink(host), params, mipVersion: version === '1' ? 0 : 1 },
    by,
  );
  return new Map([...written, ['fault', fault]]);
}

/** Copies a trace of random classes with two packets of `recordCount` event records; gives the number of bytes. */
function copyRandomTrace(seed: number, recordCount: number): number {
  const random = new Random(seed);
  const traceClass = randomTraceClass(random, 'ctf-1.8');
  const packets = [1, 2].map(() => writePacket(traceClass, random, { recordCount }).packet);
  const host = memoryHost('/trace', traceClass, packets);
  const version = seed % 2 === 0 ? '1' : '2';
  const files = copy(host, ['/trace'], version, 'runs');
  assert.deepEqual(files, copy(host, ['/trace'], version, 'messages'), `seed=${seed}`);
  return [...files.values()].reduce((sum, text) => sum + text.length, 0);
}

test('random classes are copied as their values are written', () => {
  let length = 0;
  for (let seed = 1; seed <= 80; seed++) length += copyRandomTrace(seed, 4);
  assert.ok(length > 10_000);
});

test('long packets, which go to their file in pieces, are copied as their values are written', () => {
  let length = 0;
  for (let seed = 1; seed <= 4; seed++) length += copyRandomTrace(seed, 6000);
  assert.ok(length > 1_000_000);
});

const TRACES = join(import.meta.dirname, '../../../../ctf/traces');

for (const version of ['1', '2'] as const) {
  test(`real traces are copied as their values are written, in version ${version}`, () => {
    using host = nodeHost();
    const paths = readdirSync(TRACES, { recursive: true, encoding: 'utf8' });
    const folders = paths
      .filter((path) => path.endsWith('/metadata'))
      .map((path) => join(TRACES, path, '..'));
    for (const folder of folders) {
      const files = copy(host, [folder], version, 'runs');
      assert.equal(files.get('fault'), '');
      assert.ok(files.size > 2, folder);
      assert.deepEqual(files, copy(host, [folder], version, 'messages'), folder);
    }
  });
}
