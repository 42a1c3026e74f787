import assert from 'node:assert/strict';
import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { openTraceFolders } from './edge/node.ts';
import {
  type Message,
  memorySource,
  type Notice,
  noticeText,
  type OpenOptions,
  openTraces,
  PrettyPrinter,
  readMessages,
  type Trace,
} from './index.ts';
import { unwrap } from './stream/data-stream.ts';
import { mergeMessages } from './stream/merge.ts';

const folder = join(import.meta.dirname, '../traces/contexts/ust/uid/0/64-bit');

const files = ['metadata', 'channel_0', 'index/channel_0.idx'].map((name) =>
  readFileSync(join(folder, name)),
);

/** The trace, some bytes of one of its files changed; the same for each number. */
function mutated(run: number, file: number, options: OpenOptions = {}): readonly Trace[] {
  let seed = run + 1;
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % limit;
  };
  const copies = files.map((bytes) => Uint8Array.from(bytes));
  const target = copies[file]!;
  for (let i = 0; i <= run % 5; i++) target[random(target.length)] = random(256);
  const [metadata, source, index] = copies.map((bytes, i) => memorySource(`file ${i}`, bytes));
  assert.ok(metadata !== undefined && source !== undefined && index !== undefined);
  const dataStreams = [{ source, index }];
  return openTraces([{ path: '/', relativePath: '', metadata, dataStreams }], undefined, options);
}

test('mutated traces give event records or a FormatError, whatever is mutated', () => {
  let refused = 0;
  for (let run = 0; run < 600; run++) {
    try {
      const printer = new PrettyPrinter();
      for (const message of readMessages(mutated(run, run % 3))) {
        if (message.kind === 'event-record') printer.eventRecord(message);
      }
    } catch (error) {
      assert.ok(error instanceof FormatError, `run ${run}: ${String(error)}`);
      refused++;
    }
  }
  assert.ok(refused > 50, `refused=${refused}`);
});

/** Kinds of messages but event records, and how many of these. */
function outline(traces: readonly Trace[]): { readonly kinds: string; readonly events: number } {
  const kinds: string[] = [];
  let events = 0;
  for (const { kind } of readMessages(traces)) {
    if (kind === 'event-record') events++;
    else kinds.push(kind);
  }
  return { kinds: kinds.join(' '), events };
}

test('reading that continues after damage never throws, tells what it passed over and ends what it began', () => {
  let told = 0;
  for (let run = 0; run < 400; run++) {
    const file = 1 + (run % 2);
    const notices: Notice[] = [];
    const traces = mutated(run, file, { continuesAfterDamage: true, tell: (one) => notices.push(one) });
    const { kinds, events } = outline(traces);
    assert.match(kinds, /^((discarded-\S+ )*packet-beginning packet-end ?)*$/, `run ${run}`);
    assert.deepEqual(
      traces.flatMap((trace) => trace.notices),
      notices,
    );
    for (const notice of notices) assert.match(noticeText(notice), /^\w.*: file="file 1", /);
    let isDamaged = false;
    try {
      const whole = outline(mutated(run, file));
      assert.deepEqual({ kinds, events }, whole);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      isDamaged = true;
      told++;
    }
    assert.equal(
      notices.some(({ kind }) => kind === 'passed-over'),
      isDamaged,
      `run ${run}`,
    );
  }
  assert.ok(told > 10, `told=${told}`);
});

test('a data stream file beyond 2 GiB is read in windows', () => {
  const copy = mkdtempSync(join(tmpdir(), 'ctf-large-'));
  try {
    cpSync(join(folder, 'metadata'), join(copy, 'metadata'));
    const packet = readFileSync(join(folder, 'channel_0'));
    const packetSizeBytes = 3 * 2 ** 30;
    const first = Buffer.from(packet);
    first.writeBigUInt64LE(BigInt(packetSizeBytes) * 8n, 56);
    const file = openSync(join(copy, 'channel_0'), 'w');
    writeSync(file, first, 0, first.length, 0);
    writeSync(file, packet, 0, packet.length, packetSizeBytes);
    closeSync(file);
    const opened = openTraceFolders([copy]);
    let count = 0;
    for (const message of readMessages(opened.traces)) if (message.kind === 'event-record') count++;
    opened[Symbol.dispose]();
    assert.equal(count, 2 * 61);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test('short clock values carry when they go back', () => {
  assert.equal(unwrap(0x1_0000_0005n, 6n, 32), 0x1_0000_0006n);
  assert.equal(unwrap(0x1_0000_0005n, 4n, 32), 0x2_0000_0004n);
  assert.equal(unwrap(0x7ff_ffffn, 0n, 27), 0x800_0000n);
  assert.equal(unwrap(5n, 4n, 64), 4n);
});

test('messages of equal time come in the order of their data streams, not of the files', () => {
  const opened = openTraceFolders([join(folder, '../../../../../rotated')]);
  const dataStreams = opened.traces.flatMap((trace) => trace.dataStreams);
  const order = (sources: typeof dataStreams): string[] =>
    [...mergeMessages(sources.map(({ identity }) => ({ identity, batches: () => atOneTime(identity) })))].map(
      ({ dataStream }) => `${dataStream.dataStreamClass.id}/${dataStream.id}`,
    );
  const expected = ['0/0', '0/1', '1/0', '1/1'];
  assert.deepEqual(order(dataStreams), expected);
  assert.deepEqual(order([...dataStreams].reverse()), expected);
  opened[Symbol.dispose]();

  function* atOneTime(dataStream: Message['dataStream']): Generator<readonly Message[], void> {
    const packet = { dataStream, context: null, beginCycles: 1n, endCycles: 1n };
    yield [{ kind: 'packet-beginning', dataStream, packet, ns: 1n }];
  }
});
