/** A live session with a producer, a relay daemon and a reader of either side, and what the reader got. */
import assert from 'node:assert/strict';
import { commandOf, Environment, type Program, type Side } from '../harness/environment.ts';
import { samples } from '../harness/programs.ts';
import { lines } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { startRelay } from '../harness/relay.ts';

/** Arguments with which readers list sessions. */
export const LIST = ['--input-format=lttng-live', 'net://localhost'];

/** Who is what. */
export interface LiveSides {
  readonly relay: Side;
  readonly reader: Side;
  readonly producer?: Side;
}

/** A live session that streams to a relay daemon, and who reads it. */
export class LiveWorld {
  readonly environment: Environment;
  readonly #reader: Side;
  readonly #producer: Side;

  constructor(environment: Environment, reader: Side, producer: Side) {
    this.environment = environment;
    this.#reader = reader;
    this.#producer = producer;
  }

  static async open(
    { relay, reader, producer = 'upstream' }: LiveSides,
    ...channelWords: readonly string[]
  ): Promise<LiveWorld> {
    const environment = await Environment.create();
    const world = new LiveWorld(environment, reader, producer);
    await startRelay(environment, relay);
    await startDaemon(environment, producer);
    await world.lttng('create', 'work', '--live=100000', '--set-url=net://localhost');
    const size = ['--subbuf-size=4096', '--num-subbuf=64'];
    await world.lttng('enable-channel', '--userspace', 'c', ...size, ...channelWords);
    await world.lttng('enable-event', '--userspace', 'sample:*', '--channel=c');
    await world.lttng('start');
    return world;
  }

  async lttng(...words: readonly string[]): Promise<void> {
    await this.environment.output([commandOf(this.#producer, 'lttng'), ...words]);
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
export function eventsOf(text: string): ReadonlyMap<number, readonly number[]> {
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

export const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

export function assertInOrderOfTime(text: string): void {
  const times = lines(text).map((line) => /^\[([\d:.]+)\]/.exec(line)?.[1] ?? '');
  // Both sides print the time of day: a test at midnight would see it begin anew.
  assert.deepEqual([...times].sort(), times);
}
