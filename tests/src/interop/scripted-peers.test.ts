/**
 * Peers in Python that know nothing of this project: a producer and a live reader that follow a script, a proxy that
 * makes producers older, decoders of traffic and metadata. They lie beside the checkout (`../shared/peers`, or where
 * LTTNG_TS_PEERS says); without them the tests skip.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandOf, Environment, repositoryPath, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { startRelay } from '../harness/relay.ts';
import { assertEvents, Machine } from './network-machine.ts';

const folderOfPeers = process.env['LTTNG_TS_PEERS'] ?? repositoryPath('../shared/peers');
const skip =
  skipUnless('root', 'upstream', 'native') ||
  (existsSync(folderOfPeers) ? false : `no scripted peers: ${folderOfPeers}`);

/** What a relay daemon answers to the script, and the files that it has then. */
async function answersOf(side: Side) {
  await using environment = await Environment.create();
  const { folder } = await startRelay(environment, side);
  const script = repositoryPath('tests/programs/scripted-peers.py');
  const answers = await environment.output(['python3', script, folderOfPeers]);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort()
    .map((path) => {
      const hash = createHash('sha256').update(readFileSync(join(folder, path)));
      return `${path} ${hash.digest('hex')}`;
    });
  return { answers: answers.split('\n'), files };
}

test('a script of a producer and a live reader gets the same answers, and leaves the same files', {
  skip,
}, async () => {
  const [ours, upstream] = await Promise.all(sides.map(answersOf));
  assert.ok(upstream !== undefined && upstream.answers.length > 100 && upstream.files.length > 5);
  assert.deepEqual(ours, upstream);
});

for (const minor of [4, 8, 11]) {
  test(`original producers of 2.${minor} record on our relay daemon`, { skip }, async () => {
    await using machine = await Machine.open('upstream');
    const { environment } = machine;
    const folder = environment.path('relayed');
    const ports = ['control', 'data', 'live'].map(
      (name, at) => `--${name}-port=tcp://127.0.0.1:${7342 + at}`,
    );
    const relay = environment.start([
      commandOf('ours', 'lttng-relayd'),
      '-v',
      `--output=${folder}`,
      ...ports,
    ]);
    await relay.printed(/Ready/);
    const traffic = environment.path('traffic');
    const passages = [5342, 5343].map((port) => `${port}:${port + 2000}`);
    const proxy = ['python3', join(folderOfPeers, 'proxy.py'), traffic, ...passages];
    environment.start(proxy, { env: { FORCE_MINOR: String(minor) } });
    await environment.output(['sh', '-c', 'until ss -ltn | grep -q :5343; do sleep 0.02; done']);
    await machine.lttng('create', 'work', '--set-url=net://127.0.0.1/work');
    await machine.begin();
    await machine.ticks(1, 700);
    const rotated = await machine.tryLttng('rotate');
    assert.equal(rotated.status, minor < 11 ? 1 : 0, rotated.stderr);
    await machine.ticks(2, 40);
    await machine.lttng('destroy');
    await assertEvents(environment, join(folder, 'target/work'), [
      [1, 700],
      [2, 40],
    ]);
    const told = await environment.output(['python3', join(folderOfPeers, 'decode.py'), traffic]);
    const commandsOf = (name: string): number => [...told.matchAll(new RegExp(`-> ${name} `, 'g'))].length;
    assert.equal(commandsOf('CREATE_SESSION'), 1);
    assert.equal(commandsOf('CREATE_TRACE_CHUNK'), minor < 11 ? 0 : 2);
    assert.ok(commandsOf('SEND_INDEX') >= 2);
    assert.equal(told.includes(' v1.0)'), minor < 8);
    const [metadata = ''] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('/metadata'),
    );
    const text = await environment.output(['python3', join(folderOfPeers, 'md.py'), join(folder, metadata)]);
    assert.ok(text.startsWith('/* CTF 1.8 */\n') && text.includes('name = "sample:tick";'), text);
  });
}
