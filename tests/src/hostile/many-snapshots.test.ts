/**
 * Snapshots in overwrite mode while four writers, two on each CPU, go at full speed: in each one what a writer left is
 * as new as in the one before or newer, and without a hole. LTTNG_TS_ROUNDS says how many (`npm run soak` asks for a thousand).
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import type { ChannelAttributes } from '@lttng-ts/protocols';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { lines, readWithOurs } from '../harness/reading.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const rounds = Number(process.env['LTTNG_TS_ROUNDS'] ?? 25);
/** As many as the index of an event counts: a busy machine has taken five minutes for a thousand snapshots. */
const ENDLESS = '2147483647';
const SESSION = 'snapshots';

/** Indexes of the ticks of each writer below `folder`, in order. */
function indexesByWriter(folder: string): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  for (const line of lines(readWithOurs(folder).stdout)) {
    const [, writer, index] = /writer = (\d+), index = (\d+)/.exec(line) ?? [];
    const indexes = found.get(Number(writer));
    if (indexes === undefined) found.set(Number(writer), [Number(index)]);
    else indexes.push(Number(index));
  }
  return found;
}

/** Attributes of the channel: whole streams in one file, and in files of two packets. */
const shapes = [
  { title: 'one file', limits: {} },
  { title: 'several files', limits: { traceFileSizeBytes: 2 * 16384 } },
  { title: 'two files in turn', limits: { traceFileSizeBytes: 16384, traceFileCount: 2 } },
] as const;

for (const { title, limits } of shapes) {
  test(`snapshots beside writers at full speed are without a hole: ${title}`, { skip }, async () => {
    await takeSnapshots(limits);
  });
}

async function takeSnapshots(limits: Partial<ChannelAttributes>): Promise<void> {
  await using world = await World.create();
  const { control, environment } = world;
  await control.call('session.create', {
    name: SESSION,
    output: { kind: 'path', path: environment.path(SESSION) },
    sharedMemoryPath: null,
    isSnapshotMode: true,
  });
  const where = { session: SESSION, domain: 'ust', channel: 'chan' } as const;
  const attributes = { subbufferSizeBytes: 16384, subbufferCount: 4, mode: 'overwrite', ...limits } as const;
  await control.call('channel.enable', { ...where, attributes });
  const rule = { pattern: 'sample:tick', logLevel: { kind: 'all' as const }, filter: null, exclusions: [] };
  await control.call('event.enable', { ...where, ownership: null, rule });
  await control.call('session.start', { session: SESSION });
  const writers = [0, 1, 2, 3].map((writer) =>
    environment.start(['taskset', '-c', `${writer % 2}`, sampleProgram(), 'ticks', `${writer}`, ENDLESS]),
  );
  for (const writer of writers) await writer.printed(/ready/);
  let eventCount = 0;
  let standstillCount = 0;
  const newest = new Map<number, number>();
  for (let round = 0; round < rounds; round++) {
    const asked = { session: SESSION, name: null, output: null, maxSizeBytes: null };
    const { path } = await control.call('snapshot.record', asked);
    for (const [writer, indexes] of indexesByWriter(path)) {
      eventCount += indexes.length;
      const first = indexes[0] ?? 0;
      const expected = indexes.map((_, at) => first + at);
      assert.deepEqual(indexes, expected, `a hole: round=${round}, writer=${writer}`);
      const last = indexes.at(-1) ?? -1;
      const before = newest.get(writer) ?? -1;
      // A writer that the machine gave no time to since the last round has nothing new.
      assert.ok(last >= before, `older than before: round=${round}, writer=${writer}`);
      if (last === before) standstillCount++;
      newest.set(writer, last);
    }
    rmSync(path, { recursive: true });
  }
  assert.ok(eventCount > 100 * rounds, `events=${eventCount}`);
  assert.ok(standstillCount <= rounds / 2, `nothing new: count=${standstillCount}`);
  for (const writer of writers) {
    if (writer.process.exitCode === null) await world.kill('KILL', await world.pidOf(writer));
  }
  for (const writer of writers) await writer.finished();
  await control.call('session.destroy', { session: SESSION, wait: true });
}
