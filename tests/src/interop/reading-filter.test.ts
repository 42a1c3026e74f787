/**
 * The same events pass `babeltrace2 --filter EXPR` that a tracer records with `--filter EXPR`: one run of a program under
 * the original daemon, recorded without a filter and in a channel for each expression.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { commandOf, Environment, repositoryPath } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { verdictsProgram } from '../harness/programs.ts';
import { comparableLines, textsByChannel } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream');

/** Recorded from the original tracer with one event; here with many. */
const recorded = JSON.parse(
  readFileSync(repositoryPath('packages/filter/cases/verdict-expressions.json'), 'utf8'),
) as readonly string[];

const more: readonly string[] = [
  'i8 < 0',
  'u8 >= 200 || i32 == 0',
  'u32 < 0 || u32 >= 4000000000',
  'u64 > 0x7fffffff',
  'u64 < 0',
  'i64 <= -0x4000000000000001',
  'net16 == 0x700',
  'net16 > 255',
  'net64 == 0x700000000000000',
  'net64 < 0',
  'net64 & 0xff == 0 && net16 != 0',
  'dbl != 1.5',
  'dbl == dbl',
  'dbl != dbl',
  'dbl > 1e200 || dbl < -1e200',
  'dbl < flt',
  '-dbl > 0',
  '!dbl || i32 == 7',
  'dbl && 1',
  'flt == 0.1',
  // `!` of a floating point number means itself, except at the end.
  '!dbl == 0',
  '!!dbl',
  '!dbl && 1',
  '!flt || 0',
  '!-dbl == 0',
  '-!dbl == 0',
  '- -dbl == 7.5',
  '!(dbl > 1.0)',
  '!1.5 && i32',
  'str == ""',
  'str != ""',
  'str == txt',
  'str != "hello*"',
  'str <= "hello*"',
  'str > "t"',
  'str < "\\\\"',
  'str == "*\\\\**"',
  'str == "äö"',
  'str > "z"',
  'txt == "*"',
  'txt != "te*"',
  'txt >= "hello*"',
  'seq[0] == 10',
  'seq[0] < seq[1]',
  'seq[1] == 20 || i32 == 3',
  'seq[1] > 4294967294',
  'arr[2] > arr[1]',
  'arr[1] & 0xffff == 0xfffe',
  'en == 1 || en == 3',
  'en & 2',
  'i32 == 7 && str == "hello*" && dbl == 1.5',
  'i32 & 1 == 1 && (u8 | 0x80) == u8',
  'i32 ^ 7 == 0 || ~i32 == 0',
  'i64 << 1 == 0',
  'u64 >> 63 == 1 && i32 < 100',
  'i32 >> 31 == 0x1ffffffff',
  '+i32 == 7 || - i32 == 1',
  'i32 < 7.5 && i32 > -0.5',
  'i32',
  '!i32',
  '0x7fffffff == i32',
  '$ctx.vpid == $ctx.vtid',
  '$ctx.vpid != $ctx.vtid',
  '$ctx.procname == "verd*"',
  '$ctx.procname == "verdicts" && i32 > 0',
  '$ctx.procname != "*d*"',
  '$ctx.pthread_id > 0',
  '$ctx.pthread_id && i32',
  '$ctx.cpu_id >= 0',
  '$ctx.cpu_id < 0 || i8 == 0',
  '$ctx.vuid == 0 && $ctx.vegid == 0',
  '$ctx.mnt_ns > 0 && i32 == 1',
];

/** Elements beyond the end of a sequence: C reads what it finds there. */
const isComparable = (expression: string): boolean => !/seq\[2\]/.test(expression);

/** `seq[1]` of a sequence of one element or none is such an element, too; our reader rejects. */
const mayLack = (expression: string): boolean => /seq\[1\]/.test(expression);

const expressions = [...recorded, ...more].filter(isComparable);
const GROUP_SIZE = 36;

const CONTEXTS = ['vpid', 'vtid', 'procname', 'pthread_id', 'vuid', 'vegid', 'mnt_ns'];

const groups = Array.from({ length: Math.ceil(expressions.length / GROUP_SIZE) }, (_, i) =>
  expressions.slice(i * GROUP_SIZE, (i + 1) * GROUP_SIZE),
);

for (const [number, group] of groups.entries()) {
  test(`what a filter keeps is what a tracer records with it, group ${number + 1}`, { skip }, async (t) => {
    await using environment = await Environment.create();
    await startDaemon(environment, 'upstream');
    const whole = await TestSession.create(environment, 'upstream', { name: 'whole' });
    await whole.enableEvent('verdicts:*');
    const filtered = await TestSession.create(environment, 'upstream', { name: 'filtered' });
    const channels = group.map((_, i) => `c${i}`);
    await filtered.enableChannel(channels.join(','), '--subbuf-size=16384', '--num-subbuf=2');
    for (const [i, expression] of group.entries()) {
      await filtered.enableEvent('verdicts:*', `--channel=c${i}`, `--filter=${expression}`);
    }
    for (const session of [whole, filtered]) {
      await session.lttng(
        'add-context',
        '-u',
        `--session=${session.name}`,
        ...CONTEXTS.map((type) => `--type=${type}`),
      );
      await session.start();
    }
    await environment.output([verdictsProgram()]);
    for (const session of [whole, filtered]) await session.destroy();
    const texts = textsByChannel(filtered.folder);
    for (const [i, expression] of group.entries()) {
      await t.test(expression, async () => {
        const read = await environment.output([
          commandOf('ours', 'babeltrace2'),
          whole.folder,
          `--filter=${expression}`,
        ]);
        const expected = comparableLines(texts.get(`c${i}`) ?? '');
        const kept = comparableLines(read);
        if (mayLack(expression)) {
          assert.deepEqual(
            kept,
            expected.filter((line) => kept.includes(line)),
          );
          return;
        }
        assert.deepEqual(kept, expected);
      });
    }
  });
}
