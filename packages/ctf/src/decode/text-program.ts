/**
 * Text programs: how the event records of one class are printed, as a list of small steps, and the one function that
 * follows them. It reads the fields from the packet's bytes and writes their text into a buffer, without making values.
 *
 * A function generated for each class was tried: it is no quicker, and of many classes each takes the engine milliseconds
 * until it is quick. The one that follows steps is, after the first thousand event records of any class.
 *
 * What programs do not know (bits within a byte, optionals, variants, lengths in a packet's header) is left to others.
 * `| 0` tells the engine that a number is an integer of 32 bits: without it positions are kept as floating point.
 */
import { assert } from '@lttng-ts/base';
import {
  type FixedText,
  IS_ESCAPED,
  MAX_ESCAPED_BYTES,
  MAX_INTEGER_BYTES,
  MAX_REAL_BYTES,
  putEscape,
  putFixed,
  putGroupedInt64,
  putGroupedUint64,
  putHex32,
  putHex64,
  putInt32,
  putInt64,
  putJsonText,
  putRawText,
  putReal,
  putString,
  putText,
  putUint32,
  putUint64,
} from '../text/put.ts';
import type { TextBuffer } from '../text/text-buffer.ts';
import { Unsupported } from './generate.ts';
import {
  type ArrayOperation,
  type FloatOperation,
  type IntegerOperation,
  type Length,
  NO_SLOT,
  type Operation,
} from './operations.ts';
import { damage, float32, float64 } from './runtime.ts';
import type { ArrayPlan, FormattedPlan, IntegerPlan, TextPart, TextPlan } from './text-plan.ts';
import type { FieldValue } from './values.ts';

/** Steps and what stands behind each in the program. The text machine knows them by these numbers, too. */
const STEP = {
  end: 0,
  /** First word and number of bytes of a literal. */
  literal: 1,
  given: 2,
  /** Alignment in bytes. */
  align: 4,
  u8: 5,
  i8: 6,
  /** Whether it is little-endian; so in all that follow up to `f64`. */
  u16: 7,
  i16: 8,
  u32: 9,
  i32: 10,
  w64: 11,
  f32: 12,
  f64: 13,
  /** What was read last: in decimal, in hexadecimal of some bits, by a format (and whether it is signed), to a slot. */
  putUnsigned: 14,
  putSigned: 15,
  putHex: 16,
  putFormatted: 17,
  store: 18,
  /** The same of 64 bits. */
  putUnsigned64: 19,
  putSigned64: 20,
  putHex64: 21,
  putFormatted64: 22,
  /** Text up to a zero. */
  string: 23,
  /** Text of a number of bytes; of a slot's number of bytes. */
  text: 24,
  textOfSlot: 25,
  /** Depth; number of elements, or of a slot's; where to go on behind the loop. */
  loop: 26,
  loopOfSlot: 27,
  /** Depth; where the loop's body begins. */
  next: 28,
  /** Depth: number of the element. */
  putNumber: 29,
  /** Depth; where to go on in the first round. */
  unlessFirst: 30,
  /** Of 32 bits and of 64, whether signed: with groups of digits. */
  putGrouped: 31,
  putGrouped64: 32,
  /** Depth: number of the element; number of elements. */
  putGroupedNumber: 33,
  putGroupedCount: 34,
  putCount: 35,
  /** Where to go on. */
  jump: 36,
  /** As `string`, `text`, `textOfSlot`, without escape sequences. */
  rawString: 37,
  rawText: 38,
  rawTextOfSlot: 39,
  /** Format, whether it is little-endian. */
  formattedF32: 40,
  formattedF64: 41,
  /** As `string`, `text`, `textOfSlot`, for JSON. */
  jsonString: 42,
  jsonText: 43,
  jsonTextOfSlot: 44,
} as const;

/** The steps for texts of one form. */
interface StringSteps {
  readonly string: number;
  readonly text: number;
  readonly textOfSlot: number;
}

const ESCAPED_STEPS: StringSteps = { string: STEP.string, text: STEP.text, textOfSlot: STEP.textOfSlot };
const RAW_STEPS: StringSteps = {
  string: STEP.rawString,
  text: STEP.rawText,
  textOfSlot: STEP.rawTextOfSlot,
};
const JSON_STEPS: StringSteps = {
  string: STEP.jsonString,
  text: STEP.jsonText,
  textOfSlot: STEP.jsonTextOfSlot,
};

/** Arrays in arrays. */
const MAX_DEPTH = 4;
const MAX_SLOTS = 64;

export class TextProgram {
  readonly steps: Int32Array;
  /** Literals, each padded to whole words. */
  readonly literals: Int32Array;
  readonly formats: readonly ((value: FieldValue) => string)[];
  /** Room that everything but texts takes, one round of each loop included. */
  readonly roomBytes: number;
  /** Whether it has only steps that the text machine (`text-machine.ts`) knows. */
  readonly isForMachine: boolean;

  /** Throws `Unsupported`. */
  constructor(parts: readonly TextPart[]) {
    const compiler = new Compiler();
    for (const part of parts) compiler.part(part);
    const { steps, literals, formats, roomBytes, isForMachine } = compiler.finish();
    this.steps = Int32Array.from(steps);
    this.literals = wordsOf(literals);
    this.formats = formats;
    this.roomBytes = roomBytes;
    this.isForMachine = isForMachine;
  }
}

function wordsOf(binary: string): Int32Array {
  const view = new DataView(Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer);
  return Int32Array.from({ length: binary.length / 4 }, (_, i) => view.getInt32(4 * i, true));
}

class Compiler {
  readonly #steps: number[] = [];
  readonly #formats: ((value: FieldValue) => string)[] = [];
  readonly #slots = new Map<number, number>();
  #literals = '';
  /** Bytes to be written before anything else is. */
  #pending = '';
  #roomBytes = 16;
  #isForMachine = true;
  #depth = 0;

  finish(): {
    steps: number[];
    literals: string;
    formats: ((value: FieldValue) => string)[];
    roomBytes: number;
    isForMachine: boolean;
  } {
    this.#flush();
    this.#steps.push(STEP.end);
    return {
      steps: this.#steps,
      literals: this.#literals,
      formats: this.#formats,
      roomBytes: this.#roomBytes,
      isForMachine: this.#isForMachine,
    };
  }

  part(part: TextPart): void {
    switch (part.kind) {
      case 'literal':
        this.#pending += part.text;
        break;
      case 'given':
        this.#flush();
        this.#steps.push(STEP.given);
        break;
      case 'root':
        this.#field(part.operation, part.plan);
        break;
    }
  }

  #flush(): void {
    const { length } = this.#pending;
    if (length === 0) return;
    this.#steps.push(STEP.literal, this.#literals.length / 4, length);
    this.#literals += this.#pending.padEnd(Math.ceil(length / 4) * 4, '\0');
    this.#roomBytes += length;
    this.#pending = '';
  }

  #align(alignmentBits: number): void {
    // Everything begins with a byte.
    if (alignmentBits <= 8) return;
    this.#steps.push(STEP.align, alignmentBits / 8);
  }

  #field(operation: Operation, plan: TextPlan): void {
    switch (plan.kind) {
      case 'structure': {
        assert(operation.kind === 'structure');
        this.#align(operation.alignmentBits);
        this.#pending += plan.before;
        plan.members.forEach((member, i) => {
          this.#pending += member.before;
          this.#field(operation.members[i]!, member.plan);
        });
        this.#pending += plan.after;
        break;
      }
      case 'array':
        assert(operation.kind === 'array');
        this.#array(operation, plan);
        break;
      case 'string':
        this.#pending += plan.before;
        this.#string(
          operation,
          plan.isJson === true ? JSON_STEPS : plan.isEscaped ? ESCAPED_STEPS : RAW_STEPS,
        );
        this.#pending += plan.after;
        break;
      case 'integer': {
        if (operation.kind !== 'integer') throw new Unsupported('variable length');
        this.#pending += plan.before;
        const is64 = this.#read(operation);
        if (plan.form === 'grouped') this.#isForMachine = false;
        this.#steps.push(...putSteps(plan.form, is64, operation.isSigned));
        this.#roomBytes += MAX_INTEGER_BYTES;
        this.#pending += plan.after;
        break;
      }
      case 'real': {
        if (operation.kind !== 'float' || operation.sizeBits === 16 || !isWhole(operation))
          throw new Unsupported('unusual float');
        this.#pending += plan.before;
        this.#align(operation.alignmentBits);
        this.#flush();
        this.#steps.push(operation.sizeBits === 32 ? STEP.f32 : STEP.f64, Number(operation.isLittleEndian));
        this.#roomBytes += MAX_REAL_BYTES;
        this.#pending += plan.after;
        break;
      }
      case 'formatted': {
        if (operation.kind === 'float') {
          this.#formattedFloat(operation, plan);
          break;
        }
        if (operation.kind !== 'integer') throw new Unsupported('formatted value');
        this.#pending += plan.before;
        const is64 = this.#read(operation);
        const format = this.#formats.push(plan.format) - 1;
        const put = is64 ? STEP.putFormatted64 : STEP.putFormatted;
        this.#steps.push(put, format, Number(operation.isSigned));
        this.#pending += plan.after;
        break;
      }
      default:
        throw new Unsupported(plan.kind);
    }
  }

  /** Reads an integer, and stores it where others need it; `true` when it has 64 bits. */
  #read(operation: IntegerOperation): boolean {
    const { sizeBits, isSigned, isLittleEndian, slot } = operation;
    if (!isWhole(operation)) throw new Unsupported('bits within a byte');
    this.#align(operation.alignmentBits);
    this.#flush();
    if (sizeBits === 8) this.#steps.push(isSigned ? STEP.i8 : STEP.u8);
    else if (sizeBits === 16) this.#steps.push(isSigned ? STEP.i16 : STEP.u16, Number(isLittleEndian));
    else if (sizeBits === 32) this.#steps.push(isSigned ? STEP.i32 : STEP.u32, Number(isLittleEndian));
    else this.#steps.push(STEP.w64, Number(isLittleEndian));
    if (slot !== NO_SLOT) {
      if (sizeBits === 64 || isSigned) throw new Unsupported('length of an unusual class');
      const known = this.#slots.get(slot) ?? this.#slots.size;
      if (known >= MAX_SLOTS) throw new Unsupported('too many lengths');
      this.#slots.set(slot, known);
      this.#steps.push(STEP.store, known);
    }
    return sizeBits === 64;
  }

  #slot(length: Length): number | null {
    if (typeof length === 'number') return null;
    const slot = this.#slots.get(length.slot);
    if (slot === undefined) throw new Unsupported('length elsewhere');
    return slot;
  }

  #formattedFloat(operation: FloatOperation, plan: FormattedPlan): void {
    if (operation.sizeBits === 16 || !isWhole(operation)) throw new Unsupported('unusual float');
    this.#isForMachine = false;
    this.#pending += plan.before;
    this.#align(operation.alignmentBits);
    this.#flush();
    const format = this.#formats.push(plan.format) - 1;
    const step = operation.sizeBits === 32 ? STEP.formattedF32 : STEP.formattedF64;
    this.#steps.push(step, format, Number(operation.isLittleEndian));
    this.#pending += plan.after;
  }

  #string(operation: Operation, form: StringSteps): void {
    const { string, text, textOfSlot } = form;
    if (form !== ESCAPED_STEPS) this.#isForMachine = false;
    if (operation.kind === 'string') {
      this.#flush();
      this.#steps.push(string);
      return;
    }
    assert(operation.kind === 'text');
    this.#align(operation.alignmentBits);
    this.#flush();
    const slot = this.#slot(operation.length);
    if (slot !== null) this.#steps.push(textOfSlot, slot);
    else this.#steps.push(text, fixedLength(operation.length));
  }

  #array({ alignmentBits, length, element, minimumElementBits }: ArrayOperation, plan: ArrayPlan): void {
    if (minimumElementBits === 0) throw new Unsupported('elements that may have no bits');
    const depth = this.#depth++;
    if (depth >= MAX_DEPTH) throw new Unsupported('arrays in arrays');
    this.#align(alignmentBits);
    this.#pending += plan.before;
    this.#flush();
    const slot = this.#slot(length);
    if (slot !== null) this.#steps.push(STEP.loopOfSlot, depth, slot, 0);
    else this.#steps.push(STEP.loop, depth, fixedLength(length), 0);
    const endAt = this.#steps.length - 1;
    const { count, isGrouped } = plan;
    if (isGrouped) this.#isForMachine = false;
    if (count !== null) {
      this.#pending = count.before;
      this.#flush();
      this.#steps.push(isGrouped ? STEP.putGroupedCount : STEP.putCount, depth);
      this.#roomBytes += MAX_INTEGER_BYTES;
      this.#pending = count.after;
      this.#flush();
    }
    const bodyAt = this.#steps.length;
    this.#steps.push(STEP.unlessFirst, depth, 0);
    this.#pending = plan.separator;
    this.#flush();
    this.#steps[bodyAt + 2] = this.#steps.length;
    this.#pending = plan.beforeElement;
    if (plan.afterNumber !== null) {
      this.#flush();
      this.#steps.push(isGrouped ? STEP.putGroupedNumber : STEP.putNumber, depth);
      this.#roomBytes += MAX_INTEGER_BYTES;
      this.#pending = plan.afterNumber;
    }
    this.#field(element, plan.element);
    this.#flush();
    this.#steps.push(STEP.next, depth, bodyAt);
    if (count !== null && count.none !== '') {
      this.#steps.push(STEP.jump, 0);
      const jumpAt = this.#steps.length - 1;
      this.#steps[endAt] = this.#steps.length;
      this.#pending = count.none;
      this.#flush();
      this.#steps[jumpAt] = this.#steps.length;
    } else this.#steps[endAt] = this.#steps.length;
    this.#depth--;
    this.#pending = plan.after;
  }
}

/** The step that writes an integer, with what stands behind it. */
function putSteps(form: IntegerPlan['form'], is64: boolean, isSigned: boolean): readonly number[] {
  if (form === 'grouped') return [is64 ? STEP.putGrouped64 : STEP.putGrouped, Number(isSigned)];
  if (form === 'decimal') {
    if (isSigned) return [is64 ? STEP.putSigned64 : STEP.putSigned];
    return [is64 ? STEP.putUnsigned64 : STEP.putUnsigned];
  }
  const { hexadecimalBits } = form;
  if (is64) return [STEP.putHex64];
  return [STEP.putHex, 2 ** Math.min(hexadecimalBits, 31) - 1, hexadecimalBits];
}

function fixedLength(length: Length): number {
  assert(typeof length === 'number');
  if (length > 0x3fff_ffff) throw new Unsupported('a length beyond any packet');
  return length;
}

/** Whether a field has whole bytes and begins with one. */
function isWhole({
  sizeBits,
  alignmentBits,
  isReversed,
}: {
  readonly sizeBits: number;
  readonly alignmentBits: number;
  readonly isReversed: boolean;
}): boolean {
  const isSize = sizeBits === 8 || sizeBits === 16 || sizeBits === 32 || sizeBits === 64;
  return isSize && alignmentBits % 8 === 0 && !isReversed;
}

/** Bytes of a packet, and a view on the same. */
export interface PacketBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Where the text at `p` ends: at a zero, or at `end`. */
function endOfText(bytes: Uint8Array, p: number, end: number): number {
  for (let at = p; at < end; at++) if (bytes[at] === 0) return at;
  return end;
}

const slots = new Float64Array(MAX_SLOTS);
const counters = new Float64Array(MAX_DEPTH);
const counts = new Float64Array(MAX_DEPTH);

/**
 * Writes the text of the event record whose body is at `p` and which ends at `end`, with `given` where its parts say
 * so; gives where the text ends. Makes room in the buffer as it needs.
 */
export function runTextProgram(
  { steps, literals, formats, roomBytes }: TextProgram,
  { view, bytes }: PacketBytes,
  from: number,
  end: number,
  buffer: TextBuffer,
  begin: number,
  given: FixedText,
): number {
  const need = roomBytes + (end - from) * MAX_ESCAPED_BYTES;
  if (buffer.bytes.length - begin < need) buffer.reserve(begin, need);
  let out = buffer.bytes;
  let text = buffer.view;
  let p = from | 0;
  let o = begin | 0;
  /** What was read last, as the signed integer that its 32 bits are; of 64 bits the lower half. */
  let value = 0;
  let high = 0;
  for (let at = 0; ; ) {
    switch (steps[at]) {
      case STEP.end:
        return o;
      case STEP.literal: {
        const length = steps[at + 2]!;
        const last = (o + length) | 0;
        for (let word = steps[at + 1]!, to = o; to < last; to = (to + 4) | 0) {
          text.setInt32(to, literals[word]!, true);
          word = (word + 1) | 0;
        }
        o = (o + length) | 0;
        at = (at + 3) | 0;
        break;
      }
      case STEP.given:
        if (out.length - o < given.length + need) {
          buffer.reserve(o, given.length + need);
          out = buffer.bytes;
          text = buffer.view;
        }
        o = putFixed(text, o, given) | 0;
        at = (at + 1) | 0;
        break;
      case STEP.align: {
        const mask = steps[at + 1]! - 1;
        p = (p + mask) & ~mask;
        at = (at + 2) | 0;
        break;
      }
      case STEP.u8:
        value = view.getUint8(p);
        p = (p + 1) | 0;
        at = (at + 1) | 0;
        break;
      case STEP.i8:
        value = view.getInt8(p);
        p = (p + 1) | 0;
        at = (at + 1) | 0;
        break;
      case STEP.u16:
        value = view.getUint16(p, steps[at + 1] === 1);
        p = (p + 2) | 0;
        at = (at + 2) | 0;
        break;
      case STEP.i16:
        value = view.getInt16(p, steps[at + 1] === 1);
        p = (p + 2) | 0;
        at = (at + 2) | 0;
        break;
      case STEP.u32:
        value = view.getInt32(p, steps[at + 1] === 1);
        p = (p + 4) | 0;
        at = (at + 2) | 0;
        break;
      case STEP.i32:
        value = view.getInt32(p, steps[at + 1] === 1);
        p = (p + 4) | 0;
        at = (at + 2) | 0;
        break;
      case STEP.w64: {
        const isLittleEndian = steps[at + 1] === 1;
        const first = view.getInt32(p, isLittleEndian);
        const second = view.getInt32(p + 4, isLittleEndian);
        value = isLittleEndian ? first : second;
        high = isLittleEndian ? second : first;
        p = (p + 8) | 0;
        at = (at + 2) | 0;
        break;
      }
      case STEP.f32:
        o = putReal(out, o, float32(view, p, steps[at + 1] === 1)) | 0;
        p = (p + 4) | 0;
        at = (at + 2) | 0;
        break;
      case STEP.f64:
        o = putReal(out, o, float64(view, p, steps[at + 1] === 1)) | 0;
        p = (p + 8) | 0;
        at = (at + 2) | 0;
        break;
      case STEP.putUnsigned:
        o = putUint32(out, o, value) | 0;
        at = (at + 1) | 0;
        break;
      case STEP.putSigned:
        o = putInt32(out, o, value) | 0;
        at = (at + 1) | 0;
        break;
      case STEP.putHex:
        o = putHex32(out, o, (steps[at + 2]! >= 32 ? value : value & steps[at + 1]!) >>> 0) | 0;
        at = (at + 3) | 0;
        break;
      case STEP.putFormatted:
        o =
          putString(buffer, o, formats[steps[at + 1]!]!(steps[at + 2] === 1 ? value : value >>> 0), need) | 0;
        out = buffer.bytes;
        text = buffer.view;
        at = (at + 3) | 0;
        break;
      case STEP.store:
        slots[steps[at + 1]!] = value >>> 0;
        at = (at + 2) | 0;
        break;
      case STEP.putUnsigned64:
        o = (high === 0 ? putUint32(out, o, value) : putUint64(out, o, high, value)) | 0;
        at = (at + 1) | 0;
        break;
      case STEP.putSigned64:
        o = (high === 0 ? putUint32(out, o, value) : putInt64(out, o, high, value)) | 0;
        at = (at + 1) | 0;
        break;
      case STEP.putHex64:
        o = putHex64(out, o, high, value) | 0;
        at = (at + 1) | 0;
        break;
      case STEP.putFormatted64: {
        const whole = (BigInt(high >>> 0) << 32n) | BigInt(value >>> 0);
        const isSigned = steps[at + 2] === 1;
        o =
          putString(buffer, o, formats[steps[at + 1]!]!(isSigned ? BigInt.asIntN(64, whole) : whole), need) |
          0;
        out = buffer.bytes;
        text = buffer.view;
        at = (at + 3) | 0;
        break;
      }
      case STEP.string:
        while (p < end) {
          const byte = bytes[p]!;
          p = (p + 1) | 0;
          if (IS_ESCAPED[byte] === 0) {
            out[o] = byte;
            o = (o + 1) | 0;
          } else if (byte === 0) break;
          else o = putEscape(out, o, byte) | 0;
        }
        at = (at + 1) | 0;
        break;
      case STEP.text:
      case STEP.textOfSlot: {
        const length = (steps[at] === STEP.text ? steps[at + 1]! : slots[steps[at + 1]!]!) | 0;
        if (length > end - p) damage();
        o = putText(out, o, bytes, p, p + length) | 0;
        p = (p + length) | 0;
        at = (at + 2) | 0;
        break;
      }
      case STEP.loop:
      case STEP.loopOfSlot: {
        const depth = steps[at + 1]!;
        const count = steps[at] === STEP.loop ? steps[at + 2]! : slots[steps[at + 2]!]!;
        counters[depth] = 0;
        counts[depth] = count;
        // At least a byte for each.
        if (count > end - p) damage();
        at = count === 0 ? steps[at + 3]! : at + 4;
        break;
      }
      case STEP.next: {
        const depth = steps[at + 1]!;
        const number = counters[depth]! + 1;
        counters[depth] = number;
        at = number < counts[depth]! ? steps[at + 2]! : at + 3;
        if (out.length - o < need) {
          buffer.reserve(o, need);
          out = buffer.bytes;
          text = buffer.view;
        }
        break;
      }
      case STEP.putNumber:
        o = putUint32(out, o, counters[steps[at + 1]!]!) | 0;
        at = (at + 2) | 0;
        break;
      case STEP.putGrouped: {
        const isNegative = steps[at + 1] === 1 && value < 0;
        o = putGroupedInt64(out, o, isNegative ? -1 : 0, value) | 0;
        at = (at + 2) | 0;
        break;
      }
      case STEP.putGrouped64:
        o =
          (steps[at + 1] === 1
            ? putGroupedInt64(out, o, high, value)
            : putGroupedUint64(out, o, high, value)) | 0;
        at = (at + 2) | 0;
        break;
      case STEP.putGroupedNumber:
        o = putGroupedUint64(out, o, 0, counters[steps[at + 1]!]!) | 0;
        at = (at + 2) | 0;
        break;
      case STEP.putGroupedCount:
        o = putGroupedUint64(out, o, 0, counts[steps[at + 1]!]!) | 0;
        at = (at + 2) | 0;
        break;
      case STEP.putCount:
        o = putUint32(out, o, counts[steps[at + 1]!]!) | 0;
        at = (at + 2) | 0;
        break;
      case STEP.jump:
        at = steps[at + 1]!;
        break;
      case STEP.rawString:
        while (p < end) {
          const byte = bytes[p]!;
          p = (p + 1) | 0;
          if (byte === 0) break;
          out[o] = byte;
          o = (o + 1) | 0;
        }
        at = (at + 1) | 0;
        break;
      case STEP.rawText:
      case STEP.rawTextOfSlot: {
        const length = (steps[at] === STEP.rawText ? steps[at + 1]! : slots[steps[at + 1]!]!) | 0;
        if (length > end - p) damage();
        o = putRawText(out, o, bytes, p, p + length) | 0;
        p = (p + length) | 0;
        at = (at + 2) | 0;
        break;
      }
      case STEP.jsonString: {
        const last = endOfText(bytes, p, end);
        o = putJsonText(out, o, bytes, p, last) | 0;
        p = (last + 1) | 0;
        at = (at + 1) | 0;
        break;
      }
      case STEP.jsonText:
      case STEP.jsonTextOfSlot: {
        const length = (steps[at] === STEP.jsonText ? steps[at + 1]! : slots[steps[at + 1]!]!) | 0;
        if (length > end - p) damage();
        o = putJsonText(out, o, bytes, p, endOfText(bytes, p, p + length)) | 0;
        p = (p + length) | 0;
        at = (at + 2) | 0;
        break;
      }
      case STEP.formattedF32:
      case STEP.formattedF64: {
        const isSingle = steps[at] === STEP.formattedF32;
        const isLittleEndian = steps[at + 2] === 1;
        const real = isSingle ? float32(view, p, isLittleEndian) : float64(view, p, isLittleEndian);
        o = putString(buffer, o, formats[steps[at + 1]!]!(real), need) | 0;
        out = buffer.bytes;
        text = buffer.view;
        p = (p + (isSingle ? 4 : 8)) | 0;
        at = (at + 3) | 0;
        break;
      }
      case STEP.unlessFirst:
        at = counters[steps[at + 1]!] === 0 ? steps[at + 2]! : at + 3;
        break;
      default:
        return damage();
    }
  }
}
