/**
 * Sessions on the network, beyond the seam matrix: over IPv6, with rotations by a schedule, with relay daemons of older
 * minors.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandOf, sides } from '../harness/environment.ts';
import { eventually } from '../harness/eventually.ts';
import { skipUnless } from '../harness/peers.ts';
import { startRelay } from '../harness/relay.ts';
import { eventsOf, upTo } from './live-world.ts';
import { assertEvents, type Count, Machine } from './network-machine.ts';

const skip = skipUnless('root', 'upstream', 'native');
const pairs = sides.flatMap((producer) => sides.map((relay) => ({ producer, relay })));

/** Options with which a relay daemon is reached by IPv6 only; `live` may be elsewhere. */
const portsOfIpv6 = (live = 'tcp6://[::1]:5344'): readonly string[] => [
  '--control-port=tcp6://[::1]:5342',
  '--data-port=tcp6://[::1]:5343',
  `--live-port=${live}`,
];

for (const { producer, relay } of pairs) {
  test(`IPv6, producer: ${producer}, relay: ${relay}`, { skip }, async () => {
    await using machine = await Machine.open(producer);
    const { folder } = await startRelay(machine.environment, relay, ...portsOfIpv6());
    const told = await machine.lttng('create', 'six', '--set-url=net6://[::1]');
    assert.match(told, /Traces will be output to tcp6:\/\/\[::1\]:5342\/ \[data: 5343\]/);
    await machine.begin();
    await machine.ticks(1, 800);
    await machine.lttng('rotate');
    await machine.ticks(2, 30);
    await machine.lttng('destroy');
    await assertEvents(machine.environment, folder, [
      [1, 800],
      [2, 30],
    ]);
  });

  test(`rotations by a timer and by a size, producer: ${producer}, relay: ${relay}`, { skip }, async () => {
    await using machine = await Machine.open(producer);
    const { environment } = machine;
    const { folder } = await startRelay(environment, relay);
    const schedules = { timed: '--timer=300ms', sized: '--size=32k' };
    for (const [name, schedule] of Object.entries(schedules)) {
      await machine.lttng('create', name, `--set-url=net://localhost/${name}`);
      await machine.begin();
      await machine.lttng('enable-rotation', schedule);
    }
    const archivesOf = (name: string): number => {
      const place = join(folder, 'target', name, 'archives');
      return existsSync(place) ? readdirSync(place).length : 0;
    };
    const counts: Count[] = [];
    const running = new Map(Object.entries(schedules));
    await eventually('three archives', async () => {
      counts.push([counts.length, 400]);
      await machine.ticks(counts.length - 1, 400);
      for (const [name, schedule] of [...running]) {
        if (archivesOf(name) < 3) continue;
        // At once: a slow machine would make archives without end, each of which is read below.
        await machine.lttng('disable-rotation', `--session=${name}`, schedule.replace(/=.*/, ''));
        running.delete(name);
      }
      return running.size === 0 ? true : null;
    });
    await machine.ticks(counts.length, 100);
    await machine.lttng('destroy', '--all');
    for (const name of Object.keys(schedules)) {
      await assertEvents(environment, join(folder, 'target', name), [...counts, [counts.length, 100]]);
    }
  });
}

/**
 * Babeltrace 2.0.4 takes no address of IPv6 (`Invalid port`) and looks names up for IPv4 only: it reads by IPv4 what comes
 * by IPv6.
 */
const readers = [
  { reader: 'ours', live: 'tcp6://[::1]:5344', url: 'net6://[::1]' },
  { reader: 'upstream', live: 'tcp://127.0.0.1:5344', url: 'net://127.0.0.1' },
] as const;

for (const relay of sides) {
  for (const { reader, live, url } of readers) {
    // Either producer meets either relay daemon and either reader.
    const producer = relay === reader ? 'upstream' : 'ours';
    const who = `producer: ${producer}, relay: ${relay}, reader: ${reader}`;
    test(`live over IPv6, ${who}`, { skip }, async () => {
      await using machine = await Machine.open(producer);
      const { environment } = machine;
      await startRelay(environment, relay, ...portsOfIpv6(live));
      await machine.lttng('create', 'six', '--live=50000', '--set-url=net6://[::1]');
      await machine.begin();
      await machine.ticks(0, 1);
      const read = [commandOf(reader, 'babeltrace2'), '--input-format=lttng-live'];
      const program = environment.start([...read, `${url}/host/target/six`]);
      await eventually('a reader', async () => {
        const list = await environment.output([...read, url]);
        return list.includes('1 client(s)') ? true : null;
      });
      await machine.ticks(1, 500);
      await machine.lttng('destroy');
      const { status, stdout, stderr } = await program.finished();
      assert.equal(status, 0, stderr);
      assert.deepEqual(eventsOf(stdout).get(1), upTo(500));
    });
  }
}

/** Minors whose messages differ; rotations are there from 2.11 on, clears from 2.12 on. */
for (const minor of [4, 7, 8, 10, 11, 12]) {
  test(`our producer streams to relay daemons of 2.${minor}`, { skip }, async () => {
    await Promise.all(
      sides.map(async (relay) => {
        await using machine = await Machine.open('ours');
        const { environment } = machine;
        const { folder } = await startRelay(environment, relay);
        const script = join(import.meta.dirname, 'version-proxy.js');
        const proxy = environment.start([process.execPath, script, String(minor)]);
        await proxy.printed(/listening/);
        const urls = ['--ctrl-url=tcp://localhost:6342', '--data-url=tcp://localhost:6343'];
        await machine.lttng('create', 'work', ...urls);
        await machine.begin();
        await machine.ticks(1, 900);
        const rotated = await machine.tryLttng('rotate');
        const refusal = 'Error: Rotation feature not available on the relay\n';
        assert.deepEqual([rotated.status, rotated.stderr], minor < 11 ? [1, refusal] : [0, '']);
        // A schedule is taken, as the original's is, and asks in vain.
        if (minor < 11) await machine.lttng('enable-rotation', '--timer=50ms');
        await machine.ticks(2, 50);
        await machine.lttng('stop');
        const cleared = await machine.tryLttng('clear');
        assert.equal(cleared.status, minor < 12 ? 157 : 0, cleared.stderr);
        await machine.lttng('destroy');
        const late: readonly Count[] = minor < 12 ? [[2, 50]] : [];
        await assertEvents(environment, folder, [[1, 900], ...late]);
      }),
    );
  });
}
