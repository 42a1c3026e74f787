/**
 * Operations to code: functions that pass over an event record, or give its values, as fast as the engine can. They
 * give what the reference decoder gives, or throw; what they throw says only that the reference decoder must look.
 *
 * Positions are bytes in `p` and a bit in that byte which is known while generating. Classes for which it is not (an
 * array of bit fields, say) are not supported, and neither are changes of the byte order within a byte and arrays of
 * elements that may have no bits: the reference decoder reads those.
 */
import { assert } from '@lttng-ts/base';
import type { IntegerRange } from '../model/field-class.ts';
import { Code, commaSeparated, js, local } from './code.ts';
import {
  type ArrayOperation,
  type BlobOperation,
  type BooleanOperation,
  type FloatOperation,
  type IntegerOperation,
  type Length,
  NO_SLOT,
  type Operation,
  type OptionalOperation,
  type StringOperation,
  type StructureOperation,
  type TextOperation,
  type VariableLengthOperation,
  type VariantOperation,
} from './operations.ts';

/** There is no generated function for this class. */
export class Unsupported extends Error {}

const unsupported = (reason: string): never => {
  throw new Unsupported(reason);
};

/** Bits that only look ahead: a structure's fields are unrolled, so a huge class makes huge code. */
const MAX_OPERATIONS = 2000;

/** What to generate. */
type Mode = 'skip' | 'values';

/**
 * Passes over the root structures of an event record that stand behind its header: `(cursor, p) => p`.
 * `isNextOnByte`: event record headers begin with a byte, so one that ends within a byte may be rounded up, except
 * where nothing follows.
 */
export function generateSkip(roots: readonly (StructureOperation | null)[], isNextOnByte: boolean): Code {
  const generator = new Generator('skip');
  const body = roots.map((root) => (root === null ? js`` : generator.field(root).code));
  const end = isNextOnByte ? generator.roundToByte() : generator.toByte();
  return js`(cursor, p) => {
${generator.prologue()}${body}${end}
if (p > bytes.length) rt.damage();
return p;
}`;
}

/** Gives the values of the same root structures, `null` where there is none: `(cursor, p) => values`. */
export function generateValues(roots: readonly (StructureOperation | null)[]): Code {
  const generator = new Generator('values');
  const made = roots.map((root) => (root === null ? null : generator.field(root)));
  const body = made.map((field) => (field === null ? js`` : field.code));
  const values = made.map((field) => field?.value ?? js`null`);
  return js`(cursor, p) => {
${generator.prologue()}${body}
return [${commaSeparated(values)}];
}`;
}

/** Members of a structure by their number: where their value is put, or which of their own members are wanted. */
export interface Selection {
  readonly members: ReadonlyMap<number, number | Selection>;
}

/**
 * Puts the values of selected members into an array, and reads nothing behind the last of them: `(cursor, p, values) =>
 * void`. Texts of code units of one byte come as strings, integers of 64 bits as numbers where those are safe.
 */
export function generateSelection(
  roots: readonly (StructureOperation | null)[],
  selections: readonly (Selection | null)[],
): Code {
  const generator = new Generator('skip');
  const last = selections.findLastIndex((selection) => selection !== null);
  const body = roots.slice(0, last + 1).map((root, i) => {
    if (root === null) return js``;
    const selection = selections[i] ?? null;
    return selection === null ? generator.field(root).code : generator.selection(root, selection);
  });
  return js`(cursor, p, values) => {
${generator.prologue()}${body}}`;
}

/**
 * Reads an event record header, sets the cursor's id and clock, and gives where it ends: `(cursor, p) => p`. The
 * values of `sharedSlots`, which other root structures need, go to the cursor.
 */
export function generateHeader(header: StructureOperation | null, sharedSlots: ReadonlySet<number>): Code {
  const generator = new Generator('skip', sharedSlots);
  const body = header === null ? js`` : generator.field(header).code;
  return js`(cursor, p) => {
${generator.prologue()}${body}${generator.toByte()}
if (p > bytes.length) rt.damage();
return p;
}`;
}

/** Where an event record header's id and clock value go: code that puts them there. */
export interface HeaderTarget {
  setId(value: Code): Code;
  /** The whole clock value, in two halves. */
  setClock(high: Code, low: Code): Code;
  /** The low `sizeBits` bits of the clock value: a bigint when there are more than 32. */
  updateClock(value: Code, sizeBits: number): Code;
}

const CURSOR_HEADER: HeaderTarget = {
  setId: (value) => js`cursor.id = ${value};\n`,
  setClock: (high, low) => js`cursor.clockLow = ${low};\ncursor.clockHigh = ${high};\n`,
  updateClock: (value, sizeBits) => {
    const update = sizeBits > 32 ? js`rt.updateWideClock` : js`rt.updateClock`;
    return js`${update}(cursor, ${value}, ${sizeBits});\n`;
  },
};

/** Code of a field: statements, and in mode `values` an expression of its value after them. */
interface Field {
  readonly code: Code;
  readonly value: Code;
}

const NOTHING = js`undefined`;

/** Makes the code of fields, one after another. */
export class Generator {
  #mode: Mode;
  /** In the header: slots that other root structures read. `null`: roles mean nothing here. */
  readonly #sharedSlots: ReadonlySet<number> | null;
  /** Bit in the byte at `p`. */
  #bit = 0;
  /** Bytes that are to be added to `p` before it is used. */
  #pendingBytes = 0;
  /** Byte order of the bits in the byte at `p`. */
  #isLittleEndian = false;
  #locals = 0;
  #operations = 0;
  /** Slots written here, and whether their values are big. */
  readonly #slots = new Map<number, boolean>();
  /** In the header: how its values reach who asked for them. */
  readonly #header: HeaderTarget;

  constructor(
    mode: Mode,
    sharedSlots: ReadonlySet<number> | null = null,
    header: HeaderTarget = CURSOR_HEADER,
  ) {
    this.#mode = mode;
    this.#sharedSlots = sharedSlots;
    this.#header = header;
  }

  /** Declarations; call it when everything is generated. */
  prologue(): Code {
    return js`const { view, bytes, slots } = cursor;\n${this.slotDeclarations()}`;
  }

  /** Declarations of the slots that are written here. */
  slotDeclarations(): Code {
    return js`${[...this.#slots].map(([slot, isBig]) => js`let ${local('s', slot)} = ${isBig ? 0n : 0};\n`)}`;
  }

  /** Where a record ends, which must be on a byte. */
  toByte(): Code {
    if (this.#bit !== 0) unsupported('event record ends within a byte');
    return this.#flush();
  }

  roundToByte(): Code {
    if (this.#bit === 0) return this.#flush();
    this.#advance(8 - this.#bit);
    return js`${this.#flush()}if (p === bytes.length) rt.damage();\n`;
  }

  field(operation: Operation): Field {
    if (++this.#operations > MAX_OPERATIONS) unsupported('too many fields');
    switch (operation.kind) {
      case 'integer':
        return this.#integer(operation);
      case 'variable-length':
        return this.#variableLength(operation);
      case 'boolean':
        return this.#boolean(operation);
      case 'float':
        return this.#float(operation);
      case 'string':
        return this.#string(operation);
      case 'text':
        return this.#text(operation);
      case 'blob':
        return this.#blob(operation);
      case 'array':
        return this.#array(operation);
      case 'structure':
        return this.#structure(operation);
      case 'optional':
        return this.#optional(operation);
      case 'variant':
        return this.#variant(operation);
    }
  }

  /** Passes over a structure, and puts selected values into the array `values`. */
  selection({ alignmentBits, members }: StructureOperation, { members: selected }: Selection): Code {
    const align = this.#align(alignmentBits);
    const made = members.map((member, i) => {
      const wanted = selected.get(i);
      if (wanted === undefined) return this.field(member).code;
      if (typeof wanted !== 'number') {
        assert(member.kind === 'structure');
        return this.selection(member, wanted);
      }
      return this.#selected(member, js`values[${wanted}]`);
    });
    return js`${align}${made}`;
  }

  /** Puts the value of a field into `target`. */
  #selected(operation: Operation, target: Code): Code {
    if (operation.kind === 'string' && operation.unitBytes === 1) {
      const before = js`${this.#align(8)}${this.#flush()}`;
      const end = local('n', this.#locals++);
      return js`${before}const ${end} = rt.endOfString(bytes, p);
${target} = rt.stringOf(bytes, p, ${end} - 1);
p = ${end};
`;
    }
    if (operation.kind === 'integer' && operation.sizeBits === 64 && operation.slot === NO_SLOT) {
      const align = this.#align(operation.alignmentBits);
      if (this.#bit === 0 && !operation.isReversed) {
        const { isLittleEndian, isSigned } = operation;
        const code = js`${align}${this.#flush()}${target} = rt.integer64(view, p, ${isLittleEndian}, ${isSigned});
`;
        this.#advance(64);
        return code;
      }
      return js`${align}${this.#valueInto(operation, target)}`;
    }
    return this.#valueInto(operation, target);
  }

  #valueInto(operation: Operation, target: Code): Code {
    const { code, value } = this.#valueOf(operation);
    return js`${code}${target} = ${value};
`;
  }

  #valueOf(operation: Operation): Field {
    this.#mode = 'values';
    const field = this.field(operation);
    this.#mode = 'skip';
    return field;
  }

  /**
   * Passes over a structure, and puts selected values into row `n` of columns: `c0`, `c1`, …; of texts their numbers in the
   * dictionaries `d0`, `d1`, …. With `isLast` nothing behind the last of them is looked at.
   */
  columns(operation: StructureOperation, { members: selected }: Selection, isLast: boolean): Code {
    const align = this.#align(operation.alignmentBits);
    const lastWanted = Math.max(...selected.keys());
    const members = isLast ? operation.members.slice(0, lastWanted + 1) : operation.members;
    const made = members.map((member, i) => {
      const wanted = selected.get(i);
      if (wanted === undefined) return this.field(member).code;
      if (typeof wanted === 'number') return this.#column(member, wanted);
      assert(member.kind === 'structure');
      return this.columns(member, wanted, isLast && i === lastWanted);
    });
    return js`${align}${made}`;
  }

  #column(operation: Operation, number: number): Code {
    const [column, dictionary] = [local('c', number), local('d', number)];
    switch (operation.kind) {
      case 'string': {
        const before = js`${this.#align(8)}${this.#flush()}`;
        const end = local('n', this.#locals++);
        const { unitBytes } = operation;
        const find =
          unitBytes === 1 ? js`rt.endOfString(bytes, p)` : js`rt.endOfWideString(bytes, p, ${unitBytes})`;
        return js`${before}const ${end} = ${find};
${column}[n] = ${dictionary}.idOf(bytes, p, ${end} - ${unitBytes});
p = ${end};
`;
      }
      case 'text': {
        const { expression } = this.#length(operation.length);
        const before = js`${this.#align(Math.max(8, operation.alignmentBits))}${this.#flush()}`;
        const end = local('n', this.#locals++);
        return js`${before}const ${end} = p + ${expression};
if (${end} > bytes.length) rt.damage();
${column}[n] = ${dictionary}.idOf(bytes, p, rt.endOfText(bytes, p, ${end}, ${operation.unitBytes}));
p = ${end};
`;
      }
      default: {
        const { code, value } = this.#valueOf(operation);
        const row =
          operation.kind === 'float'
            ? js`rt.numberOf(${value})`
            : operation.kind === 'boolean'
              ? js`(${value} ? 1 : 0)`
              : value;
        return js`${code}${column}[n] = ${row};\n`;
      }
    }
  }

  /** Adds what is pending to `p`. */
  #flush(): Code {
    const pending = this.#pendingBytes;
    this.#pendingBytes = 0;
    return pending === 0 ? js`` : js`p += ${pending};\n`;
  }

  #align(alignmentBits: number): Code {
    if (alignmentBits < 8) {
      const beyond = this.#bit % alignmentBits;
      if (beyond !== 0) this.#advance(alignmentBits - beyond);
      return js``;
    }
    if (this.#bit !== 0) this.#advance(8 - this.#bit);
    if (alignmentBits === 8) return js``;
    const bytes = alignmentBits / 8;
    return js`${this.#flush()}p = (p + ${bytes - 1}) & ${-bytes};\n`;
  }

  #advance(sizeBits: number): void {
    const bits = this.#bit + sizeBits;
    this.#pendingBytes += Math.floor(bits / 8);
    this.#bit = bits % 8;
  }

  #checkByteOrder(isLittleEndian: boolean): void {
    if (this.#bit !== 0 && this.#isLittleEndian !== isLittleEndian)
      unsupported('byte order changes within a byte');
    this.#isLittleEndian = isLittleEndian;
  }

  #define(expression: Code): Field {
    const name = local('v', this.#locals++);
    return { code: js`const ${name} = ${expression};\n`, value: name };
  }

  /** An expression of an integer's value: a number up to 32 bits, a bigint beyond. Nothing is moved. */
  #bits(
    operation: IntegerOperation | BooleanOperation | FloatOperation,
    isSigned: boolean,
  ): { readonly before: Code; readonly expression: Code } {
    const { sizeBits, isLittleEndian, isReversed } = operation;
    const before = this.#flush();
    const bit = this.#bit;
    if (isReversed) {
      const reversed = js`rt.reverseBits(rt.readBits(bytes, p, ${bit}, ${sizeBits}, ${isLittleEndian}), ${sizeBits})`;
      const value = isSigned ? js`BigInt.asIntN(${sizeBits}, ${reversed})` : reversed;
      return { before, expression: sizeBits <= 32 ? js`Number(${value})` : value };
    }
    const whole = bit === 0 ? wholeRead(sizeBits, isSigned, isLittleEndian) : null;
    if (whole !== null) return { before, expression: whole };
    if (sizeBits > 32) {
      const raw = js`rt.readBits(bytes, p, ${bit}, ${sizeBits}, ${isLittleEndian})`;
      return { before, expression: isSigned ? js`BigInt.asIntN(${sizeBits}, ${raw})` : raw };
    }
    const raw = fewBits(bit, sizeBits, isLittleEndian);
    return { before, expression: isSigned ? js`rt.signed(${raw}, ${sizeBits})` : raw };
  }

  #integer(operation: IntegerOperation): Field {
    const { sizeBits, slot } = operation;
    const isHeader = this.#sharedSlots !== null;
    const isClockValue = isHeader && operation.isClockValue;
    const isId = isHeader && operation.roles.includes('event-record-class-id');
    const align = this.#align(operation.alignmentBits);
    this.#checkByteOrder(operation.isLittleEndian);
    const isClock64 = isClockValue && sizeBits === 64 && this.#bit === 0 && !operation.isReversed;
    if (isClock64 && slot === NO_SLOT && !isId) {
      const before = this.#flush();
      const [low, high] = operation.isLittleEndian ? [0, 4] : [4, 0];
      const set = this.#header.setClock(
        js`view.getUint32(p + ${high}, ${operation.isLittleEndian})`,
        js`view.getUint32(p + ${low}, ${operation.isLittleEndian})`,
      );
      const code = js`${align}${before}${set}`;
      this.#advance(sizeBits);
      return { code, value: NOTHING };
    }
    if (this.#mode === 'skip' && slot === NO_SLOT && !isId && !isClockValue) {
      this.#advance(sizeBits);
      return { code: align, value: NOTHING };
    }
    const { before, expression } = this.#bits(operation, operation.isSigned);
    const defined = this.#define(expression);
    const isBig = sizeBits > 32;
    const reports = [this.#store(slot, defined.value, isBig)];
    if (isId) reports.push(this.#header.setId(isBig ? js`Number(${defined.value})` : defined.value));
    if (isClockValue) reports.push(this.#header.updateClock(defined.value, sizeBits));
    this.#advance(sizeBits);
    return { code: js`${align}${before}${defined.code}${reports}`, value: defined.value };
  }

  /** Keeps a value that others need. */
  #store(slot: number, value: Code, isBig: boolean): Code {
    if (slot === NO_SLOT) return js``;
    const known = this.#slots.get(slot);
    // Fields of several sizes may share a slot; then it holds bigints, whatever their size.
    if (known !== undefined && known !== isBig) unsupported('fields of different sizes share a slot');
    this.#slots.set(slot, isBig);
    const shared = this.#sharedSlots?.has(slot) === true ? js`slots[${slot}] = BigInt(${value});\n` : js``;
    return js`${local('s', slot)} = ${value};\n${shared}`;
  }

  /** The value of a slot, as a number or a bigint: `isBig` tells. */
  #slot(slot: number): { readonly value: Code; readonly isBig: boolean } {
    const isBig = this.#slots.get(slot);
    // Written by another root structure.
    if (isBig === undefined) return { value: js`slots[${slot}]`, isBig: true };
    return { value: local('s', slot), isBig };
  }

  #variableLength({ isSigned, slot, roles, isClockValue }: VariableLengthOperation): Field {
    const before = js`${this.#align(8)}${this.#flush()}`;
    const isHeader = this.#sharedSlots !== null;
    if (isHeader && isClockValue) unsupported('clock value of a variable length');
    const defined = this.#define(js`rt.variableLength(cursor, p, ${isSigned})`);
    const id =
      isHeader && roles.includes('event-record-class-id')
        ? this.#header.setId(js`Number(${defined.value})`)
        : js``;
    const store = this.#store(slot, defined.value, true);
    return { code: js`${before}${defined.code}p = cursor.next;\n${store}${id}`, value: defined.value };
  }

  #boolean(operation: BooleanOperation): Field {
    const align = this.#align(operation.alignmentBits);
    this.#checkByteOrder(operation.isLittleEndian);
    if (this.#mode === 'skip' && operation.slot === NO_SLOT) {
      this.#advance(operation.sizeBits);
      return { code: align, value: NOTHING };
    }
    const { before, expression } = this.#bits(operation, false);
    const zero = operation.sizeBits > 32 ? 0n : 0;
    const defined = this.#define(js`${expression} !== ${zero}`);
    const store = this.#store(operation.slot, js`(${defined.value} ? 1 : 0)`, false);
    this.#advance(operation.sizeBits);
    return { code: js`${align}${before}${defined.code}${store}`, value: defined.value };
  }

  #float(operation: FloatOperation): Field {
    const { sizeBits, isLittleEndian, isReversed } = operation;
    const align = this.#align(operation.alignmentBits);
    this.#checkByteOrder(isLittleEndian);
    if (this.#mode === 'skip') {
      this.#advance(sizeBits);
      return { code: align, value: NOTHING };
    }
    if (this.#bit !== 0 || isReversed || sizeBits === 16) return this.#unusualFloat(operation, align);
    const before = this.#flush();
    const read = sizeBits === 32 ? js`rt.float32` : js`rt.float64`;
    const defined = this.#define(js`${read}(view, p, ${isLittleEndian})`);
    this.#advance(sizeBits);
    return { code: js`${align}${before}${defined.code}`, value: defined.value };
  }

  #unusualFloat(operation: FloatOperation, align: Code): Field {
    const { before, expression } = this.#bits(operation, false);
    const defined = this.#define(js`rt.float(${expression}, ${operation.sizeBits})`);
    this.#advance(operation.sizeBits);
    return { code: js`${align}${before}${defined.code}`, value: defined.value };
  }

  #string({ unitBytes }: StringOperation): Field {
    const before = js`${this.#align(8)}${this.#flush()}`;
    const end =
      unitBytes === 1 ? js`rt.endOfString(bytes, p)` : js`rt.endOfWideString(bytes, p, ${unitBytes})`;
    if (this.#mode === 'skip') return { code: js`${before}p = ${end};\n`, value: NOTHING };
    const name = local('n', this.#locals++);
    const defined = this.#define(js`bytes.slice(p, ${name} - ${unitBytes})`);
    return {
      code: js`${before}const ${name} = ${end};\n${defined.code}p = ${name};\n`,
      value: defined.value,
    };
  }

  /** An expression of a number of elements, and whether it is known. */
  #length(length: Length): { readonly expression: Code; readonly fixed: number | null } {
    if (typeof length === 'number') return { expression: js`${length}`, fixed: length };
    const { value, isBig } = this.#slot(length.slot);
    return { expression: isBig ? js`Number(${value})` : value, fixed: null };
  }

  #text({ alignmentBits, length, unitBytes }: TextOperation): Field {
    const before = js`${this.#align(Math.max(8, alignmentBits))}`;
    return this.#runOfBytes(before, length, (count) => js`rt.text(bytes, p, ${count}, ${unitBytes})`);
  }

  #blob({ length }: BlobOperation): Field {
    return this.#runOfBytes(this.#align(8), length, (count) => js`rt.blob(bytes, p, ${count})`);
  }

  #runOfBytes(before: Code, length: Length, read: (count: Code) => Code): Field {
    const { expression, fixed } = this.#length(length);
    if (fixed !== null && fixed > 0x4000_0000) unsupported('a length beyond any packet');
    if (this.#mode === 'skip' && fixed !== null) {
      this.#advance(fixed * 8);
      return { code: before, value: NOTHING };
    }
    const flush = this.#flush();
    if (this.#mode === 'skip') {
      return { code: js`${before}${flush}p += ${expression};\n${CHECK}`, value: NOTHING };
    }
    const defined = this.#define(read(expression));
    return {
      code: js`${before}${flush}${defined.code}p += ${expression};\n${CHECK}`,
      value: defined.value,
    };
  }

  #array({ alignmentBits, length, element, minimumElementBits }: ArrayOperation): Field {
    if (minimumElementBits === 0) unsupported('elements that may have no bits');
    const before = this.#align(alignmentBits);
    const { expression, fixed } = this.#length(length);
    const elementBits = fixedBits(element);
    if (this.#mode === 'skip' && elementBits !== null && (fixed !== null || elementBits % 8 === 0)) {
      return this.#skipElements(before, elementBits, expression, fixed);
    }
    if (this.#bit !== 0) unsupported('array within a byte');
    const flush = this.#flush();
    const counter = local('i', this.#locals++);
    const count = local('n', this.#locals++);
    const list = local('v', this.#locals++);
    const made = this.field(element);
    const rest = this.#flush();
    if (this.#bit !== 0) unsupported('elements that end within a byte');
    const isValues = this.#mode === 'values';
    const push = isValues ? js`${list}.push(${made.value});\n` : js``;
    // A length that cannot be is refused before the loop: minimumElementBits is not zero.
    const code = js`${before}${flush}const ${count} = ${expression};
if (${count} * ${minimumElementBits} > (bytes.length - p) * 8) rt.damage();
${isValues ? js`const ${list} = [];\n` : js``}for (let ${counter} = 0; ${counter} < ${count}; ${counter}++) {
${made.code}${rest}${push}}\n`;
    return { code, value: isValues ? list : NOTHING };
  }

  #skipElements(before: Code, elementBits: number, expression: Code, fixed: number | null): Field {
    if (fixed !== null) {
      if (fixed * elementBits > 2 ** 40) unsupported('a length beyond any packet');
      this.#advance(fixed * elementBits);
      return { code: before, value: NOTHING };
    }
    if (this.#bit !== 0) unsupported('array within a byte');
    const flush = this.#flush();
    const bytes = elementBits / 8;
    return { code: js`${before}${flush}p += ${expression} * ${bytes};\n${CHECK}`, value: NOTHING };
  }

  #structure({ alignmentBits, members }: StructureOperation): Field {
    const align = this.#align(alignmentBits);
    const made = members.map((member) => this.field(member));
    const code = js`${align}${made.map((field) => field.code)}`;
    if (this.#mode === 'skip') return { code, value: NOTHING };
    return { code, value: js`[${commaSeparated(made.map(({ value }) => value))}]` };
  }

  /** Generates `make` so that it ends on a byte, with nothing pending. */
  #branch(make: () => Field): Field {
    const { code, value } = make();
    const rest = this.#flush();
    return { code: js`${code}${rest}`, value };
  }

  #optional({ slot, ranges, content }: OptionalOperation): Field {
    const before = this.#flush();
    const bit = this.#bit;
    const isLittleEndian = this.#isLittleEndian;
    const made = this.#branch(() => this.field(content));
    if (this.#bit !== bit || (bit !== 0 && this.#isLittleEndian !== isLittleEndian)) {
      unsupported('optional that changes the place in a byte');
    }
    const selector = this.#slot(slot);
    const condition =
      ranges === null ? js`${selector.value} != 0` : inRanges(selector.value, selector.isBig, ranges);
    if (this.#mode === 'skip')
      return { code: js`${before}if (${condition}) {\n${made.code}}\n`, value: NOTHING };
    const name = local('v', this.#locals++);
    const code = js`${before}let ${name} = null;\nif (${condition}) {\n${made.code}${name} = ${made.value};\n}\n`;
    return { code, value: js`{ content: ${name} }` };
  }

  #variant({ slot, options }: VariantOperation): Field {
    const before = this.#flush();
    const bit = this.#bit;
    const isLittleEndian = this.#isLittleEndian;
    const selector = this.#slot(slot);
    const name = local('v', this.#locals++);
    let endBit: number | null = null;
    const branches = options.map(({ ranges, operation }, option) => {
      this.#bit = bit;
      this.#isLittleEndian = isLittleEndian;
      const made = this.#branch(() => this.field(operation));
      if (endBit !== null && endBit !== this.#bit)
        unsupported('options that end in different places of a byte');
      if (this.#bit !== 0) unsupported('options that end within a byte');
      endBit = this.#bit;
      const assign =
        this.#mode === 'values' ? js`${name} = { option: ${option}, value: ${made.value} };\n` : js``;
      return js`if (${inRanges(selector.value, selector.isBig, ranges)}) {\n${made.code}${assign}} else `;
    });
    const declare = this.#mode === 'values' ? js`let ${name};\n` : js``;
    const code = js`${before}${declare}${branches}rt.damage();\n`;
    return { code, value: this.#mode === 'values' ? name : NOTHING };
  }
}

export const CHECK = js`if (p > bytes.length) rt.damage();\n`;

/** A read of a whole number of bytes; `null` when no method of a DataView fits. */
function wholeRead(sizeBits: number, isSigned: boolean, isLittleEndian: boolean): Code | null {
  switch (sizeBits) {
    case 8:
      return isSigned ? js`view.getInt8(p)` : js`view.getUint8(p)`;
    case 16:
      return isSigned ? js`view.getInt16(p, ${isLittleEndian})` : js`view.getUint16(p, ${isLittleEndian})`;
    case 32:
      return isSigned ? js`view.getInt32(p, ${isLittleEndian})` : js`view.getUint32(p, ${isLittleEndian})`;
    case 64:
      return isSigned
        ? js`view.getBigInt64(p, ${isLittleEndian})`
        : js`view.getBigUint64(p, ${isLittleEndian})`;
    default:
      return null;
  }
}

/** At most 32 bits, those in one or two naturally aligned words of LTTng's compact header inline. */
function fewBits(bit: number, sizeBits: number, isLittleEndian: boolean): Code {
  if (bit + sizeBits <= 8) {
    const shift = isLittleEndian ? bit : 8 - bit - sizeBits;
    return js`((view.getUint8(p) >>> ${shift}) & ${2 ** sizeBits - 1})`;
  }
  if (bit + sizeBits === 32 && isLittleEndian) return js`(view.getUint32(p, true) >>> ${bit})`;
  if (bit + sizeBits === 32) return js`(view.getUint32(p, false) & ${2 ** sizeBits - 1}) >>> 0`;
  return js`rt.readFewBits(bytes, p, ${bit}, ${sizeBits}, ${isLittleEndian})`;
}

function inRanges(value: Code, isBig: boolean, ranges: readonly IntegerRange[]): Code {
  assert(value instanceof Code);
  if (ranges.length === 0) return js`false`;
  const limit = (bound: bigint): Code => (isBig ? js`${bound}` : js`${Number(bound)}`);
  const conditions = ranges.map(({ lower, upper }, i) => {
    const or = i === 0 ? js`` : js` || `;
    if (lower === upper) return js`${or}${value} === ${limit(lower)}`;
    return js`${or}(${value} >= ${limit(lower)} && ${value} <= ${limit(upper)})`;
  });
  return js`${conditions}`;
}

/** Bits that a field always has, wherever it stands; `null` when that depends on something. */
export function fixedBits(operation: Operation): number | null {
  switch (operation.kind) {
    case 'integer':
      if (operation.slot !== NO_SLOT || operation.roles.length > 0 || operation.isClockValue) return null;
      return operation.sizeBits % operation.alignmentBits === 0 ? operation.sizeBits : null;
    case 'boolean':
      if (operation.slot !== NO_SLOT) return null;
      return operation.sizeBits % operation.alignmentBits === 0 ? operation.sizeBits : null;
    case 'float':
      return operation.sizeBits % operation.alignmentBits === 0 ? operation.sizeBits : null;
    default:
      return null;
  }
}
