/**
 * Reads a trace with our reader or with one of the original ones. All print the same events to standard
 * output and tell losses on standard error.
 */
import { basename } from 'node:path';
import { PrettyPrinter, readColumns, readMessages } from '@lttng-ts/ctf';
import { openTraceFolders } from '@lttng-ts/ctf/node';
import type { Environment } from './environment.ts';

export interface ReaderOutput {
  readonly stdout: string;
  readonly stderr: string;
}

export type Reader = 'ours' | 'babeltrace2' | 'babeltrace';
export const readers: readonly Reader[] = ['ours', 'babeltrace2', 'babeltrace'];

/** What our reader prints for the traces below `folder`, in UTC. */
export function readWithOurs(folder: string): ReaderOutput {
  process.env['TZ'] = 'UTC';
  const printer = new PrettyPrinter();
  const stdout: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  using open = openTraceFolders([folder]);
  for (const message of readMessages(open.traces)) {
    if (message.kind === 'event-record') stdout.push(printer.eventRecord(message));
    else if (message.kind === 'discarded-event-records' || message.kind === 'discarded-packets') {
      stderr.push(printer.discarded(message));
    }
  }
  return { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** Ticks of the sample program below `folder`, stream by stream, each in order of time: all fields are decoded, no text is made. */
export function readTicks(folder: string, take: (writer: number, index: number) => void): void {
  using open = openTraceFolders([folder]);
  for (const { count, columns } of readColumns(open.traces, 'sample:tick', ['writer', 'index', 'text'])) {
    const [writers, indexes] = columns;
    for (let row = 0; row < count; row++) take(Number(writers?.values[row]), Number(indexes?.values[row]));
  }
}

/** What a reader prints for the traces below `folder`; a reader that fails is the test's failure. */
export async function readWith(
  environment: Environment,
  reader: Reader,
  folder: string,
): Promise<ReaderOutput> {
  if (reader === 'ours') return readWithOurs(folder);
  const { stdout, stderr, status } = await environment.run([reader, folder]);
  if (status !== 0) throw new Error(`${reader} ${folder}: status ${status}\n${stderr}`);
  return { stdout, stderr };
}

/** A text of babeltrace2 as babeltrace 1 prints it: without escapes in strings. */
export function asBabeltrace1(text: string): string {
  const plain: Readonly<Record<string, string>> = { n: '\n', t: '\t' };
  return text.replaceAll(/\\(.)/g, (_, letter: string) => plain[letter] ?? letter);
}

/** The lines of a reader's text without what differs from run to run: time, host, processor. */
export function comparableLines(text: string): readonly string[] {
  return lines(text).map((line) =>
    line.replace(/^\[[^\]]*\] \([^)]*\) \S+ /, '').replace(/cpu_id = \d+/, 'cpu_id = N'),
  );
}

/** The same, also without the values of fields that tell one process from another. */
export function withoutProcess(line: string): string {
  return line.replaceAll(/\b(vpid|vtid|pthread_id|ip) = [1-9]\d*/g, '$1 = N');
}

export function lines(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/**
 * Events that a reader says the tracer discarded, by what it prints on standard error. A count that goes back
 * (see `discardedOf`) is told as nearly 2^64 events: the sum is right all the same.
 */
export function discardedCount(stderr: string): number {
  const counts = [...stderr.matchAll(/discarded (\d+) events?\b/g)].map(([, count]) => BigInt(count ?? 0));
  return withoutOverflow(counts.reduce((sum, count) => sum + count, 0n));
}

/** A count of events without the 2^63 or 2^64 that a count which went back added to it. */
export function withoutOverflow(count: bigint): number {
  return Number(BigInt.asUintN(63, count));
}

/** The events below `folder` as our reader prints them, by channel. */
export function textsByChannel(folder: string): ReadonlyMap<string, string> {
  const printer = new PrettyPrinter();
  const texts = new Map<string, string>();
  using open = openTraceFolders([folder]);
  for (const message of readMessages(open.traces)) {
    if (message.kind !== 'event-record') continue;
    // A stream's file is named after its channel and processor, and counted where its size is limited.
    const channel = basename(message.dataStream.name).replace(/_\d+(_\d+)?$/, '');
    const text = Buffer.from(printer.eventRecord(message)).toString();
    texts.set(channel, (texts.get(channel) ?? '') + text);
  }
  return texts;
}
