/**
 * Where the values of a column come from: a name that people write, looked up in an event record class. Names are those of
 * `babeltrace2 --filter`: `field`, `struct.member`, `$ctx.vpid`, `$packet.cpu_id`.
 */
import { UsageError } from '@lttng-ts/base';
import type { Selection } from '../decode/generate.ts';
import type { FieldValue, StructureValue } from '../decode/values.ts';
import type { FieldClass, StructureClass } from '../model/field-class.ts';
import type { DataStreamClass, EventRecordClass } from '../model/trace-class.ts';
import { type ColumnKind, columnKindOf } from './column-kind.ts';

/** Root structures of an event record in their order, and the context of its packet. */
export type ColumnRoot = 0 | 1 | 2 | 'packet';

export interface ColumnSource {
  readonly name: string;
  readonly root: ColumnRoot;
  /** Numbers of members on the way from the root structure. */
  readonly path: readonly number[];
  readonly fieldClass: FieldClass;
  readonly kind: ColumnKind;
}

const COMMON_CONTEXT = 0;
const SPECIFIC_CONTEXT = 1;
const PAYLOAD = 2;

/** Finds what `name` means. Throws `UsageError` when there is no such field. */
export function findSource(
  name: string,
  eventRecordClass: EventRecordClass,
  dataStreamClass: DataStreamClass,
): ColumnSource {
  const { specificContext, payload } = eventRecordClass;
  const { eventRecordCommonContext, packetContext } = dataStreamClass;
  const places: readonly (readonly [prefix: string, ColumnRoot, StructureClass | null])[] = [
    ['$ctx.', SPECIFIC_CONTEXT, specificContext],
    ['$ctx.', COMMON_CONTEXT, eventRecordCommonContext],
    ['$ctx.', 'packet', packetContext],
    ['$packet.', 'packet', packetContext],
    ['', PAYLOAD, payload],
  ];
  for (const [prefix, root, structure] of places) {
    if (!name.startsWith(prefix)) continue;
    const found = structure === null ? null : findMember(structure, name.slice(prefix.length));
    if (found === null) continue;
    return { name, root, kind: columnKindOf(found.fieldClass), ...found };
  }
  throw new UsageError(
    `No such field: name=${JSON.stringify(name)}, event=${JSON.stringify(eventRecordClass.name)}`,
  );
}

/** A member by its name, or by names with dots through structures; a whole name with dots in it goes first. */
function findMember(
  { members }: StructureClass,
  name: string,
): Pick<ColumnSource, 'path' | 'fieldClass'> | null {
  for (const [i, member] of members.entries()) {
    if (member.name === name) return { path: [i], fieldClass: member.fieldClass };
  }
  for (const [i, member] of members.entries()) {
    if (member.fieldClass.kind !== 'structure' || !name.startsWith(`${member.name}.`)) continue;
    const inner = findMember(member.fieldClass, name.slice(member.name.length + 1));
    if (inner !== null) return { path: [i, ...inner.path], fieldClass: inner.fieldClass };
  }
  return null;
}

/** The value at `path` below a root structure. */
export function valueAt(structure: StructureValue, path: readonly number[]): FieldValue {
  let value: FieldValue = structure;
  for (const member of path) value = (value as StructureValue)[member]!;
  return value;
}

interface GrowingSelection extends Selection {
  readonly members: Map<number, number | GrowingSelection>;
}

/** Members of each root structure with the numbers of their columns. */
export function selectionsOf(sources: readonly ColumnSource[]): readonly (Selection | null)[] {
  const roots: [GrowingSelection | null, GrowingSelection | null, GrowingSelection | null] = [
    null,
    null,
    null,
  ];
  for (const [number, { root, path }] of sources.entries()) {
    if (root === 'packet') continue;
    let selection = roots[root] ?? { members: new Map() };
    roots[root] = selection;
    for (const member of path.slice(0, -1)) {
      const known = selection.members.get(member);
      const inner: GrowingSelection = typeof known === 'object' ? known : { members: new Map() };
      selection.members.set(member, inner);
      selection = inner;
    }
    selection.members.set(path.at(-1)!, number);
  }
  return roots;
}
