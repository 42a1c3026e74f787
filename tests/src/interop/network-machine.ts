/** A machine whose sessions stream to a relay daemon of the same machine, and what is left below that one's folder. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandOf, Environment, type Outcome, type Side } from '../harness/environment.ts';
import { samples } from '../harness/programs.ts';
import { readWith } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { eventsOf, upTo } from './live-world.ts';

/** A writer's number, and how many events it emitted. */
export type Count = readonly [writer: number, count: number];

/** An environment with the session daemon of one side. */
export class Machine implements AsyncDisposable {
  readonly environment: Environment;
  readonly #side: Side;

  private constructor(environment: Environment, side: Side) {
    this.environment = environment;
    this.#side = side;
  }

  /** Its name is `target`. */
  static async open(side: Side): Promise<Machine> {
    const environment = await Environment.create({ hostname: 'target' });
    await startDaemon(environment, side);
    return new Machine(environment, side);
  }

  async lttng(...words: readonly string[]): Promise<string> {
    return await this.environment.output([commandOf(this.#side, 'lttng'), ...words]);
  }

  /** Runs a command that may be refused. */
  async tryLttng(...words: readonly string[]): Promise<Outcome> {
    return await this.environment.run([commandOf(this.#side, 'lttng'), ...words]);
  }

  /** Makes a channel of small buffers in the current session, enables the sample's events and starts. */
  async begin(): Promise<void> {
    await this.lttng('enable-channel', '--userspace', 'c', '--subbuf-size=4096', '--num-subbuf=64');
    await this.lttng('enable-event', '--userspace', 'sample:*', '--channel=c');
    await this.lttng('start');
  }

  async ticks(writer: number, count: number): Promise<void> {
    await this.environment.output([...samples.c(), 'ticks', String(writer), String(count)]);
  }

  /** Ends the session daemon and starts that of a side in its place, which {@link lttng} is of from then on. */
  async replaceDaemon(side: Side): Promise<Machine> {
    await this.environment.output([
      'sh',
      '-ec',
      `pid=$(cat /run/lttng/lttng-sessiond.pid); kill $pid
       timeout 60 sh -c "while test -e /proc/$pid/exe; do sleep 0.02; done"`,
    ]);
    await startDaemon(this.environment, side);
    return new Machine(this.environment, side);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.environment[Symbol.asyncDispose]();
  }
}

/** Asserts that the traces below a folder have the events 0 to count - 1 of each writer, and no others, once. */
export async function assertEvents(
  environment: Environment,
  folder: string,
  counts: readonly Count[],
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
