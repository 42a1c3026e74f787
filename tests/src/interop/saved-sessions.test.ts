/**
 * Saved sessions between our tools and the original's: what either side saves follows upstream's schema, the
 * other side loads it, and what that side saves says the same. Also what daemons load at their start.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { commandOf, Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { lines, readWith } from '../harness/reading.ts';
import { lttng, startDaemon } from '../harness/recording.ts';

const skip = skipUnless('root', 'upstream', 'native');
const SCHEMA = '/usr/share/xml/lttng/session.xsd';

/**
 * Sessions of all kinds, as words of `lttng`. What one of the two loaders drops is left out: channels that are
 * disabled (upstream's enables them) and contexts that are in no schema of 2.13.
 */
function scenario(folder: string): readonly (readonly string[])[] {
  const words = (line: string): readonly string[] => line.split(' ');
  return [
    ['create', 'full', `--output=${folder}/full`],
    words('enable-channel -u tight --subbuf-size=8k --num-subbuf=2 -C 1M -W 3 --blocking-timeout=inf'),
    words('enable-channel -u timed --switch-timer=1s --read-timer=20 --monitor-timer=0 --overwrite'),
    ['enable-event', '-u', '-c', 'tight', 'a:1', '--filter=x < 1 && y == "<&>\'"'],
    words('enable-event -u -c tight a:2 --loglevel=INFO'),
    words('enable-event -u -c tight a:3 --loglevel-only=DEBUG'),
    words('enable-event -u -c timed b:* --exclude=b:x,b:y'),
    words('enable-event -u -c timed off'),
    words('disable-event -u -c timed off'),
    words('add-context -u -c tight -t vpid -t procname -t perf:thread:instructions -t ip'),
    words('add-context -u -c timed -t vtid -t pthread_id'),
    words('track -u --vpid=3,4'),
    words('untrack -u --vuid --all'),
    words('track -u --vgid=root,7'),
    words('enable-rotation --timer=1h'),
    words('enable-rotation --size=1G'),
    ['create', 'per-process', `--output=${folder}/process`],
    words('enable-channel -u --buffers-pid c'),
    words('enable-event -u -c c -a'),
    ['create', 'active', `--output=${folder}/active`],
    words('enable-event -u sample:tick'),
    words('start active'),
    ['create', 'snapshots', '--snapshot', `--output=${folder}/snapshots`],
    words('enable-channel -u c'),
    ['create', 'other-snapshots', '--snapshot', '--no-output'],
    ['snapshot', 'add-output', '-n', 'far', '-m', '4M', `file://${folder}/far`],
    ['create', 'memory', `--shm-path=${folder}/shm`, `--output=${folder}/memory`],
  ];
}

/** The lines of each file, in an order that does not depend on that of channels and rules. */
function saved(folder: string): Readonly<Record<string, readonly string[]>> {
  const names = readdirSync(folder).sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8').split('\n').sort()]),
  );
}

async function daemonStops(environment: Environment): Promise<void> {
  await environment.output([
    'sh',
    '-ec',
    `pid=$(cat /run/lttng/lttng-sessiond.pid); kill $pid
     timeout 240 sh -c "while test -e /proc/$pid/exe; do sleep 0.02; done"`,
  ]);
}

/** Starts the sample program and counts the events that a session, which records already, has got of it. */
async function countOfTicks(
  environment: Environment,
  side: Side,
  session: string,
  folder: string,
): Promise<number> {
  await environment.output([sampleProgram(), 'ticks', '1', '5']);
  await lttng(environment, side, 'stop', session);
  const { stdout } = await readWith(environment, 'babeltrace2', folder);
  return lines(stdout).length;
}

for (const writer of sides) {
  for (const loader of sides) {
    test(`${writer} saves, ${loader} loads`, { skip }, async () => {
      await using environment = await Environment.create();
      const folder = environment.folder;
      await startDaemon(environment, writer);
      for (const words of scenario(folder)) await lttng(environment, writer, ...words);
      await lttng(environment, writer, 'save', `--output-path=${folder}/first`);
      for (const name of readdirSync(`${folder}/first`)) {
        await environment.output(['xmllint', '--noout', '--schema', SCHEMA, `${folder}/first/${name}`]);
      }
      await daemonStops(environment);
      await startDaemon(environment, loader);
      await lttng(environment, loader, 'load', `--input-path=${folder}/first`);
      await lttng(environment, loader, 'save', `--output-path=${folder}/second`);
      const first = saved(`${folder}/first`);
      assert.equal(Object.keys(first).length, 6);
      assert.deepEqual(saved(`${folder}/second`), first);
      assert.equal(await countOfTicks(environment, loader, 'active', `${folder}/active`), 5);
    });
  }
}

test('both sides write the same files, modes and all', { skip }, async () => {
  const [ours, upstream] = await Promise.all(
    sides.map(async (side) => {
      await using environment = await Environment.create();
      await startDaemon(environment, side);
      for (const words of scenario('/srv/traces')) {
        // Nothing records there: the folder is not the test's.
        if (words[0] !== 'start') await lttng(environment, side, ...words);
      }
      await lttng(environment, side, 'save', `--output-path=${environment.path('deep/er')}`);
      const modes = await environment.output(['find', 'deep', '-printf', '%p %m %u\n']);
      const undated = (line: string): string => line.replaceAll(/\d{8}-\d{6}/g, 'DATE');
      const files = Object.entries(saved(environment.path('deep/er'))).map(([name, text]) => [
        name,
        text.map(undated),
      ]);
      return { modes: modes.split('\n').sort(), files };
    }),
  );
  assert.deepEqual(ours, upstream);
});

for (const side of sides) {
  test(`${side}: the daemon loads what it should at its start`, { skip }, async () => {
    await using environment = await Environment.create();
    const folder = environment.folder;
    await startDaemon(environment, side);
    await lttng(environment, side, 'create', 'active', `--output=${folder}/active`);
    await lttng(environment, side, 'enable-event', '-u', 'sample:tick');
    await lttng(environment, side, 'start');
    await lttng(environment, side, 'save', `--output-path=${folder}/saved`);
    await daemonStops(environment);
    const names = async (): Promise<readonly string[]> =>
      lines((await lttng(environment, side, 'list')).stdout).filter((line) => /^ +\d\)/.test(line));

    await startDaemon(environment, side);
    assert.deepEqual(await names(), []);
    await daemonStops(environment);

    mkdirSync(`${folder}/.lttng/sessions/auto`, { recursive: true });
    cpSync(`${folder}/saved/active.lttng`, `${folder}/.lttng/sessions/auto/active.lttng`);
    await startDaemon(environment, side);
    assert.deepEqual(await names(), ['  1) active [active]']);
    assert.equal(await countOfTicks(environment, side, 'active', `${folder}/active`), 5);
    await daemonStops(environment);

    // With --load the folders are not looked at.
    await environment.output(['mkdir', 'none']);
    const daemon = commandOf(side, 'lttng-sessiond');
    await environment.output([daemon, '--daemonize', '--no-kernel', '--load=none']);
    assert.deepEqual(await names(), []);
    await daemonStops(environment);
    await environment.output([daemon, '--daemonize', '--no-kernel', '--load=saved/active.lttng']);
    assert.deepEqual(await names(), ['  1) active [active]']);
    await daemonStops(environment);

    await environment.output(['sh', '-c', 'echo none > bad.lttng']);
    const refused = await environment.run([daemon, '--no-kernel', '--load=bad.lttng']);
    assert.equal(refused.status, 1);
    assert.match(
      refused.stderr,
      /Error: Session load failed: IO error while reading a session configuration\n/,
    );
  });
}
