/**
 * `--blocking-timeout`: with LTTNG_UST_ALLOW_BLOCKING programs in both languages wait for space in full buffers and lose
 * nothing, under both daemons; with a time they wait that long for each event, then discard it; without the variable they never
 * wait.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment, type Program } from '../harness/environment.ts';
import { order, quit, record, startDaemon } from '../harness/recording.ts';
import { discardedOf, TestSession } from '../harness/test-session.ts';
import { daemonSides, eventLines, type Language, registered, samples, serve, skip } from './node-world.ts';

const writers: readonly Language[] = ['c', 'node'];
const TIMEOUT_MS = 10;
/** Fewer than two sub-buffers of 4 KiB hold. */
const FITTING = 250;
/** More than they hold, together with those: a tick takes 20 bytes or more. */
const FILLING = 170;
const LATE = 50;
/** Many times what the buffers hold. */
const COUNT = 3000;

/** Starts a program that takes orders; its events can be recorded. */
async function startWriter(
  environment: Environment,
  language: Language,
  env: Readonly<Record<string, string>>,
  ...before: readonly string[]
): Promise<Program> {
  const program = await serve(environment, [...before, ...samples[language]()], env);
  if (language === 'node') await registered(program);
  return program;
}

/** Does something while nobody empties the buffers. */
async function withoutConsumers(environment: Environment, work: () => Promise<void>): Promise<void> {
  const pids = (await environment.output(['pgrep', '-f', 'lttng-consumerd'])).trim().split('\n');
  await environment.output(['kill', '-STOP', ...pids]);
  await work();
  await environment.output(['kill', '-CONT', ...pids]);
}

for (const side of daemonSides) {
  for (const isAllowed of [true, false]) {
    const title = isAllowed ? 'wait for space and lose nothing' : 'that may not block never do';
    test(`programs ${title}, daemon: ${side}`, { skip }, async () => {
      await using environment = await Environment.create();
      await startDaemon(environment, side);
      const channel = ['--subbuf-size=4096', '--num-subbuf=2', '--blocking-timeout=inf'];
      const options = { side, rules: [['sample:tick']], channel };
      const { folder, stopped } = await record(environment, options, async () => {
        // One after the other: C discards, blocking or not, while another writer is interrupted in a record.
        if (isAllowed) {
          const env = { LTTNG_UST_ALLOW_BLOCKING: '1' };
          for (const [writer, language] of writers.entries()) {
            const words = [...samples[language](), 'ticks', `${writer}`, `${COUNT}`];
            assert.equal((await environment.start(words, { env }).finished()).status, 0);
          }
          return;
        }
        const programs = await Promise.all(writers.map((language) => startWriter(environment, language, {})));
        await withoutConsumers(environment, async () => {
          await Promise.all(programs.map((program, writer) => order(program, `ticks ${writer} ${COUNT}`)));
        });
        await Promise.all(programs.map(quit));
      });
      const discarded = discardedOf(stopped);
      const lines = await eventLines(environment, folder);
      assert.equal(lines.length + discarded, writers.length * COUNT);
      if (isAllowed) assert.equal(discarded, 0);
      else assert.ok(discarded > 0);
    });
  }
}

for (const side of daemonSides) {
  for (const language of writers) {
    test(`each event waits for the time that was set, program: ${language}, daemon: ${side}`, {
      skip,
    }, async () => {
      await using environment = await Environment.create();
      await startDaemon(environment, side);
      const session = await TestSession.create(environment, side);
      const channel = ['--subbuf-size=4096', '--num-subbuf=2', `--blocking-timeout=${TIMEOUT_MS}ms`];
      await session.enableChannel('channel0', ...channel);
      await session.enableEvent('sample:tick', '--channel=channel0');
      const { stdout: listed } = await session.lttng('list', session.name);
      assert.match(listed, new RegExp(`Blocking timeout: ${TIMEOUT_MS * 1000} us\n`));
      await session.start();
      const env = { LTTNG_UST_ALLOW_BLOCKING: '1' };
      const program = await startWriter(environment, language, env, 'taskset', '-c', '0');
      let tookMs = 0;
      await withoutConsumers(environment, async () => {
        await order(program, `ticks 0 ${FITTING}`);
        await order(program, `ticks 1 ${FILLING}`);
        const before = performance.now();
        await order(program, `ticks 2 ${LATE}`);
        tookMs = performance.now() - before;
      });
      assert.ok(tookMs >= LATE * TIMEOUT_MS, `took=${tookMs}`);
      await quit(program);
      const discarded = discardedOf(await session.stop());
      await session.destroy();
      const lines = await eventLines(environment, session.folder);
      const countOf = (writer: number): number =>
        lines.filter((line) => line.includes(`writer = ${writer},`)).length;
      assert.deepEqual([countOf(0), countOf(2)], [FITTING, 0]);
      assert.equal(countOf(1) + discarded, FILLING + LATE);
    });
  }
}
