/**
 * Context fields: numbers of the ABI, names of the command line, and the field that each adds to records.
 * All applications that share a channel must have equal context fields, so daemon, tracer and tests take
 * them from this table.
 */

import type { UstField, UstFieldType, UstIntegerType } from './fields.ts';
import { signedInteger, unsignedInteger } from './integer-types.ts';
import type { UstAlignments } from './registration.ts';

type ContextShape = 'i32' | 'u32' | 'u64' | 'procname' | 'perf' | 'application';

/** One row: how `lttng add-context --type` names it, the ABI's number, the shape of its field. */
export interface UstContextRow {
  readonly name: string;
  readonly number: number;
  readonly shape: ContextShape;
}

/** Numbers of the two contexts that carry attributes. */
export const UST_PERF_CONTEXT = 5;
export const UST_APPLICATION_CONTEXT = 7;

/**
 * Contexts with a plain name. `cpu_id` exists in the ABI and cannot be added from the command line.
 */
export const ustContexts: readonly UstContextRow[] = [
  { name: 'vtid', number: 0, shape: 'i32' },
  { name: 'vpid', number: 1, shape: 'i32' },
  { name: 'pthread_id', number: 2, shape: 'u64' },
  { name: 'procname', number: 3, shape: 'procname' },
  { name: 'ip', number: 4, shape: 'u64' },
  { name: 'cpu_id', number: 6, shape: 'i32' },
  { name: 'cgroup_ns', number: 8, shape: 'u64' },
  { name: 'ipc_ns', number: 9, shape: 'u64' },
  { name: 'mnt_ns', number: 10, shape: 'u64' },
  { name: 'net_ns', number: 11, shape: 'u64' },
  { name: 'pid_ns', number: 12, shape: 'u64' },
  { name: 'user_ns', number: 13, shape: 'u64' },
  { name: 'uts_ns', number: 14, shape: 'u64' },
  { name: 'vuid', number: 15, shape: 'u32' },
  { name: 'veuid', number: 16, shape: 'u32' },
  { name: 'vsuid', number: 17, shape: 'u32' },
  { name: 'vgid', number: 18, shape: 'u32' },
  { name: 'vegid', number: 19, shape: 'u32' },
  { name: 'vsgid', number: 20, shape: 'u32' },
  { name: 'time_ns', number: 21, shape: 'u64' },
];

const rowsByName = new Map(ustContexts.map((row) => [row.name, row]));
const rowsByNumber = new Map(ustContexts.map((row) => [row.number, row]));

/** Length of the text array of `procname`, with its NUL. */
export const PROCNAME_CONTEXT_BYTES = 17;

/** A context as an application is asked for it. */
export type UstContext =
  | { readonly kind: 'plain'; readonly number: number }
  | {
      readonly kind: 'perf';
      readonly type: number;
      readonly config: bigint;
      /** Name of the field: `perf_thread_cpu_cycles`. */
      readonly name: string;
    }
  | { readonly kind: 'application'; readonly provider: string; readonly name: string };

/** The row of a context's number, or `null` for an unknown one. */
export function findUstContext(number: number): UstContextRow | null {
  return rowsByNumber.get(number) ?? null;
}

/**
 * The context of a command-line name (`vpid`, `perf:thread:cycles`, `$app.provider:name`), or `null` when
 * the UST domain has no such context.
 */
export function findUstContextByName(name: string): UstContext | null {
  const row = rowsByName.get(name);
  if (row !== undefined) return row.name === 'cpu_id' ? null : { kind: 'plain', number: row.number };
  if (name.startsWith('perf:thread:')) return findPerfContext(name);
  const application = /^\$app\.([^:]+):(.+)$/s.exec(name);
  if (application === null) return null;
  return { kind: 'application', provider: application[1]!, name: application[2]! };
}

/** Perf events of a type and number, by the name after `perf:thread:`; aliases share a line. */
const perfEvents: readonly (readonly [type: number, config: number, ...names: string[]])[] = [
  [0, 0, 'cpu-cycles', 'cycles'],
  [0, 1, 'instructions'],
  [0, 2, 'cache-references'],
  [0, 3, 'cache-misses'],
  [0, 4, 'branch-instructions', 'branches'],
  [0, 5, 'branch-misses'],
  [0, 6, 'bus-cycles'],
  [0, 7, 'stalled-cycles-frontend', 'idle-cycles-frontend'],
  [0, 8, 'stalled-cycles-backend', 'idle-cycles-backend'],
  [1, 0, 'cpu-clock'],
  [1, 1, 'task-clock'],
  [1, 2, 'page-fault', 'faults'],
  [1, 3, 'context-switches', 'cs'],
  [1, 4, 'cpu-migrations', 'migrations'],
  [1, 5, 'minor-faults'],
  [1, 6, 'major-faults'],
  [1, 7, 'alignment-faults'],
  [1, 8, 'emulation-faults'],
  // Hardware cache events: cache | operation << 8 | result << 16 (perf_event_open(2)).
  [3, 0x00000, 'L1-dcache-loads'],
  [3, 0x10000, 'L1-dcache-load-misses'],
  [3, 0x00100, 'L1-dcache-stores'],
  [3, 0x10100, 'L1-dcache-store-misses'],
  [3, 0x00200, 'L1-dcache-prefetches'],
  [3, 0x10200, 'L1-dcache-prefetch-misses'],
  [3, 0x00001, 'L1-icache-loads'],
  [3, 0x10001, 'L1-icache-load-misses'],
  [3, 0x00101, 'L1-icache-stores'],
  [3, 0x10101, 'L1-icache-store-misses'],
  [3, 0x00201, 'L1-icache-prefetches'],
  [3, 0x10201, 'L1-icache-prefetch-misses'],
  [3, 0x00002, 'LLC-loads'],
  [3, 0x10002, 'LLC-load-misses'],
  [3, 0x00102, 'LLC-stores'],
  [3, 0x10102, 'LLC-store-misses'],
  [3, 0x00202, 'LLC-prefetches'],
  [3, 0x10202, 'LLC-prefetch-misses'],
  [3, 0x00003, 'dTLB-loads'],
  [3, 0x10003, 'dTLB-load-misses'],
  [3, 0x00103, 'dTLB-stores'],
  [3, 0x10103, 'dTLB-store-misses'],
  [3, 0x00203, 'dTLB-prefetches'],
  [3, 0x10203, 'dTLB-prefetch-misses'],
  [3, 0x00004, 'iTLB-loads'],
  [3, 0x10004, 'iTLB-load-misses'],
  [3, 0x00005, 'branch-loads'],
  [3, 0x10005, 'branch-load-misses'],
];

/** Perf events of this type are given by their raw number: `perf:thread:raw:r1c2:mine`. */
const PERF_TYPE_RAW = 4;

function findPerfContext(name: string): UstContext | null {
  const event = name.slice('perf:thread:'.length);
  const fieldName = name.replace(/[^A-Za-z0-9]/g, '_');
  const raw = /^raw:r([0-9a-fA-F]{1,13}):[^:]+$/.exec(event);
  if (raw !== null)
    return { kind: 'perf', type: PERF_TYPE_RAW, config: BigInt(`0x${raw[1]}`), name: fieldName };
  const row = perfEvents.find(([, , ...names]) => names.includes(event));
  if (row === undefined) return null;
  const [type, config] = row;
  return { kind: 'perf', type, config: BigInt(config), name: fieldName };
}

/**
 * The fields that a context adds to a channel, as applications with these alignments declare them, or
 * `null` for a number that the table does not have.
 */
export function contextFields(context: UstContext, alignments: UstAlignments): readonly UstField[] | null {
  if (context.kind === 'perf') {
    return [{ name: context.name, type: unsignedInteger(64, alignments.u64AlignBits) }];
  }
  if (context.kind === 'application') return applicationContextFields(context, alignments);
  const row = findUstContext(context.number);
  return row === null ? null : [{ name: row.name, type: plainContextType(row.shape, alignments) }];
}

function plainContextType(shape: ContextShape, alignments: UstAlignments): UstFieldType {
  switch (shape) {
    case 'i32':
      return signedInteger(32, alignments.u32AlignBits);
    case 'u32':
      return unsignedInteger(32, alignments.u32AlignBits);
    case 'procname': {
      const element: UstIntegerType = { ...signedInteger(8, alignments.u8AlignBits), encoding: 'UTF8' };
      return { kind: 'array', form: 'nestable', length: PROCNAME_CONTEXT_BYTES, alignBytes: 0, element };
    }
    default:
      return unsignedInteger(64, alignments.u64AlignBits);
  }
}

/** Labels of the tag of an application context, by their value: also the names of the variant's choices. */
export const dynamicTypeLabels = [
  '_none',
  '_int8',
  '_int16',
  '_int32',
  '_int64',
  '_uint8',
  '_uint16',
  '_uint32',
  '_uint64',
  '_float',
  '_double',
  '_string',
] as const;

/** Name of the enumeration that types the tag of every application context. */
export const DYNAMIC_TYPE_ENUM = 'dynamic_type_enum';

function applicationContextFields(
  context: { readonly provider: string; readonly name: string },
  alignments: UstAlignments,
): readonly UstField[] {
  const name = `$app.${context.provider}:${context.name}`;
  const { u8AlignBits, u16AlignBits, u32AlignBits, u64AlignBits } = alignments;
  const types: readonly UstFieldType[] = [
    { kind: 'struct', form: 'nestable', alignBytes: 0, fields: [] },
    signedInteger(8, u8AlignBits),
    signedInteger(16, u16AlignBits),
    signedInteger(32, u32AlignBits),
    signedInteger(64, u64AlignBits),
    unsignedInteger(8, u8AlignBits),
    unsignedInteger(16, u16AlignBits),
    unsignedInteger(32, u32AlignBits),
    unsignedInteger(64, u64AlignBits),
    float(8, 24, u32AlignBits),
    float(11, 53, u64AlignBits),
    { kind: 'string', encoding: 'UTF8' },
  ];
  const choices = types.map((type, index) => ({ name: dynamicTypeLabels[index]!.slice(1), type }));
  const container = signedInteger(8, u8AlignBits);
  return [
    {
      name: `${name}_tag`,
      type: { kind: 'enum', form: 'nestable', name: DYNAMIC_TYPE_ENUM, enumId: 0n, container },
    },
    { name, type: { kind: 'variant', form: 'legacy', tagName: `${name}_tag`, alignBytes: 0, choices } },
  ];
}

function float(exponentBits: number, mantissaBits: number, alignBits: number): UstFieldType {
  return { kind: 'float', exponentBits, mantissaBits, isReverseByteOrder: false, alignBits };
}
