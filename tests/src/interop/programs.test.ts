/** Programs live as they like (early, late, short, forked, loaded in parts) and are recorded by both daemons. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment, type Program, repositoryPath, type Side, sides } from '../harness/environment.ts';
import { eventually } from '../harness/eventually.ts';
import { skipUnless } from '../harness/peers.ts';
import {
  languages,
  livesProgram,
  pluginLibrary,
  sampleProgram,
  samples,
  shapesProgram,
} from '../harness/programs.ts';
import { comparableLines, readWithOurs } from '../harness/reading.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');

interface World {
  readonly environment: Environment;
  readonly session: TestSession;
  /** What `prepare` returned. */
  readonly early: readonly Program[];
}

interface Case {
  readonly title: string;
  /** Default: every tracepoint of the sample program. */
  readonly pattern?: string;
  readonly contexts?: readonly string[];
  /** Programs that run before the session is made. */
  readonly prepare?: (environment: Environment) => readonly Program[];
  readonly work: (world: World) => Promise<void>;
  /** Events in the trace, as a reader prints them. */
  readonly check: (lines: readonly string[]) => void;
}

const serve = (environment: Environment, command: readonly string[]): Program =>
  environment.start([...command, 'serve']);

/** Number of events by the `writer` field of the tick. */
function ticksByWriter(lines: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of lines) {
    const writer = line.match(/writer = (\d+)/)?.[1] ?? 'none';
    counts[writer] = (counts[writer] ?? 0) + 1;
  }
  return counts;
}

/** A line without its values: which fields it has, in which order. */
const shapeOf = (line: string): string => line.replaceAll(/(\w+) = (?:"[^"]*"|[-\dx A-F]+)/g, '$1');

const cases: readonly Case[] = [
  {
    title: 'several that run before the session',
    prepare: (environment) => [
      serve(environment, samples.c()),
      serve(environment, samples.node()),
      serve(environment, samples.c()),
    ],
    async work({ early }) {
      await Promise.all(early.map((program, writer) => order(program, `ticks ${writer} 100`)));
      await Promise.all(early.map(quit));
    },
    check: (lines) => assert.deepEqual(ticksByWriter(lines), { 0: 100, 1: 100, 2: 100 }),
  },
  {
    title: 'one that ran and ended before the session, and one after it',
    async work({ environment }) {
      await environment.output([sampleProgram(), 'ticks', '1', '3']);
    },
    prepare: (environment) => [environment.start([sampleProgram(), 'ticks', '9', '3'])],
    check: (lines) => assert.equal(ticksByWriter(lines)[1], 3),
  },
  ...[languages, languages.toReversed()].map(
    (inOrder): Case => ({
      title: `two languages one after the other in one channel: ${inOrder.join(' first, then ')}`,
      contexts: ['vpid', 'ip', 'procname', 'pthread_id'],
      async work({ environment }) {
        for (const [writer, language] of inOrder.entries()) {
          await environment.output([...samples[language](), 'ticks', `${writer}`, '5']);
        }
      },
      check(lines) {
        assert.deepEqual(ticksByWriter(lines), { 0: 5, 1: 5 });
        assert.equal(new Set(lines.map(shapeOf)).size, 1);
        const isNode = (line: string) => line.includes('procname = "node"');
        for (const line of lines) assert.match(line, isNode(line) ? /, ip = 0,/ : /, ip = [1-9]\d{6,},/);
        assert.equal(lines.filter(isNode).length, 5);
      },
    }),
  ),
  {
    title: 'ten short-lived ones at once, four threads each',
    async work({ environment }) {
      await environment.output([livesProgram(), 'many', '50']);
    },
    check: (lines) => assert.deepEqual(ticksByWriter(lines), { 0: 500, 1: 500, 2: 500, 3: 500 }),
  },
  {
    title: 'one that ends at once, twenty times',
    async work({ environment }) {
      const run = `for i in $(seq 20); do "$1" ticks $i 1; done`;
      await environment.output(['sh', '-c', run, 'sh', sampleProgram()]);
    },
    check(lines) {
      assert.equal(lines.length, 20);
      assert.equal(Object.keys(ticksByWriter(lines)).length, 20);
    },
  },
  {
    title: 'one that forks, with liblttng-ust-fork',
    contexts: ['vpid'],
    async work({ environment }) {
      await environment.output(['env', 'LD_PRELOAD=liblttng-ust-fork.so', livesProgram(), 'fork', '100']);
    },
    check(lines) {
      assert.deepEqual(ticksByWriter(lines), { 1: 100, 2: 100, 3: 100 });
      const pidsOf = (writer: number) =>
        new Set(
          lines.filter((line) => line.includes(`writer = ${writer},`)).map((line) => line.split(',')[1]),
        );
      // Parent and child tell their own numbers.
      assert.equal(pidsOf(1).size, 1);
      assert.deepEqual(pidsOf(3), pidsOf(1));
      assert.notDeepEqual(pidsOf(2), pidsOf(1));
    },
  },
  {
    title: 'one that forks, without liblttng-ust-fork',
    async work({ environment }) {
      await environment.output([livesProgram(), 'fork', '100']);
    },
    // The child has no connection of its own; it writes to the buffers that it shares with its parent.
    check: (lines) => assert.deepEqual(ticksByWriter(lines), { 1: 100, 2: 100, 3: 100 }),
  },
  {
    title: 'one that becomes another',
    async work({ environment }) {
      await environment.output([livesProgram(), 'exec', sampleProgram(), 'ticks', '2', '10']);
    },
    check: (lines) => assert.deepEqual(ticksByWriter(lines), { 1: 1, 2: 10 }),
  },
  {
    title: 'one that is killed',
    async work({ environment }) {
      const { status } = await environment.run([livesProgram(), 'kill', '1000']);
      assert.equal(status, 137);
    },
    check: (lines) => assert.deepEqual(ticksByWriter(lines), { 1: 1000 }),
  },
  {
    title: 'one that loads a library, unloads it and loads it again',
    pattern: 'plugin:*',
    async work({ environment }) {
      const program = environment.start([livesProgram(), 'dlopen', pluginLibrary()]);
      for (const _ of [1, 2, 3]) {
        await order(program, 'load');
        await order(program, 'unload');
      }
      program.process.stdin?.end();
      assert.equal((await program.finished()).status, 0);
    },
    check(lines) {
      assert.equal(lines.length, 9);
      assert.deepEqual(lines.slice(0, 3), lines.slice(3, 6));
    },
  },
  {
    title:
      'one that defines a provider, closes it and defines it again, beside one in C that does so with a library',
    pattern: 'plugin:*',
    async work({ environment, session }) {
      const c = environment.start([livesProgram(), 'dlopen', pluginLibrary()]);
      const node = environment.start([
        process.execPath,
        repositoryPath('tests/programs/node-lives.mjs'),
        'serve',
      ]);
      const isListed = async () =>
        (await session.lttng('list', '--userspace')).stdout.includes('plugin:worked');
      for (const _ of [1, 2, 3]) {
        for (const program of [c, node]) {
          await order(program, 'load');
          assert.equal(await isListed(), true);
          await order(program, 'unload');
          // The worker of a Node.js program hears of it a moment later.
          await eventually('the event is not listed', async () => ((await isListed()) ? null : true));
        }
      }
      for (const program of [c, node]) program.process.stdin?.end();
      for (const program of [c, node]) assert.equal((await program.finished()).status, 0);
    },
    check(lines) {
      // Two programs, three rounds, three events.
      assert.equal(lines.length, 2 * 3 * 3);
      assert.equal(new Set(lines).size, 3);
    },
  },
  {
    title: 'different ones that come and go while others record',
    pattern: '*:*',
    prepare: (environment) => [serve(environment, samples.c()), serve(environment, samples.node())],
    async work({ environment, early }) {
      for (const _ of [1, 2, 3]) {
        await Promise.all([
          ...early.map((program) => order(program, 'kinds')),
          environment.output([shapesProgram()]),
          environment.output([livesProgram(), 'threads', '10']),
        ]);
      }
      await Promise.all(early.map(quit));
    },
    check(lines) {
      const of = (prefix: string) => lines.filter((line) => line.startsWith(prefix)).length;
      assert.equal(of('shapes:'), 3 * 20);
      assert.equal(of('sample:'), 3 * (2 * 30 + 4 * 10));
      assert.equal(of('lttng_ust_trace'), 3 * 2);
    },
  },
];

async function run(side: Side, { pattern = 'sample:*', contexts = [], prepare, work, check }: Case) {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const early = prepare?.(environment) ?? [];
  for (const program of early) await program.printed(/ready/);
  const session = await TestSession.create(environment, side);
  await session.enableEvent(pattern);
  if (contexts.length > 0) await session.addContexts(contexts);
  await session.start();
  await work({ environment, session, early });
  await session.stop();
  await session.destroy();
  check(comparableLines(readWithOurs(session.folder).stdout).map((line) => line.replace(/^ /, '')));
}

for (const row of cases) {
  for (const side of sides) {
    test(`${row.title}, daemon: ${side}`, { skip }, async () => await run(side, row));
  }
}
