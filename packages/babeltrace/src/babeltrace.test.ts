import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { openTrace } from './edge/node.ts';
import { openTraceFiles, PrettyPrinter, type TraceEvent } from './index.ts';

const packageFolder = join(import.meta.dirname, '..');
const traces = join(packageFolder, '..', 'ctf', 'traces');
const contexts = join(traces, 'contexts');

function filesBelow(folder: string): Record<string, Uint8Array> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    paths.map((path) => [path.slice(folder.length + 1), new Uint8Array(readFileSync(path))]),
  );
}

const lineCount = (file: string): number => readFileSync(file, 'utf8').trimEnd().split('\n').length;

test('for await gives every event, in order of time', async () => {
  using reader = openTrace(contexts);
  let [count, before] = [0, 0n];
  for await (const { ns } of reader) {
    assert.ok(ns !== null && ns >= before);
    before = ns;
    count++;
  }
  assert.equal(count, lineCount(join(traces, 'contexts.txt')));
});

test('other work gets its turn while events are read, also while all of them are left out', async () => {
  const files = filesBelow(join(contexts, 'ust', 'uid', '0', '64-bit'));
  const packet = files['channel_0']!;
  // Without an index: the same packet again and again.
  const channel_0 = new Uint8Array(200 * packet.length);
  for (let at = 0; at < channel_0.length; at += packet.length) channel_0.set(packet, at);
  for (const options of [{}, { filter: '$event.name == "no such event"' }]) {
    const reader = openTraceFiles({ metadata: files['metadata']!, channel_0 }, options);
    let turns = 0;
    let isDone = false;
    const work = (): void => {
      turns++;
      if (!isDone) setImmediate(work);
    };
    setImmediate(work);
    let count = 0;
    for await (const _ of reader) count++;
    isDone = true;
    assert.equal(count > 0, !('filter' in options));
    assert.ok(turns > 5, `turns=${turns}`);
  }
});

test('events have names, contexts and fields as plain values', () => {
  using reader = openTrace(contexts);
  const [first] = reader;
  assert.ok(first !== undefined);
  const { name, context, fields, packetContext, origin } = first;
  assert.equal(name, 'every_field:integers');
  assert.deepEqual([context['procname'], context['vuid'], packetContext['cpu_id']], ['every_field', 0, 0]);
  assert.deepEqual([fields['i64'], fields['u8']], [0n, 0]);
  assert.equal(origin.environment.get('tracer_name'), 'lttng-ust');
});

test('files in memory give the same events as files on disk', () => {
  using onDisk = openTrace(contexts);
  const [printer, other] = [
    new PrettyPrinter({ isColoured: false }),
    new PrettyPrinter({ isColoured: false }),
  ];
  const inMemory = openTraceFiles(filesBelow(contexts));
  const texts = [...onDisk].map(({ message }) => Buffer.from(printer.eventRecord(message)).toString());
  assert.deepEqual(
    [...inMemory].map(({ message }) => Buffer.from(other.eventRecord(message)).toString()),
    texts,
  );
  assert.ok(texts.length > 0);
});

test('seeking gives what reading all gives in that time', () => {
  for (const name of ['contexts', 'discarded', 'rotated', 'overwritten']) {
    using reader = openTrace(join(traces, name));
    const all = [...reader].map(({ ns }) => ns!);
    const losses = [...reader.messages()].filter((message) => message.kind !== 'event');
    for (let part = 0; part <= 20; part++) {
      const begin = all[Math.floor(((all.length - 1) * part) / 20)]! + BigInt((part % 3) - 1);
      const end = begin + 10_000_000n;
      const times = (events: Iterable<{ readonly ns: bigint | null }>) => [...events].map(({ ns }) => ns);
      assert.deepEqual(
        times(reader.seek(begin)),
        all.filter((ns) => ns >= begin),
      );
      assert.deepEqual(
        times(reader.seek(begin, end)),
        all.filter((ns) => ns >= begin && ns <= end),
      );
      const cut = [...reader.seek(begin, end).messages()].filter((message) => message.kind !== 'event');
      const expected = losses.flatMap((loss) => {
        const [from, to] = [
          loss.beginNs! > begin ? loss.beginNs! : begin,
          loss.endNs! < end ? loss.endNs! : end,
        ];
        if (from > to) return [];
        const isWhole = from === loss.beginNs && to === loss.endNs;
        return [{ ...loss, beginNs: from, endNs: to, count: isWhole ? loss.count : null }];
      });
      assert.deepEqual(cut, expected);
    }
  }
});

test('columns hold the fields of events, in a time range too', async () => {
  using reader = openTrace(contexts);
  const name = 'every_field:integers';
  const events = [...reader].filter((event) => event.name === name);
  const rows: unknown[] = [];
  for await (const batch of reader.columns(name, ['i64', '$ctx.procname', '$packet.cpu_id'])) {
    for (let i = 0; i < batch.count; i++)
      rows.push([batch.ns![i], ...batch.columns.map((column) => column.at(i))]);
  }
  const rowOf = ({ ns, fields, context, packetContext }: TraceEvent): unknown => [
    ns,
    fields['i64'],
    context['procname'],
    packetContext['cpu_id'],
  ];
  const byTime = (list: unknown[]): unknown[] =>
    list.sort((a, b) => Number((a as bigint[])[0]! - (b as bigint[])[0]!));
  assert.deepEqual(byTime(rows), byTime(events.map(rowOf)));
  assert.ok(rows.length > 1);
  const [from, to] = [events[1]!.ns!, events.at(-2)!.ns!];
  const times = [...reader.seek(from, to).columns(name, [])].flatMap(({ ns }) => [...ns!]);
  assert.deepEqual(
    times.sort(),
    events
      .slice(1, -1)
      .map(({ ns }) => ns)
      .sort(),
  );
});

test('columns of a damaged data stream keep nothing of the others back', () => {
  const files = filesBelow(join(traces, 'rotated'));
  const [first] = openTraceFiles(files);
  const cpusOf = (some: typeof files, cpus: number[]): readonly number[] => {
    for (const { columns } of openTraceFiles(some).columns(first?.name ?? '', ['$packet.cpu_id'])) {
      for (const cpu of columns[0]?.values ?? []) cpus.push(Number(cpu));
    }
    return cpus;
  };
  const all = cpusOf(files, []);
  const path = Object.keys(files)
    .sort()
    .find((name) => name.endsWith('/one_0'));
  const damaged = { ...files, [path!]: files[path!]!.slice().fill(0xff, 200) };
  const left: number[] = [];
  assert.throws(() => cpusOf(damaged, left), FormatError);
  const countOf = (cpus: readonly number[], cpu: number): number => cpus.filter((one) => one === cpu).length;
  assert.ok(countOf(left, 0) < countOf(all, 0));
  assert.equal(countOf(left, 1), countOf(all, 1));
  assert.ok(countOf(all, 1) > 0);
});

test('losses come as messages between the events', () => {
  using reader = openTrace(join(traces, 'discarded'));
  const losses = [...reader.messages()].filter(({ kind }) => kind !== 'event');
  assert.equal(losses.length, lineCount(join(traces, 'discarded.err')));
});

test('files without metadata are no trace', () => {
  assert.throws(() => openTraceFiles({ 'a/b': new Uint8Array(3) }), FormatError);
});

test('the examples run', () => {
  const run = (example: string, folder: string): readonly string[] =>
    execFileSync(process.execPath, [join(packageFolder, 'examples', example), folder], { encoding: 'utf8' })
      .trimEnd()
      .split('\n');
  const eventCount = lineCount(join(traces, 'contexts.txt'));
  const counted = run('count-events.mjs', contexts).map((line) => Number(line.split(' ')[0]));
  assert.equal(
    counted.reduce((sum, count) => sum + count, 0),
    eventCount,
  );
  const objects = run('events-as-json.mjs', contexts).map((line) => JSON.parse(line));
  assert.deepEqual(
    [objects.length, objects[0].name, objects[0].vuid],
    [eventCount, 'every_field:integers', 0],
  );
  const part = run('part-of-a-trace.mjs', contexts);
  assert.ok(part.length > 0 && part.length < eventCount, `lines=${part.length}`);
  const [header, ...rows] = run('columns-to-csv.mjs', contexts);
  assert.equal(header, 'ns,cpu,i64,procname');
  assert.ok(rows.length > 0 && rows.every((row) => row.split(',').length === 4));
  assert.deepEqual(run('from-memory.mjs', contexts), [`events=${eventCount}, lost=0`]);
});

test('a filter leaves out events for which it is not true', () => {
  using all = openTrace(contexts);
  const expected = [...all].filter(
    ({ name, fields, context }) =>
      name === 'every_field:integers' &&
      (fields['i64'] as bigint) > 3n &&
      context['procname'] === 'every_field',
  );
  const filter = '$event.name == "every_field:integers" && i64 > 3 && $ctx.procname == "every*"';
  using onDisk = openTrace(contexts, { filter });
  const times = (events: Iterable<{ readonly ns: bigint | null }>) => Array.from(events, ({ ns }) => ns);
  assert.deepEqual(times(onDisk), times(expected));
  assert.ok(expected.length > 2);
  const inMemory = openTraceFiles(filesBelow(contexts), { filter: filter.split(' && ') });
  assert.deepEqual(times(inMemory), times(expected));
  assert.throws(
    () => openTrace(contexts, { filter: 'i64 >' }),
    /Invalid filter expression: .*column=6, expression="i64 >"/,
  );
});

test('a filter that bounds the time reads that part only', () => {
  using all = openTrace(join(traces, 'rotated'));
  const times = Array.from(all, ({ ns }) => ns!);
  const middle = times[times.length >> 1]!;
  const [second, fraction] = [middle / 1_000_000_000n, middle % 1_000_000_000n];
  const date = new Date(Number(second) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const late = `$time >= "${date}.${String(fraction).padStart(9, '0')}"`;
  const timeOfDay = late.replace(/\d{4}-\d\d-\d\d /, '');
  for (const filter of [late, timeOfDay, [late, '$event.id >= 0']]) {
    using reader = openTrace(join(traces, 'rotated'), { filter, isGmt: true });
    assert.deepEqual(
      Array.from(reader, ({ ns }) => ns),
      times.filter((ns) => ns >= middle),
    );
    const end = middle + 1_000_000n;
    assert.deepEqual(
      Array.from(reader.seek(0n, end), ({ ns }) => ns),
      times.filter((ns) => ns >= middle && ns <= end),
    );
  }
  const losses = (reader: { messages(): Iterable<{ kind: string }> }) =>
    [...reader.messages()].filter(({ kind }) => kind !== 'event');
  using discarded = openTrace(join(traces, 'discarded'));
  const first = [...discarded][0]!.ns!;
  using before = openTrace(join(traces, 'discarded'), { filter: `$time < ${first}` });
  assert.ok(losses(discarded).length > losses(before).length);
});

test('columns of filtered events, in one order of time', () => {
  const name = 'every_field:integers';
  using reader = openTrace(contexts, { filter: 'i64 > 3' });
  const times = Array.from(reader)
    .filter((event) => event.name === name)
    .map(({ ns }) => ns);
  const merged = [...reader.columns(name, ['i64'], { isMerged: true })].flatMap(({ ns }) => [...ns!]);
  assert.deepEqual(merged, times);
  assert.ok(times.length > 2);
});
