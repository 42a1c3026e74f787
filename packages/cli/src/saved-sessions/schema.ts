/**
 * The structure of `.lttng` files as a table, after `session.xsd` of LTTng-tools 2.13: which element may hold
 * which. `validate.ts` interprets it; what the elements mean is in `read.ts`.
 */
import { allContextTypes } from '../lttng/values/contexts.ts';

/** Text of an element. */
export type SimpleType =
  | { readonly kind: 'text'; readonly maxLength?: number }
  | { readonly kind: 'boolean' }
  /** `name` is what messages call the type. */
  | { readonly kind: 'integer'; readonly name: string; readonly min?: bigint; readonly max?: bigint }
  | { readonly kind: 'word'; readonly words: readonly string[] };

/** A member that must be there, may be left out, or may also be empty, which is its default. */
export interface Member {
  readonly type: () => ElementType;
  readonly isOptional?: true;
  readonly mayBeEmpty?: true;
}

export type ElementType =
  | SimpleType
  /** Each member at most once, in any order. */
  | { readonly kind: 'all'; readonly members: Readonly<Record<string, Member>> }
  /** Exactly one of the members. */
  | { readonly kind: 'one'; readonly members: Readonly<Record<string, Member>> }
  /** Any number of the members in any order, at least `min`. */
  | { readonly kind: 'many'; readonly members: Readonly<Record<string, Member>>; readonly min: 0 | 1 };

const text: SimpleType = { kind: 'text' };
const name: SimpleType = { kind: 'text', maxLength: 255 };
const boolean: SimpleType = { kind: 'boolean' };
const integer: SimpleType = { kind: 'integer', name: 'xs:integer' };
const u32: SimpleType = { kind: 'integer', name: 'uint32_type', min: 0n, max: 2n ** 32n - 1n };
const u64: SimpleType = { kind: 'integer', name: 'uint64_type', min: 0n, max: 2n ** 64n - 1n };
const i32: SimpleType = { kind: 'integer', name: 'xs:int', min: -(2n ** 31n), max: 2n ** 31n - 1n };
const blockingTimeout: SimpleType = {
  kind: 'integer',
  name: 'blocking_timeout_type',
  min: -1n,
  max: 2147483648000n,
};

const word = (...words: readonly string[]): SimpleType => ({ kind: 'word', words });
const must = (type: ElementType): Member => ({ type: () => type });
const may = (type: ElementType): Member => ({ type: () => type, isOptional: true });
/** Left out or empty, it has a default. */
const byDefault = (type: ElementType): Member => ({ type: () => type, isOptional: true, mayBeEmpty: true });
const all = (members: Readonly<Record<string, Member>>): ElementType => ({ kind: 'all', members });
const one = (members: Readonly<Record<string, ElementType>>): ElementType => ({
  kind: 'one',
  members: Object.fromEntries(Object.entries(members).map(([key, type]) => [key, must(type)])),
});
const many = (members: Readonly<Record<string, ElementType>>, min: 0 | 1 = 0): ElementType => ({
  kind: 'many',
  members: Object.fromEntries(Object.entries(members).map(([key, type]) => [key, must(type)])),
  min,
});

const destination = one({
  path: text,
  net_output: all({ control_uri: must(text), data_uri: must(text) }),
});
const consumerOutput = all({
  enabled: { type: () => boolean, mayBeEmpty: true },
  destination: must(destination),
});

const probe = { binary_path: must(text), lookup_method: must(word('DEFAULT', 'ELF', 'SDT')) };
const eventAttributes = one({
  probe_attributes: all({ symbol_name: may(name), address: may(u64), offset: may(u64) }),
  function_attributes: all({ symbol_name: must(name) }),
  userspace_probe_function_attributes: all({ ...probe, function_name: must(text) }),
  userspace_probe_tracepoint_attributes: all({ ...probe, probe_name: must(text), provider_name: must(text) }),
});

const eventTypes = [
  'ALL',
  'TRACEPOINT',
  'PROBE',
  'USERSPACE_PROBE',
  'FUNCTION',
  'FUNCTION_ENTRY',
  'NOOP',
  'SYSCALL',
  'KPROBE',
  'KRETPROBE',
] as const;

const event = all({
  name: may(name),
  enabled: byDefault(boolean),
  type: byDefault(word(...eventTypes)),
  loglevel_type: byDefault(word('ALL', 'RANGE', 'SINGLE')),
  loglevel: byDefault(i32),
  filter: may(text),
  exclusions: may(many({ exclusion: text })),
  attributes: may(eventAttributes),
});

/**
 * Differs from upstream: all context types may be loaded. Those of virtual users, groups and namespaces are
 * saved by 2.13 and refused by its own schema.
 */
const contextNames = allContextTypes().flatMap((type) => (type.kind === 'plain' ? [type.miName] : []));

const context = one({
  type: word(...contextNames, 'APP'),
  perf: all({ type: must(u32), config: must(u64), name: must(name) }),
  app: all({ provider_name: must(text), ctx_name: must(text) }),
});

const channel = all({
  name: must(name),
  enabled: byDefault(boolean),
  overwrite_mode: byDefault(word('DISCARD', 'OVERWRITE')),
  subbuffer_size: may(u64),
  subbuffer_count: byDefault(u64),
  switch_timer_interval: byDefault(u32),
  read_timer_interval: must(u32),
  blocking_timeout: byDefault(blockingTimeout),
  output_type: must(word('SPLICE', 'MMAP')),
  tracefile_size: byDefault(u64),
  tracefile_count: byDefault(u64),
  live_timer_interval: byDefault(u32),
  events: may(many({ event })),
  contexts: may(many({ context })),
  monitor_timer_interval: byDefault(u64),
});

const byId = all({ id: must(integer) });
const byIdOrName = one({ id: integer, name: text });

const trackerOf = (attribute: string, value: ElementType): ElementType =>
  all({ process_attr_values: must(many({ [attribute]: value })) });

const trackers = many({
  pid_process_attr_tracker: trackerOf('pid', all({ id: may(integer) })),
  vpid_process_attr_tracker: trackerOf('vpid', byId),
  uid_process_attr_tracker: trackerOf('uid', byIdOrName),
  vuid_process_attr_tracker: trackerOf('vuid', byIdOrName),
  gid_process_attr_tracker: trackerOf('gid', byIdOrName),
  vgid_process_attr_tracker: trackerOf('vgid', byIdOrName),
});

/** How files before 2.12 say which processes are recorded. */
const oldTrackers = many({
  pid_tracker: all({ targets: must(many({ pid_target: all({ pid: must(integer) }) })) }),
});

const domain = all({
  type: must(word('KERNEL', 'UST', 'JUL', 'LOG4J', 'PYTHON')),
  buffer_type: must(word('PER_PID', 'PER_UID', 'GLOBAL')),
  channels: may(many({ channel })),
  process_attr_trackers: may(trackers),
  trackers: may(oldTrackers),
});

const rotationSchedules = many(
  { periodic: all({ time_us: may(u64) }), size_threshold: all({ bytes: may(u64) }) },
  1,
);

const session = all({
  name: must(name),
  shared_memory_path: may(text),
  domains: may(many({ domain })),
  started: byDefault(boolean),
  attributes: may(
    all({
      snapshot_mode: may(boolean),
      live_timer_interval: may(u32),
      rotation_schedules: may(rotationSchedules),
    }),
  ),
  output: may(
    one({
      snapshot_outputs: many({
        output: all({ name: must(name), max_size: must(u64), consumer_output: must(consumerOutput) }),
      }),
      consumer_output: consumerOutput,
    }),
  ),
});

/** The one element that a file may hold. */
export const rootName = 'sessions';
export const rootType: ElementType = many({ session }, 1);
