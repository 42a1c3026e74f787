/**
 * Snapshots whose output refuses: the disk is full, the folder was deleted, something else lies there. Who asks is told,
 * nothing half-made stays, and the next snapshot is whole: the buffers have kept what they held. The original leaves what
 * came onto the full disk.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { PeerError } from '@lttng-ts/base';
import { skipUnless } from '../harness/peers.ts';
import { lines } from '../harness/reading.ts';
import { order } from '../harness/recording.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
/** Fewer than the buffers hold. */
const TICKS = 3000;

interface Trouble {
  readonly title: string;
  /** Shell words; `$disk` is a file system of 2 MiB, `$disk/shots` where snapshots go. */
  readonly begin: string;
  readonly end: string;
  readonly isRefused: boolean;
}

const troubles: readonly Trouble[] = [
  {
    title: 'the disk is full',
    // Some files can be made, but no packet goes into them.
    begin: 'dd if=/dev/zero of="$disk/ballast" bs=4k 2>/dev/null; truncate -s -40k "$disk/ballast"',
    end: 'rm "$disk/ballast"',
    isRefused: true,
  },
  { title: 'the folder was deleted', begin: 'rm -r "$disk/shots"', end: 'true', isRefused: false },
  {
    title: 'a file lies in its place',
    begin: 'rm -r "$disk/shots"; touch "$disk/shots"',
    end: 'rm "$disk/shots"',
    isRefused: true,
  },
];

for (const { title, begin, end, isRefused } of troubles) {
  test(`a snapshot where ${title}`, { skip }, async () => {
    await using world = await World.create();
    const { control, environment } = world;
    const witness = await world.witness();
    const disk = environment.path('disk');
    const shots = `${disk}/shots`;
    await environment.output(['mkdir', disk]);
    await environment.output(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
    const shell = async (script: string) => await environment.output(['sh', '-c', script], { env: { disk } });
    const lttng = async (...words: readonly string[]) => {
      const { status, stderr } = await world.lttng(...words);
      assert.equal(status, 0, stderr);
    };
    await lttng('create', 'memory', '--snapshot', `--output=${shots}`);
    await lttng('enable-channel', '-u', 'chan', '--subbuf-size=64k', '--num-subbuf=4');
    await lttng('enable-event', '-u', 'sample:tick', '--channel=chan', '--filter=writer < 7');
    await lttng('start');
    const sample = await world.sample(0);
    const record = async () =>
      await control.call('snapshot.record', {
        session: 'memory',
        name: null,
        output: null,
        maxSizeBytes: null,
      });
    const ticksIn = async (path: string): Promise<number> =>
      lines(await environment.output(['babeltrace2', path])).length;

    await order(sample, `ticks 1 ${TICKS}`);
    assert.equal(await ticksIn((await record()).path), TICKS);
    await shell(begin);
    const before = existsSync(environment.seenFromOutside(shots)) ? await shell('ls -R "$disk/shots"') : '';
    if (isRefused) {
      await assert.rejects(record(), (error) => error instanceof PeerError);
      assert.equal(await shell('ls -R "$disk/shots"'), before, 'nothing of it is left');
    } else await record();
    await witness.emit();
    await shell(end);
    await order(sample, 'ticks 2 10');
    assert.equal(await ticksIn((await record()).path), TICKS + 10);
    assert.ok(readdirSync(environment.seenFromOutside(shots)).length > 0);
    await lttng('destroy', 'memory');
    await witness.prove();
  });
}
