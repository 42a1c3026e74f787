/**
 * The reference decoder: interprets operations one by one. Slow and obvious, it is the specification of
 * decoding, and the fallback where code cannot be generated.
 */
import { FormatError } from '@lttng-ts/base';
import type { IntegerRange } from '../model/field-class.ts';
import type { BitReader } from './bit-reader.ts';
import {
  type ArrayOperation,
  type Length,
  NO_SLOT,
  type Operation,
  type StructureOperation,
} from './operations.ts';
import type { FieldValue, StructureValue } from './values.ts';

/** Elements without any bits (empty structures) that one root structure may have in its arrays. */
export const MAX_EMPTY_ELEMENTS = 65536;

/**
 * Hears of integers that mean something to the trace itself. `sizeBits`: how many bits of the value were read, which
 * matters to clock values.
 */
export type RoleListener = (operation: RoleOperation, value: number | bigint, sizeBits: number) => void;

export type RoleOperation = Operation & { kind: 'integer' | 'variable-length' };

const ignoreRoles: RoleListener = () => undefined;

export class ReferenceDecoder {
  readonly #slots: bigint[];
  #emptyElements = 0;

  constructor(slotCount: number) {
    this.#slots = new Array<bigint>(slotCount).fill(0n);
  }

  /** What fields that others refer to said. */
  get slots(): readonly bigint[] {
    return this.#slots;
  }

  /** Goes on where another decoder was whose {@link slots} these were. */
  restore(slots: readonly bigint[]): void {
    for (let i = 0; i < slots.length; i++) this.#slots[i] = slots[i]!;
  }

  /** Forgets what the event record before said: slots from `packetSlotCount` on. */
  beginEventRecord(packetSlotCount: number): void {
    this.#slots.fill(0n, packetSlotCount);
  }

  /** Decodes one root structure at the reader's position. Throws `FormatError`. */
  decode(
    operation: StructureOperation,
    reader: BitReader,
    onRole: RoleListener = ignoreRoles,
  ): StructureValue {
    this.#emptyElements = 0;
    return this.#structure(operation, reader, onRole);
  }

  #structure(operation: StructureOperation, reader: BitReader, onRole: RoleListener): StructureValue {
    reader.align(operation.alignmentBits);
    return operation.members.map((member) => this.#decode(member, reader, onRole));
  }

  #decode(operation: Operation, reader: BitReader, onRole: RoleListener): FieldValue {
    switch (operation.kind) {
      case 'integer': {
        reader.align(operation.alignmentBits);
        const { sizeBits, isSigned, isLittleEndian, isReversed } = operation;
        return this.#report(
          operation,
          reader.readInteger(sizeBits, isSigned, isLittleEndian, isReversed),
          sizeBits,
          onRole,
        );
      }
      case 'variable-length': {
        const { value, sizeBits } = reader.readVariableLength(operation.isSigned);
        return this.#report(operation, value, sizeBits, onRole);
      }
      case 'boolean': {
        reader.align(operation.alignmentBits);
        const { sizeBits, isLittleEndian, isReversed } = operation;
        const value = BigInt(reader.readInteger(sizeBits, false, isLittleEndian, isReversed)) !== 0n;
        if (operation.slot !== NO_SLOT) this.#slots[operation.slot] = value ? 1n : 0n;
        return value;
      }
      case 'float':
        reader.align(operation.alignmentBits);
        return reader.readFloat(operation.sizeBits, operation.isLittleEndian, operation.isReversed);
      case 'string':
        return reader.readString(operation.unitBytes);
      case 'text':
        reader.align(operation.alignmentBits);
        return reader.readText(this.#length(operation.length, 8, reader), operation.unitBytes);
      case 'blob':
        return reader.readBlob(this.#length(operation.length, 8, reader));
      case 'array':
        return this.#array(operation, reader, onRole);
      case 'structure':
        return this.#structure(operation, reader, onRole);
      case 'optional': {
        const selector = this.#slots[operation.slot] ?? 0n;
        const { ranges } = operation;
        const isThere = ranges === null ? selector !== 0n : isInRanges(ranges, selector);
        return { content: isThere ? this.#decode(operation.content, reader, onRole) : null };
      }
      case 'variant': {
        const selector = this.#slots[operation.slot] ?? 0n;
        const option = operation.options.findIndex(({ ranges }) => isInRanges(ranges, selector));
        const chosen = operation.options[option];
        if (chosen === undefined) throw new FormatError(`Selector chooses no option: selector=${selector}`);
        return { option, value: this.#decode(chosen.operation, reader, onRole) };
      }
    }
  }

  #report(
    operation: RoleOperation,
    value: number | bigint,
    sizeBits: number,
    onRole: RoleListener,
  ): number | bigint {
    if (operation.slot !== NO_SLOT) this.#slots[operation.slot] = BigInt(value);
    if (operation.roles.length > 0 || operation.isClockValue) onRole(operation, value, sizeBits);
    return value;
  }

  #array(operation: ArrayOperation, reader: BitReader, onRole: RoleListener): StructureValue {
    reader.align(operation.alignmentBits);
    const length = this.#length(operation.length, operation.minimumElementBits, reader);
    const values: FieldValue[] = [];
    for (let i = 0; i < length; i++) {
      const before = reader.atBits;
      values.push(this.#decode(operation.element, reader, onRole));
      // Elements with bits are bounded by the packet; those without need a bound of their own.
      if (reader.atBits === before && ++this.#emptyElements > MAX_EMPTY_ELEMENTS) {
        throw new FormatError(`Too many elements without bits: limit=${MAX_EMPTY_ELEMENTS}`);
      }
    }
    return values;
  }

  /** The length of an array, refused when its elements cannot fit into what remains. */
  #length(length: Length, minimumElementBits: number, reader: BitReader): number {
    const count = typeof length === 'number' ? BigInt(length) : (this.#slots[length.slot] ?? 0n);
    if (count * BigInt(minimumElementBits) > reader.remainingBits) {
      throw new FormatError(
        `Array exceeds packet content: length=${count}, remaining-bits=${reader.remainingBits}`,
      );
    }
    return Number(count);
  }
}

export function isInRanges(ranges: readonly IntegerRange[], value: bigint): boolean {
  return ranges.some(({ lower, upper }) => value >= lower && value <= upper);
}
