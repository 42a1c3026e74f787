/**
 * Live reading with both relay daemons and both readers, the producer being the original: the same events whichever
 * pair it is, none lost but those that were cleared, none twice.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, Environment, type Program, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { lines } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { startRelay } from '../harness/relay.ts';

const skip = skipUnless('root', 'upstream', 'native');
const LIST = ['--input-format=lttng-live', 'net://localhost'];

/** A live session of the original that streams to a relay daemon, and who reads it. */
class LiveWorld {
  readonly environment: Environment;
  readonly #reader: Side;

  constructor(environment: Environment, reader: Side) {
    this.environment = environment;
    this.#reader = reader;
  }

  static async open(relay: Side, reader: Side, ...channelWords: readonly string[]): Promise<LiveWorld> {
    const environment = await Environment.create();
    const world = new LiveWorld(environment, reader);
    await startRelay(environment, relay);
    await startDaemon(environment, 'upstream');
    await world.lttng('create', 'work', '--live=100000', '--set-url=net://localhost');
    const size = ['--subbuf-size=4096', '--num-subbuf=64'];
    await world.lttng('enable-channel', '--userspace', 'c', ...size, ...channelWords);
    await world.lttng('enable-event', '--userspace', 'sample:*', '--channel=c');
    await world.lttng('start');
    return world;
  }

  async lttng(...words: readonly string[]): Promise<void> {
    await this.environment.output([commandOf('upstream', 'lttng'), ...words]);
  }

  async ticks(writer: number, count: number): Promise<void> {
    await this.environment.output([...samples.c(), 'ticks', String(writer), String(count)]);
  }

  async url(): Promise<string> {
    const { stdout } = await this.environment.run(['hostname']);
    return `net://localhost/host/${stdout.trim()}/work`;
  }

  /** Starts the reader and waits until it is attached. */
  async read(...words: readonly string[]): Promise<Program> {
    const url = await this.url();
    const reader = this.environment.start([
      commandOf(this.#reader, 'babeltrace2'),
      '--input-format=lttng-live',
      url,
      ...words,
    ]);
    const isAttached = `until babeltrace2 ${LIST.join(' ')} | grep -q '1 client(s)'; do sleep 0.02; done`;
    await this.environment.output(['sh', '-c', isAttached]);
    return reader;
  }

  async end(): Promise<void> {
    await this.lttng('stop');
    await this.lttng('destroy');
  }
}

/** Numbers of the events that each writer's lines tell, in their order. */
function eventsOf(text: string): ReadonlyMap<number, readonly number[]> {
  const events = new Map<number, number[]>();
  for (const line of lines(text)) {
    const [, writer, index] = /writer = (\d+), index = (\d+),/.exec(line) ?? [];
    assert.ok(writer !== undefined && index !== undefined, line);
    const known = events.get(Number(writer));
    if (known === undefined) events.set(Number(writer), [Number(index)]);
    else known.push(Number(index));
  }
  return events;
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

function assertInOrderOfTime(text: string): void {
  const times = lines(text).map((line) => /^\[([\d:.]+)\]/.exec(line)?.[1] ?? '');
  // Both sides print the time of day: a test at midnight would see it begin anew.
  assert.deepEqual([...times].sort(), times);
}

for (const relay of sides) {
  for (const reader of sides) {
    const pair = `relay: ${relay}, reader: ${reader}`;
    test(`every event that was not cleared is read once, ${pair}`, { skip }, async () => {
      const world = await LiveWorld.open(relay, reader);
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
    const world = await LiveWorld.open(relay, 'ours', '--buffers-pid');
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
    const world = await LiveWorld.open(relay, 'upstream');
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
