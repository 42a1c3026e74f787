/**
 * `--blocking-timeout`: with LTTNG_UST_ALLOW_BLOCKING programs in both languages wait for space in full buffers and lose
 * nothing, under both daemons; with a time they wait that long for each event, then discard it; without the variable they never
 * wait.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment } from '../harness/environment.ts';
import { order, quit, record, startDaemon } from '../harness/recording.ts';
import { discardedOf, TestSession } from '../harness/test-session.ts';
import { daemonSides, eventLines, type Language, registered, samples, skip } from './node-world.ts';

const writers: readonly Language[] = ['c', 'node'];
const TIMEOUT_MS = 10;
/** Fewer than two sub-buffers of 4 KiB hold. */
const FITTING = 250;
/** More than they hold, together with those: a tick takes 20 bytes or more. */
const FILLING = 170;
const LATE = 50;

for (const side of daemonSides) {
  for (const isAllowed of [true, false]) {
    // So many that a consumer cannot keep pace with writers that do not wait.
    const count = isAllowed ? 3000 : 20_000;
    const title = isAllowed ? 'wait for space and lose nothing' : 'that may not block never do';
    test(`programs ${title}, daemon: ${side}`, { skip }, async () => {
      await using environment = await Environment.create();
      await startDaemon(environment, side);
      const channel = ['--subbuf-size=4096', '--num-subbuf=2', '--blocking-timeout=inf'];
      const options = { side, rules: [['sample:tick']], channel };
      const env: Record<string, string> = isAllowed ? { LTTNG_UST_ALLOW_BLOCKING: '1' } : {};
      const { folder, stopped } = await record(environment, options, async () => {
        const run = async (language: Language, writer: number): Promise<void> => {
          const words = [...samples[language](), 'ticks', `${writer}`, `${count}`];
          assert.equal((await environment.start(words, { env }).finished()).status, 0);
        };
        // One after the other: C discards, blocking or not, while another writer is interrupted in a record.
        if (isAllowed) for (const [writer, language] of writers.entries()) await run(language, writer);
        else await Promise.all(writers.map(run));
      });
      const discarded = discardedOf(stopped);
      const lines = await eventLines(environment, folder);
      assert.equal(lines.length + discarded, writers.length * count);
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
      const env = { LTTNG_UST_ALLOW_BLOCKING: '1', LTTNG_UST_DEBUG: '1' };
      const onOneCpu = ['taskset', '-c', '0', ...samples[language](), 'serve'];
      const program = environment.start(onOneCpu, { env });
      await program.printed(/^ready$/m);
      if (language === 'node') await registered(program);
      const pids = (await environment.output(['pgrep', '-f', 'lttng-consumerd'])).trim().split('\n');
      await environment.output(['kill', '-STOP', ...pids]);
      await order(program, `ticks 0 ${FITTING}`);
      await order(program, `ticks 1 ${FILLING}`);
      const before = performance.now();
      await order(program, `ticks 2 ${LATE}`);
      const tookMs = performance.now() - before;
      await environment.output(['kill', '-CONT', ...pids]);
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
