/**
 * An output that takes nothing more: packets stay in the ring and are tried again, writers discard and count,
 * `lttng status` says so, and recorded plus discarded is what was emitted.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordingFault } from '@lttng-ts/protocols';
import { skipUnless } from '../harness/peers.ts';
import { order } from '../harness/recording.ts';
import { until, World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const RING = { subbufferSizeBytes: 4096, subbufferCount: 4 };
const TICKS = 1000;

interface Trouble {
  readonly title: string;
  readonly fault: RecordingFault['kind'];
  /** Makes the output in `disk` take at most some hundred kilobytes. */
  readonly begin: (world: World, disk: string) => Promise<void>;
  readonly end: (world: World, disk: string) => Promise<void>;
  readonly errno: RegExp;
}

const LIMIT_BYTES = 256 << 10;

const troubles: readonly Trouble[] = [
  {
    title: 'a full disk',
    fault: 'disk-full',
    async begin({ environment }, disk) {
      await environment.output(['mount', '-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]);
      await environment.output(['fallocate', '-l', String(LIMIT_BYTES), `${disk}/ballast`]);
    },
    async end({ environment }, disk) {
      await environment.output(['rm', `${disk}/ballast`]);
    },
    errno: /errno="ENOSPC"/,
  },
  {
    // Stands for every other error of a write, EIO for one: a device that fails cannot be made here.
    title: 'a file that may not grow',
    fault: 'write-error',
    begin: async (world) => await limitFiles(world, String(LIMIT_BYTES)),
    end: async (world) => await limitFiles(world, 'unlimited'),
    errno: /errno="EFBIG"/,
  },
];

async function limitFiles(world: World, limit: string): Promise<void> {
  const [, pid = ''] = await world.daemon.printed(/Consumer started: uid=0, pid=(\d+)/);
  await world.environment.output(['prlimit', '--pid', pid, `--fsize=${limit}:unlimited`]);
}

for (const { title, fault, begin, end, errno } of troubles) {
  test(title, { skip }, async () => {
    await using world = await World.create();
    const witness = await world.witness();
    const disk = world.environment.path('disk');
    await world.environment.output(['mkdir', disk]);
    await begin(world, disk);
    const wishes = { filter: 'writer == 1', attributes: RING, output: `${disk}/trace` };
    const session = await world.session('victim', wishes);
    const sample = await world.sample();
    let emitted = 0;
    const emit = async (): Promise<void> => {
      await order(sample, `ticks 1 ${TICKS}`);
      emitted += TICKS;
    };
    const { detail } = await until(title, async () => {
      await emit();
      const { faults } = await session.info();
      return faults.find(({ kind, isOngoing }) => kind === fault && isOngoing);
    });
    assert.match(detail, errno);
    // More than the rings hold: writers discard.
    for (let round = 0; round < 5; round++) await emit();
    const { stdout } = await world.lttng('list', 'victim');
    assert.match(stdout, new RegExp(`Fault \\(ongoing\\): ${fault.replace('-', ' ')}: channel0_\\d: `));
    assert.match(stdout, /Discarded events: [1-9]/);
    await witness.emit();
    await end(world, disk);
    await session.fault(fault, false);
    await emit();
    const losses = await session.stop();
    const { session: ended } = await session.destroy();
    assert.ok(ended.faults.every(({ isOngoing }) => !isOngoing));
    assert.equal(losses[0]?.lostPacketCount, 0);
    const { events } = await session.read();
    const discarded = losses[0]?.discardedEventCount ?? 0;
    assert.ok(discarded > 0);
    assert.equal(events.length + discarded, emitted);
    await witness.prove();
  });
}
