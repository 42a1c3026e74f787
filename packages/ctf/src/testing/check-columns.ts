/**
 * For tests: columns of every field that has one, against the values that the reference decoder gives. Used on random classes,
 * recorded traces and the conformance suite.
 */
import assert from 'node:assert/strict';
import { FormatError } from '@lttng-ts/base';
import { columnKindOf } from '../columns/column-kind.ts';
import { readColumns } from '../columns/read-columns.ts';
import { setCodeGeneration } from '../decode/decoder.ts';
import { decodeText } from '../decode/text-encoding.ts';
import { type FieldValue, NEGATIVE_NAN, type StructureValue } from '../decode/values.ts';
import { type FieldClass, type StructureClass, textEncodingOf } from '../model/field-class.ts';
import type { DataStreamClass, EventRecordClass } from '../model/trace-class.ts';
import type { EventRecordMessage } from '../stream/messages.ts';
import type { Trace } from '../stream/trace.ts';

type Cell = number | bigint | string | boolean;

interface Leaf {
  /** As columns are asked for. */
  readonly name: string;
  readonly cellOf: (record: EventRecordMessage) => Cell;
}

/** Compares all columns of all events of `open()`, generated and not; gives how many values were compared. */
export function checkColumns(open: () => readonly Trace[]): number {
  try {
    setCodeGeneration(false);
    const slow = open();
    const names = new Set(
      slow.flatMap(({ traceClass }) =>
        [...traceClass.dataStreamClasses.values()].flatMap(({ eventRecordClasses }) =>
          [...eventRecordClasses.values()].flatMap(({ name }) => (name === null ? [] : [name])),
        ),
      ),
    );
    let count = 0;
    for (const name of names) {
      const leaves = commonLeaves(slow, name);
      setCodeGeneration(false);
      const expected = byReference(open(), name, leaves);
      assert.deepEqual(byColumns(open(), name, leaves), expected, `without generated functions: ${name}`);
      setCodeGeneration(true);
      const traces = open();
      assert.deepEqual(byColumns(traces, name, leaves), expected, name);
      // Few fields: others are passed over.
      const some = leaves.filter((_, i) => i % 3 === 1);
      assert.deepEqual(byColumns(traces, name, some), onlyOf(expected, leaves, some), name);
      count += expected.rows.length * leaves.length;
    }
    return count;
  } finally {
    setCodeGeneration(null);
  }
}

interface Outcome {
  /** Of each data stream, one after another: clock values and cells. */
  readonly rows: readonly (readonly Cell[])[];
  readonly fault: string | null;
}

function onlyOf({ rows, fault }: Outcome, leaves: readonly Leaf[], some: readonly Leaf[]): Outcome {
  const kept = [0, ...some.map((leaf) => leaves.indexOf(leaf) + 1)];
  return { rows: rows.map((row) => kept.map((i) => row[i]!)), fault };
}

function byReference(traces: readonly Trace[], name: string, leaves: readonly Leaf[]): Outcome {
  const rows: Cell[][] = [];
  const damages: string[] = [];
  const faultMessage = faultOf(() => {
    for (const dataStream of traces.flatMap(({ dataStreams }) => dataStreams)) {
      if (!hasClass(dataStream.identity.dataStreamClass, name)) continue;
      const byClass = new Map<EventRecordClass, Cell[][]>();
      const damage = faultOf(() => {
        for (const message of dataStream.messages()) {
          if (message.kind !== 'event-record' || message.eventRecordClass.name !== name) continue;
          const own = byClass.get(message.eventRecordClass) ?? [];
          byClass.set(message.eventRecordClass, own);
          own.push([message.cycles ?? -1n, ...leaves.map((leaf) => leaf.cellOf(message))]);
        }
      });
      if (damage !== null) damages.push(damage);
      for (const eventRecordClass of dataStream.identity.dataStreamClass.eventRecordClasses.values()) {
        rows.push(...(byClass.get(eventRecordClass) ?? []));
      }
    }
    const [fault] = traces.flatMap(({ faults }) => faults);
    if (fault !== undefined) throw fault;
  });
  return { rows, fault: damages[0] ?? faultMessage };
}

function byColumns(traces: readonly Trace[], name: string, leaves: readonly Leaf[]): Outcome {
  const rows: Cell[][] = [];
  const fault = faultOf(() => {
    const batches = readColumns(
      traces,
      name,
      leaves.map((leaf) => leaf.name),
      { batchRows: 50 },
    );
    for (const batch of batches) {
      const kept = batch.copy();
      for (let i = 0; i < kept.count; i++) {
        rows.push([kept.cycles?.[i] ?? -1n, ...kept.columns.map((column) => plainCell(column.at(i)))]);
      }
    }
  });
  return { rows, fault };
}

function faultOf(action: () => void): string | null {
  try {
    action();
    return null;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return error.message;
  }
}

const hasClass = ({ eventRecordClasses }: DataStreamClass, name: string): boolean =>
  [...eventRecordClasses.values()].some((eventRecordClass) => eventRecordClass.name === name);

/** Columns differ in types only: all integers are compared as bigints. */
const plainCell = (cell: Cell): Cell => (Number.isInteger(cell) ? BigInt(cell) : cell);

function cellOf(fieldClass: FieldClass, value: FieldValue): Cell {
  if (value === NEGATIVE_NAN) return Number.NaN;
  if (value instanceof Uint8Array) return decodeText(value, textEncodingOf(fieldClass) ?? 'none');
  if (typeof value === 'object') assert.fail('Not a value of a column');
  return plainCell(value);
}

/** Fields that every class called `name` has. */
function commonLeaves(traces: readonly Trace[], name: string): readonly Leaf[] {
  const byClass = new Map<EventRecordClass, readonly Leaf[]>();
  for (const { traceClass } of traces) {
    for (const dataStreamClass of traceClass.dataStreamClasses.values()) {
      for (const eventRecordClass of dataStreamClass.eventRecordClasses.values()) {
        if (eventRecordClass.name !== name) continue;
        byClass.set(eventRecordClass, leavesOf(eventRecordClass, dataStreamClass));
      }
    }
  }
  const [first, ...others] = [...byClass.values()];
  const isIn = (leaves: readonly Leaf[], leaf: Leaf): boolean =>
    leaves.some((each) => each.name === leaf.name);
  return (first ?? [])
    .filter((leaf) => others.every((leaves) => isIn(leaves, leaf)))
    .map((leaf) => ({
      name: leaf.name,
      cellOf: (record) => {
        const own = byClass.get(record.eventRecordClass)?.find((each) => each.name === leaf.name);
        assert.ok(own !== undefined);
        return own.cellOf(record);
      },
    }));
}

function leavesOf(
  { specificContext, payload }: EventRecordClass,
  { eventRecordCommonContext, packetContext }: DataStreamClass,
): readonly Leaf[] {
  const leaves = [
    ...membersOf('', payload, ({ payload: value }) => value),
    ...membersOf('$ctx.', specificContext, ({ specificContext: value }) => value),
    ...membersOf('$ctx.', eventRecordCommonContext, ({ commonContext: value }) => value),
    ...membersOf('$packet.', packetContext, ({ packet }) => packet.context),
  ];
  // The first of a name is what the name means.
  return leaves.filter((leaf, i) => leaves.findIndex(({ name }) => name === leaf.name) === i);
}

function membersOf(
  prefix: string,
  structure: StructureClass | null,
  valueOf: (record: EventRecordMessage) => StructureValue | null,
): readonly Leaf[] {
  return (structure?.members ?? []).flatMap(({ name, fieldClass }, i): readonly Leaf[] => {
    const own = (record: EventRecordMessage): FieldValue => valueOf(record)![i]!;
    if (fieldClass.kind === 'structure') {
      return membersOf(`${prefix}${name}.`, fieldClass, (record) => own(record) as StructureValue);
    }
    if (columnKindOf(fieldClass) === null) return [];
    return [{ name: `${prefix}${name}`, cellOf: (record) => cellOf(fieldClass, own(record)) }];
  });
}
