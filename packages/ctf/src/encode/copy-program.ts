/**
 * Copy programs: how the fields of an event record go from one packet into another whose classes hold the same values,
 * without making values of them. Most bytes are simply copied; texts of a fixed length become strings, big-endian
 * numbers little-endian ones, padding goes.
 *
 * What programs do not know (bits within a byte, optionals, variants, padding between fields of the copy) is left to
 * values.
 */
import { Unsupported } from '../decode/generate.ts';
import { type ArrayOperation, type Length, NO_SLOT, type Operation } from '../decode/operations.ts';
import { damage } from '../decode/runtime.ts';
import type { PacketBytes } from '../decode/text-program.ts';
import type { RecordRun } from '../stream/record-run.ts';

/** Steps and what stands behind each in the program. */
const STEP = {
  end: 0,
  /** Number of bytes. */
  copy: 1,
  /** Number of bytes, which are reversed. */
  swap: 2,
  /** A string with its zero. */
  string: 3,
  /** Number of bytes, or a slot's: what is before the first zero becomes a string. */
  text: 4,
  textOfSlot: 5,
  /** Slot, size in bytes, whether it is little-endian: looks at a length, which is copied next. */
  length: 6,
  /** Slot, bytes of an element, bytes of what is reversed in it (0: nothing). */
  elements: 7,
  /** Alignment in bytes: passes over padding. */
  align: 8,
  /** What is left of the event record, unchanged. */
  rest: 9,
} as const;

const MAX_SLOTS = 64;
/** From here on, the engine's own copying is quicker than a loop. */
const MANY_BYTES = 256;

export type Roots = readonly (Operation | null)[];

export class CopyProgram {
  readonly steps: Int32Array;
  /** Bytes that zeros behind texts add at most. */
  readonly addedBytes: number;

  /** For root structures in order, of the packet that is read and of the one that is written. Throws `Unsupported`. */
  constructor(from: Roots, to: Roots) {
    const compiler = new Compiler();
    from.forEach((operation, i) => {
      const target = to[i] ?? null;
      if (operation === null && target === null) return;
      if (operation === null || target === null) throw new Unsupported('roots differ');
      compiler.field(operation, target);
    });
    const { steps, addedBytes } = compiler.finish();
    this.steps = Int32Array.from(steps);
    this.addedBytes = addedBytes;
  }
}

class Compiler {
  readonly #steps: number[] = [];
  /** Numbers of slots by those that the operations have. */
  readonly #slots = new Map<number, number>();
  /** Bytes to be copied before anything else is done. */
  #pending = 0;
  /** Behind the last step that changes something. */
  #changedEnd = 0;
  #addedBytes = 0;

  finish(): { readonly steps: readonly number[]; readonly addedBytes: number } {
    this.#flush();
    const steps = this.#steps.slice(0, this.#changedEnd);
    // Behind the last change, nobody needs to know what is copied.
    if (steps.length < this.#steps.length) steps.push(STEP.rest);
    steps.push(STEP.end);
    return { steps, addedBytes: this.#addedBytes };
  }

  /** Adds a step that changes something. */
  #change(...step: number[]): void {
    this.#steps.push(...step);
    this.#changedEnd = this.#steps.length;
  }

  #flush(): void {
    if (this.#pending > 0) this.#steps.push(STEP.copy, this.#pending);
    this.#pending = 0;
  }

  #align(alignmentBits: number, targetAlignmentBits: number): void {
    if (targetAlignmentBits > 8) throw new Unsupported('padding in the copy');
    if (alignmentBits <= 8) return;
    this.#flush();
    this.#change(STEP.align, alignmentBits / 8);
  }

  field(from: Operation, to: Operation): void {
    switch (from.kind) {
      case 'integer':
      case 'boolean':
      case 'float':
        this.#scalar(from, to);
        break;
      case 'string':
        if (to.kind !== 'string' || from.unitBytes !== 1 || to.unitBytes !== 1)
          throw new Unsupported('encoding');
        this.#flush();
        this.#steps.push(STEP.string);
        break;
      case 'text': {
        if (to.kind !== 'string' || from.unitBytes !== 1 || to.unitBytes !== 1)
          throw new Unsupported('encoding');
        this.#align(from.alignmentBits, 8);
        this.#flush();
        this.#addedBytes++;
        const slot = this.#slot(from.length);
        if (slot !== null) this.#change(STEP.textOfSlot, slot);
        else this.#change(STEP.text, fixedLength(from.length));
        break;
      }
      case 'array':
        if (to.kind !== 'array') throw new Unsupported('array of something else');
        this.#array(from, to);
        break;
      case 'structure':
        if (to.kind !== 'structure' || from.members.length !== to.members.length)
          throw new Unsupported('structure of other members');
        this.#align(from.alignmentBits, to.alignmentBits);
        from.members.forEach((member, i) => {
          this.field(member, to.members[i]!);
        });
        break;
      default:
        throw new Unsupported(from.kind);
    }
  }

  #scalar(from: Operation & { kind: 'integer' | 'boolean' | 'float' }, to: Operation): void {
    const { bytes, isSwapped } = scalarBytes(from, to);
    this.#align(from.alignmentBits, 'alignmentBits' in to ? to.alignmentBits : 8);
    if (from.kind !== 'float' && from.slot !== NO_SLOT) {
      if (from.kind !== 'integer' || bytes > 4 || from.isSigned)
        throw new Unsupported('length of an unusual class');
      const slot = this.#slots.get(from.slot) ?? this.#slots.size;
      if (slot >= MAX_SLOTS) throw new Unsupported('too many lengths');
      this.#slots.set(from.slot, slot);
      this.#flush();
      this.#steps.push(STEP.length, slot, bytes, Number(from.isLittleEndian));
    }
    if (!isSwapped) {
      this.#pending += bytes;
      return;
    }
    this.#flush();
    this.#change(STEP.swap, bytes);
  }

  #array(from: ArrayOperation, to: ArrayOperation): void {
    const { element } = from;
    if (element.kind !== 'integer' && element.kind !== 'boolean' && element.kind !== 'float')
      throw new Unsupported('array of structures');
    const { bytes, isSwapped } = scalarBytes(element, to.element);
    this.#align(from.alignmentBits, to.alignmentBits);
    // Elements follow each other without padding, here and there.
    if (element.alignmentBits > 8 * bytes || ('slot' in element && element.slot !== NO_SLOT))
      throw new Unsupported('padding between elements');
    const slot = this.#slot(from.length);
    if (slot !== null) {
      this.#flush();
      if (isSwapped) this.#change(STEP.elements, slot, bytes, bytes);
      else this.#steps.push(STEP.elements, slot, bytes, 0);
      return;
    }
    const count = fixedLength(from.length);
    if (!isSwapped) this.#pending += count * bytes;
    else {
      this.#flush();
      for (let i = 0; i < Math.min(count, MAX_SLOTS + 1); i++) this.#change(STEP.swap, bytes);
      if (count > MAX_SLOTS) throw new Unsupported('long array in another byte order');
    }
  }

  #slot(length: Length): number | null {
    if (typeof length === 'number') return null;
    const slot = this.#slots.get(length.slot);
    if (slot === undefined) throw new Unsupported('length elsewhere');
    return slot;
  }
}

function fixedLength(length: Length): number {
  if (typeof length !== 'number' || length > 0x0fff_ffff) throw new Unsupported('a length beyond any packet');
  return length;
}

/** Bytes of a scalar that has whole ones on both sides, and whether their order changes. */
function scalarBytes(
  from: Operation & { kind: 'integer' | 'boolean' | 'float' },
  to: Operation,
): { readonly bytes: number; readonly isSwapped: boolean } {
  if (to.kind !== from.kind || to.sizeBits !== from.sizeBits || from.sizeBits % 8 !== 0)
    throw new Unsupported('scalar of another size');
  if (from.isReversed || to.isReversed || from.alignmentBits % 8 !== 0 || to.alignmentBits !== 8)
    throw new Unsupported('bits within a byte');
  if (to.kind === 'integer' && from.kind === 'integer' && to.isSigned !== from.isSigned)
    throw new Unsupported('another sign');
  const bytes = from.sizeBits / 8;
  return { bytes, isSwapped: bytes > 1 && from.isLittleEndian !== to.isLittleEndian };
}

const slots = new Float64Array(MAX_SLOTS);

/** How event records of one class are copied. */
export class RecordCopy {
  readonly program: CopyProgram;
  /** The id of their class in the copy. */
  readonly idLow: number;
  readonly idHigh: number;

  constructor(eventRecordClassId: bigint, program: CopyProgram) {
    this.program = program;
    this.idLow = Number(BigInt.asUintN(32, eventRecordClassId));
    this.idHigh = Number(eventRecordClassId >> 32n);
  }
}

/** By the number of the class in a run: `null` where there is no copy, nothing where nobody has looked. */
export type RecordCopies = readonly (RecordCopy | null | undefined)[];

/** Memory that is written to. */
export interface CopyTarget extends PacketBytes {
  /** Whether event record headers tell the time. */
  readonly hasClock: boolean;
  /** Where the next copy goes. */
  at: number;
}

/**
 * Copies event records of a run from number `first` on, before `end`, up to one whose class has no copy in `copies`; gives that
 * one's number. There must be room.
 */
export function copyRecords(
  copies: RecordCopies,
  run: RecordRun,
  first: number,
  end: number,
  target: CopyTarget,
): number {
  const { classes, bodies, starts, clockLow, clockHigh } = run.columns;
  const source = run.bytes;
  const { view, hasClock } = target;
  let o = target.at | 0;
  let i = first;
  for (; i < end; i++) {
    const copy = copies[classes[i]!];
    if (copy === null || copy === undefined) break;
    const { program, idLow, idHigh } = copy;
    view.setUint32(o, idLow, true);
    view.setUint32(o + 4, idHigh, true);
    o = (o + 8) | 0;
    if (hasClock) {
      view.setUint32(o, clockLow[i]!, true);
      view.setUint32(o + 4, clockHigh[i]!, true);
      o = (o + 8) | 0;
    }
    o = runCopyProgram(program, source, bodies[i]!, starts[i + 1]!, target, o);
  }
  target.at = o;
  return i;
}

/**
 * Copies the fields of the event record whose body is at `from` and which ends at `end`; gives where the copy ends.
 */
function runCopyProgram(
  { steps }: CopyProgram,
  source: PacketBytes,
  from: number,
  end: number,
  target: PacketBytes,
  begin: number,
): number {
  const { bytes } = source;
  const out = target.bytes;
  let p = from | 0;
  let o = begin | 0;
  for (let at = 0; ; ) {
    switch (steps[at]) {
      case STEP.end:
        return o;
      case STEP.rest:
        return copyBytes(target, o, source, p, (end - p) | 0);
      case STEP.copy: {
        const count = steps[at + 1]!;
        o = copyBytes(target, o, source, p, count);
        p = (p + count) | 0;
        at = (at + 2) | 0;
        break;
      }
      case STEP.swap: {
        const count = steps[at + 1]!;
        for (let i = 0; i < count; i++) out[o + i] = bytes[p + count - 1 - i]!;
        p = (p + count) | 0;
        o = (o + count) | 0;
        at = (at + 2) | 0;
        break;
      }
      case STEP.string:
        for (let isMore = true; isMore && p < end; ) {
          const byte = bytes[p]!;
          out[o] = byte;
          p = (p + 1) | 0;
          o = (o + 1) | 0;
          isMore = byte !== 0;
        }
        at = (at + 1) | 0;
        break;
      case STEP.text:
      case STEP.textOfSlot: {
        const count = (steps[at] === STEP.text ? steps[at + 1]! : slots[steps[at + 1]!]!) | 0;
        if (count > end - p) damage();
        for (let i = 0; i < count; i++) {
          const byte = bytes[p + i]!;
          if (byte === 0) break;
          out[o] = byte;
          o = (o + 1) | 0;
        }
        out[o] = 0;
        o = (o + 1) | 0;
        p = (p + count) | 0;
        at = (at + 2) | 0;
        break;
      }
      case STEP.length: {
        const size = steps[at + 2]!;
        const isLittleEndian = steps[at + 3] === 1;
        let value = 0;
        for (let i = 0; i < size; i++)
          value = value * 256 + bytes[isLittleEndian ? p + size - 1 - i : p + i]!;
        slots[steps[at + 1]!] = value;
        at = (at + 4) | 0;
        break;
      }
      case STEP.elements: {
        const count = slots[steps[at + 1]!]! * steps[at + 2]!;
        const swapped = steps[at + 3]!;
        if (count > end - p) damage();
        if (swapped === 0) copyBytes(target, o, source, p, count);
        else {
          for (let i = 0; i < count; i++) {
            const place = i % swapped;
            out[o + i] = bytes[p + i - place + swapped - 1 - place]!;
          }
        }
        p = (p + count) | 0;
        o = (o + count) | 0;
        at = (at + 4) | 0;
        break;
      }
      case STEP.align: {
        const mask = steps[at + 1]! - 1;
        p = (p + mask) & ~mask;
        at = (at + 2) | 0;
        break;
      }
      default:
        damage();
    }
  }
}

/** Copies `count` bytes; gives where they end. */
function copyBytes(target: PacketBytes, o: number, source: PacketBytes, p: number, count: number): number {
  const end = (o + count) | 0;
  if (count > MANY_BYTES) {
    target.bytes.set(source.bytes.subarray(p, p + count), o);
    return end;
  }
  if (count < 4) {
    for (let i = 0; i < count; i = (i + 1) | 0) target.bytes[(o + i) | 0] = source.bytes[(p + i) | 0]!;
    return end;
  }
  const from = source.view;
  const to = target.view;
  // Words; the last one may begin within the one before.
  const last = (count - 4) | 0;
  for (let i = 0; i < last; i = (i + 4) | 0) to.setInt32((o + i) | 0, from.getInt32((p + i) | 0, true), true);
  to.setInt32((o + last) | 0, from.getInt32((p + last) | 0, true), true);
  return end;
}
