/**
 * Monitor timers: what the daemon knows of the fill of buffers while programs record, beside what their memory takes and
 * what is in the files.
 */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ControlClient } from '@lttng-ts/control';
import type { BufferSetInfo } from '@lttng-ts/protocols';
import { Environment } from '../harness/environment.ts';
import { eventually } from '../harness/eventually.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');
const SUBBUFFER_BYTES = 65536;
const COUNT = 4;
const SHAPE = [`--subbuf-size=${SUBBUFFER_BYTES}`, `--num-subbuf=${COUNT}`] as const;

async function connect(environment: Environment): Promise<ControlClient> {
  return await ControlClient.connect(environment.seenFromOutside('/run/lttng/control.sock'));
}

/** Buffers of a channel of the session. */
async function setsOf(
  client: ControlClient,
  session: string,
  channel: string,
): Promise<readonly BufferSetInfo[]> {
  const { channels } = await client.call('session.buffers', { session });
  return channels.find((each) => each.channel === channel)?.sets ?? [];
}

function fileBytes(folder: string, channel: string): number {
  const names = readdirSync(folder).filter((name) => name.startsWith(`${channel}_`));
  return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

test('samples follow what is written, and what is in the files', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  using client = await connect(environment);
  const session = await TestSession.create(environment, 'ours');
  await session.enableChannel('watched', '--monitor-timer=10000', ...SHAPE);
  await session.enableChannel('unwatched', '--monitor-timer=0', ...SHAPE);
  for (const channel of ['watched', 'unwatched']) {
    await session.enableEvent('sample:tick', `--channel=${channel}`);
  }
  assert.deepEqual(await setsOf(client, session.name, 'watched'), []);
  await session.start();
  const sample = environment.start(['taskset', '-c', '0', sampleProgram(), 'serve']);
  await sample.printed(/ready/);
  const usage = async () => (await setsOf(client, session.name, 'watched'))[0]?.usage ?? null;
  const idle = await eventually('the first sample', usage);
  assert.equal(idle.outputBytes, 0);
  assert.ok(idle.highestUsageBytes < 4096, `idle: ${idle.highestUsageBytes}`);
  // Half a sub-buffer, which stays where it is.
  await order(sample, 'ticks 1 1000');
  const filled = await eventually('the program has written', async () => {
    const now = await usage();
    return now !== null && now.highestUsageBytes > 1000 * 20 ? now : null;
  });
  assert.ok(filled.highestUsageBytes < SUBBUFFER_BYTES);
  assert.ok(filled.lowestUsageBytes < 4096, 'the other CPU is idle');
  assert.equal(filled.outputBytes, 0);
  await order(sample, 'ticks 1 20000');
  const folder = session.path(0);
  const drained = await eventually('all full packets are in the file', async () => {
    const now = await usage();
    const isEven = now !== null && now.outputBytes === fileBytes(folder, 'watched');
    return isEven && now.outputBytes >= 2 * SUBBUFFER_BYTES && now.highestUsageBytes < SUBBUFFER_BYTES
      ? now
      : null;
  });
  assert.ok(drained.outputBytes > filled.outputBytes);
  const [unwatched] = await setsOf(client, session.name, 'unwatched');
  assert.equal(unwatched?.usage, null);
  assert.equal(unwatched?.capacityBytes, SUBBUFFER_BYTES * COUNT);
  for (const { residentBytes, lengthBytes } of unwatched?.streams ?? []) {
    // All memory is there from the start: a program must never wait for a page, or die of one.
    assert.equal(residentBytes, lengthBytes);
    assert.ok(lengthBytes > SUBBUFFER_BYTES * (COUNT + 1), `${lengthBytes}`);
  }
  await quit(sample);
  await session.destroy();
});

test('each process has its own samples and memory, and leaves nothing behind', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  using client = await connect(environment);
  const session = await TestSession.create(environment, 'ours');
  await session.enableChannel('own', '--buffers-pid', '--monitor-timer=10000', ...SHAPE);
  await session.enableEvent('sample:tick', '--channel=own');
  await session.start();
  const [busy, idle] = [0, 1].map((cpu) =>
    environment.start(['taskset', '-c', String(cpu), sampleProgram(), 'serve']),
  );
  assert.ok(busy !== undefined && idle !== undefined);
  for (const sample of [busy, idle]) await sample.printed(/ready/);
  await order(busy, 'ticks 1 1000');
  const sets = await eventually('both are sampled', async () => {
    const all = await setsOf(client, session.name, 'own');
    const [most = 0] = all.map((set) => set.usage?.highestUsageBytes ?? 0).sort((a, b) => b - a);
    return all.length === 2 && all.every((set) => set.usage !== null) && most > 20_000 ? all : null;
  });
  const highest = sets.map(({ usage }) => usage?.highestUsageBytes ?? 0);
  assert.equal(highest.filter((bytes) => bytes > 20_000).length, 1, `${highest}`);
  assert.deepEqual(
    sets.map(({ owner }) => owner.kind === 'process' && owner.name),
    ['sample', 'sample'],
  );
  await quit(busy);
  await eventually('its buffers are gone', async () =>
    (await setsOf(client, session.name, 'own')).length === 1 ? true : null,
  );
  await quit(idle);
  await session.destroy();
});
