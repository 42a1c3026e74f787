/** What a terminal is told while `lttng stop` and `lttng destroy` wait for a disk that is full. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, Environment } from '../harness/environment.ts';
import { eventually } from '../harness/eventually.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { order, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');
/** What the line begins with, and what is told when it is over. */
const commands = {
  stop: { waiting: 'Waiting for data availability', end: /Tracing stopped for session recording/ },
  destroy: { waiting: 'Destroying session recording', end: /Session recording destroyed/ },
} as const;

for (const [command, { waiting, end }] of Object.entries(commands)) {
  test(`what is left is told on a terminal, and gone when it is over: ${command}`, { skip }, async () => {
    await using environment = await Environment.create();
    await startDaemon(environment, 'ours');
    const disk = environment.path('disk');
    await environment.output(['mkdir', disk]);
    await environment.output(['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
    const session = await TestSession.create(environment, 'ours', { folder: `${disk}/trace` });
    await session.enableChannel('small', '--subbuf-size=16k', '--num-subbuf=8');
    await session.enableEvent('sample:tick', '--channel=small');
    await session.start();
    const sample = environment.start([sampleProgram(), 'serve']);
    await sample.printed(/ready/);
    await eventually('the disk is full', async () => {
      await order(sample, 'ticks 1 2000');
      return (await session.lttng('status')).stdout.includes('Fault (ongoing): disk full') ? true : null;
    });
    // `script` gives it a terminal.
    const words = `${commandOf('ours', 'lttng')} ${command} ${session.name}`;
    const waits = environment.start(['script', '--quiet', '--return', '--command', words, '/dev/null']);
    await waits.printed(new RegExp(`${waiting}\\.+ \\(\\d+ streams?, \\d+(\\.\\d)? [KM]iB left\\)`));
    await environment.output(['mount', '-o', 'remount,size=16m', disk]);
    const { stdout, status } = await waits.finished();
    assert.equal(status, 0);
    const shown = stdout.split(/\r\n/).map((text) => text.split('\r\x1b[K').at(-1) ?? '');
    assert.match(shown[0] ?? '', new RegExp(`^${waiting}\\.*$`));
    assert.match(stdout, end);
    if (command === 'stop') await session.destroy();
  });
}
