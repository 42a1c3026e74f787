/**
 * Output that cannot be made, that vanishes, or that somebody has prepared: refused with the reason, and
 * nothing is written where the session does not belong.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerError } from '@lttng-ts/base';
import { skipUnless } from '../harness/peers.ts';
import { order } from '../harness/recording.ts';
import { HostileSession } from './hostile-session.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const TRACE = 'ust/uid/0/64-bit';

async function refused(world: World, output: string, reason: RegExp): Promise<void> {
  const session = await HostileSession.create(world, 'victim', { output });
  await assert.rejects(session.start(), (error: unknown) => {
    assert.ok(error instanceof PeerError);
    assert.equal(error.peerName, 'CREATE_DIR_FAIL');
    return true;
  });
  await session.destroy();
  await world.daemon.printed(reason);
}

test('output that cannot be made refuses the start with the reason, and the next start works', {
  skip,
}, async () => {
  await using world = await World.create();
  const { environment } = world;
  const witness = await world.witness();
  const path = (name: string): string => environment.path(name);
  await environment.output(['mkdir', path('read-only')]);
  await environment.output(['mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', path('read-only')]);
  await environment.output(['sh', '-c', `echo > ${path('file')}; mkfifo ${path('fifo')}`]);
  await environment.output(['ln', '-s', path('loop'), path('loop')]);
  await refused(world, `${path('read-only')}/trace`, /EROFS/);
  await refused(world, `${path('file')}/trace`, /ENOTDIR/);
  await refused(world, path('file'), /ENOTDIR/);
  await refused(world, path('fifo'), /ENOTDIR/);
  await refused(world, path('loop'), /ELOOP/);
  await refused(world, '/proc/nothing/trace', /ENOENT/);
  await refused(world, '/dev/null', /ENOTDIR/);
  await witness.emit();
  const session = await HostileSession.create(world, 'victim', { output: path('later/trace') });
  await session.start();
  await session.destroy();
  await witness.prove();
});

test('a user who may not write a folder is refused, and root writes nothing for that user', {
  skip,
}, async () => {
  await using world = await World.create();
  const { environment } = world;
  const witness = await world.witness();
  const mine = environment.path('mine');
  await environment.output(['sh', '-c', `mkdir ${mine}; chmod 711 ${mine} ${environment.folder}`]);
  const asUser = async (...words: readonly string[]) => await world.lttngAsUser(...words);
  await asUser('create', 'victim', `--output=${mine}/trace`);
  await asUser('enable-event', '--userspace', '--session=victim', '*');
  const { status, stderr } = await asUser('start', 'victim');
  assert.equal(status, 17, stderr);
  assert.match(stderr, /Create directory failed/);
  await world.daemon.printed(/EACCES/);
  assert.equal(await environment.output(['ls', '-A', mine]), '');
  await witness.prove();
});

/** What somebody puts in the place of a part of the output. */
const traps: readonly (readonly [string, (place: string, target: string) => string])[] = [
  ['a link to a file', (place, target) => `rm -rf ${place}; ln -s ${target}/file ${place}`],
  ['a link to a folder', (place, target) => `rm -rf ${place}; ln -s ${target} ${place}`],
  ['a FIFO', (place) => `rm -rf ${place}; mkfifo ${place}`],
  ['a device', (place) => `rm -rf ${place}; mknod ${place} c 1 3`],
];
const places = [
  'ust',
  'ust/uid',
  TRACE,
  `${TRACE}/index`,
  `${TRACE}/metadata`,
  `${TRACE}/channel0_0`,
  `${TRACE}/index/channel0_1.idx`,
];

test('links, FIFOs and devices below the output are met, not followed', { skip }, async () => {
  await using world = await World.create();
  const { environment } = world;
  const witness = await world.witness();
  const sample = await world.sample();
  const target = environment.path('target');
  await environment.output(['sh', '-c', `mkdir ${target}; echo precious > ${target}/file`]);
  let number = 0;
  for (const place of places) {
    for (const [what, plant] of traps) {
      const name = `victim-${++number}`;
      const session = await HostileSession.create(world, name, {});
      const planted = `${session.folder}/${place}`;
      await environment.output(['sh', '-c', `mkdir -p $(dirname ${planted}); ${plant(planted, target)}`]);
      await assert.rejects(session.start(), (error: unknown) => {
        assert.ok(error instanceof PeerError, `${place}, ${what}: ${error}`);
        return true;
      });
      await order(sample, 'ticks 1 10');
      await session.destroy();
      await world.daemon.printed(
        new RegExp(`^.*session="${name}".*(ELOOP|ENXIO|EINVAL|ENOTDIR|EEXIST)`, 'm'),
      );
    }
  }
  assert.equal(await environment.output(['ls', target]), 'file\n');
  assert.equal(await environment.output(['cat', `${target}/file`]), 'precious\n');
  await witness.prove();
});

test('a folder that vanishes while it is recorded into is told, and harms nobody', { skip }, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const session = await world.session('victim');
  const sample = await world.sample();
  await order(sample, 'ticks 1 1000');
  assert.deepEqual((await session.info()).faults, []);
  await world.environment.output(['rm', '-rf', session.folder]);
  const fault = await session.fault('output-gone');
  assert.ok(fault.detail.includes(session.folder), fault.detail);
  const { stdout } = await world.lttng('list', 'victim');
  assert.match(stdout, /Fault \(ongoing\): output gone: output: Removed while it is written to/);
  await order(sample, 'ticks 1 1000');
  const second = await world.sample();
  await order(second, 'ticks 2 1000');
  await session.stop();
  await session.start();
  await order(sample, 'ticks 1 1000');
  await session.destroy();
  await witness.prove();
});
