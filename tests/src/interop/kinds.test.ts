/**
 * The matrix {C program, Node.js program} × {our daemon, the original} × {our reader, babeltrace2,
 * babeltrace 1}: every kind of field and the contexts of a process, recorded and read alike.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment, type Side, sides } from '../harness/environment.ts';
import { skipUnless } from '../harness/peers.ts';
import { type Language, languages, samples, shapesProgram } from '../harness/programs.ts';
import {
  asBabeltrace1,
  comparableLines,
  type Reader,
  type ReaderOutput,
  readers,
  readWith,
  withoutProcess,
} from '../harness/reading.ts';
import { startDaemon } from '../harness/recording.ts';
import { TestSession } from '../harness/test-session.ts';

const skip = skipUnless('root', 'upstream', 'native');
const CONTEXTS = ['vpid', 'vtid', 'pthread_id', 'procname', 'ip'];

interface Recorded {
  readonly pid: string;
  readonly texts: Readonly<Record<Reader, ReaderOutput>>;
}

/** Records one run of a program, and reads the trace with every reader. */
async function recordOnce(side: Side, pattern: string, command: readonly string[]): Promise<Recorded> {
  await using environment = await Environment.create();
  await startDaemon(environment, side);
  const session = await TestSession.create(environment, side);
  await session.enableEvent(pattern);
  await session.addContexts(CONTEXTS);
  await session.start();
  // The shell tells its pid and becomes the program.
  const words = ['sh', '-c', 'echo pid $$; exec "$@"', 'sh', ...command];
  const pid = (await environment.output(words)).match(/pid (\d+)/)?.[1] ?? '';
  await session.stop();
  await session.destroy();
  const texts = await Promise.all(
    readers.map(async (reader) => [reader, await readWith(environment, reader, session.folder)] as const),
  );
  return { pid, texts: Object.fromEntries(texts) as Recorded['texts'] };
}

/** Holds the readers of one trace against each other, to the byte. */
function assertReadersAgree({ texts }: Recorded): void {
  assert.deepEqual(texts.ours, texts.babeltrace2);
  assert.equal(texts.babeltrace.stdout, asBabeltrace1(texts.babeltrace2.stdout));
  assert.equal(texts.babeltrace2.stderr, '');
}

/** The events of a trace, comparable between runs. */
const eventsOf = ({ texts }: Recorded): readonly string[] =>
  comparableLines(texts.ours.stdout).map(withoutProcess);

const programs = [
  ...languages.map((language) => ({
    title: `of the sample program: ${language}`,
    pattern: 'sample:*',
    command: (): readonly string[] => [...samples[language](), 'kinds'],
    procname: { c: 'sample', node: 'node' }[language],
    hasAddresses: language === 'c',
    count: 30,
  })),
  {
    title: 'with rarer macros: c',
    pattern: 'shapes:*',
    command: () => [shapesProgram()],
    procname: 'shapes',
    hasAddresses: true,
    count: 20,
  },
  {
    title: "of lttng-ust's printf-like tracepoints: c",
    pattern: 'lttng_ust_trace*',
    command: () => [shapesProgram()],
    procname: 'shapes',
    hasAddresses: true,
    count: 2,
  },
];

for (const { title, pattern, command, procname, hasAddresses, count } of programs) {
  test(`every kind of field ${title}`, { skip }, async () => {
    const recordings = await Promise.all(sides.map((side) => recordOnce(side, pattern, command())));
    for (const recording of recordings) {
      assertReadersAgree(recording);
      const { pid, texts } = recording;
      const lines = comparableLines(texts.ours.stdout);
      assert.equal(lines.length, count);
      const context = new RegExp(
        `vpid = ${pid}, vtid = ${pid}, pthread_id = \\d{6,}, procname = "${procname}", ` +
          `ip = ${hasAddresses ? '[1-9]\\d{6,}' : '0'} }`,
      );
      for (const line of lines) assert.match(line, context);
    }
    const [first, ...others] = recordings.map(eventsOf);
    for (const other of others) assert.deepEqual(other, first);
  });
}

test('a Node.js program gives the events of its twin in C', { skip }, async () => {
  const payloadsOf = async (language: Language) => {
    const recorded = await recordOnce('ours', 'sample:*', [...samples[language](), 'kinds']);
    return eventsOf(recorded).map((line) => line.replace(/procname = .*?, ip = \w+/, ''));
  };
  const [inC, inNode] = await Promise.all(languages.map(payloadsOf));
  assert.equal(inC?.length, 30);
  assert.deepEqual(inNode, inC);
});
