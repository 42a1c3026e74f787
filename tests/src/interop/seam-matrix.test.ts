/**
 * Every producer with every relay daemon and every reader, ours and the original's: the same events everywhere, none
 * lost, none twice. Files are read when the session is over, which was rotated meanwhile; live sessions are read while
 * they record, and are cleared meanwhile.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { commandOf, Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { samples } from '../harness/programs.ts';
import { type Reader, readWith } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { startRelay } from '../harness/relay.ts';
import { assertInOrderOfTime, eventsOf, LiveWorld, upTo } from './live-world.ts';

const skip = skipUnless('root', 'upstream', 'native');

const pairs = sides.flatMap((producer) => sides.map((relay) => ({ producer, relay })));
const fileReaders: Readonly<Record<Side, Reader>> = { ours: 'ours', upstream: 'babeltrace2' };

/** Folders of traces below a relay's folder. */
function tracesBelow(folder: string): readonly string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => path.endsWith('/metadata')).map((path) => join(folder, dirname(path)));
}

/** The events of all traces, by writer, in the order of the traces. */
async function eventsBelow(environment: Environment, reader: Reader, folder: string) {
  const events = new Map<number, number[]>();
  for (const trace of tracesBelow(folder).toSorted()) {
    const { stdout } = await readWith(environment, reader, trace);
    for (const [writer, indexes] of eventsOf(stdout)) {
      events.set(writer, [...(events.get(writer) ?? []), ...indexes]);
    }
  }
  return events;
}

for (const { producer, relay } of pairs) {
  for (const ownership of ['--buffers-uid', '--buffers-pid']) {
    test(`files, producer: ${producer}, relay: ${relay}, ${ownership}`, { skip }, async () => {
      await using environment = await Environment.create();
      const { folder, program } = await startRelay(environment, relay);
      await startDaemon(environment, producer);
      const run = async (...words: readonly string[]) =>
        await environment.run([commandOf(producer, 'lttng'), ...words]);
      const lttng = async (...words: readonly string[]): Promise<void> => {
        const { status, stderr } = await run(...words);
        // What the relay daemon made of it is not in the command's words.
        const report =
          status === 0 ? '' : `${(await run('list', 'work')).stdout}\n${program.stderr.slice(-6000)}`;
        assert.equal(status, 0, `${words.join(' ')}: ${stderr}\n${report}`);
      };
      await lttng('create', 'work', '--set-url=net://localhost');
      const size = ['--subbuf-size=4096', '--num-subbuf=64'];
      await lttng('enable-channel', '--userspace', 'c', ...size, ownership);
      await lttng('enable-event', '--userspace', 'sample:*', '--channel=c');
      await lttng('start');
      // A program that goes on through all chunks, and one in each chunk.
      const constant = environment.start([...samples.c(), 'serve']);
      await constant.printed(/ready/);
      const counts = [1500, 40, 0, 700];
      for (const [round, count] of counts.entries()) {
        constant.write(`ticks ${100 + round} ${count + 1}\n`);
        await constant.printed(new RegExp(`done ${count + 1}\\b`));
        await environment.output([...samples.c(), 'ticks', String(1 + round), String(count)]);
        await lttng('rotate');
      }
      constant.write('quit\n');
      await constant.finished();
      await lttng('stop');
      await lttng('destroy');
      const expected = new Map(
        counts.flatMap((count, round) => [
          ...(count === 0 ? [] : [[1 + round, upTo(count)] as const]),
          [100 + round, upTo(count + 1)] as const,
        ]),
      );
      for (const reader of sides) {
        const events = await eventsBelow(environment, fileReaders[reader], folder);
        assert.deepEqual(
          [...events].sort(([a], [b]) => a - b),
          [...expected].sort(([a], [b]) => a - b),
          `reader: ${reader}`,
        );
      }
    });
  }

  for (const reader of sides) {
    test(`live, producer: ${producer}, relay: ${relay}, reader: ${reader}`, { skip }, async () => {
      const world = await LiveWorld.open({ producer, relay, reader });
      await using _environment = world.environment;
      await world.ticks(0, 1);
      const program = await world.read();
      await world.ticks(1, 2000);
      await program.printed(/writer = 1, index = 1999,/);
      await world.lttng('clear');
      await world.ticks(2, 300);
      await program.printed(/writer = 2, index = 299,/);
      await world.lttng('stop');
      await world.lttng('clear');
      await world.lttng('start');
      await world.ticks(3, 70);
      await program.printed(/writer = 3, index = 69,/);
      await world.end();
      const { status, stdout, stderr } = await program.finished();
      assert.equal(status, 0, stderr);
      const events = eventsOf(stdout);
      for (const [writer, count] of [
        [1, 2000],
        [2, 300],
        [3, 70],
      ] as const) {
        assert.deepEqual(events.get(writer), upTo(count));
      }
      assertInOrderOfTime(stdout);
    });
  }
}
