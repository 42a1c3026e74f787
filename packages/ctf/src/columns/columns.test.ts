/** Columns against the reference decoder: random classes and packets, recorded traces; then what they promise. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '@lttng-ts/base';
import { writeCtf2Metadata } from '../ctf2/write.ts';
import { openTraceFolders } from '../edge/node.ts';
import { memorySource } from '../stream/byte-source.ts';
import { openTraces, type Trace } from '../stream/trace.ts';
import { WindowBudget } from '../stream/window-budget.ts';
import { checkColumns } from '../testing/check-columns.ts';
import { Random } from '../testing/random.ts';
import { randomTraceClass } from '../testing/random-classes.ts';
import { writePacket } from '../testing/random-packets.ts';
import { writeTsdl } from '../tsdl/write.ts';
import { Dictionary } from './dictionary.ts';
import { readColumns } from './read-columns.ts';

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
  return () => openTraces([folder], new WindowBudget(seed % 3 === 0 ? null : 64 << (seed % 4)));
}

const SEEDS = 40;

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
