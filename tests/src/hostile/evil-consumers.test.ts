/** A consumer that lies to its daemon is given up, with its owner's sessions and nothing else. */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Environment, repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { until, World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const EVIL = join(import.meta.dirname, 'attackers/evil-consumer.js');

const REAL = repositoryPath('dist/bin/lttng-consumerd.mjs');

/** A program that is the real consumer for root, and for others the evil one in the mode of a file. */
function installEvilConsumer(environment: Environment): Readonly<Record<string, string>> {
  const path = environment.path('consumer');
  const { execPath } = process;
  const script = [
    '#!/bin/sh',
    `case "$*" in *"--owner-uid 0 "*) exec ${execPath} ${REAL} "$@";; esac`,
    `EVIL=$(cat ${environment.path('mode')}) exec ${execPath} ${EVIL} "$@"`,
  ];
  writeFileSync(path, `${script.join('\n')}\n`);
  chmodSync(path, 0o755);
  return { LTTNG_CONSUMERD64_BIN: path };
}

/** Ends the evil consumers that are still there, as their owner could. */
async function endConsumers(world: World): Promise<void> {
  for (const [, pid] of world.daemon.stderr.matchAll(/Consumer started: uid=1000, pid=(\d+)/g)) {
    await world.environment.run(['kill', '-KILL', pid ?? '']);
  }
}

/** Those that the daemon must notice by itself while the session starts. */
const modes = [
  'noise',
  'huge',
  'shapes:1',
  'shapes:2',
  'late-shapes:1',
  'late-shapes:2',
  'descriptors',
  'promised',
  'other-id',
  'messages:1',
  'messages:2',
  'messages:3',
  'messages:4',
  'talk',
];

async function prepare(): Promise<World> {
  const world = await World.create({ prepare: installEvilConsumer });
  const { environment } = world;
  const home = environment.path('home');
  await environment.output(['sh', '-c', `install -d -o 1000 ${home}; chmod 711 ${environment.folder}`]);
  return world;
}

/** Makes a session of the other user, whose consumer is evil in this mode; gives the command that starts it. */
async function startEvil(world: World, mode: string, name: string) {
  writeFileSync(world.environment.path('mode'), mode);
  await world.lttngAsUser('create', name, `--output=${world.environment.path('home', name)}`);
  await world.lttngAsUser('enable-event', '--userspace', `--session=${name}`, 'sample:*');
  return world.startLttngAsUser('start', name);
}

test('consumers that lie are given up', { skip }, async () => {
  await using world = await prepare();
  const witness = await world.witness();
  for (const [index, mode] of modes.entries()) {
    const name = `victim-${index}`;
    const starting = await startEvil(world, mode, name);
    await witness.emit(100);
    await starting.finished();
    const { status } = await world.lttngAsUser('destroy', name);
    assert.ok(status === 0 || status === 23, `${mode}: destroy ends with ${status}`);
    await endConsumers(world);
  }
  await world.daemon.printed(/line 4999/);
  await world.daemon.printed(new RegExp(`(Error: [^\n]*Consumer ended: uid=1000[^]*){${modes.length - 3}}`));
  await witness.prove();
});

test('a consumer that never answers holds up its owner alone, until it ends', { skip }, async () => {
  await using world = await prepare();
  const witness = await world.witness();
  const starting = await startEvil(world, 'silent', 'victim');
  await witness.emit();
  const { status } = await world.lttng('list');
  assert.equal(status, 0);
  const evil = await until('the evil consumer runs', async () => {
    const { stdout } = await world.environment.run(['pgrep', '-f', 'evil-consumer']);
    return stdout.trim() === '' ? undefined : stdout.trim();
  });
  await world.kill('KILL', Number(evil.split('\n')[0]));
  assert.equal((await starting.finished()).status, 68);
  await witness.prove();
});
