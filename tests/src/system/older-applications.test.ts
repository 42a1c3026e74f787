/** Programs of liblttng-ust 2.12 are recorded beside those of 2.13, into the same buffers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment, repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { comparableLines, lines, readers, readWith } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');

for (const isOlderFirst of [true, false]) {
  test(`a program of ABI major 8 ${isOlderFirst ? 'before' : 'after'} one of major 9 in one channel`, {
    skip,
  }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, 'ours');
    const session = await TestSession.create(environment, 'ours');
    await session.enableEvent('sample:*');
    await session.enableEvent('older:*');
    await session.addContexts(['procname', 'vtid']);
    await session.start();
    const runOlder = async (): Promise<void> => {
      const script = repositoryPath('tests/dist/hostile/attackers/older-application.js');
      const older = environment.start([process.execPath, script, 'contexts']);
      await older.printed(/done/);
      const { stdout } = await session.lttng('list', '--userspace');
      assert.match(stdout, /^PID: .*\n {6}older:event/m);
      older.process.stdin?.end();
      assert.equal((await older.finished()).status, 0);
    };
    if (isOlderFirst) await runOlder();
    await environment.output([sampleProgram(), 'ticks', '1', '3']);
    if (!isOlderFirst) await runOlder();
    await session.destroy();
    for (const reader of readers) {
      const { stdout } = await readWith(environment, reader, session.folder);
      const events = comparableLines(stdout);
      assert.equal(
        events.filter((line) => /^sample:tick: .*procname = "sample"/.test(line)).length,
        3,
        reader,
      );
      const [event = '', ...more] = events.filter((line) => line.startsWith('older:event'));
      assert.equal(more.length, 0);
      assert.match(event, /procname = "node", vtid = \d+ }/);
      assert.match(event, /number = -5, .*word = "tea", .*text = "hello", line = "end" }$/);
      assert.match(
        event,
        /fixed = \[ \[0\] = 1, \[1\] = -2 \].*open = \[ \[0\] = 7, \[1\] = 8, \[2\] = 9 \]/,
      );
    }
    assert.equal(lines(session.metadata()).filter((line) => line.startsWith('stream {')).length, 1);
  });
}
