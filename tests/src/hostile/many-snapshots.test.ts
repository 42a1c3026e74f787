/**
 * Snapshots in overwrite mode while four writers, two on each CPU, go at full speed: in each one what a writer left is
 * as new as in the one before or newer, and without a hole but where the tracer counted what it discarded. LTTNG_TS_ROUNDS says
 * how many (`npm run soak` asks for a thousand).
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { readMessages, toPlainObject } from '@lttng-ts/ctf';
import { openTraceFolders } from '@lttng-ts/ctf/node';
import type { ChannelAttributes } from '@lttng-ts/protocols';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const rounds = Number(process.env['LTTNG_TS_ROUNDS'] ?? 25);
/** As many as the index of an event counts: a busy machine has taken five minutes for a thousand snapshots. */
const ENDLESS = '2147483647';
const SESSION = 'snapshots';

/** Ticks of a writer that are not there between two that are, in packets `first` and `last` of their stream. */
interface Hole {
  readonly writer: number;
  readonly missingCount: number;
  readonly first: number;
  readonly last: number;
}

/** What a snapshot has of a stream. */
interface SnapshotStream {
  /** Events that were discarded until each packet was full, by the packet's number. */
  readonly discarded: Map<number, number>;
  readonly holes: Hole[];
}

interface Snapshot {
  readonly eventCount: number;
  /** Index of the newest tick of each writer. */
  readonly newest: ReadonlyMap<number, number>;
  readonly streams: ReadonlyMap<bigint, SnapshotStream>;
}

function readSnapshot(folder: string): Snapshot {
  const streams = new Map<bigint, SnapshotStream>();
  const newest = new Map<number, number>();
  /** Number of the packet that each writer's newest tick is in. */
  const places = new Map<number, number>();
  let eventCount = 0;
  using open = openTraceFolders([folder]);
  for (const message of readMessages(open.traces)) {
    if (message.kind !== 'packet-beginning' && message.kind !== 'event-record') continue;
    const { dataStream, packet } = message;
    const { packetContext } = dataStream.dataStreamClass;
    assert.ok(packetContext !== null && packet.context !== null);
    const context = toPlainObject(packetContext, packet.context);
    const number = Number(context['packet_seq_num']);
    const stream: SnapshotStream = streams.get(dataStream.id) ?? { discarded: new Map(), holes: [] };
    streams.set(dataStream.id, stream);
    if (message.kind !== 'event-record') {
      stream.discarded.set(number, Number(context['events_discarded']));
      continue;
    }
    const [writer, index] = (message.payload ?? []).map(Number) as [number, number];
    const before = newest.get(writer) ?? index - 1;
    assert.ok(index > before, `out of order: writer=${writer}, index=${index}, before=${before}`);
    const missingCount = index - before - 1;
    if (missingCount > 0)
      stream.holes.push({ writer, missingCount, first: places.get(writer) ?? number, last: number });
    newest.set(writer, index);
    places.set(writer, number);
    eventCount++;
  }
  return { eventCount, newest, streams };
}

/**
 * The tracer discards events of an overwrite channel where a writer loses its processor inside a record, and others come round to
 * that record's sub-buffer: nothing else may be missing. `past` are earlier counts of the stream; those of this snapshot are added.
 */
function proveHoles({ discarded, holes }: SnapshotStream, past: Map<number, number>, where: string): void {
  const told = [...discarded.values()];
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
    `${where}: a count goes back`,
  );
  for (const [number, count] of discarded) past.set(number, count);
  // A packet counts what was discarded behind it, too, so that a hole may begin before the end of its first packet.
  const countBefore = (number: number): number =>
    [...past].reduce((most, [other, count]) => (other < number ? Math.max(most, count) : most), 0);
  const countUntil = (number: number): number => discarded.get(number) ?? Number.NaN;
  for (const hole of holes) {
    const discardedCount = countUntil(hole.last) - countBefore(hole.first);
    assert.ok(
      hole.missingCount <= discardedCount,
      `${where}: a hole: ${JSON.stringify({ ...hole, discardedCount })}`,
    );
  }
  const missingCount = holes.reduce((sum, hole) => sum + hole.missingCount, 0);
  const [first, last] = [
    Math.min(...holes.map((hole) => hole.first)),
    Math.max(...holes.map((hole) => hole.last)),
  ];
  if (missingCount > 0)
    assert.ok(missingCount <= countUntil(last) - countBefore(first), `${where}: more holes`);
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
  const counts = new Map<bigint, Map<number, number>>();
  for (let round = 0; round < rounds; round++) {
    const asked = { session: SESSION, name: null, output: null, maxSizeBytes: null };
    const { path } = await control.call('snapshot.record', asked);
    const snapshot = readSnapshot(path);
    eventCount += snapshot.eventCount;
    for (const [id, stream] of snapshot.streams) {
      const past = counts.get(id) ?? new Map<number, number>();
      counts.set(id, past);
      proveHoles(stream, past, `round=${round}, stream=${id}`);
    }
    for (const [writer, last] of snapshot.newest) {
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
