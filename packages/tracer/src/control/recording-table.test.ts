import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecorderChannelId, Recording, Slot } from '@lttng-ts/native';
import { event, toDefinition } from '../definition.ts';
import type { Alignment } from '../encode/plan.ts';
import { type Field, i16, sequence, string, textArray, u8, u64 } from '../fields.ts';
import { EventRegistry } from './event-registry.ts';
import type { ControlPorts } from './ports.ts';
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
