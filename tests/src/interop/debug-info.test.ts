/**
 * Where events come from (`filter.lttng-utils.debug-info`): the program's state dump and the context `ip`, recorded by ours,
 * become functions and source lines; our reader prints what the original one prints. A Node.js program tells its modules,
 * too.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { type Language, samples } from '../harness/programs.ts';
import { lines } from '../harness/reading.ts';
import { record, startDaemon } from '../harness/recording.ts';

const skip = skipUnless('root', 'upstream', 'native');

/** The text of a trace by one side's `babeltrace2`, without what tells runs apart. */
async function textWith(environment: Environment, side: Side, folder: string): Promise<readonly string[]> {
  const text = await environment.output([
    commandOf(side, 'babeltrace2'),
    '--debug-info',
    '--no-delta',
    folder,
  ]);
  return lines(text);
}

async function recordedIn(language: Language, environment: Environment): Promise<string> {
  await startDaemon(environment, 'ours');
  const rules = [['sample:tick'], ['lttng_ust_statedump:*']];
  const { folder } = await record(
    environment,
    { side: 'ours', rules, contexts: ['vpid', 'ip'] },
    async () => {
      await environment.output([...samples[language](), 'ticks', '1', '3']);
    },
  );
  return folder;
}

test('addresses of a C program become its file and function, in both readers', { skip }, async () => {
  await using environment = await Environment.create();
  const folder = await recordedIn('c', environment);
  const [ours, upstream] = await Promise.all(sides.map((side) => textWith(environment, side, folder)));
  assert.deepEqual(ours, upstream);
  const ticks = ours?.filter((line) => line.includes('sample:tick')) ?? [];
  assert.equal(ticks.length, 3);
  for (const line of ticks) assert.match(line, /debug_info = \{ bin = "sample/);
});

test('the modules of a Node.js program are those that the kernel maps, in both readers', {
  skip,
}, async () => {
  await using environment = await Environment.create();
  const folder = await recordedIn('node', environment);
  const [ours, upstream] = await Promise.all(sides.map((side) => textWith(environment, side, folder)));
  assert.deepEqual(ours, upstream);
  const modules = ours?.filter((line) => line.includes('statedump:bin_info')) ?? [];
  for (const name of ['/node"', '/libc.so.6"', '/lttng-ts.node"'])
    assert.ok(
      modules.some((line) => line.includes(name)),
      `${name}: ${modules.join('\n')}`,
    );
  // No address in JavaScript: nothing to look up.
  const ticks = ours?.filter((line) => line.includes('sample:tick')) ?? [];
  assert.equal(ticks.length, 3);
});
