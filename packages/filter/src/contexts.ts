/** The contexts that a filter can name as `$ctx.<name>` in a UST 2.13 application, with their types. */

/** How a context arrives: `string`, or integers of a width. */
export interface ContextShape {
  readonly kind: 'signed' | 'unsigned' | 'string';
  readonly sizeBits: number;
}

const S32: ContextShape = { kind: 'signed', sizeBits: 32 };
const U32: ContextShape = { kind: 'unsigned', sizeBits: 32 };
const U64: ContextShape = { kind: 'unsigned', sizeBits: 64 };
const TEXT: ContextShape = { kind: 'string', sizeBits: 8 };

/** Contexts by name. `ip` and perf counters exist for recording only: no filter can name them. */
export const FILTER_CONTEXTS: ReadonlyMap<string, ContextShape> = new Map([
  ['vtid', S32],
  ['vpid', S32],
  ['pthread_id', U64],
  ['procname', TEXT],
  ['cpu_id', S32],
  ['cgroup_ns', U64],
  ['ipc_ns', U64],
  ['mnt_ns', U64],
  ['net_ns', U64],
  ['pid_ns', U64],
  ['time_ns', U64],
  ['user_ns', U64],
  ['uts_ns', U64],
  ['vuid', U32],
  ['veuid', U32],
  ['vsuid', U32],
  ['vgid', U32],
  ['vegid', U32],
  ['vsgid', U32],
]);
