/**
 * `--blocking-timeout`: with LTTNG_UST_ALLOW_BLOCKING programs in both languages wait for space in full buffers and lose
 * nothing, under both daemons; without it they never wait.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment } from '../harness/environment.ts';
import { record, startDaemon } from '../harness/recording.ts';
import { discardedOf } from '../harness/test-session.ts';
import { daemonSides, eventLines, type Language, samples, skip } from './node-world.ts';

const writers: readonly Language[] = ['c', 'node'];

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
