/**
 * For tests: columns of every field, against the values that the reference decoder gives. Used on random classes,
 * recorded traces and the conformance suite.
 */
import assert from 'node:assert/strict';
import { FormatError } from '@lttng-ts/base';
import type { Cell } from '../columns/column-batch.ts';
import { columnKindOf, isFlat } from '../columns/column-kind.ts';
import { readColumns } from '../columns/read-columns.ts';
import { setCodeGeneration } from '../decode/decoder.ts';
import { decodeText } from '../decode/text-encoding.ts';
import {
  type FieldValue,
  NEGATIVE_NAN,
  type OptionalValue,
  type StructureValue,
  type VariantValue,
} from '../decode/values.ts';
import { type FieldClass, type StructureClass, textEncodingOf } from '../model/field-class.ts';
import type { DataStreamClass, EventRecordClass } from '../model/trace-class.ts';
import type { EventRecordMessage } from '../stream/messages.ts';
import type { Trace } from '../stream/trace.ts';

interface Leaf {
  /** As columns are asked for. */
  readonly name: string;
  /** Whether a column of it has no parts. */
  readonly isFlat: boolean;
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
      // Fields with parts are filled in another way; others are passed over.
      const flat = leaves.filter(({ isFlat }) => isFlat);
      const third = (_: Leaf, i: number): boolean => i % 3 === 1;
      for (const some of [leaves, flat, flat.filter(third)]) {
        const wanted = onlyOf(expected, leaves, some);
        setCodeGeneration(false);
        assert.deepEqual(byColumns(open(), name, some), wanted, `without generated functions: ${name}`);
        setCodeGeneration(true);
        assert.deepEqual(byColumns(open(), name, some), wanted, name);
      }
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
function plainCell(cell: Cell): Cell {
  if (Array.isArray(cell)) return cell.map(plainCell);
  if (cell instanceof Uint8Array) return [...cell].map(BigInt);
  if (typeof cell === 'object' && cell !== null) {
    return Object.fromEntries(Object.entries(cell).map(([name, member]) => [name, plainCell(member)]));
  }
  return Number.isInteger(cell) ? BigInt(cell as number) : cell;
}

function cellOf(fieldClass: FieldClass, value: FieldValue): Cell {
  if (value === NEGATIVE_NAN) return Number.NaN;
  switch (fieldClass.kind) {
    case 'structure': {
      const members = value as StructureValue;
      return Object.fromEntries(
        fieldClass.members.map((member, i) => [member.name, cellOf(member.fieldClass, members[i]!)]),
      );
    }
    case 'optional': {
      const { content } = value as OptionalValue;
      return content === null ? null : cellOf(fieldClass.fieldClass, content);
    }
    case 'variant': {
      const { option, value: chosen } = value as VariantValue;
      return cellOf(fieldClass.options[option]!.fieldClass, chosen);
    }
    case 'static-blob':
    case 'dynamic-blob':
      return plainCell(value as Uint8Array);
    case 'static-array':
    case 'dynamic-array':
      if (!fieldClass.isText) {
        return (value as readonly FieldValue[]).map((element) => cellOf(fieldClass.element, element));
      }
  }
  if (value instanceof Uint8Array) return decodeText(value, textEncodingOf(fieldClass) ?? 'none');
  return plainCell(value as Cell);
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
      ...leaf,
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
    const whole: Leaf = {
      isFlat: isFlat(columnKindOf(fieldClass)),
      name: `${prefix}${name}`,
      cellOf: (record: EventRecordMessage) => cellOf(fieldClass, own(record)),
    };
    if (fieldClass.kind !== 'structure') return [whole];
    const inner = membersOf(`${prefix}${name}.`, fieldClass, (record) => own(record) as StructureValue);
    return [whole, ...inner];
  });
}
