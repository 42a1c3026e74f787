/** Sessions over IPv6: every producer with every relay daemon, rotated meanwhile. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { commandOf, Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { readWith } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { startRelay } from '../harness/relay.ts';
import { eventsOf, upTo } from './live-world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const pairs = sides.flatMap((producer) => sides.map((relay) => ({ producer, relay })));

/** A machine with the session daemon of one side. */
class Machine implements AsyncDisposable {
  readonly environment: Environment;
  readonly #side: Side;

  private constructor(environment: Environment, side: Side) {
    this.environment = environment;
    this.#side = side;
  }

  static async open(side: Side): Promise<Machine> {
    const environment = await Environment.create({ hostname: 'target' });
    await startDaemon(environment, side);
    return new Machine(environment, side);
  }

  async lttng(...words: readonly string[]): Promise<string> {
    return await this.environment.output([commandOf(this.#side, 'lttng'), ...words]);
  }

  /** Makes a channel of small buffers, enables the sample's events and starts. */
  async begin(): Promise<void> {
    await this.lttng('enable-channel', '--userspace', 'c', '--subbuf-size=4096', '--num-subbuf=64');
    await this.lttng('enable-event', '--userspace', 'sample:*', '--channel=c');
    await this.lttng('start');
  }

  async ticks(writer: number, count: number): Promise<void> {
    await this.environment.output([...samples.c(), 'ticks', String(writer), String(count)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.environment[Symbol.asyncDispose]();
  }
}

/** Asserts that the traces below a folder have the events 0 to count - 1 of each writer, and no others, once. */
async function assertEvents(
  environment: Environment,
  folder: string,
  counts: readonly (readonly [writer: number, count: number])[],
): Promise<void> {
  const events = new Map<number, number[]>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!path.endsWith('/metadata')) continue;
    const { stdout } = await readWith(environment, 'babeltrace2', join(folder, dirname(path)));
    for (const [writer, indexes] of eventsOf(stdout)) {
      events.set(writer, [...(events.get(writer) ?? []), ...indexes]);
    }
  }
  assert.deepEqual(
    [...events].sort(([a], [b]) => a - b).map(([writer, indexes]) => [writer, indexes.sort((a, b) => a - b)]),
    counts.map(([writer, count]) => [writer, upTo(count)]),
  );
}

for (const { producer, relay } of pairs) {
  test(`IPv6, producer: ${producer}, relay: ${relay}`, { skip }, async () => {
    await using machine = await Machine.open(producer);
    const ports = [5342, 5343, 5344].map((port) => `tcp6://[::1]:${port}`);
    const [control = '', data = '', live = ''] = ports;
    const words = [`--control-port=${control}`, `--data-port=${data}`, `--live-port=${live}`];
    const { folder } = await startRelay(machine.environment, relay, ...words);
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
}
