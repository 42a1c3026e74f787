/**
 * Chooses how event records are read: by generated functions, or by the reference decoder where code cannot be
 * generated, must not be (`LTTNG_TS_CODEGEN=0`), or is not supported for a class.
 */

import { assert } from '@lttng-ts/base';
import type { EventRecordClass } from '../model/trace-class.ts';
import { type Code, canCompile, compile } from './code.ts';
import {
  generateHeader,
  generateSelection,
  generateSkip,
  generateValues,
  type Selection,
  Unsupported,
} from './generate.ts';
import { type Fill, type FillTarget, generateFill } from './generate-fill.ts';
import { generateWalk, type WalkTable } from './generate-walk.ts';
import {
  type DataStreamOperations,
  type EventRecordOperations,
  NO_SLOT,
  type Operation,
  type StructureOperation,
} from './operations.ts';
import type { RecordColumns } from './record-columns.ts';
import type { Cursor } from './runtime.ts';
import * as runtime from './runtime.ts';
import type { TextPart, TextPlan } from './text-plan.ts';
import { TextProgram } from './text-program.ts';
import type { StructureValue } from './values.ts';
import { type HeaderProgram, headerProgram, recordProgram, tableProgram } from './walk-program.ts';

/** Gives where in the packet it ends, in bytes. */
type Move = (cursor: Cursor, p: number) => number;
/** Values of the common context, the specific context and the payload. */
export type RecordValues = readonly [StructureValue | null, StructureValue | null, StructureValue | null];
type GiveValues = (cursor: Cursor, p: number) => RecordValues;
/** Puts selected values into an array. */
export type Select = (cursor: Cursor, p: number, values: unknown[]) => void;
type Walk = (
  cursor: Cursor,
  p: number,
  columns: RecordColumns,
  stream: GeneratedStream,
  limit: number,
  target: FillTarget | null,
) => number;

/** Passes over event records, see {@link GeneratedStream.walk}; or what the walk machine needs to do it. */
export interface Walker {
  walk(cursor: Cursor, p: number, columns: RecordColumns, limit: number): number;
  /** The machine's program for headers; `null`: it cannot read them. */
  readonly headerProgram: HeaderProgram | null;
  indexOf(id: number): number;
  /** Its program for the class with this number; `null`: it cannot read its event records. */
  programOf(number: number): Int32Array | null;
  /** Where fields are put of the class with this number. */
  readonly table: { readonly classNumber: number; readonly target: FillTarget } | null;
}

/** So few classes are in the first walk at once: to get a second one warm takes longer. */
const FEW_CLASSES = 8;
/** Event records after which the walk is generated for the classes that came. */
const CALLS_PER_WALK = 2000;
/** Classes that a walk passes over by itself, at most: engines do not optimise functions of any size. */
const MAX_WALK_CLASSES = 100;
/** Ids that are looked up in an array. */
const INDEXED_IDS = 4096;

/** {@link TextPart} with the number of a root structure instead of its operation. */
export type RecordTextPart =
  | Exclude<TextPart, { kind: 'root' }>
  | { readonly kind: 'root'; readonly root: 0 | 1 | 2; readonly plan: TextPlan };

/** Generated functions for one event record class. */
export class GeneratedRecord {
  readonly eventRecordClass: EventRecordClass;
  /** Whether values need slots that the header fills: read it again before asking for them. */
  readonly needsHeader: boolean;
  /** Common context, specific context, payload. */
  readonly roots: readonly (StructureOperation | null)[];
  readonly #skipCode: Code;
  #skip: Move | null = null;
  #values: GiveValues | null = null;

  constructor(
    eventRecordClass: EventRecordClass,
    roots: readonly (StructureOperation | null)[],
    skipCode: Code,
  ) {
    this.eventRecordClass = eventRecordClass;
    this.roots = roots;
    this.#skipCode = skipCode;
    const reads = new Set<number>();
    const writes = new Set<number>();
    for (const root of roots) {
      if (root === null) continue;
      collectReads(root, reads);
      collectWrites(root, writes);
    }
    this.needsHeader = [...reads].some((slot) => !writes.has(slot));
  }

  /** Passes over the root structures that begin at byte `p`. Made on first use: walks seldom need it. */
  get skip(): Move {
    this.#skip ??= compile<Move>(this.#skipCode, runtime);
    return this.#skip;
  }

  /** Values of the root structures that begin at byte `p`. Made on first use: much of a trace is never looked at. */
  get values(): GiveValues {
    this.#values ??= compile<GiveValues>(generateValues(this.roots), runtime);
    return this.#values;
  }

  /**
   * A program that writes the text of event records of this class; `null` when programs do not know its fields. `parts`
   * names the roots by their number: common context, specific context, payload; it must have all that are there, in order.
   */
  makeTextProgram(parts: readonly RecordTextPart[]): TextProgram | null {
    try {
      return new TextProgram(
        parts.map((part): TextPart => {
          if (part.kind !== 'root') return part;
          const operation = this.roots[part.root] ?? null;
          assert(operation !== null, 'Text of a root structure that is not there');
          return { kind: 'root', operation, plan: part.plan };
        }),
      );
    } catch (error) {
      if (error instanceof Unsupported) return null;
      throw error;
    }
  }

  /** A function that fills columns: numbers in `selections`, one for each root, are those of columns. */
  makeFill(selections: readonly (Selection | null)[]): Fill {
    return compile<Fill>(generateFill(this.roots, selections, this.needsHeader), runtime);
  }

  /** A function that reads selected members of the root structures at byte `p`. Not for those that `needsHeader`. */
  makeSelect(selections: readonly (Selection | null)[]): Select {
    assert(!this.needsHeader, 'Selection without the header that it needs');
    return compile<Select>(generateSelection(this.roots, selections), runtime);
  }

  /** The source of the generated functions. */
  describe(): string {
    return `${generateSkip(this.roots, true).source}\n${generateValues(this.roots).source}`;
  }
}

interface WalkArguments {
  readonly cursor: Cursor;
  readonly p: number;
  readonly columns: RecordColumns;
  readonly limit: number;
  readonly target: FillTarget | null;
}

/** A walk that is generated anew when event records of other classes than it knows have come often enough. */
class GrowingWalk {
  readonly #generate: (classCount: number) => Walk;
  readonly #callsPerWalk: number;
  #walk: Walk;
  /** Classes that the walk passes over by itself. */
  #classCount: number;
  #callsUntilNext: number;

  constructor(generate: (classCount: number) => Walk, recordCount: number, callsPerWalk: number) {
    this.#generate = generate;
    this.#callsPerWalk = callsPerWalk;
    this.#callsUntilNext = callsPerWalk;
    this.#classCount = Math.min(recordCount, MAX_WALK_CLASSES);
    this.#walk = generate(this.#classCount);
  }

  run(stream: GeneratedStream, { cursor, p, columns, limit, target }: WalkArguments): number {
    columns.count = 0;
    columns.calls = 0;
    const end = this.#walk(cursor, p, columns, stream, limit, target);
    this.#callsUntilNext -= columns.calls;
    const known = Math.min(stream.records.length, MAX_WALK_CLASSES);
    if (this.#callsUntilNext < 0 && this.#classCount < known) {
      this.#classCount = known;
      this.#walk = this.#generate(known);
      // Classes that come later are worth another walk only when they come often.
      this.#callsUntilNext = 10 * this.#callsPerWalk;
    }
    return end;
  }
}

/** Generated functions for the event records of one data stream class. */
export class GeneratedStream implements Walker {
  readonly table = null;
  /** Whether the header has an id; without one there is one class at most. */
  readonly hasId: boolean;
  /** Classes that have occurred, by the numbers that columns hold. */
  readonly records: GeneratedRecord[] = [];
  /** For walks: number of the class of each id below some limit; -1: ask {@link indexOf}. */
  readonly indexes = new Int32Array(INDEXED_IDS).fill(-1);
  readonly #headerCode: Code;
  #headerMove: Move | null = null;
  #headerProgram: HeaderProgram | null | undefined;
  /** Of each of `records`, as soon as somebody asked. */
  readonly #programs: (Int32Array | null)[] = [];
  readonly #header: StructureOperation | null;
  readonly #sharedSlots: ReadonlySet<number>;
  readonly #classes: ReadonlyMap<bigint, EventRecordOperations>;
  readonly #commonContext: StructureOperation | null;
  readonly #isHeaderOnByte: boolean;
  /** -1: not supported, the reference decoder reads it. */
  readonly #made = new Map<number, number>();
  readonly #operations: DataStreamOperations;
  #alignmentBytes: number | null = null;
  readonly #callsPerWalk: number;
  #walk: GrowingWalk | null = null;

  /** `callsPerWalk`: event records of classes that the walk does not know, before another walk is generated. */
  constructor(operations: DataStreamOperations, callsPerWalk = CALLS_PER_WALK) {
    this.#operations = operations;
    this.#callsPerWalk = callsPerWalk;
    const { eventRecordHeader, eventRecordCommonContext, eventRecords } = operations;
    const shared = new Set<number>();
    const roots = [...eventRecords.values()].flatMap(({ specificContext, payload }) => [
      specificContext,
      payload,
    ]);
    for (const root of [eventRecordCommonContext, ...roots]) if (root !== null) collectReads(root, shared);
    this.#header = eventRecordHeader;
    this.#sharedSlots = shared;
    this.#headerCode = generateHeader(eventRecordHeader, shared);
    this.hasId = eventRecordHeader !== null && hasId(eventRecordHeader);
    this.#classes = eventRecords;
    this.#commonContext = eventRecordCommonContext;
    this.#isHeaderOnByte = (eventRecordHeader?.alignmentBits ?? 1) >= 8;
  }

  /** Reads a header. Made on first use. */
  get header(): Move {
    this.#headerMove ??= compile<Move>(this.#headerCode, runtime);
    return this.#headerMove;
  }

  get headerProgram(): HeaderProgram | null {
    if (this.#headerProgram === undefined)
      this.#headerProgram = supported(() => headerProgram(this.#header, this.#sharedSlots));
    return this.#headerProgram;
  }

  programOf(number: number): Int32Array | null {
    let program = this.#programs[number];
    if (program === undefined) {
      const header = this.headerProgram;
      const { roots } = this.records[number]!;
      program = header === null ? null : supported(() => recordProgram(roots, header, this.#isHeaderOnByte));
      this.#programs[number] = program;
    }
    return program;
  }

  /** Makes the functions for all classes before any occurs. */
  #makeAll(): void {
    if (!this.hasId) this.indexOf(-1);
    else for (const id of this.#classes.keys()) this.indexOf(Number(id));
  }

  /**
   * Passes over event records that begin from byte `p` on and before `limit`, fills `columns` with them and gives where
   * the last one ends. Before `limit` that is a place that the reference decoder must look at when `columns` are not full;
   * or the bytes end within an event record. The cursor's clock is the last one's.
   */
  walk(cursor: Cursor, p: number, columns: RecordColumns, limit: number = cursor.bytes.length): number {
    if (this.#walk === null) {
      if (this.#classes.size <= FEW_CLASSES) this.#makeAll();
      this.#walk = this.#makeWalk(null);
    }
    return this.#walk.run(this, { cursor, p, columns, limit, target: null });
  }

  /**
   * A walk that puts fields of the class with the id `id` (-1: none) into `target` on its way, until that is full. It notes
   * nothing else about event records but how many it passed over. `null`: it is not supported.
   */
  makeTableWalk(id: number, selections: readonly (Selection | null)[], target: FillTarget): Walker | null {
    const classIndex = this.indexOf(id);
    if (classIndex < 0 || classIndex >= MAX_WALK_CLASSES) return null;
    let walk: GrowingWalk | null = null;
    const { headerProgram: header } = this;
    const { roots } = this.records[classIndex]!;
    const program =
      header === null ? null : supported(() => tableProgram(roots, selections, header, this.#isHeaderOnByte));
    return {
      walk: (cursor, p, columns, limit) => {
        walk ??= this.#makeWalk({ classIndex, selections });
        return walk.run(this, { cursor, p, columns, limit, target });
      },
      headerProgram: header,
      indexOf: (each) => this.indexOf(each),
      programOf: (number) => (number === classIndex ? program : this.programOf(number)),
      table: { classNumber: classIndex, target },
    };
  }

  /** The largest alignment of anything in an event record. */
  get alignmentBytes(): number {
    if (this.#alignmentBytes === null) {
      const { eventRecordHeader, eventRecordCommonContext, eventRecords } = this.#operations;
      const roots = [eventRecordHeader, eventRecordCommonContext];
      for (const { specificContext, payload } of eventRecords.values()) roots.push(specificContext, payload);
      const bits = Math.max(8, ...roots.map((root) => (root === null ? 1 : largestAlignmentBits(root))));
      this.#alignmentBytes = bits / 8;
    }
    return this.#alignmentBytes;
  }

  #makeWalk(table: WalkTable | null): GrowingWalk {
    const generate = (classCount: number): Walk => {
      const classes = this.records.slice(0, classCount).map(({ roots }, index) => ({ index, roots }));
      const walk = generateWalk({
        header: this.#header,
        hasId: this.hasId,
        sharedSlots: this.#sharedSlots,
        classes,
        isNextOnByte: this.#isHeaderOnByte,
        table,
      });
      return compile<Walk>(walk, runtime);
    };
    return new GrowingWalk(generate, this.records.length, this.#callsPerWalk);
  }

  /** The functions for the class with the id that the header gave; `null`: ask the reference decoder. */
  record(id: number): GeneratedRecord | null {
    const index = this.indexOf(id);
    return index < 0 ? null : this.records[index]!;
  }

  /** Number of the class with the id that the header gave (-1: none); negative: ask the reference decoder. */
  indexOf(id: number): number {
    const known = this.#made.get(id);
    if (known !== undefined) return known;
    const record = this.#make(id);
    const index = record === null ? -1 : this.records.push(record) - 1;
    this.#made.set(id, index);
    if (id >= 0 && id < INDEXED_IDS && Number.isInteger(id)) this.indexes[id] = index;
    return index;
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
    return skip === null ? null : new GeneratedRecord(eventRecordClass, roots, skip);
  }
}

function supported<Made>(make: () => Made): Made | null {
  try {
    return make();
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

function largestAlignmentBits(operation: Operation): number {
  switch (operation.kind) {
    case 'integer':
    case 'boolean':
    case 'float':
    case 'text':
      return operation.alignmentBits;
    case 'array':
      return Math.max(operation.alignmentBits, largestAlignmentBits(operation.element));
    case 'structure':
      return operation.members.reduce(
        (largest, member) => Math.max(largest, largestAlignmentBits(member)),
        operation.alignmentBits,
      );
    case 'optional':
      return largestAlignmentBits(operation.content);
    case 'variant':
      return operation.options.reduce(
        (largest, option) => Math.max(largest, largestAlignmentBits(option.operation)),
        1,
      );
    default:
      return 1;
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

export const { isDamage } = runtime;
