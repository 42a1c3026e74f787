/** No descriptors, no memory, names that are made to confuse: refusals with their reason, and no crash. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerError } from '@lttng-ts/base';
import { skipUnless } from '../harness/peers.ts';
import { order } from '../harness/recording.ts';
import { HostileSession } from './hostile-session.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const DESCRIPTORS = 64;

test('connections that stay silent do not take all descriptors', { skip }, async () => {
  await using world = await World.create({ limits: `ulimit -n ${DESCRIPTORS}` });
  const witness = await world.witness();
  const flood = world.attack('flood', '/run/lttng/lttng-ust-sock-8', '300');
  await world.daemon.printed(/Connection dropped: .*a later connection of the same user takes its place/);
  await witness.emit();
  await flood.printed(/held/);
  // Those that were not pushed out are still there.
  const late = await world.sample();
  const session = await world.session('victim');
  await order(late, 'ticks 1 100');
  await session.stop();
  await session.destroy();
  assert.equal((await session.read()).events.length, 100);
  await witness.prove();
});

test('a daemon without descriptors refuses sessions, and serves again when it has some', {
  skip,
}, async () => {
  await using world = await World.create({ limits: `ulimit -n ${DESCRIPTORS}` });
  const witness = await world.witness();
  const late = await world.sample();
  // Sessions until their buffers have no descriptors left.
  const started: HostileSession[] = [];
  for (let count = 0; ; count++) {
    assert.ok(count < DESCRIPTORS, 'descriptors have no end');
    const session = await HostileSession.create(world, `victim-${count}`, {});
    try {
      await session.start();
      started.push(session);
    } catch (error) {
      assert.ok(error instanceof PeerError, String(error));
      await session.destroy();
      break;
    }
  }
  await world.daemon.printed(/Session does not start: .*EMFILE/);
  await order(late, 'ticks 1 100');
  for (const session of started) {
    await session.stop();
    await session.destroy();
    assert.equal((await session.read()).events.length, 100);
  }
  const again = await world.session('again');
  await order(late, 'ticks 1 100');
  await again.stop();
  await again.destroy();
  assert.equal((await again.read()).events.length, 100);
  await witness.prove();
});

test('buffers for which there is no memory are refused', { skip }, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const [, consumer = ''] = await world.daemon.printed(/Consumer started: uid=0, pid=(\d+)/);
  const { stdout } = await world.environment.run(['ps', '-o', 'vsz=', '-p', consumer]);
  const limitBytes = (Number(stdout) + (64 << 10)) * 1024;
  await world.environment.output(['prlimit', '--pid', consumer, `--as=${limitBytes}:${limitBytes}`]);
  const attributes = { subbufferSizeBytes: 64 << 20, subbufferCount: 4 };
  const large = await HostileSession.create(world, 'large', { attributes });
  await assert.rejects(large.start(), (error: unknown) => {
    assert.ok(error instanceof PeerError, String(error));
    assert.equal(error.peerName, 'NOMEM');
    return true;
  });
  await large.destroy();
  await world.daemon.printed(/Session does not start: .*ENOMEM/);
  const small = await world.session('small', {
    attributes: { subbufferSizeBytes: 4096, subbufferCount: 4 },
  });
  await witness.emit();
  await small.stop();
  await small.destroy();
  await witness.prove();
});

const CONFUSING_NAME = '\x1b[2J\n<&"\'\\x';

test('names of programs neither move the cursor nor break a line or the XML', { skip }, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const confusing = world.attack('foreigner', 'newer', CONFUSING_NAME);
  await confusing.printed(/refused/);
  const { stdout } = await world.lttng('list', '--userspace');
  assert.doesNotMatch(stdout, /\x1b/);
  assert.equal(stdout.split('\n').filter((line) => line.includes('Reason: ')).length, 1);
  assert.match(stdout, /^PID: \d+ - Name: .*Reason: UST ABI major 10/m);
  await world.daemon.printed(/Application refused: /);
  assert.doesNotMatch(world.daemon.stderr, /\x1b/);
  const mi = await world.lttng('--mi=xml', 'list', '--userspace');
  assert.equal(mi.status, 0);
  const checked = await world.environment.run(['xmllint', '--noout', '-'], { input: mi.stdout });
  assert.equal(checked.status, 0, checked.stderr);
  const json = await world.lttng('--mi=json', 'list', '--userspace');
  assert.ok(JSON.parse(json.stdout));
  await witness.prove();
});
