/**
 * How an event's payload lies in a record: one step per field, alignments resolved. Encoders, the generated and
 * the plain one, follow the same plan.
 */
import { hostByteOrder } from '@lttng-ts/wire';
import type { FieldDefinition } from '../definition.ts';
import type { EnumerationShape, FieldShape, IntegerShape } from '../fields.ts';

/** How values are aligned in records: `packed` on x86, `natural` where unaligned access is dear. */
export type Alignment = 'packed' | 'natural';

/** One integer as `DataView` writes it. */
export interface IntegerStep {
  readonly sizeBytes: 1 | 2 | 4 | 8;
  readonly isSigned: boolean;
  readonly isLittleEndian: boolean;
  readonly alignBytes: number;
}

export type Step =
  | { readonly kind: 'integer'; readonly integer: IntegerStep }
  | { readonly kind: 'enumeration'; readonly integer: IntegerStep; readonly labels: LabelValues }
  | {
      readonly kind: 'float';
      readonly sizeBytes: 4 | 8;
      readonly isLittleEndian: boolean;
      readonly alignBytes: number;
    }
  | { readonly kind: 'string' }
  | { readonly kind: 'array'; readonly length: number; readonly element: IntegerStep }
  | { readonly kind: 'sequence'; readonly lengthType: IntegerStep; readonly element: IntegerStep }
  | { readonly kind: 'text-array'; readonly length: number }
  | { readonly kind: 'text-sequence'; readonly lengthType: IntegerStep };

/** Values of the labels of an enumeration: bigint when the container has 64 bits. */
export type LabelValues = ReadonlyMap<string, number | bigint>;

export type PayloadAlign = 1 | 2 | 4 | 8;

export interface Plan {
  readonly steps: readonly Step[];
  /** Where a payload may start: the widest alignment of its values. */
  readonly alignBytes: PayloadAlign;
  /** Upper bound of the bytes that do not depend on values: fixed fields, lengths, NULs and padding. */
  readonly fixedBytes: number;
}

const isHostLittleEndian = hostByteOrder === 'little-endian';

/** Plans the payload of an event with these fields. */
export function planPayload(fields: readonly FieldDefinition[], alignment: Alignment): Plan {
  const steps = fields.map(({ shape }) => toStep(shape, alignment));
  return {
    steps,
    alignBytes: Math.max(1, ...steps.map(alignBytesOf)) as PayloadAlign,
    fixedBytes: steps.reduce((sum, step) => sum + fixedBytesOf(step), 0),
  };
}

function toStep(shape: FieldShape, alignment: Alignment): Step {
  switch (shape.kind) {
    case 'integer':
      return { kind: 'integer', integer: toIntegerStep(shape, alignment) };
    case 'enumeration':
      return {
        kind: 'enumeration',
        integer: toIntegerStep(shape.container, alignment),
        labels: labelValues(shape),
      };
    case 'float': {
      const sizeBytes = shape.sizeBits === 32 ? 4 : 8;
      const alignBytes = alignment === 'packed' ? 1 : sizeBytes;
      return { kind: 'float', sizeBytes, isLittleEndian: isHostLittleEndian, alignBytes };
    }
    case 'string':
      return { kind: 'string' };
    case 'array':
      if (shape.isText) return { kind: 'text-array', length: shape.length };
      return { kind: 'array', length: shape.length, element: toIntegerStep(shape.element, alignment) };
    case 'sequence': {
      const lengthType = toIntegerStep(shape.lengthType, alignment);
      if (shape.isText) return { kind: 'text-sequence', lengthType };
      return { kind: 'sequence', lengthType, element: toIntegerStep(shape.element, alignment) };
    }
  }
}

function toIntegerStep(shape: IntegerShape, alignment: Alignment): IntegerStep {
  const sizeBytes = (shape.sizeBits / 8) as 1 | 2 | 4 | 8;
  return {
    sizeBytes,
    isSigned: shape.isSigned,
    isLittleEndian: isHostLittleEndian !== shape.isNetworkOrder,
    alignBytes: alignment === 'packed' ? 1 : sizeBytes,
  };
}

function labelValues({ entries, container }: EnumerationShape): LabelValues {
  return new Map(
    entries.map(({ label, first }) => [label, container.sizeBits === 64 ? first : Number(first)]),
  );
}

function alignBytesOf(step: Step): number {
  switch (step.kind) {
    case 'integer':
    case 'enumeration':
      return step.integer.alignBytes;
    case 'float':
      return step.alignBytes;
    case 'array':
      return step.element.alignBytes;
    case 'sequence':
      return Math.max(step.lengthType.alignBytes, step.element.alignBytes);
    case 'text-sequence':
      return step.lengthType.alignBytes;
    case 'string':
    case 'text-array':
      return 1;
  }
}

function fixedBytesOf(step: Step): number {
  switch (step.kind) {
    case 'integer':
    case 'enumeration':
      return step.integer.sizeBytes + step.integer.alignBytes - 1;
    case 'float':
      return step.sizeBytes + step.alignBytes - 1;
    case 'string':
      return 1;
    case 'array':
      return step.length * step.element.sizeBytes + step.element.alignBytes - 1;
    case 'text-array':
      return step.length;
    case 'text-sequence':
      return step.lengthType.sizeBytes + step.lengthType.alignBytes - 1;
    case 'sequence':
      return (
        step.lengthType.sizeBytes +
        step.lengthType.alignBytes +
        step.element.alignBytes +
        step.element.sizeBytes
      );
  }
}
