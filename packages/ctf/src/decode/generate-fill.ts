/**
 * Filling columns: a generated loop over a run of event records that a walk has passed over. It takes those of one class,
 * and reads nothing but the fields that are wanted, up to the last of them.
 */
import { type Code, js, local } from './code.ts';
import { Generator, type Selection } from './generate.ts';
import type { StructureOperation } from './operations.ts';
import type { RecordColumns } from './record-columns.ts';
import type { Cursor } from './runtime.ts';

/** Numbers of texts, by their bytes. */
export interface TextNumbers {
  idOf(bytes: Uint8Array, p: number, end: number): number;
}

/** What columns are made of: {@link TextNumbers} in one of 32 bits. */
export type ColumnArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** Where rows go. */
export interface FillTarget {
  /** Values of each column. */
  readonly arrays: readonly ColumnArray[];
  /** Of columns of texts. */
  readonly dictionaries: readonly (TextNumbers | null)[];
  /** Clock values of the rows: low and high halves in turn. */
  readonly cycles: Uint32Array;
  readonly capacity: number;
  /** Rows that are filled. */
  count: number;
}

/**
 * Adds event records of class number `classNumber` from record `from` of a run on, until the target is full; gives the number
 * of the record to go on with. `header` reads a record's header where fields depend on it.
 */
export type Fill = (
  cursor: Cursor,
  run: RecordColumns,
  classNumber: number,
  from: number,
  target: FillTarget,
  header: (cursor: Cursor, p: number) => number,
) => number;

/** `selections`: columns by their numbers, for each of `roots`. */
export function generateFill(
  roots: readonly (StructureOperation | null)[],
  selections: readonly (Selection | null)[],
  needsHeader: boolean,
): Code {
  const generator = new Generator('skip');
  const last = selections.findLastIndex((selection) => selection !== null);
  const body = roots.slice(0, last + 1).map((root, i) => {
    if (root === null) return js``;
    const selection = selections[i] ?? null;
    return selection === null ? generator.field(root).code : generator.columns(root, selection, i === last);
  });
  const readHeader = needsHeader ? js`header(cursor, starts[i]);\n` : js``;
  return js`(cursor, run, classNumber, from, target, header) => {
const { view, bytes, slots } = cursor;
const { starts, bodies, classes, clockHigh, clockLow, count } = run;
const { cycles, capacity } = target;
${columnDeclarations(selections)}let n = target.count, i = from;
for (; i < count && n < capacity; i++) {
if (classes[i] !== classNumber) continue;
${readHeader}let p = bodies[i];
${generator.slotDeclarations()}${body}cycles[2 * n] = clockLow[i];
cycles[2 * n + 1] = clockHigh[i];
n++;
}
target.count = n;
return i;
}`;
}

/** The columns of a target and their dictionaries as variables. */
export function columnDeclarations(selections: readonly (Selection | null)[]): Code {
  const numbers = selections.flatMap((selection) => (selection === null ? [] : numbersIn(selection)));
  const declarations = numbers.map(
    (number) => js`const ${local('c', number)} = target.arrays[${number}];
const ${local('d', number)} = target.dictionaries[${number}];\n`,
  );
  return js`${declarations}`;
}

function numbersIn({ members }: Selection): readonly number[] {
  return [...members.values()].flatMap((wanted) =>
    typeof wanted === 'number' ? [wanted] : numbersIn(wanted),
  );
}
