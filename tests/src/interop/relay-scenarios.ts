/**
 * What producers do on relay daemons: commands in order, and what is left of them: texts, files, events. Both sides'
 * commands take the same words.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { commandOf, Environment, type Side } from '../harness/environment.ts';
import { samples } from '../harness/programs.ts';
import { lines, readWith } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { maskDates, startRelayWith, treeOf } from '../harness/relay.ts';

/** Commands of one side to its own session daemon, which streams to the relay under test. */
export class Producer {
  readonly environment: Environment;
  readonly #side: Side;
  /** What the commands printed, masked. */
  readonly texts: string[] = [];
  #emitted = 0;

  constructor(environment: Environment, side: Side = 'upstream') {
    this.environment = environment;
    this.#side = side;
  }

  async lttng(...words: readonly string[]): Promise<void> {
    const stdout = await this.environment.output([commandOf(this.#side, 'lttng'), ...words]);
    // Dots are a matter of speed.
    this.texts.push(maskDates(stdout).replaceAll(/\.{2,}|\.(?=\n)/g, ''));
  }

  /** Runs a command that is refused; its status and what it printed count as texts. */
  async refused(...words: readonly string[]): Promise<void> {
    const { status, stdout, stderr } = await this.environment.run([commandOf(this.#side, 'lttng'), ...words]);
    if (status === 0) throw new Error(`lttng ${words.join(' ')} was not refused\n${stdout}\n${stderr}`);
    this.texts.push(`${status}`, maskDates(stdout), maskDates(stderr));
  }

  /** Emits events on one processor, so that streams are the same in every run. */
  async ticks(count: number, cpu = 0): Promise<void> {
    const command = [
      'taskset',
      '-c',
      String(cpu),
      ...samples.c(),
      'ticks',
      String(this.#emitted++),
      String(count),
    ];
    await this.environment.output(command);
  }

  /** An event in each stream: the original puts the first packet of a stream into the chunk before its own. */
  async touchStreams(): Promise<void> {
    for (let cpu = 0; cpu < availableParallelism(); cpu++) await this.ticks(1, cpu);
  }
}

export interface Scenario {
  readonly title: string;
  /** Files that the original has now and then, and now and then not. */
  readonly varying?: RegExp;
  readonly relay?: readonly string[];
  readonly relayVariables?: Readonly<Record<string, string>>;
  readonly run: (producer: Producer) => Promise<void>;
}

export async function begin(producer: Producer, ...words: readonly string[]): Promise<void> {
  await producer.lttng('create', 'work', '--set-url=net://localhost', ...words);
  await producer.lttng('enable-channel', '--userspace', 'c', '--subbuf-size=4096', '--num-subbuf=64');
  await producer.lttng('enable-event', '--userspace', 'sample:*', '--channel=c');
  await producer.lttng('start');
}

/** A clear that the relay does not allow leaves everything. */
async function clearInVain(producer: Producer): Promise<void> {
  await begin(producer);
  await producer.ticks(300);
  await producer.refused('clear');
  await producer.ticks(50);
  await producer.lttng('stop');
  await producer.refused('clear');
  await producer.lttng('destroy');
}

export const scenarios: readonly Scenario[] = [
  {
    title: 'a session',
    run: async (producer) => {
      await begin(producer);
      await producer.ticks(1000);
      await producer.lttng('regenerate', 'metadata');
      await producer.lttng('stop');
      await producer.lttng('destroy');
    },
  },
  {
    title: 'rotations, running and stopped',
    run: async (producer) => {
      await begin(producer);
      await producer.ticks(300);
      await producer.lttng('rotate');
      await producer.ticks(200);
      await producer.lttng('rotate');
      await producer.ticks(20);
      await producer.lttng('stop');
      await producer.lttng('rotate');
      await producer.lttng('start');
      await producer.ticks(10);
      await producer.lttng('destroy');
    },
  },
  {
    title: 'clear before and after a rotation',
    // Streams of other processors hold empty packets only; the original puts the first packet of a stream into the
    // chunk before its own now and then.
    varying: /\/c_[1-9]\d*( |\.idx)/,
    run: async (producer) => {
      await begin(producer);
      await producer.touchStreams();
      await producer.ticks(300);
      await producer.lttng('clear');
      await producer.ticks(50);
      await producer.lttng('rotate');
      await producer.ticks(40);
      await producer.lttng('clear');
      await producer.ticks(7);
      await producer.lttng('stop');
      await producer.lttng('clear');
      await producer.lttng('start');
      await producer.ticks(5);
      await producer.lttng('destroy');
    },
  },
  {
    title: 'clear, which an option of the relay forbids',
    relay: ['--disallow-clear'],
    run: clearInVain,
  },
  {
    title: 'clear, which a variable of the relay forbids',
    relayVariables: { LTTNG_RELAYD_DISALLOW_CLEAR: '1' },
    run: clearInVain,
  },
  {
    title: 'snapshots',
    run: async (producer) => {
      await begin(producer, '--snapshot');
      await producer.ticks(30);
      await producer.lttng('snapshot', 'record');
      await producer.ticks(30);
      await producer.lttng('snapshot', 'record', '--name=named');
      await producer.lttng('destroy');
    },
  },
  {
    title: 'files of limited size and number, grouped by session',
    relay: ['--group-output-by-session'],
    run: async (producer) => {
      await producer.lttng('create', 'work', '--set-url=net://localhost/base/path');
      const limits = ['--tracefile-size=12288', '--tracefile-count=3'];
      await producer.lttng('enable-channel', '--userspace', 'c', '--subbuf-size=4096', ...limits);
      await producer.lttng('enable-event', '--userspace', 'sample:*', '--channel=c');
      await producer.lttng('start');
      for (let round = 0; round < 10; round++) await producer.ticks(150);
      await producer.lttng('destroy');
    },
  },
  {
    title: 'a channel per process',
    run: async (producer) => {
      await producer.lttng('create', '--set-url=net://localhost');
      await producer.lttng('enable-channel', '--userspace', 'c', '--buffers-pid');
      await producer.lttng('enable-event', '--userspace', 'sample:*', '--channel=c');
      await producer.lttng('start');
      await producer.ticks(10);
      await producer.ticks(20);
      await producer.lttng('stop');
      await producer.lttng('destroy');
    },
  },
];

/** What a producer of one side and a relay of one side make of a scenario. */
export async function outcomeOf(
  { relay = [], relayVariables = {}, varying, run }: Scenario,
  side: Side,
  producerSide: Side = 'upstream',
) {
  await using environment = await Environment.create();
  const { folder } = await startRelayWith(environment, side, relay, relayVariables);
  await startDaemon(environment, producerSide);
  const producer = new Producer(environment, producerSide);
  await run(producer);
  const counts: string[] = [];
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('/metadata')) continue;
    const { stdout } = await readWith(environment, 'babeltrace2', join(folder, dirname(path)));
    const mask = (text: string): string => maskDates(text).replaceAll(/sample-\d+-/g, 'sample-PID-');
    counts.push(`${mask(dirname(path))}: ${lines(stdout).length} events`);
  }
  const tree = treeOf(folder)
    .filter((line) => varying?.test(line) !== true)
    .map((line) => line.replaceAll(/sample-\d+-/g, 'sample-PID-'));
  return { texts: producer.texts, tree: tree.sort(), counts: counts.sort() };
}
