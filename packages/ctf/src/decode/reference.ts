/**
 * The reference decoder: interprets operations one by one. Slow and obvious, it is the specification of
 * decoding, and the fallback where code cannot be generated.
 */
import { FormatError } from '@lttng-ts/base';
import type { BitReader } from './bit-reader.ts';
import { NO_SLOT, type Operation, type StructureOperation } from './operations.ts';
import type { FieldValue, StructureValue } from './values.ts';

/** Elements without any bits (empty structures) that an array may have: memory is bounded by the packet else. */
const MAX_EMPTY_ELEMENTS = 65536;

/** Hears of integers that mean something to the trace itself. */
export type RoleListener = (operation: Operation & { kind: 'integer' }, value: number | bigint) => void;

const ignoreRoles: RoleListener = () => undefined;

export class ReferenceDecoder {
  readonly #slots: bigint[];

  constructor(slotCount: number) {
    this.#slots = new Array<bigint>(slotCount).fill(0n);
  }

  /** Decodes one root structure at the reader's position. Throws `FormatError`. */
  decode(
    operation: StructureOperation,
    reader: BitReader,
    onRole: RoleListener = ignoreRoles,
  ): StructureValue {
    reader.align(operation.alignmentBits);
    return operation.members.map((member) => this.#decode(member, reader, onRole));
  }

  #decode(operation: Operation, reader: BitReader, onRole: RoleListener): FieldValue {
    switch (operation.kind) {
      case 'integer': {
        reader.align(operation.alignmentBits);
        const value = reader.readInteger(operation.sizeBits, operation.isSigned, operation.isLittleEndian);
        if (operation.slot !== NO_SLOT) this.#slots[operation.slot] = BigInt(value);
        if (operation.role !== null || operation.isClockValue) onRole(operation, value);
        return value;
      }
      case 'float':
        reader.align(operation.alignmentBits);
        return reader.readFloat(operation.sizeBits, operation.isLittleEndian);
      case 'string':
        return reader.readString();
      case 'text':
        return reader.readText(this.#length(operation.length, 8, reader));
      case 'array': {
        reader.align(operation.alignmentBits);
        const length = this.#length(operation.length, operation.minimumElementBits, reader);
        const values: FieldValue[] = [];
        for (let i = 0; i < length; i++) values.push(this.#decode(operation.element, reader, onRole));
        return values;
      }
      case 'structure':
        return this.decode(operation, reader, onRole);
      case 'variant': {
        const selector = this.#slots[operation.slot] ?? 0n;
        const option = operation.options.findIndex(({ ranges }) =>
          ranges.some(({ lower, upper }) => selector >= lower && selector <= upper),
        );
        const chosen = operation.options[option];
        if (chosen === undefined) throw new FormatError(`Selector chooses no option: selector=${selector}`);
        return { option, value: this.#decode(chosen.operation, reader, onRole) };
      }
    }
  }

  /** The length of an array, refused when its elements cannot fit into what remains. */
  #length(length: number | { slot: number }, minimumElementBits: number, reader: BitReader): number {
    const count = typeof length === 'number' ? BigInt(length) : (this.#slots[length.slot] ?? 0n);
    const limit =
      minimumElementBits === 0 ? MAX_EMPTY_ELEMENTS : Math.floor(reader.remainingBits / minimumElementBits);
    if (count > limit) {
      throw new FormatError(
        `Array exceeds packet content: length=${count}, remaining-bits=${reader.remainingBits}`,
      );
    }
    return Number(count);
  }
}
