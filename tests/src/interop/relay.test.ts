/**
 * The original session daemon streams to our relay daemon and to the original one: the same files, the same texts,
 * the same events, and the original live reader reads from both.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { commandOf, Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { lines, readWith } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { maskDates, startRelay, treeOf } from '../harness/relay.ts';

const skip = skipUnless('root', 'upstream', 'native');

/** Commands of the original to its own session daemon, which streams to the relay under test. */
class Producer {
  readonly #environment: Environment;
  /** What the commands printed, masked. */
  readonly texts: string[] = [];
  #emitted = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  async lttng(...words: readonly string[]): Promise<void> {
    const stdout = await this.#environment.output([commandOf('upstream', 'lttng'), ...words]);
    // Dots are a matter of speed.
    this.texts.push(maskDates(stdout).replaceAll(/\.{2,}|\.(?=\n)/g, ''));
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
    await this.#environment.output(command);
  }

  /** An event in each stream: the original puts the first packet of a stream into the chunk before its own. */
  async touchStreams(): Promise<void> {
    for (let cpu = 0; cpu < availableParallelism(); cpu++) await this.ticks(1, cpu);
  }
}

interface Scenario {
  readonly title: string;
  /** Files that the original has now and then, and now and then not. */
  readonly varying?: RegExp;
  readonly relay?: readonly string[];
  readonly run: (producer: Producer) => Promise<void>;
}

async function begin(producer: Producer, ...words: readonly string[]): Promise<void> {
  await producer.lttng('create', 'work', '--set-url=net://localhost', ...words);
  await producer.lttng('enable-channel', '--userspace', 'c', '--subbuf-size=4096', '--num-subbuf=64');
  await producer.lttng('enable-event', '--userspace', 'sample:*', '--channel=c');
  await producer.lttng('start');
}

const scenarios: readonly Scenario[] = [
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

/** What a relay of one side makes of a scenario. */
async function outcomeOf({ relay = [], varying, run }: Scenario, side: Side) {
  await using environment = await Environment.create();
  const { folder } = await startRelay(environment, side, ...relay);
  await startDaemon(environment, 'upstream');
  const producer = new Producer(environment);
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

for (const scenario of scenarios) {
  test(`our relay makes of the original's streams what the original makes: ${scenario.title}`, {
    skip,
  }, async () => {
    const [ours, theirs] = [await outcomeOf(scenario, 'ours'), await outcomeOf(scenario, 'upstream')];
    assert.ok(theirs.counts.length > 0);
    assert.deepEqual(ours, theirs);
  });
}

for (const side of sides) {
  test(`the original live reader follows a session through a clear, relay: ${side}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startRelay(environment, side);
    await startDaemon(environment, 'upstream');
    const producer = new Producer(environment);
    await begin(producer, '--live=100000');
    await producer.ticks(10);
    const { stdout: host } = await environment.run(['hostname']);
    const url = `net://localhost/host/${host.trim()}/work`;
    const reader = environment.start(['babeltrace2', '--input-format=lttng-live', url]);
    const viewer = `until ss --tcp --numeric state established | grep -q ':5344'; do sleep 0.02; done`;
    await environment.output(['sh', '-c', viewer]);
    await producer.ticks(20);
    await reader.printed(/writer = 1, index = 19,/);
    await producer.lttng('clear');
    await producer.ticks(7);
    await reader.printed(/writer = 2, index = 6,/);
    await producer.lttng('stop');
    await producer.lttng('destroy');
    const { status, stdout } = await reader.finished();
    assert.equal(status, 0);
    const counts = [1, 2].map(
      (writer) => lines(stdout).filter((line) => line.includes(`writer = ${writer},`)).length,
    );
    assert.deepEqual(counts, [20, 7]);
  });
}

test('a relay with a small pool of files takes many streams', { skip }, async () => {
  await using environment = await Environment.create();
  const { program, folder } = await startRelay(environment, 'ours', '--fd-pool-size=100');
  await startDaemon(environment, 'upstream');
  const producer = new Producer(environment);
  await producer.lttng('create', 'work', '--set-url=net://localhost');
  for (const channel of ['a', 'b', 'c', 'd']) {
    await producer.lttng('enable-channel', '--userspace', channel, '--buffers-pid', '--subbuf-size=4096');
    await producer.lttng('enable-event', '--userspace', 'sample:*', `--channel=${channel}`);
  }
  await producer.lttng('start');
  const programs = Array.from({ length: 20 }, () => environment.start([...samples.c(), 'serve']));
  await Promise.all(programs.map(async (each) => await each.printed(/ready/)));
  for (const [writer, each] of programs.entries()) each.write(`ticks ${writer} 10\n`);
  await Promise.all(programs.map(async (each) => await each.printed(/done/)));
  const pid = (await environment.output(['sh', '-c', 'pgrep -x lttng-relayd | head -1'])).trim();
  const open = (await environment.output(['sh', '-c', `ls -l /proc/${pid}/fd`])).split('\n');
  assert.ok(open.filter((line) => line.includes('/relayed/')).length <= 100);
  for (const each of programs) each.write('quit\n');
  await Promise.all(programs.map(async (each) => await each.finished()));
  await producer.lttng('stop');
  await producer.lttng('destroy');
  assert.equal(program.stderr.includes('Error'), false, program.stderr);
  const { stdout } = await readWith(environment, 'babeltrace2', folder);
  assert.equal(lines(stdout).length, 20 * 10 * 4);
});
