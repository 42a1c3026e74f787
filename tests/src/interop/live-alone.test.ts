/**
 * `lttng create --live` on a machine where no relay daemon runs: it starts one, as the original does. The same words, the
 * same ports, the same that remains; only how the daemon is kept is another matter (`startRelay` of
 * packages/cli/src/lttng/start-daemon.ts).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { commandOf, type Environment, type Side, sides } from '../harness/environment.ts';
import { eventually } from '../harness/eventually.ts';
import { skipUnless } from '../harness/peers.ts';
import { maskDates } from '../harness/relay.ts';
import { eventsOf, upTo } from './live-world.ts';
import { Machine } from './network-machine.ts';

const skip = skipUnless('root', 'upstream', 'native');
const words = ['create', 'work', '--live=50000'];

/** Addresses on which something listens, of the ports of relay daemons. */
async function openPorts(environment: Environment): Promise<readonly string[]> {
  const ports = await environment.output(['ss', '--listening', '--tcp', '--numeric', '--no-header']);
  return [...ports.matchAll(/ (\S+:534[234])\b/g)].map(([, address = '']) => address).sort();
}

async function countOfRelays(environment: Environment): Promise<number> {
  const { stdout } = await environment.run(['pgrep', '-c', '-r', 'D,R,S', '-x', 'lttng-relayd']);
  return Number(stdout);
}

/** Runs a command with its output in files: a relay daemon of the original keeps those of the command that starts it. */
async function withFiles(environment: Environment, command: readonly string[]) {
  const [out, err] = [environment.path('out'), environment.path('err')];
  const { status } = await environment.run(['sh', '-c', '"$@" > out 2> err', 'sh', ...command]);
  return { status, stdout: readFileSync(out, 'utf8'), stderr: readFileSync(err, 'utf8') };
}

async function outcomeOf(side: Side) {
  await using machine = await Machine.open(side);
  const { environment } = machine;
  const lttng = commandOf(side, 'lttng');
  // None is started for another relay daemon's address, even if it is this machine's.
  const elsewhere = await withFiles(environment, [lttng, ...words, '--set-url=net://localhost']);
  assert.equal(await countOfRelays(environment), 0);
  await machine.lttng('destroy', 'work');

  const created = await withFiles(environment, [lttng, ...words]);
  // The original's command does not wait for all of them.
  const ports = await eventually('three ports', async () => {
    const open = await openPorts(environment);
    return open.length === 3 ? open : null;
  });
  await machine.begin();
  await machine.ticks(0, 1);
  const read = [commandOf('upstream', 'babeltrace2'), '--input-format=lttng-live'];
  const reader = environment.start([...read, 'net://localhost/host/target/work']);
  const isAttached = `until ${read.join(' ')} net://localhost | grep -q '1 client(s)'; do sleep 0.02; done`;
  await environment.output(['sh', '-c', isAttached]);
  await machine.ticks(1, 300);
  await machine.lttng('destroy', 'work');
  const { status, stdout } = await reader.finished();
  assert.equal(status, 0);
  assert.deepEqual(eventsOf(stdout).get(1), upTo(300));

  // The relay daemon stays, and the next session finds it.
  const again = await withFiles(environment, [lttng, 'create', 'again', '--live']);
  await machine.lttng('destroy', 'again');
  const kept = await environment.output(['sh', '-c', 'cd lttng-traces && ls -d target/work-*']);
  const relays = await countOfRelays(environment);
  return { elsewhere, created, ports, again, relays, kept: maskDates(kept) };
}

test('a live session of a machine without a relay daemon starts one', { skip }, async () => {
  const [ours, upstream] = await Promise.all(sides.map(outcomeOf));
  assert.match(ours?.created.stdout ?? '', /^Spawning a relayd daemon\nLive session work created\.\n/);
  assert.deepEqual(ours?.ports, ['0.0.0.0:5342', '0.0.0.0:5343', '127.0.0.1:5344']);
  assert.deepEqual(ours, upstream);
});

test('a relay daemon that is not to be found is told', { skip }, async () => {
  const outcomes = sides.map(async (side) => {
    await using machine = await Machine.open(side);
    const { status, stdout, stderr } = await machine.tryLttng('--relayd-path=/none', ...words);
    // The original ends with 1 or goes on without a relay daemon, as its processes meet. Ours ends.
    if (side === 'ours') assert.equal(status, 1);
    // The original's child writes once more what its parent had not written yet.
    return { stderr, note: stdout.split('\n')[0] };
  });
  const [ours, upstream] = await Promise.all(outcomes);
  assert.equal(ours?.stderr, 'Error: No relayd found. Use --relayd-path.\n');
  assert.deepEqual(ours, upstream);
});

test('our relay daemon keeps nothing of the command that starts it', { skip }, async () => {
  await using machine = await Machine.open('ours');
  // With a relay daemon of the original this would wait for the daemon's end.
  const { status } = await machine.tryLttng(...words);
  assert.equal(status, 0);
  const { environment } = machine;
  const place = await environment.output(['sh', '-c', 'readlink /proc/$(pgrep -x lttng-relayd)/cwd']);
  assert.equal(place, '/\n');
});

test('a session whose relay daemon does not come up is refused', { skip }, async () => {
  await using machine = await Machine.open('ours');
  const { status, stderr } = await machine.tryLttng('--relayd-path=/bin/false', ...words);
  assert.equal(status, 1);
  assert.equal(stderr, 'Error: Problem occurred while launching relay daemon (/bin/false)\n');
  assert.match(await machine.lttng('list'), /Currently no available recording session/);
});
