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

test('random classes are copied as their values are written', () => {
  let length = 0;
  for (let seed = 1; seed <= 80; seed++) {
    const random = new Random(seed);
    const traceClass = randomTraceClass(random, 'ctf-1.8');
    const host = memoryHost('/trace', traceClass, [writePacket(traceClass, random).packet]);
    const version = seed % 2 === 0 ? '1' : '2';
    const files = copy(host, ['/trace'], version, 'runs');
    assert.deepEqual(files, copy(host, ['/trace'], version, 'messages'), `seed=${seed}`);
    for (const text of files.values()) length += text.length;
  }
  assert.ok(length > 10_000);
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
