import assert from 'node:assert/strict';
import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { openTraceFolders } from './edge/node.ts';
import { type Message, memorySource, openTraces, PrettyPrinter, readMessages } from './index.ts';
import { unwrap } from './stream/data-stream.ts';
import { mergeMessages } from './stream/merge.ts';

const folder = join(import.meta.dirname, '../traces/contexts/ust/uid/0/64-bit');

test('mutated traces give event records or a FormatError, whatever is mutated', () => {
  const files = ['metadata', 'channel_0', 'index/channel_0.idx'].map((name) =>
    readFileSync(join(folder, name)),
  );
  let seed = 1;
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % limit;
  };
  let refused = 0;
  for (let run = 0; run < 600; run++) {
    const copies = files.map((file) => Uint8Array.from(file));
    const target = copies[run % 3]!;
    for (let i = 0; i <= run % 5; i++) target[random(target.length)] = random(256);
    try {
      const [metadata, stream, index] = copies.map((bytes, i) => memorySource(`file ${i}`, bytes));
      assert.ok(metadata !== undefined && stream !== undefined && index !== undefined);
      const printer = new PrettyPrinter();
      const dataStreams = [{ source: stream, index }];
      for (const message of readMessages(
        openTraces([{ path: '/', relativePath: '', metadata, dataStreams }]),
      )) {
        if (message.kind === 'event-record') printer.eventRecord(message);
      }
    } catch (error) {
      assert.ok(error instanceof FormatError, `run ${run}: ${String(error)}`);
      refused++;
    }
  }
  assert.ok(refused > 50, `refused=${refused}`);
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
