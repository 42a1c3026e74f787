/**
 * Event rules select the same events under both daemons, in C and in Node.js: names with globs, exclusions,
 * log levels, filters of every kind. Each selection is a channel.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { languages, samples, shapesProgram } from '../harness/programs.ts';
import { comparableLines, textsByChannel } from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');

/** Rules of one channel: a pattern with its options each. */
type Selection = readonly (readonly string[])[];

const where = (pattern: string, filter: string): Selection => [[pattern, `--filter=${filter}`]];
const integers = (filter: string): Selection => where('sample:integers', filter);
const arrays = (filter: string): Selection => where('sample:arrays', filter);

/** How many of the sample program's events each selection takes; both languages and both daemons agree. */
const ofSample: readonly (readonly [selected: number, Selection])[] = [
  // Names.
  [30, [['*']]],
  [30, [['sample:*']]],
  [7, [['sample:e*']]],
  [28, [['s*:*s']]],
  [1, [['*:t*k']]],
  [0, [['sample']]],
  [0, [['sample:tic']]],
  [14, [['sample:*', '--exclude=sample:i*,sample:floats']]],
  [30, [['sample:*', '--exclude=other:*']]],
  [9, [['sample:integers'], ['sample:i*'], ['sample:*gers']]],
  // Log levels.
  [22, [['sample:*', '--loglevel=TRACE_INFO']]],
  [13, [['sample:*', '--loglevel=WARNING']]],
  [7, [['sample:*', '--loglevel-only=WARNING']]],
  [8, [['sample:*', '--loglevel-only=TRACE_DEBUG_LINE']]],
  [30, [['sample:*', '--loglevel=DEBUG']]],
  [0, [['sample:*', '--loglevel=EMERG']]],
  [15, [['sample:*', '--loglevel=TRACE_INFO', '--exclude=*:floats']]],
  // Comparisons.
  [1, integers('i32 == 1')],
  [8, integers('i8 != 127')],
  [4, integers('i64 > 0')],
  [5, integers('i64 >= 0')],
  [3, integers('i64 < 0 && i64 > -9223372036854775807')],
  // The constant is a negative number.
  [9, integers('u64 >= 0x8000000000000000')],
  [1, integers('hex == 0x1234')],
  [1, integers('i16 == 011064')],
  [1, integers('net == 0 && i32 != 0')],
  [3, integers('i32 > 0.5')],
  [1, where('sample:floats', 'd == 1.5')],
  [4, where('sample:floats', 'd > 0')],
  [1, where('sample:floats', 'f < -1.5 || d < -2.5e3')],
  [4, where('sample:floats', 'f == d')],
  [2, where('sample:enums', 'color == 5 || color < 0')],
  // Logic.
  [5, integers('i32 > 0 && i32 < 128 || i64 < -1')],
  [6, integers('!(i32 > 0 && i32 < 128)  && !(u8 == 255 && i64 != -1)')],
  [8, integers('i64')],
  [1, integers('!i64')],
  [5, integers('-i64 < 0')],
  [1, integers('+i8 == 127')],
  // Bits.
  [4, integers('(u16 & 0x30) == 0x30')],
  [4, integers('(u8 | 1) == 1')],
  [2, integers('~i8 == 0')],
  [1, integers('(i32 ^ 0x1234) == 0')],
  [4, integers('u32 >> 31 == 1')],
  [1, integers('u8 << 4 == 0x7f0')],
  // Arrays and sequences. Not beyond the end of a sequence: C reads there what it finds.
  [6, arrays('fixed[0] == 1')],
  [6, arrays('fixed[1] == -2 && fixed[2] > 2')],
  [0, arrays('fixed[1] > 0')],
  [5, arrays('dynamic[0] == 1')],
  // No field for filters, though it is one of the record.
  [0, arrays('_dynamic_length > 3')],
  // Strings.
  [6, arrays('fixedtext == "hello"')],
  [6, arrays('fixedtext == "hell*"')],
  [2, arrays('dynamictext == "hell*"')],
  [1, arrays('dynamictext == ""')],
  [5, arrays('dynamictext != "hel"')],
  [1, where('sample:*', 'text == "*umlaut*"')],
  [1, where('sample:tick', 'text == "quote*"')],
  [0, where('sample:tick', 'text == "quote\\*"')],
  [1, where('sample:tick', 'text != "tock"')],
  // Contexts.
  [30, where('sample:*', '$ctx.vpid > 1 && $ctx.vtid == $ctx.vpid')],
  [30, where('sample:*', '$ctx.procname != "nobody" && $ctx.pthread_id > 0')],
  [0, where('sample:*', '$ctx.procname == "nob*"')],
  [30, where('sample:*', '$ctx.cpu_id >= 0 && $ctx.vuid == 0 && $ctx.vegid == 0')],
  [30, where('sample:*', '$ctx.pid_ns > 0 && $ctx.net_ns != $ctx.mnt_ns')],
  [0, where('sample:*', '$app.provider:name == 1')],
  // What is not there, and several rules.
  [0, where('sample:*', 'nosuchfield == 1')],
  [0, where('sample:*', 'i8.member == 1')],
  [0, where('sample:tick', 'writer == "text"')],
  [2, [...integers('i8 == 127'), ...where('sample:i*', 'i8 == 52')]],
  [9, [...integers('i8 == 127'), ['sample:integer*']]],
];

/** Of the rarer macros, C alone: fields that are not written, wide numbers, elements in other orders. */
const ofShapes: readonly (readonly [selected: number, Selection])[] = [
  [2, where('shapes:hidden', 'secret > 1')],
  [2, where('shapes:hidden', 'secrettext == "odd"')],
  [1, where('shapes:hidden', 'secretfloat == 1.5')],
  [1, where('shapes:hidden', 'shown == -3')],
  [1, where('shapes:enums', 'wide >= 4294967296')],
  [4, where('shapes:elements', 'array_hex[1] == 0xff00')],
  [4, where('shapes:elements', 'array_network[0] == 0x3412 && array_network_hex[1] == 255')],
  [3, where('shapes:elements', 'sequence_network[0] == 0x3412 && sequence_hex[0] == 0x1234')],
  [1, where('shapes:texts', 'text == ""')],
  [1, where('shapes:texts', '_underscored == "0123456789*"')],
  [1, where('shapes:*', 'n == 2')],
  [1, [['shapes:left'], ['shapes:right', '--loglevel-only=DEBUG']]],
  [6, [['shapes:*', '--loglevel=DEBUG_PROGRAM', '--exclude=shapes:elements,shapes:*s'], ['shapes:c_*']]],
];

/** Channels of one session: what a machine has room for. */
const GROUP_SIZE = 24;

interface Group {
  readonly program: 'sample' | 'shapes';
  readonly selections: readonly (readonly [number, Selection])[];
}

const groups: readonly Group[] = (
  [
    ['sample', ofSample],
    ['shapes', ofShapes],
  ] as const
).flatMap(([program, all]) =>
  Array.from({ length: Math.ceil(all.length / GROUP_SIZE) }, (_, i) => ({
    program,
    selections: all.slice(i * GROUP_SIZE, (i + 1) * GROUP_SIZE),
  })),
);

const channelOf = (index: number): string => `c${index}`;

/** What the channels of one session hold after one run of each program: lines by channel and process name. */
async function select(
  side: Side,
  { program, selections }: Group,
): Promise<readonly ((procname: string) => readonly string[])[]> {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const session = await TestSession.create(environment, side);
  const channels = selections.map((_, index) => channelOf(index));
  await session.enableChannel(channels.join(','), '--subbuf-size=16384', '--num-subbuf=2');
  for (const [index, [, rules]] of selections.entries()) {
    for (const [pattern = '', ...options] of rules) {
      await session.enableEvent(pattern, `--channel=${channelOf(index)}`, ...options);
    }
  }
  await session.addContexts(['procname']);
  await session.start();
  if (program === 'shapes') await environment.output([shapesProgram()]);
  else for (const language of languages) await environment.output([...samples[language](), 'kinds']);
  await session.destroy();
  const texts = textsByChannel(session.folder);
  return selections.map((_, index) => {
    const lines = comparableLines(texts.get(channelOf(index)) ?? '');
    return (procname) =>
      lines
        .filter((line) => line.includes(`procname = "${procname}"`) && !line.startsWith('lttng_ust_'))
        .map((line) => line.replace(/procname = "\w+"/, ''));
  });
}

for (const [index, group] of groups.entries()) {
  test(`event rules select the same events everywhere, group ${index + 1}`, { skip }, async (t) => {
    const [ours, upstream] = await Promise.all(sides.map((side) => select(side, group)));
    assert.ok(ours !== undefined && upstream !== undefined);
    for (const [index, [selected, rules]] of group.selections.entries()) {
      await t.test(rules.map((rule) => rule.join(' ')).join(' + '), () => {
        const [mine, theirs] = [ours[index]!, upstream[index]!];
        const expected = theirs(group.program);
        assert.equal(expected.length, selected, 'C, the original daemon');
        assert.deepEqual(mine(group.program), expected, 'C, our daemon');
        if (group.program !== 'sample') return;
        assert.deepEqual(theirs('node'), expected, 'Node.js, the original daemon');
        assert.deepEqual(mine('node'), expected, 'Node.js, our daemon');
      });
    }
  });
}

test('many channels record one event of a Node.js program, with and without filters', { skip }, async () => {
  await using environment = await Environment.create();
  await startDaemon(environment, 'upstream');
  const session = await TestSession.create(environment, 'upstream');
  const channels = Array.from({ length: 50 }, (_, index) => channelOf(index));
  await session.enableChannel(channels.join(','), '--subbuf-size=4096', '--num-subbuf=2');
  const countOf = (index: number): number => (index % 3 === 2 ? 4 : index % 4);
  for (const [index, channel] of channels.entries()) {
    const filter = index % 3 === 2 ? [] : [`--filter=index < ${countOf(index)}`];
    await session.enableEvent('sample:tick', `--channel=${channel}`, ...filter);
  }
  await session.start();
  await environment.output([...samples.node(), 'ticks', '1', '4']);
  await session.destroy();
  const texts = textsByChannel(session.folder);
  for (const [index, channel] of channels.entries()) {
    assert.equal(comparableLines(texts.get(channel) ?? '').length, countOf(index), channel);
  }
});
