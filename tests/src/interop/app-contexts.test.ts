/** Application contexts of Node.js and C programs, in records and in filters, beside programs that have none; under both daemons. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment, repositoryPath, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { appContextsProgram, sampleProgram } from '../harness/programs.ts';
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

/** What each record of `app-contexts.c` says: its text, the request, the price. */
function valuesInC(lines: readonly string[]): readonly string[] {
  const value = (line: string, name: string) =>
    new RegExp(`_app_shop_${name}_tag = \\( "_(\\w+)" : .*?_app_shop_${name} = \\{ (.*?) }`)
      .exec(line)
      ?.slice(1);
  return lines.map((line) =>
    [/text = "(\w+)"/.exec(line)?.[1], ...['request', 'price'].flatMap((name) => value(line, name))].join(
      ' ',
    ),
  );
}

const prices = [
  'none {',
  'int8 -1',
  'int16 -2',
  'int32 -3',
  'int64 -4',
  'uint8 5',
  'uint16 6',
  'uint32 7',
  'uint64 8',
  'float 8.5',
  'double 9.5',
  'string "dear"',
];
const requests = ['"r0"', '"a longer request"', '""', '"r3"'];
const rows = prices.map((price, index) => `tock string ${requests[index % 4]} ${price}`);

async function recordC(side: Side) {
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
  const program = environment.start([appContextsProgram(), 'early']);
  await program.printed(/done/);
  await environment.output([appContextsProgram(), 'late']);
  await session.stop();
  // While a program with a provider lives, and the provider with it.
  await session.destroy();
  program.process.stdin?.end();
  assert.equal((await program.finished()).status, 0);
  const texts = textsByChannel(session.folder);
  const linesOf = (channel: string): readonly string[] =>
    comparableLines(texts.get(channel) ?? '').map((line) => line.replaceAll(/(v[pt]id) = \d+/g, '$1 = N'));
  const theirs = await readWith(environment, 'babeltrace2', session.folder);
  assert.equal(comparableLines(theirs.stdout).length, [...texts.values()].flatMap(comparableLines).length);
  return {
    all: linesOf('all'),
    filtered: Object.keys(filters).map((channel) =>
      linesOf(channel).map((line) => /index = (-?\d+)/.exec(line)?.[1]),
    ),
  };
}

test('C programs give values of every type, also with a provider that comes and goes while they are recorded', {
  skip,
}, async () => {
  const [ours, upstream] = await Promise.all(sides.map(recordC));
  assert.ok(ours !== undefined && upstream !== undefined);
  assert.deepEqual(ours, upstream);
  assert.deepEqual(valuesInC(ours.all), [...rows, 'before none { none {', ...rows, 'after none { none {']);
  for (const line of ours.all)
    assert.match(line, /vtid = N }, { writer = [12], index = -?\d+, text = "\w+" }$/);
  const twice = (...indexes: readonly string[]) => [...indexes, ...indexes];
  assert.deepEqual(ours.filtered[0], twice('0', '3', '4', '7', '8', '11'));
  assert.deepEqual(ours.filtered[2], []);
  assert.deepEqual(ours.filtered[3], twice('3', '7', '11'));
});

test('a program that dies while its provider writes costs that record, not the session', {
  skip,
}, async () => {
  // The original daemon waits for that record for ever: its `destroy` never ends.
  await using environment = await Environment.create();
  await startDaemon(environment, 'ours');
  const session = await TestSession.create(environment, 'ours');
  await session.enableEvent('sample:tick');
  await session.addContexts(['$app.shop:request', '$app.shop:price']);
  await session.start();
  await environment.output([appContextsProgram(), 'early']);
  const { status } = await environment.run([appContextsProgram(), 'dying']);
  assert.notEqual(status, 0);
  await session.destroy();
  const { stdout } = await readWith(environment, 'babeltrace2', session.folder);
  assert.deepEqual(valuesInC(comparableLines(stdout)), [...rows, ...rows.slice(0, 2)]);
});
