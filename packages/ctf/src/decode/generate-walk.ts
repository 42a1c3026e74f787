/**
 * The walk: one generated loop that passes over the event records of a packet and notes in columns where each begins, of
 * which class it is and when it was. Event record classes that the walk was generated for are passed over in the loop
 * itself, others by a call.
 *
 * What it cannot read (an unknown class, damage, an event record without bytes) ends it before that event record; the
 * reference decoder looks at it then.
 */
import { type Code, js } from './code.ts';
import { CHECK, Generator, type HeaderTarget } from './generate.ts';
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

/** `(cursor, from, columns, stream, limit) => end`: no event record is begun at `limit` or behind it. */
export function generateWalk({ header, hasId, sharedSlots, classes, isNextOnByte }: WalkParts): Code {
  const generator = new Generator('skip', sharedSlots, WALK_HEADER);
  const fields = header === null ? js`` : generator.field(header).code;
  const headerCode = js`${fields}${generator.toByte()}`;
  const find = hasId
    ? js`const k = id < indexes.length && indexes[id] >= 0 ? indexes[id] : stream.indexOf(id);
if (k < 0) break;\n`
    : js``;
  const findOnce = hasId ? js`` : js`const k = stream.indexOf(-1);\nif (k < 0) return from;\n`;
  return js`(cursor, from, columns, stream, limit) => {
const { view, bytes, slots } = cursor;
const { starts, bodies, classes, clockHigh, clockLow } = columns;
const { indexes, skips } = stream;
const length = classes.length;
const end = bytes.length;
let p = from, start = from, n = 0, calls = 0;
let high = cursor.clockHigh, low = cursor.clockLow, maxHigh = high;
${findOnce}try {
while (p < limit && n < length) {
let id = -1;
${generator.slotDeclarations()}${headerCode}${CHECK}${find}bodies[n] = p;
switch (k) {
${cases(classes, isNextOnByte)}default:
calls++;
p = skips[k](cursor, p);
}
if (p > end || p === start) break;
starts[n] = start;
classes[n] = k;
clockHigh[n] = high;
clockLow[n] = low;
n++;
start = p;
}
} catch (error) {
if (!rt.isDamage(error)) throw error;
}
starts[n] = start;
columns.count = n;
columns.calls += calls;
columns.maxClockHigh = maxHigh;
if (n > 0) {
cursor.clockHigh = clockHigh[n - 1];
cursor.clockLow = clockLow[n - 1];
}
return start;
}`;
}

/** Classes of which one has the same code as another share it. */
function cases(classes: WalkParts['classes'], isNextOnByte: boolean): Code {
  const bySource = new Map<string, { code: Code; labels: Code[] }>();
  for (const { index, roots } of classes) {
    const generator = new Generator('skip');
    const body = roots.map((root) => (root === null ? js`` : generator.field(root).code));
    const rest = isNextOnByte ? generator.roundToByte() : generator.toByte();
    const code = js`{\n${generator.slotDeclarations()}${body}${rest}break;\n}\n`;
    const label = js`case ${index}:\n`;
    const known = bySource.get(code.source);
    if (known === undefined) bySource.set(code.source, { code, labels: [label] });
    else known.labels.push(label);
  }
  return js`${[...bySource.values()].map(({ code, labels }) => js`${labels}${code}`)}`;
}
