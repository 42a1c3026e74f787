/**
 * Walk programs: how an event record's header, or the event records of one class, are passed over, as a list of small steps for
 * the walk machine. They do what the functions of `generate.ts` do, for the same classes but for some that hardly occur
 * (`Unsupported`).
 */
import { assert } from '@lttng-ts/base';
import type { IntegerRange } from '../model/field-class.ts';
import { fixedBits, type Selection, Unsupported } from './generate.ts';
import {
  type ArrayOperation,
  type BooleanOperation,
  type IntegerOperation,
  type Length,
  NO_SLOT,
  type Operation,
  type OptionalOperation,
  type StructureOperation,
  type VariableLengthOperation,
  type VariantOperation,
} from './operations.ts';
import { MOST_DEPTH, MOST_SLOTS } from './walk-machine-layout.ts';

/** Steps and what stands behind each; the machine has the same numbers. Where to go is in bytes from the step. */
export const STEP = {
  /** The event record ends behind so many bytes. */
  end: 0,
  /** Bytes. */
  add: 1,
  /** Bytes. */
  align: 2,
  string: 3,
  /** Bytes of a code unit. */
  wideString: 4,
  /** Bytes from here, bits in front, bits that are not wanted: little-endian, then big-endian, signed or not. */
  readLittle: 5,
  readLittleSigned: 6,
  readBig: 7,
  readBigSigned: 8,
  /** What was read: to a slot, as the id, as the low bits (how many) or all of the clock. */
  store: 9,
  id: 10,
  updateClock: 11,
  setClock: 12,
  /** The header ends: on to the class. */
  record: 13,
  /** Slot, bytes of an element. */
  skip: 14,
  /** Whether it is signed. */
  variableLength: 15,
  /** Number of elements, or its slot; bits that an element has at least; depth; where to go behind the loop. */
  loop: 16,
  loopOfSlot: 17,
  /** Depth; where the loop's body begins. */
  next: 18,
  /** Where to go. */
  jump: 19,
  /** Slot, number of ranges; of each the two bounds and where to go; where to go else (0: it is damaged). */
  choose: 20,
  chooseSigned: 21,
  /** Bits are left over that belong to nothing: there must be something behind them. */
  behind: 22,
  /**
   * A whole header, little-endian or big-endian: an id (as for `readLittle`), the first id and how many more it is for; a clock value
   * (as for `readLittle`); bytes; where `record` stands. Headers with other ids go on behind it.
   */
  headerLittle: 23,
  headerBig: 24,
  /** Of what was read: 1 unless it is zero. */
  truth: 25,
  /** Column: what was read, as so many bits, to a table's row. */
  put8: 26,
  put16: 27,
  put32: 28,
  put64: 29,
  /** Column: the number of a string. */
  putText: 30,
} as const;

const MOST_OPERATIONS = 2000;
/** Reads look so far ahead. */
const MOST_OFFSET_BYTES = 1 << 10;
const MOST_FIXED_BITS = 1 << 30;
const MOST_ALIGNMENT_BITS = 512;

/** What a program knows of a slot: whether the values in it have a sign. */
type Slots = Map<number, boolean>;

export interface HeaderProgram {
  readonly steps: Int32Array;
  /** Slots that it fills. */
  readonly slots: ReadonlyMap<number, boolean>;
}

/** A program for a header; it goes on with the class's. `sharedSlots`: those that classes read. Throws `Unsupported`. */
export function headerProgram(
  header: StructureOperation | null,
  sharedSlots: ReadonlySet<number>,
): HeaderProgram {
  const compiler = new Compiler(new Map(), true);
  if (header !== null) compiler.field(header);
  compiler.toByte();
  const general = compiler.finishHeader();
  const usual = header === null ? null : usualHeader(header, sharedSlots);
  const steps = usual === null ? general : [...usualSteps(usual, general.length), ...general];
  return { steps: Int32Array.from(steps), slots: compiler.slots };
}

/** `generalLength`: of the steps behind it, of which the last one is `record`. */
function usualSteps({ id, lower, upper, clock, sizeBytes }: UsualHeader, generalLength: number): number[] {
  const kind = id.operation.isLittleEndian ? STEP.headerLittle : STEP.headerBig;
  const ids = [...placeOf(id.operation, id.bit), lower, upper - lower];
  const steps = [kind, ...ids, ...placeOf(clock.operation, clock.bit), sizeBytes];
  return [...steps, 4 * (steps.length + generalLength)];
}

/** A program for root structures behind the header; see `generateSkip`. Throws `Unsupported`. */
export function recordProgram(
  roots: readonly (StructureOperation | null)[],
  header: HeaderProgram,
  isNextOnByte: boolean,
): Int32Array {
  return tableProgram(roots, [], header, isNextOnByte);
}

/** The same, with selected members put into columns of a table; see `Generator.columns`. Throws `Unsupported`. */
export function tableProgram(
  roots: readonly (StructureOperation | null)[],
  selections: readonly (Selection | null)[],
  { slots }: HeaderProgram,
  isNextOnByte: boolean,
): Int32Array {
  const compiler = new Compiler(new Map(slots), false);
  roots.forEach((root, i) => {
    if (root !== null) compiler.structure(root, selections[i] ?? null);
  });
  if (isNextOnByte) compiler.roundToByte();
  else compiler.toByte();
  return Int32Array.from(compiler.finishRecord());
}

type Bits = Pick<IntegerOperation, 'sizeBits' | 'isLittleEndian' | 'isReversed'>;

/** How bits are taken from a word of 64 bits: the word's byte, bits in front of (above) them, bits that are not wanted. */
function placeOf({ sizeBits, isLittleEndian }: Omit<Bits, 'isReversed'>, at: number): readonly number[] {
  const bit = at % 8;
  return [(at - bit) / 8, isLittleEndian ? 64 - bit - sizeBits : bit, 64 - sizeBits];
}

class Compiler {
  slots: Slots;
  readonly #isHeader: boolean;
  readonly #steps: number[] = [];
  /** Bit in the byte where the machine stands, and bytes that it is behind. */
  #bit = 0;
  #pendingBytes = 0;
  #isLittleEndian = false;
  #operations = 0;
  #depth = 0;

  constructor(slots: Slots, isHeader: boolean) {
    this.slots = slots;
    this.#isHeader = isHeader;
  }

  finishHeader(): readonly number[] {
    this.#flush();
    return [...this.#steps, STEP.record];
  }

  finishRecord(): readonly number[] {
    return [...this.#steps, STEP.end, this.#pendingBytes];
  }

  toByte(): void {
    if (this.#bit !== 0) throw new Unsupported('event record ends within a byte');
  }

  roundToByte(): void {
    if (this.#bit === 0) return;
    this.#advance(8 - this.#bit);
    this.#flush();
    this.#steps.push(STEP.behind);
  }

  field(operation: Operation): void {
    if (++this.#operations > MOST_OPERATIONS) throw new Unsupported('too many fields');
    switch (operation.kind) {
      case 'integer':
      case 'boolean':
        this.#integer(operation);
        break;
      case 'variable-length':
        this.#variableLength(operation);
        break;
      case 'float':
        this.#align(operation.alignmentBits);
        this.#checkByteOrder(operation.isLittleEndian);
        this.#advance(operation.sizeBits);
        break;
      case 'string':
        this.#align(8);
        this.#flush();
        if (operation.unitBytes === 1) this.#steps.push(STEP.string);
        else this.#steps.push(STEP.wideString, operation.unitBytes);
        break;
      case 'text':
        this.#align(Math.max(8, operation.alignmentBits));
        this.#elements(operation.length, 8);
        break;
      case 'blob':
        this.#align(8);
        this.#elements(operation.length, 8);
        break;
      case 'array':
        this.#array(operation);
        break;
      case 'structure':
        this.structure(operation, null);
        break;
      case 'optional':
        this.#optional(operation);
        break;
      case 'variant':
        this.#variant(operation);
        break;
    }
  }

  structure({ alignmentBits, members }: StructureOperation, selection: Selection | null): void {
    this.#align(alignmentBits);
    members.forEach((member, i) => {
      const wanted = selection?.members.get(i);
      if (wanted === undefined) this.field(member);
      else if (typeof wanted === 'number') this.#column(member, wanted);
      else {
        assert(member.kind === 'structure');
        this.structure(member, wanted);
      }
    });
  }

  #column(operation: Operation, number: number): void {
    switch (operation.kind) {
      case 'string':
        if (operation.unitBytes !== 1) throw new Unsupported('text of wide characters');
        this.#align(8);
        this.#flush();
        this.#steps.push(STEP.putText, number);
        break;
      case 'variable-length':
        this.#variableLength(operation);
        this.#steps.push(STEP.put64, number);
        break;
      case 'boolean':
        this.#align(operation.alignmentBits);
        this.#checkByteOrder(operation.isLittleEndian);
        this.#read(operation, false);
        this.#steps.push(STEP.truth);
        this.#store(operation.slot, false);
        this.#steps.push(STEP.put8, number);
        this.#advance(operation.sizeBits);
        break;
      case 'integer':
      case 'float': {
        const { sizeBits } = operation;
        if (operation.kind === 'float' && sizeBits === 16) throw new Unsupported('unusual float');
        const isSigned = operation.kind === 'integer' && operation.isSigned;
        this.#align(operation.alignmentBits);
        this.#checkByteOrder(operation.isLittleEndian);
        this.#read(operation, isSigned);
        if (operation.kind === 'integer') this.#store(operation.slot, isSigned);
        this.#steps.push(
          sizeBits <= 8 ? STEP.put8 : sizeBits <= 16 ? STEP.put16 : sizeBits <= 32 ? STEP.put32 : STEP.put64,
          number,
        );
        this.#advance(sizeBits);
        break;
      }
      default:
        throw new Unsupported('column of a text');
    }
  }

  #flush(): void {
    if (this.#pendingBytes > 0) this.#steps.push(STEP.add, this.#pendingBytes);
    this.#pendingBytes = 0;
  }

  #align(alignmentBits: number): void {
    if (alignmentBits > MOST_ALIGNMENT_BITS) throw new Unsupported('a large alignment');
    if (alignmentBits < 8) {
      const beyond = this.#bit % alignmentBits;
      if (beyond !== 0) this.#advance(alignmentBits - beyond);
      return;
    }
    if (this.#bit !== 0) this.#advance(8 - this.#bit);
    if (alignmentBits === 8) return;
    this.#flush();
    this.#steps.push(STEP.align, alignmentBits / 8);
  }

  #advance(sizeBits: number): void {
    const bits = this.#bit + sizeBits;
    this.#pendingBytes += Math.floor(bits / 8);
    this.#bit = bits % 8;
    if (this.#pendingBytes > MOST_FIXED_BITS / 8) throw new Unsupported('a length beyond any packet');
  }

  #checkByteOrder(isLittleEndian: boolean): void {
    if (this.#bit !== 0 && this.#isLittleEndian !== isLittleEndian)
      throw new Unsupported('byte order changes within a byte');
    this.#isLittleEndian = isLittleEndian;
  }

  #integer(operation: IntegerOperation | BooleanOperation): void {
    const { sizeBits, slot } = operation;
    this.#align(operation.alignmentBits);
    this.#checkByteOrder(operation.isLittleEndian);
    const isNumber = operation.kind === 'integer';
    const isClock = this.#isHeader && isNumber && operation.isClockValue;
    const isId = this.#isHeader && isNumber && operation.roles.includes('event-record-class-id');
    if (slot !== NO_SLOT || isClock || isId) {
      const isSigned = isNumber && operation.isSigned;
      this.#read(operation, isSigned);
      if (!isNumber) this.#steps.push(STEP.truth);
      this.#store(slot, isSigned);
      if (isId) this.#steps.push(STEP.id);
      if (isClock && sizeBits === 64) this.#steps.push(STEP.setClock);
      else if (isClock) this.#steps.push(STEP.updateClock, sizeBits);
    }
    this.#advance(sizeBits);
  }

  #read({ sizeBits, isLittleEndian, isReversed }: Bits, isSigned: boolean): void {
    const bit = this.#bit;
    if (isReversed || bit + sizeBits > 64) throw new Unsupported('unusual bits');
    if (this.#pendingBytes > MOST_OFFSET_BYTES) this.#flush();
    const signed = isLittleEndian ? STEP.readLittleSigned : STEP.readBigSigned;
    const unsigned = isLittleEndian ? STEP.readLittle : STEP.readBig;
    const place = placeOf({ sizeBits, isLittleEndian }, 8 * this.#pendingBytes + bit);
    this.#steps.push(isSigned ? signed : unsigned, ...place);
  }

  #store(slot: number, isSigned: boolean): void {
    if (slot === NO_SLOT) return;
    if (slot >= MOST_SLOTS) throw new Unsupported('too many lengths');
    if ((this.slots.get(slot) ?? isSigned) !== isSigned)
      throw new Unsupported('fields with and without a sign share a slot');
    this.slots.set(slot, isSigned);
    this.#steps.push(STEP.store, slot);
  }

  #isSlotSigned(slot: number): boolean {
    const isSigned = this.slots.get(slot);
    if (isSigned === undefined) throw new Unsupported('length or selector elsewhere');
    return isSigned;
  }

  #variableLength({ isSigned, slot, roles, isClockValue }: VariableLengthOperation): void {
    this.#align(8);
    this.#flush();
    if (this.#isHeader && isClockValue) throw new Unsupported('clock value of a variable length');
    this.#steps.push(STEP.variableLength, Number(isSigned));
    this.#store(slot, isSigned);
    if (this.#isHeader && roles.includes('event-record-class-id')) this.#steps.push(STEP.id);
  }

  /** The slot of a number of elements; `null`: the number is fixed. */
  #lengthSlot(length: Length): number | null {
    if (typeof length === 'number') return null;
    if (this.#isSlotSigned(length.slot)) throw new Unsupported('length with a sign');
    return length.slot;
  }

  /** Elements that all have the same number of bits, and nothing between them. */
  #elements(length: Length, elementBits: number): void {
    const slot = this.#lengthSlot(length);
    if (slot === null) {
      this.#advance((length as number) * elementBits);
      return;
    }
    if (this.#bit !== 0) throw new Unsupported('array within a byte');
    this.#flush();
    this.#steps.push(STEP.skip, slot, elementBits / 8);
  }

  #array({ alignmentBits, length, element, minimumElementBits }: ArrayOperation): void {
    if (minimumElementBits === 0) throw new Unsupported('elements that may have no bits');
    this.#align(alignmentBits);
    const elementBits = fixedBits(element);
    if (elementBits !== null && (typeof length === 'number' || elementBits % 8 === 0)) {
      this.#elements(length, elementBits);
      return;
    }
    if (this.#bit !== 0) throw new Unsupported('array within a byte');
    if (this.#depth >= MOST_DEPTH) throw new Unsupported('arrays in arrays');
    const slot = this.#lengthSlot(length);
    if (slot === null && (length as number) > MOST_FIXED_BITS)
      throw new Unsupported('a length beyond any packet');
    this.#flush();
    const loopAt = this.#steps.length;
    const kind = slot === null ? STEP.loop : STEP.loopOfSlot;
    const depth = this.#depth++;
    this.#steps.push(kind, slot ?? (length as number), minimumElementBits, depth, 0);
    const bodyAt = this.#steps.length;
    this.field(element);
    this.#flush();
    if (this.#bit !== 0) throw new Unsupported('elements that end within a byte');
    this.#steps.push(STEP.next, depth, 4 * (bodyAt - this.#steps.length));
    this.#depth--;
    this.#steps[loopAt + 4] = 4 * (this.#steps.length - loopAt);
  }

  /** Where the bits and slots stand when an option begins, to which others go back. */
  #branch(operation: Operation): void {
    const outer = this.slots;
    this.slots = new Map(outer);
    this.field(operation);
    this.#flush();
    // What is stored here may not have been stored.
    this.slots = outer;
  }

  #choose(slot: number, ranges: readonly IntegerRange[]): number {
    const isSigned = this.#isSlotSigned(slot);
    const chooseAt = this.#steps.length;
    this.#steps.push(isSigned ? STEP.chooseSigned : STEP.choose, slot, ranges.length);
    for (const range of ranges) this.#steps.push(...boundsOf(range, isSigned), 0);
    this.#steps.push(0);
    return chooseAt;
  }

  #optional({ slot, ranges, content }: OptionalOperation): void {
    this.#flush();
    const bit = this.#bit;
    const isLittleEndian = this.#isLittleEndian;
    if (ranges === null && this.#isSlotSigned(slot)) throw new Unsupported('selector with a sign');
    const wanted = ranges ?? [{ lower: 1n, upper: 2n ** 64n - 1n }];
    const chooseAt = this.#choose(slot, wanted);
    const bodyAt = this.#steps.length;
    this.#branch(content);
    if (this.#bit !== bit || (bit !== 0 && this.#isLittleEndian !== isLittleEndian))
      throw new Unsupported('optional that changes the place in a byte');
    wanted.forEach((_, i) => {
      this.#steps[chooseAt + 3 + 5 * i + 4] = 4 * (bodyAt - chooseAt);
    });
    this.#steps[bodyAt - 1] = 4 * (this.#steps.length - chooseAt);
  }

  #variant({ slot, options }: VariantOperation): void {
    this.#flush();
    const bit = this.#bit;
    const isLittleEndian = this.#isLittleEndian;
    const chooseAt = this.#choose(
      slot,
      options.flatMap(({ ranges }) => ranges),
    );
    let rangeAt = chooseAt + 3;
    const jumps: number[] = [];
    for (const { ranges, operation } of options) {
      const bodyAt = this.#steps.length;
      this.#bit = bit;
      this.#isLittleEndian = isLittleEndian;
      this.#branch(operation);
      if (this.#bit !== 0) throw new Unsupported('options that end within a byte');
      for (const _ of ranges) {
        this.#steps[rangeAt + 4] = 4 * (bodyAt - chooseAt);
        rangeAt += 5;
      }
      jumps.push(this.#steps.length);
      this.#steps.push(STEP.jump, 0);
    }
    for (const at of jumps) this.#steps[at + 1] = 4 * (this.#steps.length - at);
  }
}

/** Two bounds as the machine compares them: of numbers with a sign the sign's bit is turned over. */
function boundsOf({ lower, upper }: IntegerRange, isSigned: boolean): readonly number[] {
  const least = isSigned ? -(2n ** 63n) : 0n;
  const most = least + 2n ** 64n - 1n;
  // Nothing is in a range that ends before it begins.
  if (upper < least || lower > most) return [...words(1n), ...words(0n)];
  return [...words((lower < least ? least : lower) - least), ...words((upper > most ? most : upper) - least)];
}

const words = (value: bigint): readonly [number, number] => [
  Number(BigInt.asIntN(32, value)),
  Number(BigInt.asIntN(32, value >> 32n)),
];

/** An integer that begins with bit `bit` of a header. */
interface Placed {
  readonly operation: IntegerOperation;
  readonly bit: number;
}

/** A header of which only an id and a clock value matter, both at a known place for these ids. */
interface UsualHeader {
  readonly id: Placed;
  readonly lower: number;
  readonly upper: number;
  readonly clock: Placed;
  readonly sizeBytes: number;
}

const MOST_ID = 0xffff_fffe;

/** What most headers are: LTTng's (compact and large, as long as they are not extended), an id followed by a time. */
function usualHeader(
  { members, alignmentBits }: StructureOperation,
  sharedSlots: ReadonlySet<number>,
): UsualHeader | null {
  const [id, time, ...rest] = members;
  if (id?.kind !== 'integer' || time === undefined || rest.length > 0 || alignmentBits > 8) return null;
  if (!id.roles.includes('event-record-class-id') || id.isClockValue) return null;
  const whole = { lower: 0n, upper: BigInt(MOST_ID) };
  const options = time.kind === 'variant' && time.slot === id.slot ? time.options : null;
  const [option] = options ?? [{ ranges: [whole], operation: time }];
  const [range] = option?.ranges ?? [];
  const clock = option === undefined || range === undefined ? null : onlyInteger(option.operation);
  if (clock === null || !clock.isClockValue || clock.roles.includes('event-record-class-id')) return null;
  const isPlain = [id, clock].every(
    ({ isReversed, isSigned, slot, alignmentBits }) =>
      !isReversed && !isSigned && !sharedSlots.has(slot) && alignmentBits <= 8,
  );
  const clockAt = Math.ceil(id.sizeBits / clock.alignmentBits) * clock.alignmentBits;
  const endAt = clockAt + clock.sizeBits;
  const isReadable = id.sizeBits <= 32 && (clockAt % 8) + clock.sizeBits <= 64 && endAt % 8 === 0;
  const isOneOrder = id.isLittleEndian === clock.isLittleEndian;
  if (!isPlain || !isReadable || !isOneOrder || range!.lower < 0n || range!.upper > MOST_ID) return null;
  return {
    id: { operation: id, bit: 0 },
    lower: Number(range!.lower),
    upper: Number(range!.upper),
    clock: { operation: clock, bit: clockAt },
    sizeBytes: endAt / 8,
  };
}

/** The integer that is all of an operation; `null`: there is another field. */
function onlyInteger(operation: Operation): IntegerOperation | null {
  if (operation.kind === 'integer') return operation;
  if (operation.kind !== 'structure' || operation.alignmentBits > 1) return null;
  const [only, ...rest] = operation.members;
  return only === undefined || rest.length > 0 ? null : onlyInteger(only);
}
