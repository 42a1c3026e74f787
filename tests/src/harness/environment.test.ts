import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { Environment } from './environment.ts';
import { skipUnless } from './peers.ts';
import { sampleProgram } from './programs.ts';

test('an environment is private, and nothing outlives it', {
  skip: skipUnless('root', 'upstream'),
}, async () => {
  let folder = '';
  {
    await using environment = await Environment.create();
    folder = environment.folder;
    assert.match(await environment.output(['sh', '-c', 'echo $$']), /^\d+\n$/);
    assert.equal(await environment.output(['ls', '/dev/shm']), '');
    environment.start(['sleep', '1000']);
    const { status } = await environment.run(['sh', '-c', 'exit 7']);
    assert.equal(status, 7);
  }
  assert.equal(existsSync(folder), false);
});

test('the original traces the sample program inside', { skip: skipUnless('root', 'upstream') }, async () => {
  await using environment = await Environment.create();
  await environment.output(['lttng-sessiond', '--daemonize', '--no-kernel']);
  await environment.output(['lttng', 'create', 'demo', `--output=${environment.path('trace')}`]);
  await environment.output(['lttng', 'enable-event', '--userspace', 'sample:*']);
  await environment.output(['lttng', 'start']);
  const sample = environment.start([sampleProgram(), 'serve']);
  sample.write('ticks 1 10\n');
  await sample.printed(/done 10/);
  sample.write('kinds\n');
  await sample.printed(/done 30/);
  sample.write('quit\n');
  assert.equal((await sample.finished()).status, 0);
  await environment.output(['lttng', 'stop']);
  await environment.output(['lttng', 'destroy']);
  const text = await environment.output(['babeltrace2', environment.path('trace')]);
  assert.equal(text.trimEnd().split('\n').length, 40);
});
