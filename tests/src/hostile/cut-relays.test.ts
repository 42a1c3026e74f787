/**
 * Connections between our session daemon and our relay daemon that are cut again and again: every event arrives, once,
 * with and without rotations in between.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandOf, Environment } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { lines, readWith } from '../harness/reading.ts';
import { startRelay } from '../harness/relay.ts';

const skip = skipUnless('root', 'upstream', 'native');
const ROUNDS = 8;
const EVENTS = 3000;
const proxy = join(import.meta.dirname, 'attackers/cutting-proxy.js');
const seed = process.env['LTTNG_TS_SEEDS']?.split(',')[0] ?? '1';

test('a producer whose connections are cut goes on without loss', { skip, timeout: 180_000 }, async (t) => {
  await using environment = await Environment.create();
  const { folder, program: relay } = await startRelay(environment, 'ours');
  const cutter = environment.start([process.execPath, proxy, '300', seed]);
  await cutter.printed(/listening/);
  await environment.output([commandOf('ours', 'lttng-sessiond'), '--daemonize', '--no-kernel']);
  const lttng = async (...words: readonly string[]): Promise<string> =>
    await environment.output([commandOf('ours', 'lttng'), ...words]);
  const urls = ['--ctrl-url=tcp://localhost:6342', '--data-url=tcp://localhost:6343'];
  await lttng('create', 'cut', ...urls);
  await lttng('enable-channel', '--userspace', 'c', '--subbuf-size=16K', '--num-subbuf=64');
  await lttng('enable-event', '--userspace', 'sample:*', '--channel=c');
  await lttng('start');
  // Whoever is cut while he makes the session is told so, and begins again.
  cutter.write('begin\n');
  for (let round = 0; round < ROUNDS; round++) {
    await environment.output([...samples.c(), 'ticks', String(round), String(EVENTS)]);
    if (round % 3 === 2) await lttng('rotate');
  }
  await lttng('stop');
  await lttng('destroy');
  const cuts = Number([...cutter.stdout.matchAll(/cut (\d+)/g)].at(-1)?.[1] ?? 0);
  const back = [...relay.stderr.matchAll(/Producer has come back/g)].length;
  t.diagnostic(`cuts: ${cuts}, came back: ${back}`);
  const { stdout, stderr } = await readWith(environment, 'babeltrace2', folder);
  assert.ok(back >= 3, `${cuts} cuts\n${relay.stderr.slice(-3000)}`);
  for (let round = 0; round < ROUNDS; round++) {
    const own = lines(stdout).filter((line) => line.includes(`writer = ${round},`));
    assert.equal(own.length, EVENTS, `round ${round}: ${stderr}`);
    assert.equal(new Set(own.map((line) => /index = (\d+)/.exec(line)?.[1])).size, EVENTS);
  }
});
