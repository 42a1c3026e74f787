import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecorderChannelId, Recording, Slot } from '@lttng-ts/native';
import { event, toDefinition } from '../definition.ts';
import type { Alignment } from '../encode/plan.ts';
import { type Field, i16, sequence, string, textArray, u8, u64 } from '../fields.ts';
import { EventRegistry } from './event-registry.ts';
import type { ControlPorts, FilterUpdate } from './ports.ts';
import { RecordingTable } from './recording-table.ts';

const SLOT = 3 as Slot;

/** The recording that is attached for an event with these fields. */
function recordingOf(fields: readonly Field<unknown>[], alignment: Alignment): Recording | undefined {
  let attached: readonly Recording[] = [];
  const ports = {
    recorder: { setRecordings: (_: Slot, list: readonly Recording[]) => (attached = list) },
  } as unknown as ControlPorts;
  const registry = new EventRegistry();
  const eventClass = registry.add(SLOT, toDefinition('shop', 'order', event({ fields })));
  assert.ok(eventClass !== null);
  const table = new RecordingTable(ports, alignment);
  table.set(eventClass, {}, { channel: 1 as RecorderChannelId, eventId: 5, filters: null });
  return attached[0];
}

test('a payload starts where its widest value may, on machines that align', () => {
  const cases: readonly (readonly [readonly Field<unknown>[], number])[] = [
    [[], 1],
    [[u8('a'), string('b'), textArray('c', 9)], 1],
    [[i16('a'), u8('b')], 2],
    [[sequence('a', u8)], 4],
    [[sequence('a', u64, { length: u8 })], 8],
  ];
  for (const [fields, expected] of cases) {
    assert.equal(recordingOf(fields, 'natural')?.payloadAlignBytes, expected);
    assert.equal(recordingOf(fields, 'packed')?.payloadAlignBytes, 1);
  }
});

/** A table whose recorder keeps what is set, by slot. */
function createTable(freeSlots: number) {
  const set = new Map<number, { readonly bits: readonly number[]; readonly flags: number }>();
  const filters: FilterUpdate[] = [];
  const log: string[] = [];
  let lastSlot = 100;
  const ports = {
    recorder: {
      allocateSlot: () => {
        if (lastSlot >= 100 + freeSlots) throw new Error('ENOSPC');
        return ++lastSlot;
      },
      setRecordings: (slot: Slot, list: readonly Recording[], flags: number) =>
        set.set(slot, { bits: list.map(({ bit }) => bit), flags }),
    },
    threads: { publishFilters: (update: FilterUpdate) => filters.push(update) },
    log: (message: string) => log.push(message),
  } as unknown as ControlPorts;
  const registry = new EventRegistry();
  const eventClass = registry.add(SLOT, toDefinition('shop', 'order', event({ fields: [] })));
  assert.ok(eventClass !== null);
  const table = new RecordingTable(ports, 'packed');
  const bytecode = { bytes: new Uint8Array(), relocationOffsetBytes: 0, sequenceNumber: 0n };
  const owners = Array.from({ length: 100 }, () => ({}));
  const wish = (channel: number, isFiltered: boolean) => ({
    channel: channel as RecorderChannelId,
    eventId: channel,
    filters: isFiltered ? [bytecode] : null,
  });
  const attach = (index: number, isFiltered: boolean) =>
    table.set(eventClass, owners[index]!, wish(index, isFiltered));
  const detach = (index: number) => table.set(eventClass, owners[index]!, null);
  return { set, filters, log, table, eventClass, attach, detach };
}

test('recordings with filters that the word has no bit for are in further slots', () => {
  const { set, filters, attach, detach, table, eventClass } = createTable(9);
  for (let i = 0; i < 50; i++) attach(i, true);
  const own = Array.from({ length: 15 }, (_, i) => 16 + i);
  const all = Array.from({ length: 32 }, (_, i) => i);
  assert.deepEqual(set.get(SLOT), { bits: own, flags: 2 ** 31 });
  assert.deepEqual(set.get(101), { bits: all, flags: 0 });
  assert.deepEqual(set.get(102), { bits: [0, 1, 2], flags: 0 });
  assert.deepEqual(
    filters.slice(14, 16).map(({ furtherSlot, bit, slots }) => [furtherSlot, bit, slots]),
    [
      [null, 30, [SLOT]],
      [101, 0, [SLOT]],
    ],
  );
  // A thread that comes later learns all of them.
  filters.length = 0;
  table.include(eventClass, 4 as Slot);
  assert.equal(filters.length, 50);
  assert.deepEqual(set.get(4), set.get(SLOT));
  for (let i = 15; i < 50; i++) detach(i);
  assert.deepEqual(set.get(SLOT), { bits: own, flags: 0 });
  assert.deepEqual(set.get(101), { bits: [], flags: 0 });
});

test('recordings without filters share bits', () => {
  const { set, attach } = createTable(0);
  for (let i = 0; i < 40; i++) attach(i, false);
  const bits = set.get(SLOT)?.bits ?? [];
  assert.equal(bits.length, 40);
  assert.ok(bits.every((bit) => bit < 16));
});

test('a program without free slots runs on without the recordings that need one', () => {
  const { set, log, attach } = createTable(0);
  for (let i = 0; i < 17; i++) attach(i, true);
  assert.equal(set.get(SLOT)?.bits.length, 15);
  assert.equal(log.length, 2);
});
