/** JSON of text programs against that of messages, and against the values of the library: random classes, real traces. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readMessages, type StructureClass, type StructureValue, toPlainObject } from '@lttng-ts/ctf';
import { openTraceFolders } from '@lttng-ts/ctf/node';
import { Random, randomTraceClass, writePacket } from '@lttng-ts/ctf/testing';
import {
  clockClass,
  doublePrecisionReal,
  dynamicArray,
  event,
  NEGATIVE_NAN,
  signedInteger,
  stringClass,
  structure,
  Trace,
  TraceClass,
  unsignedInteger,
} from '@lttng-ts/graph';
import { nodeHost } from '../../edge/node-host.ts';
import type { Host } from '../../host.ts';
import { memoryHost, recordingHost, runGraph } from '../../testing/run-or-messages.ts';
import { json } from './json.ts';
import { JsonPrinter } from './json-printer.ts';

function print(source: Host, folders: readonly string[], mipVersion: 0 | 1, by: 'runs' | 'messages'): string {
  const { host, written } = recordingHost(source);
  const fault = runGraph({ host, folders, sink: json(host), params: {}, mipVersion }, by);
  return `${written.get('-') ?? ''}${fault === '' ? '' : `\n${fault}`}`;
}

/** The lines of a text in bytes; each must be JSON. */
function objectsOf(text: string): readonly Record<string, unknown>[] {
  const [lines = ''] = text.split('\n\n');
  return Buffer.from(lines, 'latin1')
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

for (const format of ['ctf-1.8', 'ctf-2'] as const) {
  test(`random classes of ${format} give JSON, alike in runs and as messages`, () => {
    let count = 0;
    for (let seed = 1; seed <= 80; seed++) {
      const random = new Random(seed);
      const traceClass = randomTraceClass(random, format);
      const host = memoryHost('/trace', traceClass, [writePacket(traceClass, random).packet]);
      const mipVersion = format === 'ctf-2' ? 1 : 0;
      const text = print(host, ['/trace'], mipVersion, 'runs');
      assert.equal(text, print(host, ['/trace'], mipVersion, 'messages'), `seed=${seed}`);
      count += objectsOf(text).length;
    }
    assert.ok(count > 100);
  });
}

const TRACES = join(import.meta.dirname, '../../../../ctf/traces');
const folders = readdirSync(TRACES, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('/metadata'))
  .map((path) => join(TRACES, path, '..'))
  .sort();

test('real traces, merged, print alike in runs and as messages', () => {
  using host = nodeHost();
  const text = print(host, folders, 0, 'runs');
  assert.ok(text === print(host, folders, 0, 'messages'));
  const objects = objectsOf(text);
  assert.ok(objects.length > 500);
  assert.ok(objects.some(({ type }) => type === 'discarded-events'));
});

/** Plain values as JSON has them. */
function asJson(fieldClass: StructureClass | null, value: StructureValue | null): string {
  if (fieldClass === null || value === null) return '{}';
  const write = (plain: unknown): string => {
    if (typeof plain === 'bigint') return String(plain);
    if (typeof plain === 'number' && !Number.isFinite(plain)) return `"${plain}"`;
    if (Object.is(plain, -0)) return '-0.0';
    if (Array.isArray(plain)) return `[${plain.map(write).join(',')}]`;
    if (typeof plain !== 'object' || plain === null) return JSON.stringify(plain);
    const members = Object.entries(plain).map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`);
    return `{${members.join(',')}}`;
  };
  return write(toPlainObject(fieldClass, value));
}

test('fields are the values that the library gives', () => {
  using host = nodeHost();
  for (const folder of folders) {
    const lines = Buffer.from(print(host, [folder], 0, 'runs'), 'latin1')
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('{"type":"event"'));
    using opened = openTraceFolders([folder]);
    let i = 0;
    for (const message of readMessages(opened.traces)) {
      if (message.kind !== 'event-record') continue;
      const line = lines[i++] ?? '';
      const { payload, name } = message.eventRecordClass;
      assert.ok(line.endsWith(`,"fields":${asJson(payload, message.payload)}}`), line);
      assert.ok(line.includes(`,"ns":${message.ns},"name":${JSON.stringify(name)},`), line);
    }
    assert.equal(lines.length, i);
  }
});

test('what JSON has no number or text for, and names that need quotes', () => {
  const traceClass = new TraceClass(0);
  const streamClass = traceClass.addStreamClass({
    defaultClockClass: clockClass(),
    eventCommonContext: structure({ who: stringClass, n: unsignedInteger() }),
  });
  const payload = structure({
    '"quoted"\n': stringClass,
    reals: dynamicArray(doublePrecisionReal),
    wide: unsignedInteger(),
    narrow: signedInteger(),
    state: unsignedInteger({
      mappings: [
        { label: 'A', ranges: [{ lower: 1n, upper: 1n }] },
        { label: 'ä"', ranges: [{ lower: 0n, upper: 9n }] },
      ],
    }),
    none: dynamicArray(stringClass),
  });
  const eventClass = streamClass.addEventClass({
    name: 'é',
    logLevel: 'debug-line',
    payload,
    specificContext: structure({ n: signedInteger() }),
  });
  const stream = new Trace(traceClass, { name: 't' }).addStream(streamClass);
  const line = new JsonPrinter().event(
    event({
      stream,
      eventClass,
      cycles: 1n,
      commonContext: ['me', 1],
      specificContext: [-2],
      payload: [
        new Uint8Array([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x22, 0, 0x62]),
        [Number.NaN, NEGATIVE_NAN, Number.POSITIVE_INFINITY, -1 / 0, 1e300, -0, 0.1],
        (1n << 64n) - 1n,
        -(1n << 63n),
        1,
        [],
      ],
    }),
  );
  assert.equal(
    Buffer.from(line, 'latin1').toString(),
    '{"type":"event","time":"1970-01-01T00:00:00.000000001Z","ns":1,"name":"é","level":"debug-line","trace":"t","stream_class":0,"stream":0,' +
      '"context":{"who":"me","n":-2},"fields":{"\\"quoted\\"\\n":"\ufeffa\ufffd\\"","reals":["NaN","NaN","Infinity","-Infinity",1e+300,-0.0,0.1],' +
      '"wide":18446744073709551615,"narrow":-9223372036854775808,"state":{"value":1,"labels":["A","ä\\""]},"none":[]}}\n',
  );
});
