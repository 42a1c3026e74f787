/**
 * The walk: one generated loop that passes over the event records of a packet and notes in columns where each begins, of
 * which class it is and when it was. Event record classes that the walk was generated for are passed over in the loop
 * itself, others by a call.
 *
 * What it cannot read (an unknown class, damage, an event record without bytes) ends it before that event record; the
 * reference decoder looks at it then.
 *
 * A walk may put fields of one class into rows of a table on its way; then it notes nothing about event records but how
 * many they were.
 */
import { type Code, js } from './code.ts';
import { CHECK, Generator, type HeaderTarget, type Selection } from './generate.ts';
import { columnDeclarations } from './generate-fill.ts';
import type { StructureOperation } from './operations.ts';

export interface WalkParts {
  readonly header: StructureOperation | null;
  /** Whether the header gives an id. */
  readonly hasId: boolean;
  /** Slots of the header that other root structures read. */
  readonly sharedSlots: ReadonlySet<number>;
  /** Classes to pass over in the loop: their number, and their root structures behind the header. */
  readonly classes: readonly {
    readonly index: number;
    readonly roots: readonly (StructureOperation | null)[];
  }[];
  readonly isNextOnByte: boolean;
  readonly table: WalkTable | null;
}

/** What goes into a table: fields of one class, which must be among the walk's classes. */
export interface WalkTable {
  readonly classIndex: number;
  /** Numbers of columns for each root structure. */
  readonly selections: readonly (Selection | null)[];
}

/** What a walk does besides passing over event records, of which the loop has passed over `passed`. */
interface WalkNotes {
  readonly begin: Code;
  readonly hasRoom: Code;
  readonly beforeBody: Code;
  /** Behind a whole event record; `passed` is not yet increased. */
  readonly add: Code;
  readonly end: Code;
}

const COLUMN_NOTES: WalkNotes = {
  begin: js`const { starts, bodies, classes, clockHigh, clockLow } = columns;
const length = classes.length;\n`,
  hasRoom: js`passed < length`,
  beforeBody: js`bodies[passed] = p;\n`,
  add: js`starts[passed] = start;
classes[passed] = k;
clockHigh[passed] = high;
clockLow[passed] = low;\n`,
  end: js`starts[passed] = start;
if (passed > 0) {
cursor.clockHigh = clockHigh[passed - 1];
cursor.clockLow = clockLow[passed - 1];
}\n`,
};

function tableNotes({ classIndex, selections }: WalkTable): WalkNotes {
  return {
    // `n` is the row.
    begin: js`const { cycles, capacity } = target;
${columnDeclarations(selections)}let n = target.count;
let lastHigh = cursor.clockHigh, lastLow = cursor.clockLow;\n`,
    hasRoom: js`n < capacity`,
    beforeBody: js``,
    add: js`lastHigh = high;
lastLow = low;
if (k === ${classIndex}) {
cycles[2 * n] = low;
cycles[2 * n + 1] = high;
n++;
}\n`,
    end: js`target.count = n;
cursor.clockHigh = lastHigh;
cursor.clockLow = lastLow;\n`,
  };
}

/** The clock in local variables. */
const WALK_HEADER: HeaderTarget = {
  setId: (value) => js`id = ${value};\n`,
  setClock: (high, low) => js`low = ${low};\nhigh = ${high};\nif (high > maxHigh) maxHigh = high;\n`,
  updateClock: (value, sizeBits) => {
    if (sizeBits > 32) {
      return js`cursor.clockHigh = high;
cursor.clockLow = low;
rt.updateWideClock(cursor, ${value}, ${sizeBits});
high = cursor.clockHigh;
low = cursor.clockLow;
if (high > maxHigh) maxHigh = high;\n`;
    }
    const carry = js`{ high = (high + 1) >>> 0; if (high > maxHigh) maxHigh = high; }`;
    if (sizeBits === 32) return js`if (${value} < low) ${carry}\nlow = ${value};\n`;
    const span = 2 ** sizeBits;
    return js`{
  const before = low & ${span - 1};
  low = low - before + ${value} + (${value} < before ? ${span} : 0);
  if (low > 4294967295) { low -= 4294967296; ${carry} }
}\n`;
  },
};

/**
 * `(cursor, from, columns, stream, limit, target) => end`: no event record is begun at `limit` or behind it. `target` is the
 * table, if there is one.
 */
export function generateWalk(parts: WalkParts): Code {
  const { header, hasId, sharedSlots, classes, isNextOnByte, table } = parts;
  const generator = new Generator('skip', sharedSlots, WALK_HEADER);
  const fields = header === null ? js`` : generator.field(header).code;
  const headerCode = js`${fields}${generator.toByte()}`;
  const find = hasId
    ? js`const k = id < indexes.length && indexes[id] >= 0 ? indexes[id] : stream.indexOf(id);
if (k < 0) break;\n`
    : js``;
  const findOnce = hasId ? js`` : js`const k = stream.indexOf(-1);\nif (k < 0) return from;\n`;
  const notes = table === null ? COLUMN_NOTES : tableNotes(table);
  return js`(cursor, from, columns, stream, limit, target) => {
const { view, bytes, slots } = cursor;
const { indexes, records } = stream;
${notes.begin}const end = bytes.length;
let p = from, start = from, passed = 0, calls = 0;
let high = cursor.clockHigh, low = cursor.clockLow, maxHigh = high;
${findOnce}try {
while (p < limit && ${notes.hasRoom}) {
let id = -1;
${generator.slotDeclarations()}${headerCode}${CHECK}${find}${notes.beforeBody}switch (k) {
${cases(classes, table, isNextOnByte)}default:
calls++;
p = records[k].skip(cursor, p);
}
if (p > end || p === start) break;
${notes.add}passed++;
start = p;
}
} catch (error) {
if (!rt.isDamage(error)) throw error;
}
columns.count = passed;
columns.isFull = !(${notes.hasRoom});
columns.calls += calls;
columns.maxClockHigh = maxHigh;
${notes.end}return start;
}`;
}

/** Classes of which one has the same code as another share it. */
function cases(classes: WalkParts['classes'], table: WalkTable | null, isNextOnByte: boolean): Code {
  const bySource = new Map<string, { code: Code; labels: Code[] }>();
  for (const { index, roots } of classes) {
    const generator = new Generator('skip');
    const selections = table?.classIndex === index ? table.selections : [];
    const body = roots.map((root, i) => {
      if (root === null) return js``;
      const selection = selections[i] ?? null;
      return selection === null ? generator.field(root).code : generator.columns(root, selection, false);
    });
    const rest = isNextOnByte ? generator.roundToByte() : generator.toByte();
    const code = js`{\n${generator.slotDeclarations()}${body}${rest}break;\n}\n`;
    const label = js`case ${index}:\n`;
    const known = bySource.get(code.source);
    if (known === undefined) bySource.set(code.source, { code, labels: [label] });
    else known.labels.push(label);
  }
  return js`${[...bySource.values()].map(({ code, labels }) => js`${labels}${code}`)}`;
}
