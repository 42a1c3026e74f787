/** `lttng listen` beside a real daemon: a life of a session, programs, losses, and the daemon's end. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ControlClient } from '@lttng-ts/control';
import type { ControlEvent } from '@lttng-ts/protocols';
import { commandOf, Environment } from '../harness/environment.ts';
import { eventually } from '../harness/eventually.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { lttng, order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');

test('a life of a session is printed as it happens', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  // An event that is printed shows that the listener listens.
  const listener = environment.start([commandOf('ours', 'lttng'), '--mi', 'json', 'listen']);
  const events = (): readonly ControlEvent[] =>
    listener.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as ControlEvent);
  await eventually('the listener hears', async () => {
    await lttng(environment, 'ours', 'create', 'probe', '--no-output');
    await lttng(environment, 'ours', 'destroy', 'probe');
    return events().length > 0 ? true : null;
  });
  const session = await TestSession.create(environment, 'ours');
  await session.enableChannel('small', '--subbuf-size=4096', '--num-subbuf=2');
  await session.enableEvent('sample:tick', '--channel=small');
  await session.start();
  const sample = environment.start([sampleProgram(), 'serve']);
  await sample.printed(/ready/);
  await eventually('events are lost', async () => {
    await order(sample, 'ticks 1 20000');
    return events().some(({ kind }) => kind === 'events-lost') ? true : null;
  });
  await quit(sample);
  await listener.printed(/"application-unregistered"/);
  const rotated = await session.lttng('rotate', session.name);
  await session.stop();
  await session.destroy();
  await listener.printed(/"session-destroyed".*"session":"recording"/);
  const own = events().filter((event) => 'session' in event && event.session === session.name);
  const kinds = own.map(({ kind }) => kind).filter((kind) => kind !== 'events-lost');
  assert.deepEqual(kinds, [
    'session-created',
    'session-started',
    'rotation-started',
    'chunk-archived',
    'session-stopped',
    'chunk-archived',
    'session-destroyed',
  ]);
  const archived = own.find((event) => event.kind === 'chunk-archived');
  assert.ok(archived?.kind === 'chunk-archived');
  assert.ok(rotated.stdout.includes(archived.archivePath));
  const programs = events().filter(({ kind }) => kind.startsWith('application-'));
  assert.deepEqual(
    programs.map(({ kind }) => kind),
    ['application-registered', 'application-unregistered'],
  );
  const sequences = events().map(({ sequence }) => sequence);
  assert.deepEqual(
    sequences,
    sequences.map((_, index) => (sequences[0] ?? 0) + index),
  );
  await environment.output([
    'kill',
    readFileSync(environment.seenFromOutside('/run/lttng/lttng-sessiond.pid'), 'utf8').trim(),
  ]);
  assert.equal((await listener.finished()).status, 19);
});

test('programs listen with the client, and users hear of their own sessions only', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  using client = await ControlClient.connect(environment.seenFromOutside('/run/lttng/control.sock'));
  const events = await client.events('mine');
  await lttng(environment, 'ours', 'create', 'other', '--no-output');
  await lttng(environment, 'ours', 'create', 'mine', '--no-output');
  const { value } = await events.next();
  assert.ok(value?.kind === 'session-created');
  assert.equal(value.session, 'mine');
});
