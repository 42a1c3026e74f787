/**
 * Chooses how event records are read: by generated functions, or by the reference decoder where code cannot be
 * generated, must not be (`LTTNG_TS_CODEGEN=0`), or is not supported for a class.
 */
import { FormatError } from '@lttng-ts/base';
import type { EventRecordClass } from '../model/trace-class.ts';
import { type Code, canCompile, compile } from './code.ts';
import { generateHeader, generateSkip, generateValues, Unsupported } from './generate.ts';
import {
  type DataStreamOperations,
  type EventRecordOperations,
  NO_SLOT,
  type Operation,
  type StructureOperation,
} from './operations.ts';
import type { Cursor } from './runtime.ts';
import * as runtime from './runtime.ts';
import type { StructureValue } from './values.ts';

/** Gives where in the packet it ends, in bytes. */
type Move = (cursor: Cursor, p: number) => number;
/** Values of the common context, the specific context and the payload. */
export type RecordValues = readonly [StructureValue | null, StructureValue | null, StructureValue | null];
type GiveValues = (cursor: Cursor, p: number) => RecordValues;

/** Generated functions for one event record class. */
export class GeneratedRecord {
  readonly eventRecordClass: EventRecordClass;
  readonly skip: Move;
  /** Whether values need slots that the header fills: read it again before asking for them. */
  readonly needsHeader: boolean;
  readonly #roots: readonly (StructureOperation | null)[];
  #values: GiveValues | null = null;

  constructor(eventRecordClass: EventRecordClass, roots: readonly (StructureOperation | null)[], skip: Move) {
    this.eventRecordClass = eventRecordClass;
    this.#roots = roots;
    this.skip = skip;
    const reads = new Set<number>();
    const writes = new Set<number>();
    for (const root of roots) {
      if (root === null) continue;
      collectReads(root, reads);
      collectWrites(root, writes);
    }
    this.needsHeader = [...reads].some((slot) => !writes.has(slot));
  }

  /** Values of the root structures that begin at byte `p`. Made on first use: much of a trace is never looked at. */
  get values(): GiveValues {
    this.#values ??= compile<GiveValues>(generateValues(this.#roots), runtime);
    return this.#values;
  }

  /** The source of the generated functions. */
  describe(): string {
    return `${generateSkip(this.#roots, true).source}\n${generateValues(this.#roots).source}`;
  }
}

/** Generated functions for the event records of one data stream class. */
export class GeneratedStream {
  readonly header: Move;
  /** Whether the header has an id; without one there is one class at most. */
  readonly hasId: boolean;
  readonly #classes: ReadonlyMap<bigint, EventRecordOperations>;
  readonly #commonContext: StructureOperation | null;
  readonly #isHeaderOnByte: boolean;
  /** `null`: not supported, the reference decoder reads it. */
  readonly #made = new Map<number, GeneratedRecord | null>();

  constructor(operations: DataStreamOperations) {
    const { eventRecordHeader, eventRecordCommonContext, eventRecords } = operations;
    const shared = new Set<number>();
    const roots = [...eventRecords.values()].flatMap(({ specificContext, payload }) => [
      specificContext,
      payload,
    ]);
    for (const root of [eventRecordCommonContext, ...roots]) if (root !== null) collectReads(root, shared);
    this.header = compile<Move>(generateHeader(eventRecordHeader, shared), runtime);
    this.hasId = eventRecordHeader !== null && hasId(eventRecordHeader);
    this.#classes = eventRecords;
    this.#commonContext = eventRecordCommonContext;
    this.#isHeaderOnByte = (eventRecordHeader?.alignmentBits ?? 1) >= 8;
  }

  /** The functions for the class with the id that the header gave; `null`: ask the reference decoder. */
  record(id: number): GeneratedRecord | null {
    const made = this.#made.get(id);
    if (made !== undefined) return made;
    const record = this.#make(id);
    this.#made.set(id, record);
    return record;
  }

  #make(id: number): GeneratedRecord | null {
    if (!Number.isSafeInteger(id)) return null;
    const only = !this.hasId && this.#classes.size === 1 ? [...this.#classes.values()][0] : undefined;
    const operations = only ?? this.#classes.get(BigInt(Math.max(id, 0)));
    if (operations === undefined) return null;
    const { eventRecordClass, specificContext, payload } = operations;
    const roots = [this.#commonContext, specificContext, payload];
    const skip = supported(() => {
      // What cannot give values shall not be skipped either: see whether it can, compile it later.
      generateValues(roots);
      return generateSkip(roots, this.#isHeaderOnByte);
    });
    return skip === null ? null : new GeneratedRecord(eventRecordClass, roots, compile<Move>(skip, runtime));
  }
}

function supported(generate: () => Code): Code | null {
  try {
    return generate();
  } catch (error) {
    if (error instanceof Unsupported) return null;
    throw error;
  }
}

function hasId(operation: Operation): boolean {
  switch (operation.kind) {
    case 'integer':
    case 'variable-length':
      return operation.roles.includes('event-record-class-id');
    case 'structure':
      return operation.members.some(hasId);
    case 'variant':
      return operation.options.some((option) => hasId(option.operation));
    default:
      return false;
  }
}

/** Slots that an operation reads. */
function collectReads(operation: Operation, slots: Set<number>): void {
  const read = (slot: number): void => {
    if (slot !== NO_SLOT) slots.add(slot);
  };
  switch (operation.kind) {
    case 'text':
    case 'blob':
      if (typeof operation.length !== 'number') read(operation.length.slot);
      break;
    case 'array':
      if (typeof operation.length !== 'number') read(operation.length.slot);
      collectReads(operation.element, slots);
      break;
    case 'structure':
      for (const member of operation.members) collectReads(member, slots);
      break;
    case 'optional':
      read(operation.slot);
      collectReads(operation.content, slots);
      break;
    case 'variant':
      read(operation.slot);
      for (const option of operation.options) collectReads(option.operation, slots);
      break;
  }
}

/** Slots that an operation writes. */
function collectWrites(operation: Operation, slots: Set<number>): void {
  switch (operation.kind) {
    case 'integer':
    case 'variable-length':
    case 'boolean':
      slots.add(operation.slot);
      break;
    case 'array':
      collectWrites(operation.element, slots);
      break;
    case 'structure':
      for (const member of operation.members) collectWrites(member, slots);
      break;
    case 'optional':
      collectWrites(operation.content, slots);
      break;
    case 'variant':
      for (const option of operation.options) collectWrites(option.operation, slots);
      break;
  }
}

/** By the operations object, never by names: two traces may have classes of equal names. */
const generatedStreams = new WeakMap<DataStreamOperations, GeneratedStream | null>();

let isAllowed: boolean | null = null;

interface MaybeProcess {
  readonly process?: { readonly env?: { readonly [name: string]: string | undefined } };
}

/** Whether functions may be generated here. */
export function isCodeGenerationAllowed(): boolean {
  isAllowed ??= (globalThis as MaybeProcess).process?.env?.['LTTNG_TS_CODEGEN'] !== '0' && canCompile();
  return isAllowed;
}

/** Allows or forbids generated functions for traces that are opened from now on; `null`: as the environment says. */
export function setCodeGeneration(allowed: boolean | null): void {
  isAllowed = allowed;
}

/** Generated functions for a data stream class; `null` where the reference decoder must do. */
export function generatedStream(operations: DataStreamOperations): GeneratedStream | null {
  if (!isCodeGenerationAllowed()) return null;
  let stream = generatedStreams.get(operations);
  if (stream === undefined) {
    try {
      stream = new GeneratedStream(operations);
    } catch (error) {
      // A header that the generator does not know is the reference decoder's.
      if (!(error instanceof Unsupported)) throw error;
      stream = null;
    }
    generatedStreams.set(operations, stream);
  }
  return stream;
}

/** Whether an error of a generated function tells that the bytes are wrong. */
export function isDamage(error: unknown): boolean {
  return error instanceof runtime.Damage || error instanceof RangeError || error instanceof FormatError;
}
