/** Application contexts of Node.js programs, in records and in filters, beside C programs that have none; under both daemons. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment, repositoryPath, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { sampleProgram } from '../harness/programs.ts';
import { comparableLines, readWith, textsByChannel } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');
const program = [process.execPath, repositoryPath('tests/programs/node-contexts.mjs')];
const contexts = ['procname', '$app.shop:request', 'vpid', '$app.shop:price', '$app.shop:missing', 'vtid'];

const filters: Readonly<Record<string, string>> = {
  text: '$app.shop:request == "r*"',
  number: '$app.shop:price == 7 || $app.shop:price < 0',
  missing: '$app.shop:missing == 1',
  both: 'index > 0 && $app.shop:request == "r3"',
};

async function record(side: Side) {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const session = await TestSession.create(environment, side);
  await session.enableChannel('all', '--subbuf-size=16384');
  await session.enableEvent('sample:tick', '--channel=all');
  await session.addContexts(contexts, '--channel=all');
  for (const [channel, filter] of Object.entries(filters)) {
    await session.enableChannel(channel, '--subbuf-size=4096');
    await session.enableEvent('sample:tick', `--channel=${channel}`, `--filter=${filter}`);
  }
  await session.start();
  await environment.output([sampleProgram(), 'ticks', '3', '1']);
  await environment.output(program);
  await environment.output([sampleProgram(), 'ticks', '4', '1']);
  await session.destroy();
  const texts = textsByChannel(session.folder);
  const linesOf = (channel: string): readonly string[] =>
    comparableLines(texts.get(channel) ?? '').map((line) => line.replaceAll(/(v[pt]id) = \d+/g, '$1 = N'));
  // The original readers understand all of it.
  for (const reader of ['babeltrace2', 'babeltrace'] as const)
    await readWith(environment, reader, session.folder);
  return {
    all: linesOf('all'),
    filtered: Object.keys(filters).map((channel) =>
      linesOf(channel).map((line) => /index = (\d+)/.exec(line)?.[1]),
    ),
  };
}

test('contexts of the program are in its records, and filters ask them', { skip }, async () => {
  const [ours, upstream] = await Promise.all(sides.map(record));
  assert.ok(ours !== undefined && upstream !== undefined);
  assert.deepEqual(ours, upstream);
  assert.equal(ours.all.length, 8);
  // A tag, then the value; `{ }` is none.
  const valuesOf = (name: string) =>
    ours.all.map((line) => {
      const [, tag, value] =
        new RegExp(`_app_shop_${name}_tag = \\( "_(\\w+)" : .*?_app_shop_${name} = \\{ (.*?) \\}`).exec(
          line,
        ) ?? [];
      return `${tag} ${value}`;
    });
  const none = 'none {';
  assert.deepEqual(valuesOf('request'), [
    none,
    'string "r0"',
    'string "a longer request"',
    'string ""',
    'string "r3"',
    none,
    none,
    none,
  ]);
  assert.deepEqual(valuesOf('price'), [
    none,
    'int64 7',
    'double -1.5',
    'uint64 9223372036854775808',
    'int8 1',
    none,
    none,
    none,
  ]);
  assert.deepEqual(new Set(valuesOf('missing')), new Set([none]));
  // What comes after the values is where it belongs.
  for (const line of ours.all)
    assert.match(line, /vtid = N }, { writer = [1-4], index = \d, text = "\w+" }$/);
  // Integers are compared as signed ones, as in C.
  assert.deepEqual(ours.filtered, [['0', '3'], ['0', '1', '2'], [], ['3']]);
});
