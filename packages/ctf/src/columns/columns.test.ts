/** Columns against the reference decoder: random classes and packets, recorded traces; then what they promise. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '@lttng-ts/base';
import { ReadingFilter } from '@lttng-ts/filter';
import { writeCtf2Metadata } from '../ctf2/write.ts';
import { openTraceFolders } from '../edge/node.ts';
import { memorySource } from '../stream/byte-source.ts';
import { openTraces, readMessages, type Trace } from '../stream/trace.ts';
import { WindowBudget } from '../stream/window-budget.ts';
import { checkColumns } from '../testing/check-columns.ts';
import { Random } from '../testing/random.ts';
import { randomTraceClass } from '../testing/random-classes.ts';
import { writePacket } from '../testing/random-packets.ts';
import { writeTsdl } from '../tsdl/write.ts';
import type { Cell } from './column-batch.ts';
import { Dictionary } from './dictionary.ts';
import { type ColumnOptions, readColumns } from './read-columns.ts';

const folder = join(import.meta.dirname, '../../traces');
const recorded = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'source')
  .map(({ name }) => name);

function randomTrace(seed: number): () => readonly Trace[] {
  const random = new Random(seed);
  const format = seed % 2 === 0 ? 'ctf-2' : 'ctf-1.8';
  const traceClass = randomTraceClass(random, format);
  const metadata = (format === 'ctf-2' ? writeCtf2Metadata : writeTsdl)(traceClass);
  const streams = Array.from({ length: 3 }, (_, i) => {
    const { packet } = writePacket(traceClass, random);
    // Damage now and then.
    if (random.oneIn(5)) packet[packet.length - 1 - random.below(8)]! ^= 1 << random.below(8);
    return { source: memorySource(`stream_${i}`, packet), index: null };
  });
  const folder = {
    path: '/trace',
    relativePath: '',
    metadata: memorySource('metadata', new TextEncoder().encode(metadata)),
    dataStreams: streams,
  };
  // In windows of all sizes, most of them smaller than a packet.
  const windowBytes = seed % 3 === 0 ? null : 64 << (seed % 4);
  const recordsPerCompiling = seed % 7 < 4 ? 0 : undefined;
  return () => openTraces([folder], new WindowBudget(windowBytes, seed % 5 > 1, recordsPerCompiling));
}

/** Without the walk machine, by its steps, by compiled walks. */
const budgets = (): readonly WindowBudget[] => [
  new WindowBudget(null, false),
  new WindowBudget(),
  new WindowBudget(null, true, 0),
];

const SEEDS = 50;

test('random classes: columns hold what the reference decoder gives', () => {
  let count = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      count += checkColumns(randomTrace(seed));
    } catch (error) {
      assert.ok(error instanceof Error);
      error.message = `seed=${seed}: ${error.message}`;
      throw error;
    }
  }
  assert.ok(count > 5 * SEEDS, `count=${count}`);
});

for (const name of recorded) {
  test(`recorded trace ${name}: columns hold what the reference decoder gives`, () => {
    using opened = openTraceFolders([join(folder, name)]);
    assert.ok(checkColumns(() => opened.traces) > 0);
  });
}

test('what there is no column for is refused with its name', () => {
  using opened = openTraceFolders([join(folder, 'every-field')]);
  const read = (event: string, fields: readonly string[]) => [...readColumns(opened.traces, event, fields)];
  const refused = (event: string, fields: readonly string[], message: RegExp) =>
    assert.throws(
      () => read(event, fields),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  refused('every_field:nothing_like_that', [], /No such event: name="every_field:nothing_like_that"/);
  refused('every_field:integers', ['i9'], /No such field: name="i9", event="every_field:integers"/);
  refused('every_field:integers', ['i8', 'i8'], /Field is asked for twice: name="i8"/);
  assert.ok(read('every_field:integers', []).every(({ columns }) => columns.length === 0));
});

test('a dictionary numbers texts in the order of their coming, however many they are', () => {
  const dictionary = new Dictionary('utf-8');
  const texts = Array.from({ length: 5000 }, (_, i) => `text ${i % 2500}`);
  const ids = texts.map((text) => {
    const bytes = new TextEncoder().encode(`<${text}>`);
    return dictionary.idOf(bytes, 1, bytes.length - 1);
  });
  assert.deepEqual(
    ids,
    texts.map((_, i) => i % 2500),
  );
  assert.deepEqual(
    ids.map((id) => dictionary.textAt(id)),
    texts,
  );
  assert.equal(dictionary.idOf(new Uint8Array(3), 2, 2), 2500);
  assert.equal(dictionary.textAt(2500), '');
});

test('numbers of all sizes are the same without the walk machine, by its steps and by compiled walks', () => {
  const numbers = [8, 16, 32, 64, 5, 27].flatMap((size) =>
    ['le', 'be'].flatMap((order) =>
      [false, true].map(
        (signed) => `integer { size = ${size}; align = 8; signed = ${signed}; byte_order = ${order}; }`,
      ),
    ),
  );
  const floats = ['exp_dig = 8; mant_dig = 24;', 'exp_dig = 11; mant_dig = 53;'].map(
    (digits) => `floating_point { ${digits} align = 8; }`,
  );
  const types = [...numbers, ...floats];
  const names = types.map((_, i) => `field${i}`);
  const metadata = `/* CTF 1.8 */
trace { major = 1; minor = 8; byte_order = le; };
stream { event.header := struct { integer { size = 8; } id; }; };
event { name = "counted"; id = 0; fields := struct { ${types.map((type, i) => `${type} ${names[i]};`).join(' ')} }; };`;
  const rowBytes = 1 + 4 * (1 + 2 + 4 + 8 + 1 + 4) + 4 + 8;
  const rowCount = 300;
  const packet = new Random(2).bytes(rowBytes * rowCount);
  for (let p = 0; p < packet.length; p += rowBytes) packet[p] = 0;
  const folder = {
    path: '/trace',
    relativePath: '',
    metadata: memorySource('metadata', new TextEncoder().encode(metadata)),
    dataStreams: [{ source: memorySource('stream', packet), index: null }],
  };
  const [without, ...byMachine] = budgets().map((budget) => {
    const [batch] = [...readColumns(openTraces([folder], budget), 'counted', names)].map((one) => one.copy());
    assert.equal(batch!.count, rowCount);
    return batch!.columns.map(({ values }) => [...values]);
  });
  for (const values of byMachine) assert.deepEqual(values, without);
});

test('texts have the same numbers by the walk machine: many at once, long ones, empty ones, and those that came before', () => {
  const metadata = `/* CTF 1.8 */
trace { major = 1; minor = 8; byte_order = le; };
stream { event.header := struct { integer { size = 8; } id; }; };
event { name = "said"; id = 0; fields := struct { string who; string what; }; };
event { name = "other"; id = 1; fields := struct { integer { size = 64; } number; }; };`;
  const random = new Random(1);
  const said = Array.from({ length: 5000 }, (_, i): readonly [string, string] => [
    `who ${random.below(7)}`,
    i % 3 === 0 ? 'x'.repeat(i % 80) : `what ${random.below(2500)}`,
  ]);
  const packet = said.map(([who, what]) => `\0${who}\0${what}\0\x01\0\0\0\0\0\0\0\x07`).join('');
  const folder = {
    path: '/trace',
    relativePath: '',
    metadata: memorySource('metadata', new TextEncoder().encode(metadata)),
    dataStreams: [{ source: memorySource('stream', new TextEncoder().encode(packet)), index: null }],
  };
  for (const batchRows of [100, 8192]) {
    const [without, ...byMachine] = budgets().map((budget) => {
      const traces = openTraces([folder], budget);
      const numbers: number[] = [];
      const rows: Cell[][] = [];
      for (const { count, columns } of readColumns(traces, 'said', ['who', 'what'], { batchRows })) {
        for (let i = 0; i < count; i++) {
          rows.push(columns.map((column) => column.at(i)));
          numbers.push(...columns.map(({ values }) => Number(values[i])));
        }
      }
      assert.deepEqual(rows, said);
      return numbers;
    });
    for (const numbers of byMachine) assert.deepEqual(numbers, without);
  }
});

test('columns that were read take no memory of the walk machine, however often', () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
  const metadata = `/* CTF 1.8 */
trace { major = 1; minor = 8; byte_order = le; };
stream { event.header := struct { }; };
event { name = "byte"; id = 0; fields := struct { integer { size = 8; } value; }; };`;
  const folder = {
    path: '/trace',
    relativePath: '',
    metadata: memorySource('metadata', new TextEncoder().encode(metadata)),
    dataStreams: [{ source: memorySource('stream', bytes), index: null }],
  };
  const budget = new WindowBudget();
  const traces = openTraces([folder], budget);
  for (let i = 0; i < 200; i++) {
    const [batch] = readColumns(traces, 'byte', ['value']);
    assert.deepEqual(batch!.column('value')!.values, bytes);
  }
  assert.ok(budget.machine!.take(512 << 10) !== null);
});

/** Rows as they come, with their times and the files of their data streams. */
function rowsOf(
  traces: readonly Trace[],
  event: string,
  fields: readonly string[],
  options: ColumnOptions = {},
) {
  const rows: { readonly ns: bigint; readonly file: string; readonly cells: readonly Cell[] }[] = [];
  for (const batch of readColumns(traces, event, fields, options)) {
    assert.ok(batch.count <= (options.batchRows ?? 8192));
    for (let i = 0; i < batch.count; i++) {
      const cells = batch.columns.map((column) => column.at(i));
      rows.push({ ns: batch.ns![i]!, file: batch.dataStreamAt(i).name, cells });
    }
  }
  return rows;
}

for (const name of ['contexts', 'rotated', 'overwritten']) {
  test(`recorded trace ${name}: merged rows come in order of time, with a filter, too`, () => {
    using opened = openTraceFolders([join(folder, name)]);
    const { traces } = opened;
    const events = [...readMessages(traces)].flatMap((message) => {
      if (message.kind !== 'event-record') return [];
      return [[message.eventRecordClass.name!, message.ns!, message.dataStream.name] as const];
    });
    const event = events[0]![0];
    const own = events.filter(([each]) => each === event);
    const fields = ['$packet.cpu_id'];
    for (const batchRows of [1, 7, 8192]) {
      const merged = rowsOf(traces, event, fields, { isMerged: true, batchRows });
      assert.deepEqual(
        merged.map(({ ns, file }) => [ns, file]),
        own.map(([, ns, file]) => [ns, file]),
      );
      const apart = rowsOf(traces, event, fields, { batchRows });
      const order = (rows: typeof apart) => rows.map(({ ns, cells }) => `${ns} ${cells}`).sort();
      assert.deepEqual(order(apart), order(merged));
    }
    const middle = own[own.length >> 1]![1];
    for (const isMerged of [false, true]) {
      for (const [text, isWanted] of [
        ['$packet.cpu_id == 0', ({ cells }) => cells[0] === 0],
        [`$time >= ${middle}`, ({ ns }) => ns >= middle],
        ['$time & 1 == 0 && $packet.cpu_id == 1', ({ ns, cells }) => (ns & 1n) === 0n && cells[0] === 1],
        ['$event.name == "nothing"', () => false],
      ] as const satisfies readonly (readonly [string, (row: ReturnType<typeof rowsOf>[0]) => boolean])[]) {
        const filters = [new ReadingFilter(text)];
        assert.deepEqual(
          rowsOf(traces, event, ['$packet.cpu_id'], { isMerged, filters, batchRows: 50 }),
          rowsOf(traces, event, ['$packet.cpu_id'], { isMerged }).filter(isWanted),
          text,
        );
      }
    }
  });
}

test('fields with parts: columns of columns, which can be cut and kept', () => {
  using opened = openTraceFolders([join(folder, 'every-field')]);
  const { traces } = opened;
  const [event] = [...readMessages(traces)].flatMap((message) => {
    if (message.kind !== 'event-record') return [];
    const { name, payload } = message.eventRecordClass;
    const list = payload?.members.find(
      ({ fieldClass }) => fieldClass.kind === 'dynamic-array' && !fieldClass.isText,
    );
    return list === undefined ? [] : [{ name: name!, field: list.name }];
  });
  assert.ok(event !== undefined);
  let rows = 0;
  for (const batch of readColumns(traces, event.name, [event.field], { isMerged: true })) {
    const [column] = batch.columns;
    assert.equal(column?.kind, 'list');
    assert.equal(column.values.length, batch.count + 1);
    const all = Array.from({ length: batch.count }, (_, i) => column.at(i));
    const cut = batch.slice(1, batch.count).copy();
    assert.deepEqual(
      Array.from({ length: cut.count }, (_, i) => cut.columns[0]!.at(i)),
      all.slice(1),
    );
    rows += batch.count;
  }
  assert.ok(rows > 2);
});
