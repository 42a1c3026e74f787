/**
 * Values to bits, by the operations that decoders follow. Lengths and selectors are fields like others: their values
 * must fit what they describe, which is checked.
 */
import { AssertionError, assert } from '@lttng-ts/base';
import {
  type Length,
  NO_SLOT,
  type Operation,
  type StructureOperation,
  type TextOperation,
} from '../decode/operations.ts';
import { isInRanges } from '../decode/reference.ts';
import { type FieldValue, NEGATIVE_NAN, type StructureValue } from '../decode/values.ts';
import type { BitWriter } from './bit-writer.ts';

export class FieldEncoder {
  readonly #slots: bigint[];

  constructor(slotCount: number) {
    this.#slots = new Array<bigint>(slotCount).fill(0n);
  }

  /** Writes one root structure at the writer's position. A value that does not fit its class is a bug. */
  encode(operation: StructureOperation, value: StructureValue, writer: BitWriter): void {
    writer.align(operation.alignmentBits);
    assert(value.length === operation.members.length, `Structure has other members: count=${value.length}`);
    for (const [i, member] of operation.members.entries()) this.#encode(member, value[i]!, writer);
  }

  #encode(operation: Operation, value: FieldValue, writer: BitWriter): void {
    switch (operation.kind) {
      case 'integer': {
        assert(typeof value === 'number' || typeof value === 'bigint', 'Not an integer');
        const { sizeBits, isLittleEndian, isReversed } = operation;
        const exact = BigInt(value);
        const fitting = operation.isSigned ? BigInt.asIntN(sizeBits, exact) : BigInt.asUintN(sizeBits, exact);
        assert(exact === fitting, `Integer does not fit: value=${value}, size-bits=${sizeBits}`);
        writer.align(operation.alignmentBits);
        writer.writeInteger(value, sizeBits, isLittleEndian, isReversed);
        this.#store(operation.slot, exact);
        break;
      }
      case 'variable-length': {
        assert(typeof value === 'number' || typeof value === 'bigint', 'Not an integer');
        writer.writeVariableLength(BigInt(value), operation.isSigned);
        this.#store(operation.slot, BigInt(value));
        break;
      }
      case 'boolean':
        assert(typeof value === 'boolean', 'Not a boolean');
        writer.align(operation.alignmentBits);
        writer.writeInteger(
          value ? 1 : 0,
          operation.sizeBits,
          operation.isLittleEndian,
          operation.isReversed,
        );
        this.#store(operation.slot, value ? 1n : 0n);
        break;
      case 'float':
        assert(typeof value === 'number' || value === NEGATIVE_NAN, 'Not a floating point number');
        writer.align(operation.alignmentBits);
        writer.writeFloat(value, operation.sizeBits, operation.isLittleEndian, operation.isReversed);
        break;
      case 'string':
        assert(value instanceof Uint8Array, 'Not a string');
        writer.writeBytes(value);
        writer.skip(operation.unitBytes * 8);
        break;
      case 'text':
        this.#encodeText(operation, value, writer);
        break;
      case 'blob': {
        assert(value instanceof Uint8Array, 'Not a BLOB');
        this.#checkLength(operation.length, value.length);
        writer.writeBytes(value);
        break;
      }
      case 'array': {
        assert(Array.isArray(value), 'Not an array');
        this.#checkLength(operation.length, value.length);
        writer.align(operation.alignmentBits);
        for (const element of value as StructureValue) this.#encode(operation.element, element, writer);
        break;
      }
      case 'structure':
        assert(Array.isArray(value), 'Not a structure');
        this.encode(operation, value as StructureValue, writer);
        break;
      case 'optional': {
        assert(typeof value === 'object' && 'content' in value, 'Not an optional');
        const selector = this.#slots[operation.slot] ?? 0n;
        const isThere = operation.ranges === null ? selector !== 0n : isInRanges(operation.ranges, selector);
        assert(isThere === (value.content !== null), `Selector says otherwise: selector=${selector}`);
        if (value.content !== null) this.#encode(operation.content, value.content, writer);
        break;
      }
      case 'variant': {
        assert(typeof value === 'object' && 'option' in value, 'Not a variant');
        const selector = this.#slots[operation.slot] ?? 0n;
        const option = operation.options[value.option];
        if (option === undefined || !isInRanges(option.ranges, selector)) {
          throw new AssertionError(`Selector chooses another option: selector=${selector}`);
        }
        this.#encode(option.operation, value.value, writer);
        break;
      }
    }
  }

  #store(slot: number, value: bigint): void {
    if (slot !== NO_SLOT) this.#slots[slot] = value;
  }

  /** What a decoded text lost behind its end is zeros. */
  #encodeText(operation: TextOperation, value: FieldValue, writer: BitWriter): void {
    assert(value instanceof Uint8Array, 'Not a text');
    const length = this.#length(operation.length);
    assert(value.length <= length, `Text is too long: bytes=${value.length}, length=${length}`);
    writer.align(operation.alignmentBits);
    writer.writeBytes(value);
    writer.skip((length - value.length) * 8);
  }

  #length(length: Length): number {
    return typeof length === 'number' ? length : Number(this.#slots[length.slot] ?? 0n);
  }

  #checkLength(length: Length, actual: number): void {
    const expected = this.#length(length);
    assert(actual === expected, `Length field says otherwise: elements=${actual}, length=${expected}`);
  }
}
