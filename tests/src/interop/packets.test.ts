/**
 * When packets come into files and how index files describe them, with our daemon and the original: timers,
 * idle processors, stops. Programs run on processor 0, so that the others' streams stay idle.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AnyPacketIndexEntry, decodeIndexFile } from '@lttng-ts/ctf';
import { Environment, type Side, sides } from '../harness/environment.ts';
import { eventually } from '../harness/eventually.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { lines, readWith } from '../harness/reading.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');
const onProcessor0 = (command: readonly string[]): readonly string[] => ['taskset', '-c', '0', ...command];
/** Bits of a packet's header and context, as LTTng declares them. */
const EMPTY_PACKET_BITS = 84n * 8n;
const PAGE_BITS = 4096n * 8n;

/** The fields of LTTng's packet header and context, at their offsets. */
function packetAt(file: Buffer, offset: number) {
  const u64 = (at: number) => file.readBigUInt64LE(offset + at);
  return {
    offsetBytes: BigInt(offset),
    packetSizeBits: u64(56),
    contentSizeBits: u64(48),
    timestampBegin: u64(32),
    timestampEnd: u64(40),
    eventsDiscarded: u64(72),
    streamId: BigInt(file.readUInt32LE(offset + 20)),
    streamInstanceId: u64(24),
    packetSequenceNumber: u64(64),
  };
}

/** The packets of a stream file, one after the other. */
function packetsOf(file: Buffer): readonly ReturnType<typeof packetAt>[] {
  const packets = [];
  for (let offset = 0; offset < file.length; ) {
    const packet = packetAt(file, offset);
    packets.push(packet);
    offset += Number(packet.packetSizeBits / 8n);
  }
  return packets;
}

/** Holds each index of a trace against its stream file, and gives the entries by stream. */
function checkedIndexes(session: TestSession): ReadonlyMap<string, readonly AnyPacketIndexEntry[]> {
  const folder = session.path(0);
  const streams = readdirSync(folder).filter((name) => /_\d+$/.test(name));
  const indexes = readdirSync(join(folder, 'index'));
  assert.deepEqual(indexes.sort(), streams.map((name) => `${name}.idx`).sort());
  return new Map(
    streams.sort().map((name) => {
      const { minor, entries } = decodeIndexFile(readFileSync(join(folder, 'index', `${name}.idx`)));
      assert.equal(minor, 1);
      assert.deepEqual(entries, packetsOf(readFileSync(join(folder, name))), name);
      for (const [i, entry] of entries.entries()) {
        assert.equal(entry.packetSequenceNumber, BigInt(i), name);
        assert.ok(entry.timestampBegin <= entry.timestampEnd, name);
        assert.ok(entry.timestampBegin >= (entries[i - 1]?.timestampEnd ?? 0n), name);
        assert.ok(
          entry.contentSizeBits <= entry.packetSizeBits && entry.packetSizeBits % PAGE_BITS === 0n,
          name,
        );
      }
      return [name, entries];
    }),
  );
}

/** Packets of each stream as far as they do not depend on the pace: `e` empty, `p` with events. */
function shapesOf(session: TestSession): Readonly<Record<string, string>> {
  const shapeOf = ({ contentSizeBits }: AnyPacketIndexEntry) =>
    contentSizeBits === EMPTY_PACKET_BITS ? 'e' : 'p';
  return Object.fromEntries(
    [...checkedIndexes(session)].map(([name, entries]) => [name, entries.map(shapeOf).join('')]),
  );
}

async function onBothSides<T>(
  work: (environment: Environment, side: Side) => Promise<T>,
): Promise<readonly T[]> {
  return await Promise.all(
    sides.map(async (side) => {
      await using environment = await Environment.create();
      await startDaemon(environment, side);
      return await work(environment, side);
    }),
  );
}

const channels = [
  { title: 'a switch timer', options: ['--switch-timer=20000'], count: 3 },
  {
    title: 'a read timer',
    options: ['--read-timer=20000', '--subbuf-size=4096', '--num-subbuf=8'],
    count: 200,
  },
  { title: 'no timer', options: ['--subbuf-size=4096', '--num-subbuf=8'], count: 200 },
  { title: 'both timers', options: ['--switch-timer=50000', '--read-timer=20000'], count: 3 },
] as const;

for (const { title, options, count } of channels) {
  test(`events reach the file before the stop: ${title}`, { skip }, async () => {
    await onBothSides(async (environment, side) => {
      const session = await TestSession.create(environment, side);
      await session.enableChannel('timed', ...options);
      await session.enableEvent('sample:tick', '--channel=timed');
      await session.start();
      const program = environment.start(onProcessor0([...samples.c(), 'serve']));
      await order(program, `ticks 1 ${count}`);
      const path = session.path(0, 'timed_0');
      // A switch timer may have closed the first sub-buffer before anything was written to it.
      await eventually(`a packet with events, daemon: ${side}`, () => {
        const packets = existsSync(path) ? packetsOf(readFileSync(path)) : [];
        return packets.find(({ contentSizeBits }) => contentSizeBits > EMPTY_PACKET_BITS) ?? null;
      });
      await order(program, `ticks 2 ${count}`);
      await session.stop();
      await quit(program);
      await session.destroy();
      const { stdout } = await readWith(environment, 'babeltrace2', session.folder);
      assert.equal(lines(stdout).length, 2 * count, side);
      checkedIndexes(session);
    });
  });
}

test('idle streams get their tail packet, and stops and starts make the same packets', { skip }, async () => {
  const [ours, upstream] = await onBothSides(async (environment, side) => {
    const session = await TestSession.create(environment, side);
    await session.enableChannel('busy,idle');
    await session.enableEvent('sample:tick', '--channel=busy');
    await session.enableEvent('nothing:*', '--channel=idle');
    await session.start();
    const program = environment.start(onProcessor0([...samples.c(), 'serve']));
    const seen: Readonly<Record<string, string>>[] = [];
    // Idle, busy, busy, idle: each ends with a stop.
    for (const count of [0, 10, 10, 0]) {
      await order(program, `ticks 1 ${count}`);
      await session.stop();
      seen.push(shapesOf(session));
      await session.start();
    }
    await quit(program);
    await session.destroy();
    seen.push(shapesOf(session));
    return seen;
  });
  assert.deepEqual(ours, upstream);
  assert.equal(upstream?.at(-1)?.['busy_0'], 'eppee');
});

test('a session that records nothing has the packets of the original', { skip }, async () => {
  const [ours, upstream] = await onBothSides(async (environment, side) => {
    const session = await TestSession.create(environment, side);
    await session.enableEvent('sample:tick');
    await session.start();
    const without = readdirSync(session.folder, { recursive: true }).map(String).sort();
    const program = environment.start([...samples.c(), 'serve']);
    await program.printed(/ready/);
    await session.stop();
    const withProgram = shapesOf(session);
    await quit(program);
    await session.destroy();
    return { without, withProgram, atEnd: shapesOf(session) };
  });
  assert.deepEqual(ours, upstream);
});
