/**
 * The state of the program as events, for sessions that begin: the process's name, its namespaces, the native modules
 * that are loaded and what identifies them. Events, fields and their order are those of liblttng-ust 2.13, so that readers
 * (`filter.lttng-utils.debug-info`) treat a Node.js program like any other.
 *
 * Differs from upstream: `lttng_ust_statedump:namespaces` is ours, because liblttng-ust tells namespaces in contexts only, at
 * the price of eight fields in every event.
 */
import { type EventDefinition, event, toDefinition } from '../definition.ts';
import { type Field, sequence, string, textArray, u8, u32, u64 } from '../fields.ts';

/** A native module in memory. */
export interface LoadedModule {
  readonly path: string;
  readonly baseAddress: bigint;
  /** From the base to the end of its last segment; 0 when it is not known. */
  readonly sizeBytes: bigint;
  readonly isPositionIndependent: boolean;
  readonly buildId: Uint8Array | null;
  readonly debugLink: { readonly fileName: string; readonly crc: number } | null;
}

/** Inode numbers of namespaces, in the order of {@link namespaceNames}. */
export const namespaceNames = [
  'cgroup_ns',
  'ipc_ns',
  'mnt_ns',
  'net_ns',
  'pid_ns',
  'time_ns',
  'user_ns',
  'uts_ns',
] as const;
export type NamespaceName = (typeof namespaceNames)[number];

/** What is told; null: left out, as the environment says. */
export interface ProgramState {
  readonly processName: string | null;
  readonly namespaces: Readonly<Record<NamespaceName, number>>;
  readonly modules: readonly LoadedModule[] | null;
}

export interface StateEvent {
  readonly definition: EventDefinition;
  readonly values: readonly unknown[];
}

const PROVIDER = 'lttng_ust_statedump';

const define = (name: string, ...fields: readonly Field<unknown>[]): EventDefinition =>
  toDefinition(PROVIDER, name, event({ fields }));

const address = u64('baddr', { base: 16 });
const start = define('start');
const moduleInfo = define(
  'bin_info',
  address,
  u64('memsz'),
  string('path'),
  u8('is_pic'),
  u8('has_build_id'),
  u8('has_debug_link'),
);
const buildId = define('build_id', address, sequence('build_id', u8, { length: u64, base: 16 }));
const debugLink = define('debug_link', address, u32('crc'), string('filename'));
const processName = define('procname', textArray('procname', 17));
const namespaces = define('namespaces', ...namespaceNames.map((name) => u64(name)));
const end = define('end');

/** All events of state dumps, in the order in which they are defined. */
export const stateDefinitions: readonly EventDefinition[] = [
  start,
  moduleInfo,
  buildId,
  debugLink,
  processName,
  namespaces,
  end,
];

/** The events of one dump, in order. */
export function stateEvents(state: ProgramState): readonly StateEvent[] {
  const name = state.processName;
  return [
    { definition: start, values: [] },
    ...(name === null ? [] : [{ definition: processName, values: [name] }]),
    { definition: namespaces, values: namespaceNames.map((each) => state.namespaces[each]) },
    ...(state.modules ?? []).flatMap(moduleEvents),
    { definition: end, values: [] },
  ];
}

function moduleEvents(module: LoadedModule): readonly StateEvent[] {
  const { baseAddress, sizeBytes, path, isPositionIndependent } = module;
  const events: StateEvent[] = [
    {
      definition: moduleInfo,
      values: [
        baseAddress,
        sizeBytes,
        path,
        isPositionIndependent ? 1 : 0,
        module.buildId === null ? 0 : 1,
        module.debugLink === null ? 0 : 1,
      ],
    },
  ];
  if (module.buildId !== null) {
    events.push({ definition: buildId, values: [baseAddress, module.buildId] });
  }
  if (module.debugLink !== null) {
    const { crc, fileName } = module.debugLink;
    events.push({ definition: debugLink, values: [baseAddress, crc, fileName] });
  }
  return events;
}
