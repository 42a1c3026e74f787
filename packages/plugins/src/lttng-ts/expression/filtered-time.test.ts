/** Filters that bound the time: the text of a trimmer with these bounds, and little more is read than what is in them. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readMessages } from '@lttng-ts/ctf';
import { openTraceFolders } from '@lttng-ts/ctf/node';
import { Random } from '@lttng-ts/ctf/testing';
import { type FilterClass, GraphError, type PlainValues } from '@lttng-ts/graph';
import { nodeHost } from '../../edge/node-host.ts';
import type { Host } from '../../host.ts';
import { filesHost, recordingHost, runGraph } from '../../testing/run-or-messages.ts';
import { countingHost, MISTAKES, secondsText, timedTrace } from '../../testing/timed-trace.ts';
import { details } from '../../text/details/details.ts';
import { pretty } from '../../text/pretty/pretty.ts';
import { trimmer } from '../../utils/trimmer/trimmer.ts';
import { expression } from './expression.ts';

process.env['TZ'] = 'America/New_York';

const traces = join(import.meta.dirname, '../../../../ctf/traces');
const folders = readdirSync(traces, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('/metadata'))
  .map((path) => join(traces, path, '..'))
  .sort();

interface Reading {
  readonly host: Host;
  readonly folder: string;
  readonly filter: FilterClass;
  readonly params: PlainValues;
  readonly isPretty?: boolean;
  readonly by?: 'runs' | 'messages';
}

function read({ host, folder, filter, params, isPretty = false, by = 'runs' }: Reading): string {
  const { host: recording, written } = recordingHost(host);
  const arrangement = {
    host,
    folders: [folder],
    sink: isPretty ? pretty(recording) : details(recording),
    params: { color: 'never' },
    mipVersion: 0 as const,
    filters: [{ filter, params }],
  };
  let fault = '';
  try {
    fault = runGraph(arrangement, by);
  } catch (error) {
    // A trace of which nothing can be read is refused before it runs.
    assert.ok(error instanceof GraphError);
    fault = error.message;
  }
  return `${written.get('-') ?? ''}${fault}`;
}

/** Different ways to say the same. */
const WAYS: readonly ((begin: bigint, end: bigint) => string)[] = [
  (begin, end) => `$time >= ${begin} && $time <= ${end}`,
  (begin, end) => `$time > "${secondsText(begin - 1n)}" && ("${secondsText(end + 1n)}" > $time)`,
  (begin, end) => `(1 == 1 && ${begin} <= $time) && $time <= "${secondsText(end)}"`,
  (begin, end) =>
    `($time == ${begin} || $time > ${begin} && $time < "${secondsText(end)}") || $time == ${end}`,
];

test('recorded traces: the text of a trimmer', () => {
  using host = nodeHost();
  const random = new Random(11);
  for (const folder of folders) {
    using opened = openTraceFolders([folder]);
    const times = [...readMessages(opened.traces)].flatMap(({ ns }) => (ns === null ? [] : [ns]));
    for (const way of WAYS) {
      const begin = random.pick(times) + BigInt(random.below(3)) - 1n;
      const end = begin + BigInt(random.below(2 ** 30));
      const common = { host, folder, isPretty: random.oneIn(2) };
      const text = way(begin, end);
      const expected = read({
        ...common,
        filter: trimmer,
        params: { begin: secondsText(begin), end: secondsText(end) },
      });
      assert.ok(expected.length > 0);
      for (const by of ['runs', 'messages'] as const) {
        const params = { expression: text };
        assert.equal(read({ ...common, filter: expression, params, by }), expected, `${folder}: ${text}`);
      }
    }
  }
});

for (const mistake of MISTAKES) {
  test(`traces by chance, mistake: ${mistake}`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed * 17 + MISTAKES.indexOf(mistake));
      const { files, times, frequencyHz } = timedTrace('/trace', random, { mistake });
      const nsOf = (cycles: bigint): bigint =>
        100_000_000_000n + ((cycles + 7n) * 1_000_000_000n) / frequencyHz;
      const begin = nsOf(random.pick(times)) + BigInt(random.below(3)) - 1n;
      const end = begin + BigInt(random.below(2000));
      const common = { host: filesHost(files), folder: '/trace', isPretty: random.oneIn(2) };
      const params = { begin: secondsText(begin), end: secondsText(end) };
      const expected = read({ ...common, filter: trimmer, params });
      // What a trimmer refuses is read here.
      if (expected.includes('Unsupported stream')) continue;
      const text = random.pick(WAYS)(begin, end);
      assert.equal(read({ ...common, filter: expression, params: { expression: text } }), expected, text);
    }
  });
}

test('times of day are on the first day, there or in UTC', () => {
  using host = nodeHost();
  const folder = folders.find((path) => path.includes('contexts'))!;
  using opened = openTraceFolders([folder]);
  const times = [...readMessages(opened.traces)].flatMap(({ kind, ns }) =>
    kind === 'event-record' ? [ns!] : [],
  );
  const middle = times[times.length >> 1]!;
  const clock = new Date(Number(middle / 1_000_000n)).toISOString().slice(11, 19);
  const hour = String((Number(clock.slice(0, 2)) + 19) % 24).padStart(2, '0');
  const fraction = String(middle % 1_000_000_000n).padStart(9, '0');
  const inUtc = `$time >= "${clock}.${fraction}"`;
  const inNewYork = `$time >= "${hour}${clock.slice(2)}.${fraction}"`;
  const common = { host, folder, isPretty: true, filter: expression };
  const expected = read({ ...common, params: { expression: `$time >= ${middle}` } });
  const lines = expected.split('\n').length - 1;
  assert.equal(lines, times.filter((ns) => ns >= middle).length);
  assert.equal(read({ ...common, params: { expression: inUtc, gmt: true } }), expected);
  assert.equal(read({ ...common, params: { expression: inNewYork } }), expected);
  assert.notEqual(read({ ...common, params: { expression: inUtc } }), expected);
});

test('of a trace with an index little more is read than what can pass', () => {
  const { files, times, frequencyHz } = timedTrace('/trace', new Random(3), {
    mistake: 'none',
    packetCount: 2000,
    hasIndex: true,
  });
  const { host: counting, count } = countingHost(files);
  const host = { ...counting, windowBytes: 1024 };
  const sorted = [...times].sort((a, b) => Number(a - b));
  const nsAt = (part: number): bigint =>
    100_000_000_000n + (sorted[Math.floor((sorted.length - 1) * part)]! * 1_000_000_000n) / frequencyHz;
  for (const [text, part] of [
    [`$time >= "${secondsText(nsAt(0.999))}"`, 0.999],
    [`$event.id >= 0 && $time <= "${secondsText(nsAt(0.001))}"`, 0.001],
    [`$time > ${nsAt(0.5)} && $time < ${nsAt(0.501)}`, 0.5],
  ] as const) {
    count.readBytes = 0;
    const found = read({ host, folder: '/trace', filter: expression, params: { expression: text } });
    assert.ok(found.includes('Event'), `${text}, part=${part}`);
    assert.ok(
      count.readBytes < count.sizeBytes / 20,
      `${text}: read=${count.readBytes}, size=${count.sizeBytes}`,
    );
  }
});
