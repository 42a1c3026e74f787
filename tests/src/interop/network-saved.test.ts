/** Saved sessions with outputs on relay daemons: both sides save the same, and load what the other has saved. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { maskDates, startRelay } from '../harness/relay.ts';
import { assertEvents, Machine } from './network-machine.ts';

const skip = skipUnless('root', 'upstream', 'native');

/** Network sessions of all kinds, as words of `lttng`. */
const SESSIONS: readonly (readonly string[])[] = [
  ['create', 'one-url', '--set-url=net://127.0.0.1/base/path'],
  ['enable-event', '--userspace', 'sample:*'],
  ['create', 'two-urls', '--ctrl-url=tcp://127.0.0.1:5342', '--data-url=tcp://127.0.0.1:5343'],
  ['enable-channel', '--userspace', 'c', '--buffers-pid'],
  ['create', 'following', '--live=200000', '--set-url=net://127.0.0.1'],
  ['enable-channel', '--userspace', 'c'],
  ['create', 'six', '--set-url=net6://[::1]:7000:7001'],
  ['create', 'snapshots', '--snapshot', '--set-url=net://127.0.0.1'],
  ['enable-channel', '--userspace', 'c'],
  ['create', 'more-snapshots', '--snapshot', '--no-output'],
  ['snapshot', 'add-output', '--name=far', '--max-size=4M', 'net://127.0.0.1/far'],
  ['create', 'scheduled', '--set-url=net://127.0.0.1'],
  ['enable-channel', '--userspace', 'c'],
  ['enable-rotation', '--timer=1h'],
];

/** Lines of each file, in an order that does not depend on that of channels. */
function saved(folder: string): readonly (readonly [string, readonly string[]])[] {
  const linesOf = (name: string): readonly string[] =>
    maskDates(readFileSync(join(folder, name), 'utf8'))
      .split('\n')
      .sort();
  return readdirSync(folder)
    .sort()
    .map((name) => [name, linesOf(name)]);
}

test('network sessions: both sides save the same, and load what the other has saved', { skip }, async () => {
  const filesOf = async (writer: Side) => {
    await using machine = await Machine.open(writer);
    const { environment } = machine;
    const { folder } = await startRelay(environment, 'ours');
    for (const words of SESSIONS) await machine.lttng(...words);
    await machine.lttng('save', `--output-path=${environment.path('first')}`);
    const files = saved(environment.path('first'));
    await machine.lttng('destroy', '--all');
    const loader = writer === 'ours' ? 'upstream' : 'ours';
    const other = await machine.replaceDaemon(loader);
    await other.lttng('load', `--input-path=${environment.path('first')}`);
    await other.lttng('save', `--output-path=${environment.path('second')}`);
    assert.deepEqual(saved(environment.path('second')), files, `loader: ${loader}`);
    // It records over the network.
    await other.lttng('start', 'one-url');
    await machine.ticks(5, 600);
    await other.lttng('destroy', 'one-url');
    await assertEvents(environment, join(folder, 'target/base/path'), [[5, 600]]);
    return files;
  };
  const [ours, upstream] = await Promise.all(sides.map(filesOf));
  assert.equal(ours?.length, 7);
  assert.deepEqual(ours, upstream);
});
