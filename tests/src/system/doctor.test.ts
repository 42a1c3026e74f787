/** `lttng doctor` on real faults: it names each, and what it says to type heals it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, Environment, type Outcome, type RunOptions } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { quit, startDaemon } from '../harness/recording.ts';

const skip = skipUnless('root', 'native');
const skipUpstream = skipUnless('root', 'native', 'upstream');
const USER = 1234;

const doctor = async (environment: Environment, run: RunOptions = {}): Promise<Outcome> =>
  await environment.run([commandOf('ours', 'lttng'), 'doctor'], run);

/** Runs the first thing to type under the first problem, with `lttng` of `bin/`. */
async function heal(environment: Environment, { stdout }: Outcome): Promise<void> {
  const remedy = /^\[problem\].*\n +> (lttng.*)$/m.exec(stdout)?.[1];
  assert.ok(remedy !== undefined, stdout);
  const folder = commandOf('ours', 'lttng').replace(/\/lttng$/, '');
  await environment.output(['sh', '-ec', `PATH=${folder}:$PATH; ${remedy}`]);
}

test('from nothing to a recording by what the doctor says', { skip }, async () => {
  await using environment = await Environment.create();
  const first = await doctor(environment);
  assert.equal(first.status, 1);
  assert.match(first.stdout, /^\[problem\] No session daemon is available/m);
  await heal(environment, first);
  const program = environment.start([sampleProgram(), 'serve']);
  await program.printed(/ready/);
  const second = await doctor(environment);
  assert.match(second.stdout, /^\[ok\] +The session daemon answers: lttng-ts .*, user 0$/m);
  assert.match(second.stdout, /^\[ok\] +Programs that can be traced: 1$/m);
  assert.match(second.stdout, /^\[problem\] There is no recording session$/m);
  await environment.output([commandOf('ours', 'lttng'), 'create', 'demo', '--output=demo']);
  const third = await doctor(environment);
  assert.match(
    third.stdout,
    /^\[problem\] Session demo: it has no event rule\n +> lttng enable-event -u -s demo '\w+:\*'$/m,
  );
  await heal(environment, third);
  const fourth = await doctor(environment);
  assert.match(fourth.stdout, /^\[problem\] Session demo: it does not record now\n +> lttng start demo$/m);
  await heal(environment, fourth);
  const last = await doctor(environment);
  assert.equal(last.status, 0, last.stdout);
  assert.match(last.stdout, /^\[ok\] +Session demo: it records$/m);
  await environment.output([commandOf('ours', 'lttng'), 'enable-event', '-u', 'Sample:*']);
  const named = await doctor(environment);
  assert.match(named.stdout, /the rule Sample:\* matches no event of the programs that are registered now/);
  const json = JSON.parse(
    (await environment.run([commandOf('ours', 'lttng'), '--mi', 'json', 'doctor'])).stdout,
  );
  assert.equal(json.success, false);
  assert.equal(json.items[0].kind, 'diagnosis');
  assert.ok(json.items[0].findings.some(({ severity }: { severity: string }) => severity === 'problem'));
  await quit(program);
});

test('a daemon that died, and one that is not for this user', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  await environment.output(['chmod', '755', environment.folder]);
  // Not in the group: only the own daemon is tried, and there is none.
  const other = await doctor(environment, {
    uid: USER,
    env: { HOME: '/nonexistent', LTTNG_HOME: '/nonexistent' },
  });
  assert.equal(other.status, 1);
  assert.match(
    other.stdout,
    /A daemon of root is in \/var\/run\/lttng, and this user may not use it\n +> sudo usermod/,
  );
  await environment.output(['sh', '-ec', 'kill -9 $(cat /run/lttng/lttng-sessiond.pid)']);
  await environment.output([
    'sh',
    '-c',
    'pid=$(cat /run/lttng/lttng-sessiond.pid); while test -e /proc/$pid/exe; do sleep 0.02; done',
  ]);
  const dead = await doctor(environment);
  assert.match(dead.stdout, /Nobody listens on the sockets in \/var\/run\/lttng.*another container/);
  await heal(environment, dead);
  assert.match((await doctor(environment)).stdout, /The session daemon answers/);
});

test('a daemon of the original', { skip: skipUpstream }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'upstream');
  const seen = await doctor(environment);
  assert.equal(seen.status, 1);
  assert.match(seen.stdout, /is an original one \(lttng-tools\)/);
});
