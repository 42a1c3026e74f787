import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { readWithOurs } from '../harness/reading.ts';
import { order, quit, record, startDaemon } from '../harness/recording.ts';

const skip = skipUnless('root', 'upstream');

test('our reader prints what babeltrace2 prints for a trace of the original', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'upstream');
  const contexts = ['vpid', 'vtid', 'procname', 'pthread_id', 'ip'];
  const { folder } = await record(
    environment,
    { side: 'upstream', rules: [['sample:*']], contexts },
    async () => {
      const sample = environment.start([sampleProgram(), 'serve']);
      await order(sample, 'kinds');
      await order(sample, 'ticks 1 1000');
      await quit(sample);
    },
  );
  const { stdout, stderr } = await environment.run(['babeltrace2', folder]);
  assert.equal(stdout.trimEnd().split('\n').length, 1030);
  assert.deepEqual(readWithOurs(folder), { stdout, stderr });
});

test('our reader tells the losses that babeltrace2 tells', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'upstream');
  const channel = ['--subbuf-size=4096', '--num-subbuf=2'];
  const { folder } = await record(
    environment,
    { side: 'upstream', channel, rules: [['sample:tick']] },
    async () => {
      const writers = [1, 2].map((writer) =>
        environment.start([sampleProgram(), 'ticks', String(writer), '20000']),
      );
      for (const writer of writers) await writer.finished();
    },
  );
  const { stdout, stderr } = await environment.run(['babeltrace2', folder]);
  assert.match(stderr, /Tracer discarded \d+ events/);
  assert.deepEqual(readWithOurs(folder), { stdout, stderr });
});
