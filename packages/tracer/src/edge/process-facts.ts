/** Facts about this process that contexts record, from the kernel. */
import { builtin } from '@lttng-ts/native';
import type { ProcessIdentity } from '../daemon-places.ts';

/** Namespaces by the name of their context. */
export const namespaceFiles = {
  cgroup_ns: 'cgroup',
  ipc_ns: 'ipc',
  mnt_ns: 'mnt',
  net_ns: 'net',
  pid_ns: 'pid',
  time_ns: 'time',
  user_ns: 'user',
  uts_ns: 'uts',
} as const;
export type NamespaceContext = keyof typeof namespaceFiles;

/** Inode number of a namespace of this process; 0 when the kernel has no such namespaces, as in C. */
export function namespaceInode(context: NamespaceContext): number {
  try {
    return builtin('node:fs').statSync(`/proc/self/ns/${namespaceFiles[context]}`).ino;
  } catch {
    return 0;
  }
}

export type CredentialContext = 'vuid' | 'veuid' | 'vsuid' | 'vgid' | 'vegid' | 'vsgid';

/** One of the process's user or group ids as they are now. */
export function credential(context: CredentialContext): number {
  const isUser = context.endsWith('uid');
  const column = context.startsWith('vs') ? 3 : context.startsWith('ve') ? 2 : 1;
  const line = new RegExp(`^${isUser ? 'Uid' : 'Gid'}:\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)`, 'm').exec(
    readStatus(),
  );
  return Number(line?.[column] ?? 0);
}

function readStatus(): string {
  return readText('/proc/self/status');
}

/** Name of the process's first thread: what a C program registers with. */
export function processName(): string {
  return readText('/proc/self/comm').trimEnd() || 'node';
}

/** Whose program this is, and with whose rights it runs. */
export function processIdentity(): ProcessIdentity {
  const uid = process.getuid?.() ?? 0;
  return { uid, isSetuid: uid !== process.geteuid?.() || process.getgid?.() !== process.getegid?.() };
}

function readText(path: string): string {
  try {
    return builtin('node:fs').readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
