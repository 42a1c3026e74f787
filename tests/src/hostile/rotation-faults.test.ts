/**
 * Rotations and clears whose output refuses: the folder was deleted, the disk is full, something else lies where the
 * archives go. Who asks is told, what was recorded before stays readable, recording goes on, and the next
 * rotation works as soon as it can. The original refuses every rotation from then on in these cases, and `lttng clear` hangs
 * in two of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerError } from '@lttng-ts/base';
import { skipUnless } from '../harness/peers.ts';
import { order } from '../harness/recording.ts';
import type { HostileSession } from './hostile-session.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const TICKS = 300;

interface Trouble {
  readonly title: string;
  /** Shell words; `$disk` is a file system of 4 MiB that holds the session's folder `$disk/trace`. */
  readonly begin: string;
  readonly end: string;
  /** How the rotation in the middle is refused. */
  readonly refusal: 'ROTATE_RENAME_FAIL_CONSUMER' | 'ROTATION_FAIL_CONSUMER';
  /** Orders whose events are gone with the folder that somebody deleted. */
  readonly lost: readonly number[];
}

const troubles: readonly Trouble[] = [
  {
    title: 'the output folder is deleted',
    begin: 'rm -rf "$disk/trace"',
    end: 'true',
    refusal: 'ROTATE_RENAME_FAIL_CONSUMER',
    lost: [1, 2],
  },
  {
    title: 'the disk is full',
    begin: 'dd if=/dev/zero of="$disk/ballast" bs=4k 2>/dev/null || true',
    end: 'rm "$disk/ballast"',
    refusal: 'ROTATION_FAIL_CONSUMER',
    lost: [],
  },
  {
    title: 'a file lies where the archives go',
    begin: 'mv "$disk/trace/archives" "$disk/trace/moved" && touch "$disk/trace/archives"',
    end: 'rm "$disk/trace/archives" && mv "$disk/trace/moved" "$disk/trace/archives"',
    refusal: 'ROTATE_RENAME_FAIL_CONSUMER',
    lost: [],
  },
];

for (const { title, begin, end, refusal, lost } of troubles) {
  test(title, { skip }, async () => {
    await using world = await World.create();
    const { control, environment } = world;
    const witness = await world.witness();
    const disk = environment.path('disk');
    await environment.output(['mkdir', disk]);
    await environment.output(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]);
    const shell = async (script: string) => await environment.output(['sh', '-c', script], { env: { disk } });
    const wishes = {
      filter: 'writer < 7',
      output: `${disk}/trace`,
      attributes: { subbufferSizeBytes: 16384 },
    };
    const session = await world.session('victim', wishes);
    const sample = await world.sample();
    const rotate = async () => await control.call('session.rotate', { session: 'victim', wait: true });

    await order(sample, `ticks 1 ${TICKS}`);
    await rotate();
    await order(sample, `ticks 2 ${TICKS}`);
    await shell(begin);
    await assert.rejects(rotate(), (error) => error instanceof PeerError && error.peerName === refusal);
    await order(sample, `ticks 3 ${TICKS}`);
    await witness.emit();
    await shell(end);
    await order(sample, `ticks 4 ${TICKS}`);
    const { archivePath } = await rotate();
    assert.ok(archivePath !== null);
    await order(sample, `ticks 5 ${TICKS}`);
    await control.call('session.clear', { session: 'victim' });
    await order(sample, `ticks 6 ${TICKS}`);
    const losses = await session.stop();
    await session.destroy();

    await proveEvents(
      session,
      [1, 2, 3, 4, 6].filter((writer) => !lost.includes(writer)),
    );
    assert.deepEqual(losses, [{ channel: 'channel0', discardedEventCount: 0, lostPacketCount: 0 }]);
    await witness.prove();
  });
}

/** All events of these orders are there, once. */
async function proveEvents(session: HostileSession, writers: readonly number[]): Promise<void> {
  const { events } = await session.read();
  const seen = events.map(({ writer, index }) => `${writer} ${index}`).sort();
  const expected = writers.flatMap((writer) =>
    Array.from({ length: TICKS }, (_, index) => `${writer} ${index}`),
  );
  assert.deepEqual(seen, expected.sort());
}
