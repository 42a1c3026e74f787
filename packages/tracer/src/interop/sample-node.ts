/**
 * The sample program of the tests in JavaScript: the tracepoints of `tests/programs/sample.c`, so that traces of both can
 * be compared line by line. It takes the same arguments, and some of its own:
 *
 *   ticks WRITER COUNT   COUNT ticks
 *   kinds                one event of every kind, several values
 *   exit MODE            one tick, then the process ends: return, exit, throw, abort-worker
 *   threads COUNT        COUNT ticks in the main thread and in each of two worker threads
 *   serve                obeys lines of standard input: "ticks WRITER COUNT", "kinds", "define", "busy MS", "quit"
 */
import process from 'node:process';
import { createInterface } from 'node:readline';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import {
  array,
  defineEnumeration,
  defineProvider,
  event,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  sequence,
  string,
  textArray,
  textSequence,
  u8,
  u16,
  u32,
  u64,
} from '../index.ts';

const entries = { RED: 0, GREEN: [1, 5], BLUE: 'auto', NEGATIVE: -3 } as const;
const color = defineEnumeration('color', entries);
const narrowColor = defineEnumeration('color', entries, { container: i8 });

const sample = defineProvider('sample', {
  tick: event({ fields: [i32('writer'), i64('index'), string('text')] }),
  integers: event({
    level: 'INFO',
    fields: [
      i8('i8'),
      u8('u8'),
      i16('i16'),
      u16('u16'),
      i32('i32'),
      u32('u32'),
      i64('i64'),
      u64('u64'),
      u32('hex', { base: 16 }),
      u16('net', { byteOrder: 'network' }),
      u32('nethex', { byteOrder: 'network', base: 16 }),
    ],
  }),
  floats: event({ level: 'WARNING', fields: [f32('f'), f64('d')] }),
  arrays: event({
    level: 'ERR',
    fields: [
      array('fixed', i32, 3),
      sequence('dynamic', i32, { length: u8 }),
      textArray('fixedtext', 5),
      textSequence('dynamictext', { length: u64 }),
    ],
  }),
  enums: event({ fields: [color('color'), narrowColor('narrow')] }),
  empty: event({ modelEmfUri: 'http://example.org/empty' }),
});

function ticks(writer: number, count: number): void {
  for (let i = 0; i < count; i++) sample.tick(writer, i, 'tock');
  if (isMainThread) console.log(`done ${count}`);
}

function swap(value: number, sizeBytes: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes.readUIntBE(0, sizeBytes);
}

function kinds(): void {
  const integers = [0n, 1n, -1n, 127n, -128n, 0x1234n, -(2n ** 31n), 2n ** 63n - 1n, -(2n ** 63n)];
  for (const n of integers) {
    const low = Number(BigInt.asIntN(32, n));
    // C takes network integers as they are in memory: the same bytes from a number in host order.
    sample.integers(low, low, low, low, low, low, n, n, low, swap(low, 2), swap(low, 4));
  }
  for (const d of [0, -0, 1.5, -2.25, 1e300, 1e-5, Number('3.14159265358979')]) sample.floats(d, d);
  const numbers = [1, -2, 3, 4, 5];
  for (let i = 0; i <= 5; i++) {
    sample.arrays(numbers, new Int32Array(numbers).subarray(0, i), 'hello', 'hello'.slice(0, i));
  }
  for (const value of [0, 1, 5, 6, -3, 77]) sample.enums(value, value);
  sample.empty();
  sample.tick(7, -7, 'quote " backslash \\ newline \n tab \t umlaut ä');
  console.log('done 30');
}

/** Two worker threads load this module too, and record beside the main thread. */
async function threads(count: number): Promise<void> {
  const workers = [1, 2].map(
    (writer) => new Worker(new URL(import.meta.url), { workerData: { writer, count } }),
  );
  ticks(0, count);
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve))));
  console.log(`ended ${count}`);
}

function exit(mode: string): void {
  sample.tick(1, 1, 'last words');
  if (mode === 'exit') process.exit(0);
  if (mode === 'throw') throw new Error('on purpose');
}

async function serve(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const [order, first, second] = line.split(' ');
    if (order === 'ticks') ticks(Number(first), Number(second));
    if (order === 'kinds') kinds();
    if (order === 'define') {
      defineProvider('late', { hello: event({ fields: [u8('n')] }) }).hello(5);
      console.log('done 1');
    }
    if (order === 'busy') {
      // Holds the event loop, as a program that computes.
      const end = performance.now() + Number(first);
      while (performance.now() < end);
      console.log('done 0');
    }
    if (order === 'quit') break;
  }
  process.stdin.destroy();
}

async function main([order = '', first = '', second = '']: readonly string[]): Promise<void> {
  console.log('ready');
  if (order === 'ticks') ticks(Number(first), Number(second));
  else if (order === 'kinds') kinds();
  else if (order === 'threads') await threads(Number(first));
  else if (order === 'exit') exit(first);
  else if (order === 'serve') await serve();
  else process.exitCode = 2;
}

if (isMainThread) await main(process.argv.slice(2));
else if (workerData?.writer !== undefined) ticks(workerData.writer, workerData.count);
