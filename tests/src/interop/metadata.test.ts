/**
 * The metadata of a session is the original's text to the byte, for the same programs and commands. Masked:
 * the trace's UUID, the time of creation, the clock's offset.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { livesProgram, pluginLibrary, sampleProgram, samples, shapesProgram } from '../harness/programs.ts';
import { type Reader, readWith } from '../harness/reading.ts';
import { order, quit, startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');

function masked(metadata: string): string {
  return (
    metadata
      .replaceAll(/uuid = "[0-9a-f-]{36}"/g, 'uuid = "U"')
      .replace(/trace_creation_datetime = "\d{8}T\d{6}[+-]\d{4}"/, 'trace_creation_datetime = "T"')
      .replace(/offset = \d+;/, 'offset = N;')
      // Which build of ours it was.
      .replaceAll(/^\tlttng_ts_\w+ = .*\n/gm, '')
  );
}

/** The id of the stream class that a file's first packet names (offset of `stream_id` in LTTng's packet header). */
function streamIdOf(file: Uint8Array): number {
  return new DataView(file.buffer, file.byteOffset).getUint32(20, true);
}

/**
 * The text with the names of channels for their ids, and the declarations of streams and events in the order of
 * these names: the original makes the channels of an application in the order of a hash table.
 */
function inChannelOrder(metadata: string, session: TestSession): string {
  const names = readdirSync(session.path(0)).filter((file) => file.endsWith('_0'));
  const channels = new Map(
    names.map((file) => [String(streamIdOf(readFileSync(session.path(0, file)))), file.slice(0, -2)]),
  );
  const [head = '', ...declarations] = metadata.split(/^(?=(?:stream|event) \{)/m);
  const named = declarations.map((block) =>
    block
      .replace(/^\tstream_id = (\d+);/m, (_, id) => `\tstream_id = ${channels.get(id)};`)
      .replace(/^stream \{\n\tid = (\d+);/, (_, id) => `stream {\n\tid = ${channels.get(id)};`),
  );
  const channelOf = (block: string) => block.match(/id = ([a-z]\w*);/)?.[1] ?? '';
  // A stable sort: the order within a channel stays.
  return head + named.toSorted((a, b) => channelOf(a).localeCompare(channelOf(b))).join('');
}

/** The text that a session leaves, and the names of its files. */
interface Left {
  readonly metadata: string;
  readonly files: readonly string[];
}

interface Case {
  readonly title: string;
  /** Of the session. */
  readonly name?: string;
  readonly reader?: Reader;
  readonly work: (environment: Environment, session: TestSession) => Promise<void>;
}

async function leave(side: Side, { name = 'recording', reader = 'babeltrace2', work }: Case): Promise<Left> {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const session = await TestSession.create(environment, side, { name });
  await work(environment, session);
  await session.destroy();
  // A text that is equal but cannot be read would be of no use.
  await readWith(environment, reader, session.folder);
  return {
    metadata: inChannelOrder(masked(session.metadata()), session),
    files: readdirSync(session.folder, { recursive: true }).map(String).sort(),
  };
}

const cases: readonly Case[] = [
  {
    title: 'the sample program, every context',
    async work(environment, session) {
      await session.enableEvent('sample:*');
      await session.addContexts([
        ...['vpid', 'vtid', 'pthread_id', 'procname', 'ip'],
        ...['cgroup_ns', 'ipc_ns', 'mnt_ns', 'net_ns', 'pid_ns', 'time_ns', 'user_ns', 'uts_ns'],
        ...['vuid', 'veuid', 'vsuid', 'vgid', 'vegid', 'vsgid'],
      ]);
      await session.start();
      await environment.output([sampleProgram(), 'kinds']);
    },
  },
  {
    title: 'the sample program in Node.js',
    async work(environment, session) {
      await session.enableEvent('sample:*');
      await session.addContexts(['vpid', 'procname']);
      await session.start();
      await environment.output([...samples.node(), 'kinds']);
    },
  },
  {
    title: 'every tracepoint of a program with rarer macros, and of the library',
    name: 'a name with "quotes" and \\',
    async work(environment, session) {
      await session.enableEvent('--all');
      await session.start();
      await environment.output([shapesProgram()]);
    },
  },
  {
    title: 'several channels with contexts of their own',
    // babeltrace2 2.0 ends itself when it meets an application's context.
    reader: 'ours',
    async work(environment, session) {
      await session.enableChannel('first', '--subbuf-size=8192');
      await session.enableChannel('second,third', '--subbuf-size=4096', '--num-subbuf=8');
      await session.enableEvent('sample:tick', '--channel=second');
      await session.enableEvent('sample:*', '--channel=first', '--exclude=sample:enums');
      await session.enableEvent('sample:*', '--channel=third', '--loglevel=ERR');
      await session.addContexts(['vtid'], '--channel=third');
      await session.addContexts(['$app.some.provider:some_name'], '--channel=second');
      await session.addContexts(['procname']);
      await session.start();
      await environment.output([sampleProgram(), 'kinds']);
    },
  },
  {
    title: 'a program that runs already, and one that comes later',
    async work(environment, session) {
      const early = environment.start([sampleProgram(), 'serve']);
      await early.printed(/ready/);
      await session.enableEvent('sample:*');
      await session.start();
      await environment.output([shapesProgram()]);
      await session.enableEvent('shapes:*');
      await environment.output([shapesProgram()]);
      await order(early, 'kinds');
      await quit(early);
    },
  },
  {
    title: 'more events after a stop and another start',
    async work(environment, session) {
      await session.enableEvent('sample:tick');
      await session.start();
      const sample = environment.start([sampleProgram(), 'serve']);
      await order(sample, 'kinds');
      await session.stop();
      await order(sample, 'kinds');
      await session.enableEvent('sample:e*');
      await session.start();
      await order(sample, 'kinds');
      await session.stop();
      await session.enableEvent('sample:*');
      await session.start();
      await order(sample, 'kinds');
      await quit(sample);
    },
  },
  {
    title: 'a library that is loaded and unloaded',
    async work(environment, session) {
      await session.enableEvent('plugin:*');
      await session.start();
      const program = environment.start([livesProgram(), 'dlopen', pluginLibrary()]);
      for (const _ of [1, 2]) {
        await order(program, 'load');
        await order(program, 'unload');
      }
      program.process.stdin?.end();
      await program.finished();
    },
  },
  {
    title: 'no event',
    async work(environment, session) {
      await session.enableEvent('nothing:*');
      await session.addContexts(['vpid']);
      await session.start();
      await environment.output([sampleProgram(), 'kinds']);
    },
  },
];

for (const row of cases) {
  test(`metadata of ${row.title}`, { skip }, async () => {
    const [ours, upstream] = await Promise.all(sides.map((side) => leave(side, row)));
    assert.match(upstream?.metadata ?? '', /^\/\* CTF 1.8 \*\/\n/);
    assert.equal(ours?.metadata, upstream?.metadata);
    assert.deepEqual(ours?.files, upstream?.files);
  });
}
