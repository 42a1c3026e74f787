/**
 * The plain encoder: interprets a plan step by step. It is the specification of the generated one, and its
 * fallback where code generation is forbidden.
 */
import type { Buffer } from 'node:buffer';
import type { Plan, Step } from './plan.ts';
import {
  align,
  NO_ROOM,
  putArray,
  putInteger,
  putSequence,
  putString,
  putTextArray,
  putTextSequence,
  toFloat,
} from './runtime.ts';

/** Encodes `values` from the start of `bytes`; returns the length, or `NO_ROOM`. */
export function encodePayload(plan: Plan, bytes: Buffer, view: DataView, values: readonly unknown[]): number {
  // Values of variable size must end here, so that everything fixed has room behind them.
  const limit = bytes.length - plan.fixedBytes;
  if (limit < 0) return NO_ROOM;
  let at = 0;
  for (const [i, step] of plan.steps.entries()) {
    at = putValue(step, bytes, view, at, values[i], limit);
    if (at === NO_ROOM) return NO_ROOM;
  }
  return at;
}

function putValue(
  step: Step,
  bytes: Buffer,
  view: DataView,
  at: number,
  value: unknown,
  limit: number,
): number {
  switch (step.kind) {
    case 'integer':
    case 'enumeration': {
      const start = align(at, step.integer.alignBytes);
      const number =
        step.kind === 'enumeration' && typeof value === 'string' ? step.labels.get(value) : value;
      putInteger(view, start, number, step.integer);
      return start + step.integer.sizeBytes;
    }
    case 'float': {
      const start = align(at, step.alignBytes);
      if (step.sizeBytes === 4) view.setFloat32(start, toFloat(value), step.isLittleEndian);
      else view.setFloat64(start, toFloat(value), step.isLittleEndian);
      return start + step.sizeBytes;
    }
    case 'string':
      return putString(bytes, at, value, limit);
    case 'array':
      return putArray(bytes, view, at, value, step.length, step.element);
    case 'sequence':
      return putSequence(bytes, view, at, value, step.lengthType, step.element, limit);
    case 'text-array':
      return putTextArray(bytes, at, value, step.length);
    case 'text-sequence':
      return putTextSequence(bytes, view, at, value, step.lengthType, limit);
  }
}
