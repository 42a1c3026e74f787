/** Real traces: our text against what babeltrace2 printed, and prints where it is installed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LttngError } from '@lttng-ts/base';
import { openTraceFolders } from './edge/node.ts';
import {
  findStart,
  lttngTraceHeaderOf,
  memorySource,
  openTraces,
  PrettyPrinter,
  packMetadata,
  parseMetadata,
  parseTraceClass,
  type ReadingStart,
  readMessages,
  type TraceClass,
  type TraceFolder,
  unpackMetadata,
  writeCtf2Metadata,
  writeLttngDataStreamClass,
  writeLttngEventRecordClass,
  writeLttngTraceHeader,
  writeTsdl,
} from './index.ts';

process.env['TZ'] = 'UTC';
const folder = join(import.meta.dirname, '../traces');
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'source')
  .map(({ name }) => name);
const hasBabeltrace = spawnSync('babeltrace2', ['--version']).status === 0;

function print(path: string): { out: Buffer; warnings: string } {
  const out: Uint8Array[] = [];
  const warnings: Uint8Array[] = [];
  const opened = openTraceFolders([path]);
  try {
    const printer = new PrettyPrinter();
    for (const message of readMessages(opened.traces)) {
      if (message.kind === 'event-record') out.push(printer.eventRecord(message));
      else if (message.kind === 'discarded-packets' || message.kind === 'discarded-event-records') {
        warnings.push(printer.discarded(message));
      }
    }
  } finally {
    opened[Symbol.dispose]();
  }
  return { out: Buffer.concat(out), warnings: Buffer.concat(warnings).toString() };
}

for (const name of names) {
  test(`trace ${name} reads as the recorded text says`, () => {
    const { out, warnings } = print(join(folder, name));
    assert.ok(out.equals(readFileSync(join(folder, `${name}.txt`))), 'text differs');
    const expected = readFileSync(join(folder, `${name}.err`), 'utf8').replaceAll('@TRACES@', folder);
    assert.equal(warnings, expected);
  });
}

test('all traces together read as babeltrace2 reads them', {
  skip: hasBabeltrace ? false : 'babeltrace2 is not installed',
}, () => {
  const theirs = spawnSync('babeltrace2', [folder], { env: { ...process.env, TZ: 'UTC' } });
  const ours = print(folder);
  assert.ok(ours.out.length > 100_000);
  assert.ok(ours.out.equals(theirs.stdout), 'text differs');
  assert.equal(ours.warnings, theirs.stderr.toString());
});

function metadataFiles(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/metadata'))
    .map((path) => join(folder, path));
}

test('metadata of LTTng, parsed and written again, has the same bytes', () => {
  const files = metadataFiles();
  assert.ok(files.length >= names.length);
  for (const file of files) {
    const { text } = unpackMetadata(readFileSync(file));
    const traceClass = parseTraceClass(text);
    const { byteOrder } = traceClass;
    const pieces = [writeLttngTraceHeader(lttngTraceHeaderOf(traceClass))];
    for (const {
      id,
      eventRecordCommonContext,
      eventRecordClasses,
    } of traceClass.dataStreamClasses.values()) {
      const commonContext = eventRecordCommonContext;
      pieces.push(writeLttngDataStreamClass({ id, eventHeader: 'large', commonContext }, byteOrder));
      for (const event of eventRecordClasses.values()) {
        pieces.push(writeLttngEventRecordClass(id, event, byteOrder));
      }
    }
    // Streams and events come as applications register: each piece is there once, and nothing else is.
    let rest = text;
    for (const piece of pieces) {
      assert.ok(rest.includes(piece), `missing in ${file}: ${piece}`);
      rest = rest.replace(piece, () => '');
    }
    assert.equal(rest, '');
  }
});

test('packed metadata unpacks to the same text', () => {
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';
  for (const byteOrder of ['little-endian', 'big-endian'] as const) {
    for (const length of [1, 4058, 4059, 4060, 10000]) {
      const text = 'x'.repeat(length);
      const file = packMetadata(text, { uuid, byteOrder });
      assert.equal(file.length, Math.ceil(length / (4096 - 37)) * 4096);
      assert.equal(unpackMetadata(file).text, text);
    }
  }
});

test('a trace cut at each byte gives the event records before the cut, then a clear error', () => {
  const path = join(folder, 'contexts/ust/uid/0/64-bit');
  const metadata = readFileSync(join(path, 'metadata'));
  const stream = readFileSync(join(path, 'channel_0'));
  const read = (size: number): { count: number; isDamaged: boolean } => {
    const trace: TraceFolder = {
      path,
      relativePath: '',
      metadata: memorySource('metadata', metadata),
      dataStreams: [{ source: memorySource('channel_0', stream.subarray(0, size)), index: null }],
    };
    let count = 0;
    try {
      for (const message of readMessages(openTraces([trace]))) if (message.kind === 'event-record') count++;
    } catch (error) {
      assert.ok(error instanceof LttngError, String(error));
      return { count, isDamaged: true };
    }
    return { count, isDamaged: false };
  };
  const whole = read(stream.length);
  assert.deepEqual(whole, { count: 61, isDamaged: false });
  let before = 0;
  for (let size = 1; size < stream.length; size += size < 2000 ? 1 : 97) {
    const { count, isDamaged } = read(size);
    assert.ok(isDamaged, `cut at ${size} was not noticed`);
    assert.ok(count >= before && count <= whole.count);
    before = count;
  }
});

test('metadata cut at each place is refused with a clear error or read', () => {
  const { text } = unpackMetadata(readFileSync(join(folder, 'every-field/ust/uid/0/64-bit/metadata')));
  for (let length = 0; length < text.length; length += 7) {
    try {
      parseTraceClass(text.slice(0, length));
    } catch (error) {
      assert.ok(error instanceof LttngError, String(error));
      assert.match(error.story, /line=\d+, column=\d+/);
    }
  }
});

/** Traces of LTTng with their metadata parsed and written anew by one of our writers, in `copy`. */
function rewriteMetadata(copy: string, write: (traceClass: TraceClass) => string): void {
  cpSync(folder, copy, { recursive: true });
  for (const path of readdirSync(copy, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('/metadata')) continue;
    const { traceClass } = parseMetadata(readFileSync(join(copy, path)));
    writeFileSync(join(copy, path), write(traceClass));
  }
}

for (const [format, write] of [
  ['TSDL', writeTsdl],
  ['CTF 2', writeCtf2Metadata],
] as const) {
  test(`traces with their metadata written anew as ${format} read as before`, () => {
    const copy = mkdtempSync(join(tmpdir(), 'ctf-rewritten-'));
    try {
      rewriteMetadata(copy, write);
      const { out } = print(copy);
      assert.ok(out.equals(print(folder).out), 'text differs');
      if (format === 'TSDL' && hasBabeltrace) {
        const theirs = spawnSync('babeltrace2', [copy], { env: { ...process.env, TZ: 'UTC' } });
        assert.equal(theirs.status, 0, theirs.stderr.toString());
        assert.ok(out.equals(theirs.stdout), 'babeltrace2 reads something else');
      }
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
}

test('reading from a packet in the middle gives the messages that reading all gives from there', () => {
  const opened = openTraceFolders([join(folder, 'rotated')]);
  let seeks = 0;
  for (const dataStream of opened.traces.flatMap(({ dataStreams }) => dataStreams)) {
    const eventTimes = (start: ReadingStart | null): (bigint | null)[] =>
      [...dataStream.messages(start)].filter(({ kind }) => kind === 'event-record').map(({ ns }) => ns);
    const all = eventTimes(null);
    const startAt = (time: bigint): ReadingStart | null => findStart(dataStream, (cycles) => cycles < time);
    for (const [number, { endCycles }] of dataStream.packets.entries()) {
      assert.ok(endCycles !== null);
      const start = startAt(endCycles);
      const rest = eventTimes(start);
      assert.deepEqual(rest, all.slice(all.length - rest.length));
      if (start !== null) seeks++;
      assert.ok((start?.packet ?? 0) <= number);
      assert.ok((startAt(endCycles + 1n)?.packet ?? 0) > number);
    }
    assert.equal(startAt(1n << 63n)?.packet, dataStream.packets.length);
  }
  assert.ok(seeks > 0);
  opened[Symbol.dispose]();
});

test('of a tracer whose times are right, only the header of a packet is read to begin behind it', () => {
  const path = join(folder, 'discarded/ust/uid/0/64-bit');
  const { text } = unpackMetadata(readFileSync(join(path, 'metadata')));
  const source = memorySource('channel_0', readFileSync(join(path, 'channel_0')));
  const startBehindFirst = (metadata: string) => {
    let readBytes = 0;
    const counting = {
      ...source,
      readInto: (offsetBytes: number, target: Uint8Array) => {
        const count = source.readInto!(offsetBytes, target);
        readBytes += count;
        return count;
      },
    };
    const traceFolder: TraceFolder = {
      path,
      relativePath: '',
      metadata: memorySource('metadata', new TextEncoder().encode(metadata)),
      dataStreams: [{ source: counting, index: null }],
    };
    const [dataStream] = openTraces([traceFolder])[0]!.dataStreams;
    readBytes = 0;
    const { endCycles, packetSizeBytes } = dataStream!.packets[0]!;
    const { packet, previous, counters, clock } = findStart(dataStream!, (cycles) => cycles <= endCycles!)!;
    const { context, beginCycles } = previous;
    const found = { packet, context, beginCycles, endCycles: previous.endCycles, counters, clock };
    return { found, isWholeRead: readBytes >= packetSizeBytes };
  };
  const known = startBehindFirst(text);
  const unknown = startBehindFirst(text.replace('"lttng-ust"', '"other-ust"'));
  assert.deepEqual(known.found, unknown.found);
  assert.deepEqual([known.isWholeRead, unknown.isWholeRead], [false, true]);
});
