/**
 * Live reading with both relay daemons and both readers, the producer being the original: the same events whichever
 * pair it is, none lost but those that were cleared, none twice.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, type Program, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { assertInOrderOfTime, eventsOf, LIST, LiveWorld, upTo } from './live-world.ts';

const skip = skipUnless('root', 'upstream', 'native');

for (const relay of sides) {
  for (const reader of sides) {
    const pair = `relay: ${relay}, reader: ${reader}`;
    test(`every event that was not cleared is read once, ${pair}`, { skip }, async () => {
      const world = await LiveWorld.open({ relay, reader });
      await using _environment = world.environment;
      await world.ticks(0, 1);
      const program = await world.read();
      await world.ticks(1, 2000);
      await program.printed(/writer = 1, index = 1999,/);
      await world.lttng('clear');
      await world.ticks(2, 300);
      await program.printed(/writer = 2, index = 299,/);
      // Cleared while they are read: which of them the reader gets is a matter of speed.
      await world.ticks(3, 3000);
      await world.lttng('clear');
      await world.ticks(4, 70);
      await program.printed(/writer = 4, index = 69,/);
      await world.end();
      const { status, stdout, stderr } = await program.finished();
      assert.equal(status, 0, stderr);
      const events = eventsOf(stdout);
      assert.deepEqual(events.get(1), upTo(2000));
      assert.deepEqual(events.get(2), upTo(300));
      assert.deepEqual(events.get(4), upTo(70));
      const third = events.get(3) ?? [];
      assert.equal(new Set(third).size, third.length);
      assertInOrderOfTime(stdout);
    });
  }

  // Only our reader: with either relay daemon the original one does not print what a program records that begins while
  // another one is silent.
  test(`programs that begin while others are read, relay: ${relay}, reader: ours`, { skip }, async () => {
    const world = await LiveWorld.open({ relay, reader: 'ours' }, '--buffers-pid');
    await using _environment = world.environment;
    const reader = await world.read();
    const writers: Program[] = [];
    for (const writer of [1, 2, 3]) {
      const program = world.environment.start([...samples.c(), 'serve']);
      await program.printed(/ready/);
      program.write(`ticks ${writer} ${100 * writer}\n`);
      writers.push(program);
      await reader.printed(new RegExp(`writer = ${writer}, index = ${100 * writer - 1},`));
    }
    for (const program of writers) {
      program.write('quit\n');
      await program.finished();
    }
    await world.end();
    const { status, stdout, stderr } = await reader.finished();
    assert.equal(status, 0, stderr);
    const events = eventsOf(stdout);
    for (const writer of [1, 2, 3]) assert.deepEqual(events.get(writer), upTo(100 * writer));
  });

  test(`both readers list the same sessions, relay: ${relay}`, { skip }, async () => {
    const world = await LiveWorld.open({ relay, reader: 'upstream' });
    await using _environment = world.environment;
    await world.ticks(1, 1);
    const [ours, theirs] = await Promise.all(
      sides.map((side) => world.environment.output([commandOf(side, 'babeltrace2'), ...LIST])),
    );
    assert.match(theirs ?? '', /^net:\/\/localhost\/host\/.+\/work \(timer = 100000, \d+ stream/);
    // Babeltrace tells the format from 2.1 on.
    assert.equal(ours?.replaceAll(', CTF 1.8)', ')'), theirs);
    await world.end();
  });
}
