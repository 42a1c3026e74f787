/**
 * Rotations and clears at random moments while programs write as fast as they can: every event that survives is in one
 * chunk, once; what is not there was discarded, or cleared; packets are counted without a gap but where a chunk
 * was cleared. LTTNG_TS_ROUNDS says how often (`npm run soak` asks for a thousand), LTTNG_TS_SEEDS with which chance.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeIndexFile } from '@lttng-ts/ctf';
import type { ChannelAttributes } from '@lttng-ts/protocols';
import type { Program } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { readTicks } from '../harness/reading.ts';
import { order } from '../harness/recording.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const rounds = Number(process.env['LTTNG_TS_ROUNDS'] ?? 25);
const seeds = (process.env['LTTNG_TS_SEEDS'] ?? '1').split(',').map(Number);
const WRITERS = 4;
const TICKS = 1000;
const LONGEST_PAUSE_MS = 40;
/** Between orders where nothing is discarded: all of it will be read. */
const PAUSE_MS = 20;

type Step = 'rotate' | 'clear';

/** Numbers from 0 to 1, the same ones for a seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What was recorded: chunks by id, and how many events each order emitted; an order is a writer of its own. */
interface Recorded {
  readonly folder: string;
  readonly orders: ReadonlyMap<number, number>;
  readonly discardedCount: number;
  readonly clearedCount: number;
}

async function recordWith(
  attributes: Partial<ChannelAttributes>,
  pauseMs: number,
  seed: number,
  choose: (random: () => number) => Step,
): Promise<{ readonly world: World; readonly recorded: Recorded }> {
  const world = await World.create();
  const session = await world.session('exact', { attributes });
  const orders = new Map<number, number>();
  const isOver = { value: false };
  let lastWriter = 0;
  // Each on one processor: all its events are in one stream, in their order.
  const samples = await Promise.all(Array.from({ length: WRITERS }, (_, at) => world.sample(at % 2)));
  const write = async (sample: Program): Promise<void> => {
    while (!isOver.value) {
      const writer = ++lastWriter;
      orders.set(writer, TICKS);
      await order(sample, `ticks ${writer} ${TICKS}`);
      await delay(pauseMs);
    }
  };
  const writing = samples.map(write);
  const random = randomOf(seed);
  let clearedCount = 0;
  for (let round = 0; round < rounds; round++) {
    await delay(random() * LONGEST_PAUSE_MS);
    const step = choose(random);
    if (step === 'rotate') await world.control.call('session.rotate', { session: 'exact', wait: true });
    else await world.control.call('session.clear', { session: 'exact' });
    if (step === 'clear') clearedCount++;
  }
  isOver.value = true;
  await Promise.all(writing);
  const losses = await session.stop();
  await session.destroy();
  const discardedCount = losses.reduce((sum, loss) => sum + loss.discardedEventCount, 0);
  assert.ok(losses.every(({ lostPacketCount }) => lostPacketCount === 0));
  return { world, recorded: { folder: session.folder, orders, discardedCount, clearedCount } };
}

interface Chunk {
  readonly id: number;
  /** Indexes by writer. */
  readonly events: ReadonlyMap<number, readonly number[]>;
  /** Sequence numbers of packets by stream. */
  readonly packets: ReadonlyMap<string, readonly number[]>;
}

/** The archived chunks in their order; without an archive the one in the output. */
function chunksIn(folder: string): readonly Chunk[] {
  const archives = readdirSync(folder).includes('archives') ? join(folder, 'archives') : null;
  if (archives === null) return [readChunk(folder, 0)];
  return readdirSync(archives)
    .map((name) => readChunk(join(archives, name), Number(name.split('-').at(-1))))
    .sort((a, b) => a.id - b.id);
}

function readChunk(path: string, id: number): Chunk {
  const events = new Map<number, number[]>();
  const packets = new Map<string, readonly number[]>();
  readTicks(path, (writer, index) => {
    const own = events.get(writer);
    if (own === undefined) events.set(writer, [index]);
    else own.push(index);
  });
  for (const name of readdirSync(path, { recursive: true }).map(String)) {
    if (!name.endsWith('.idx')) continue;
    const { entries } = decodeIndexFile(readFileSync(join(path, name)));
    const numbers = entries.map((entry) =>
      Number('packetSequenceNumber' in entry ? entry.packetSequenceNumber : Number.NaN),
    );
    packets.set(name, numbers);
  }
  return { id, events, packets };
}

/** Chunks that follow each other: none was cleared between them. */
function runsOf(chunks: readonly Chunk[]): readonly (readonly Chunk[])[] {
  const runs: Chunk[][] = [];
  for (const chunk of chunks) {
    const last = runs.at(-1);
    if (last?.at(-1)?.id === chunk.id - 1) last?.push(chunk);
    else runs.push([chunk]);
  }
  return runs;
}

/** Packets of each stream are counted on through a run. */
function provePackets(run: readonly Chunk[]): void {
  const last = new Map<string, number>();
  for (const { id, packets } of run) {
    for (const [stream, numbers] of packets) {
      for (const number of numbers) {
        const before = last.get(stream);
        if (before !== undefined) assert.equal(number, before + 1, `chunk ${id}, ${stream}`);
        last.set(stream, number);
      }
    }
  }
}

/** Every event once; gives how many there are. */
function proveOnce(chunks: readonly Chunk[], orders: ReadonlyMap<number, number>): number {
  const seen = new Map<number, Set<number>>();
  let count = 0;
  for (const { id, events } of chunks) {
    for (const [writer, indexes] of events) {
      const own = seen.get(writer) ?? new Set();
      for (const index of indexes) {
        assert.ok(index < (orders.get(writer) ?? 0), `chunk ${id}: no such event: ${writer} ${index}`);
        assert.ok(!own.has(index), `chunk ${id}: event ${index} of ${writer} is there twice`);
        own.add(index);
        count++;
      }
      seen.set(writer, own);
    }
  }
  return count;
}

/** Events of a writer that are missing between its first and its last one in a run. */
function holesIn(run: readonly Chunk[]): number {
  const all = new Map<number, number[]>();
  for (const { events } of run) {
    for (const [writer, indexes] of events) all.set(writer, [...(all.get(writer) ?? []), ...indexes]);
  }
  let holes = 0;
  for (const indexes of all.values()) {
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (const index of indexes) [least, most] = [Math.min(least, index), Math.max(most, index)];
    holes += most - least + 1 - indexes.length;
  }
  return holes;
}

const emittedIn = (orders: ReadonlyMap<number, number>): number =>
  [...orders.values()].reduce((sum, count) => sum + count, 0);

for (const seed of seeds) {
  test(`${rounds} rotations while buffers overflow: recorded and discarded is emitted (seed ${seed})`, {
    skip,
  }, async () => {
    const small = { subbufferSizeBytes: 4096, subbufferCount: 4 };
    const { world, recorded } = await recordWith(small, 0, seed, () => 'rotate');
    await using _world = world;
    const chunks = chunksIn(recorded.folder);
    assert.equal(chunks.length, rounds + 1);
    const runs = runsOf(chunks);
    assert.equal(runs.length, 1, 'no chunk is missing');
    provePackets(chunks);
    assert.equal(proveOnce(chunks, recorded.orders) + recorded.discardedCount, emittedIn(recorded.orders));
    assert.ok(recorded.discardedCount > 0, 'buffers overflowed');
  });

  test(`${rounds} rotations and clears: what survives is there once (seed ${seed})`, { skip }, async () => {
    const large = { subbufferSizeBytes: 262_144, subbufferCount: 8 };
    const { world, recorded } = await recordWith(large, PAUSE_MS, seed, (random) =>
      random() < 0.6 ? 'rotate' : 'clear',
    );
    await using _world = world;
    const chunks = chunksIn(recorded.folder);
    const runs = runsOf(chunks);
    for (const run of runs) provePackets(run);
    const count = proveOnce(chunks, recorded.orders);
    assert.equal(rounds + 1 - chunks.length, recorded.clearedCount, 'each clear took one chunk');
    assert.ok(count > 0);
    const holes = runs.reduce((sum, run) => sum + holesIn(run), 0);
    assert.ok(holes <= recorded.discardedCount, `${holes} holes, ${recorded.discardedCount} discarded`);
  });
}
