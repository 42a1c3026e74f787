/** Programs that this daemon cannot trace are refused by name, and told of, while they run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipUnless } from '../harness/peers.ts';
import { until, World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');

const reasons: readonly (readonly [string, string])[] = [
  ['newer', 'UST ABI major 10 is not supported (only 8 and 9)'],
  ['older', 'UST ABI major 7 is not supported (only 8 and 9)'],
  ['narrow', '32-bit applications are not supported'],
  ['swapped', 'byte order differs from the session daemon'],
];

test('a wrong ABI, word size or byte order is refused by name in the log and in the list', {
  skip,
}, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const foreigners = reasons.map(([name]) => world.attack('foreigner', name));
  for (const foreigner of foreigners) await foreigner.printed(/refused/);
  await witness.emit();
  const { stdout, status } = await world.lttng('list', '--userspace');
  assert.equal(status, 0);
  for (const [name, reason] of reasons) {
    const [line] = await world.daemon.printed(
      new RegExp(`^.*Warning: Application refused: .*name="${name}".*$`, 'm'),
    );
    assert.ok(line.includes(`reason="${reason}"`), line);
    assert.match(stdout, new RegExp(`^PID: \\d+ - Name: ${name} - Reason: `, 'm'));
    assert.ok(stdout.includes(reason), stdout);
  }
  assert.match(stdout, /^PID: \d+ - Name: \S*sample\n {6}sample:/m);
  for (const foreigner of foreigners) foreigner.process.stdin?.end();
  for (const foreigner of foreigners) await foreigner.finished();
  await until('those that ended are listed no more', async () => {
    const { applications } = await world.control.call('application.list', { domain: 'ust' });
    return applications.some(({ refusal }) => refusal !== null) ? undefined : true;
  });
  await witness.prove();
});
