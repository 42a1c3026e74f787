/** Runs that read on from one of their event records: nothing is lost, nothing comes twice, whatever the window. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '@lttng-ts/base';
import { writeCtf2Metadata } from '../ctf2/write.ts';
import { Random } from '../testing/random.ts';
import { randomTraceClass } from '../testing/random-classes.ts';
import { writePacket } from '../testing/random-packets.ts';
import { writeTsdl } from '../tsdl/write.ts';
import { memorySource } from './byte-source.ts';
import type { DataStream } from './data-stream.ts';
import type { Message } from './messages.ts';
import type { Notice } from './notice.ts';
import { openTraces, type Trace } from './trace.ts';
import { WindowBudget } from './window-budget.ts';

interface Reading {
  /** Event records with their values, other messages by their kinds; how it ended. */
  readonly given: readonly string[];
  readonly goneBack: number;
}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part));

const lineOf = (message: Message): string =>
  message.kind === 'event-record'
    ? shown([message.cycles, message.eventRecordClass.name, message.specificContext, message.payload])
    : message.kind;

function read(dataStream: DataStream, goesBack: (count: number) => number | null): Reading {
  const given: string[] = [];
  let goneBack = 0;
  try {
    for (const item of dataStream.runs()) {
      if (item.kind !== 'event-record-run') {
        given.push(lineOf(item));
        continue;
      }
      for (;;) {
        given.push(...item.eventRecords().map(lineOf));
        const { count } = item;
        const index = goesBack(count);
        if (index === null || !item.readOn(index)) break;
        goneBack++;
        given.length -= count - index;
      }
    }
  } catch (error) {
    assert.ok(error instanceof FormatError);
    given.push(error.message);
  }
  return { given, goneBack };
}

/** Reads all data streams with and without going back to event records that were given; gives how often that was. */
function compare(open: (notices: Notice[]) => readonly Trace[], random: Random): number {
  const [straightNotices, notices]: [Notice[], Notice[]] = [[], []];
  const straight = open(straightNotices).flatMap(({ dataStreams }) => dataStreams);
  const again = open(notices).flatMap(({ dataStreams }) => dataStreams);
  let goneBack = 0;
  straight.forEach((dataStream, i) => {
    const reading = read(again[i]!, (count) =>
      random.oneIn(2) ? Math.ceil(count / 2) + random.below(Math.floor(count / 2) + 1) : null,
    );
    goneBack += reading.goneBack;
    assert.deepEqual(reading.given, read(dataStream, () => null).given);
  });
  // Damage is told with the number of event records in front of it.
  assert.deepEqual(notices, straightNotices);
  return goneBack;
}

test('random classes: reading on gives the same event records, and the same damage', () => {
  let goneBack = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Random(seed);
    const format = seed % 2 === 0 ? 'ctf-2' : 'ctf-1.8';
    const traceClass = randomTraceClass(random, format);
    const metadata = (format === 'ctf-2' ? writeCtf2Metadata : writeTsdl)(traceClass);
    const { packet } = writePacket(traceClass, random, { recordCount: 40 });
    if (random.oneIn(4)) packet[packet.length - 1 - random.below(20)]! ^= 1 << random.below(8);
    const folder = {
      path: '/trace',
      relativePath: '',
      metadata: memorySource('metadata', new TextEncoder().encode(metadata)),
      dataStreams: [{ source: memorySource('stream', packet), index: null }],
    };
    const open = (notices: Notice[]): readonly Trace[] =>
      openTraces([folder], new WindowBudget(64 << (seed % 5), seed % 3 > 0), {
        continuesAfterDamage: seed % 4 > 1,
        tell: (notice) => notices.push(notice),
      });
    try {
      goneBack += compare(open, random);
    } catch (error) {
      assert.ok(error instanceof Error);
      error.message = `seed=${seed}: ${error.message}`;
      throw error;
    }
  }
  assert.ok(goneBack > 100, `goneBack=${goneBack}`);
});
