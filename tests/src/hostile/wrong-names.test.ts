/** Sessions, channels, options and filters that are not there or make no sense: said clearly, with upstream's codes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skipUnless } from '../harness/peers.ts';
import { World } from './world.ts';

const skip = skipUnless('root', 'upstream', 'native');
const EVENT = ['enable-event', '--userspace', '--session=victim'];

/** Words, exit code, and what must be said. */
const mistakes: readonly (readonly [readonly string[], number, RegExp])[] = [
  [['start', 'nobody'], 23, /Session name not found/],
  [['stop', 'nobody'], 23, /Session name not found/],
  [['destroy', 'nobody'], 23, /Session name nobody not found/],
  [['list', 'nobody'], 1, /Session 'nobody' not found/],
  [['list', 'victim', '--channel=nothing'], 1, /Channel nothing not found/],
  [['create', 'victim'], 1, /Session name already exists/],
  [['create', 'a/b'], 1, /./],
  [['list', '--nonsense'], 2, /list/],
  [['nonsense'], 2, /nonsense/],
  [['enable-channel', '--userspace', '--session=nobody', 'c'], 1, /Session name not found/],
  [
    ['enable-channel', '--userspace', '--session=victim', '--subbuf-size=banana', 'c'],
    1,
    /banana|subbuf-size/,
  ],
  [[...EVENT, '--filter=a ==', '*'], 106, /filter/i],
  [[...EVENT, '--filter=)(', '*'], 106, /filter/i],
  [[...EVENT, `--filter=${'('.repeat(5000)}1${')'.repeat(5000)}`, '*'], 106, /filter/i],
  [[...EVENT, `--filter=${'a'.repeat(70_000)} == 1`, '*'], 106, /filter/i],
  [[...EVENT, '--channel=nothing', 'x'.repeat(300)], 97, /Invalid parameter/],
  [[...EVENT, '--loglevel=LOUD', '*'], 97, /LOUD/],
  [['add-context', '--userspace', '--session=victim', '--type=nothing'], 3, /nothing/],
  [['view', '/nonexistent'], 1, /nonexistent/],
];

test('mistakes are named and end with the codes of the original', { skip }, async () => {
  await using world = await World.create();
  const witness = await world.witness();
  const session = await world.session('victim');
  const faults: string[] = [];
  for (const [words, code, says] of mistakes) {
    const { status, stdout, stderr } = await world.lttng(...words);
    const shown = words.map((word) => word.slice(0, 60)).join(' ');
    if (status !== code)
      faults.push(`lttng ${shown}: status ${status}, not ${code}: ${stderr.slice(0, 200)}`);
    if (!says.test(stderr + stdout))
      faults.push(`lttng ${shown}: says ${stderr.slice(0, 200)}${stdout.slice(0, 200)}`);
  }
  assert.deepEqual(faults, []);
  await session.destroy();
  await witness.prove();
});
