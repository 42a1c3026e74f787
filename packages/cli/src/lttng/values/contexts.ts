/**
 * Types of context fields that `add-context` knows, in the order of `add-context --list`. Which of them a
 * domain can record is the daemon's to say.
 */

/** Symbol and name in the machine interface. */
const plainContexts = [
  ['pid', 'PID'],
  ['procname', 'PROCNAME'],
  ['prio', 'PRIO'],
  ['nice', 'NICE'],
  ['vpid', 'VPID'],
  ['tid', 'TID'],
  ['pthread_id', 'PTHREAD_ID'],
  ['vtid', 'VTID'],
  ['ppid', 'PPID'],
  ['vppid', 'VPPID'],
  ['hostname', 'HOSTNAME'],
  ['ip', 'IP'],
  ['interruptible', 'INTERRUPTIBLE'],
  ['preemptible', 'PREEMPTIBLE'],
  ['need_reschedule', 'NEED_RESCHEDULE'],
  ['migratable', 'MIGRATABLE'],
  ['callstack-kernel', 'CALLSTACK_KERNEL'],
  ['callstack-user', 'CALLSTACK_USER'],
  ['cgroup_ns', 'CGROUP_NS'],
  ['ipc_ns', 'IPC_NS'],
  ['mnt_ns', 'MNT_NS'],
  ['net_ns', 'NET_NS'],
  ['pid_ns', 'PID_NS'],
  ['time_ns', 'TIME_NS'],
  ['user_ns', 'USER_NS'],
  ['uts_ns', 'UTS_NS'],
  ['uid', 'UID'],
  ['euid', 'EUID'],
  ['suid', 'SUID'],
  ['gid', 'GID'],
  ['egid', 'EGID'],
  ['sgid', 'SGID'],
  ['vuid', 'VUID'],
  ['veuid', 'VEUID'],
  ['vsuid', 'VSUID'],
  ['vgid', 'VGID'],
  ['vegid', 'VEGID'],
  ['vsgid', 'VSGID'],
] as const;

/** Name, type and config as in Linux's `perf_event_attr`. */
const perfCounters = [
  ['cpu-cycles', 0, 0],
  ['cycles', 0, 0],
  ['stalled-cycles-frontend', 0, 7],
  ['idle-cycles-frontend', 0, 7],
  ['stalled-cycles-backend', 0, 8],
  ['idle-cycles-backend', 0, 8],
  ['instructions', 0, 1],
  ['cache-references', 0, 2],
  ['cache-misses', 0, 3],
  ['branch-instructions', 0, 4],
  ['branches', 0, 4],
  ['branch-misses', 0, 5],
  ['bus-cycles', 0, 6],
  ['L1-dcache-loads', 3, 0x0],
  ['L1-dcache-load-misses', 3, 0x10000],
  ['L1-dcache-stores', 3, 0x100],
  ['L1-dcache-store-misses', 3, 0x10100],
  ['L1-dcache-prefetches', 3, 0x200],
  ['L1-dcache-prefetch-misses', 3, 0x10200],
  ['L1-icache-loads', 3, 0x1],
  ['L1-icache-load-misses', 3, 0x10001],
  ['L1-icache-stores', 3, 0x101],
  ['L1-icache-store-misses', 3, 0x10101],
  ['L1-icache-prefetches', 3, 0x201],
  ['L1-icache-prefetch-misses', 3, 0x10201],
  ['LLC-loads', 3, 0x2],
  ['LLC-load-misses', 3, 0x10002],
  ['LLC-stores', 3, 0x102],
  ['LLC-store-misses', 3, 0x10102],
  ['LLC-prefetches', 3, 0x202],
  ['LLC-prefetch-misses', 3, 0x10202],
  ['dTLB-loads', 3, 0x3],
  ['dTLB-load-misses', 3, 0x10003],
  ['dTLB-stores', 3, 0x103],
  ['dTLB-store-misses', 3, 0x10103],
  ['dTLB-prefetches', 3, 0x203],
  ['dTLB-prefetch-misses', 3, 0x10203],
  ['iTLB-loads', 3, 0x4],
  ['iTLB-load-misses', 3, 0x10004],
  ['branch-loads', 3, 0x5],
  ['branch-load-misses', 3, 0x10005],
  ['cpu-clock', 1, 0],
  ['task-clock', 1, 1],
  ['page-fault', 1, 2],
  ['faults', 1, 2],
  ['major-faults', 1, 6],
  ['minor-faults', 1, 5],
  ['context-switches', 1, 3],
  ['cs', 1, 3],
  ['cpu-migrations', 1, 4],
  ['migrations', 1, 4],
  ['alignment-faults', 1, 7],
  ['emulation-faults', 1, 8],
] as const;

/** Perf events of this type are given by their raw number. */
const PERF_TYPE_RAW = 4;

/** One context type as the machine interface shows it. */
export type ContextType =
  | { readonly kind: 'plain'; readonly symbol: string; readonly miName: string }
  | {
      readonly kind: 'perf';
      readonly symbol: string;
      readonly type: number;
      readonly config: number;
      readonly fieldName: string;
    }
  | {
      readonly kind: 'application';
      readonly symbol: string;
      readonly provider: string;
      readonly name: string;
    };

/** What `add-context --list` shows. */
export function allContextTypes(): readonly ContextType[] {
  const perf = (['cpu', 'thread'] as const).flatMap((scope) =>
    perfCounters.map(([name, type, config]) => perfContext(`perf:${scope}:${name}`, type, config)),
  );
  return [...plainContexts.map(([symbol, miName]) => ({ kind: 'plain' as const, symbol, miName })), ...perf];
}

/** Finds the type that a symbol means, or says why there is none. */
export function findContextType(
  symbol: string,
): ContextType | { readonly kind: 'unknown'; readonly hints: readonly string[] } {
  const plain = plainContexts.find(([candidate]) => candidate === symbol);
  if (plain !== undefined) return { kind: 'plain', symbol, miName: plain[1] };
  if (symbol.startsWith('$app.')) {
    const [, provider = '', name = ''] = /^\$app\.([^:]*):?(.*)$/.exec(symbol) ?? [];
    if (provider !== '' && name !== '') return { kind: 'application', symbol, provider, name };
    const hint = 'Invalid application context provided: no provider or context name provided.';
    return { kind: 'unknown', hints: [hint] };
  }
  return findPerfType(symbol) ?? { kind: 'unknown', hints: [] };
}

/** `perf:NAME`, `perf:cpu:NAME`, `perf:thread:NAME`, `perf:thread:raw:rNNN:NAME`. */
function findPerfType(symbol: string): ContextType | null {
  const raw = /^perf:(?:cpu|thread):raw:r([0-9a-fA-F]{1,13}):([^:]+)$/.exec(symbol);
  if (raw !== null) return perfContext(symbol, PERF_TYPE_RAW, Number.parseInt(raw[1] ?? '', 16));
  const [, name] = /^perf:(?:(?:cpu|thread):)?(.+)$/.exec(symbol) ?? [];
  const counter = perfCounters.find(([candidate]) => candidate === name);
  return counter === undefined ? null : perfContext(symbol, counter[1], counter[2]);
}

function perfContext(symbol: string, type: number, config: number): ContextType {
  return { kind: 'perf', symbol, type, config, fieldName: symbol.replaceAll(/[^a-zA-Z0-9]/g, '_') };
}
