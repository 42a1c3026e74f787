/** Looks at the machine for `lttng doctor`: sockets, processes, groups, space. Changes nothing. */
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import type { MachineFacts, RunFolderFacts, SocketState, SpaceFacts } from '../doctor/facts.ts';
import { findGroup, ROOT_FOLDER } from './daemon-sockets.ts';

/** How long somebody who listens may take to accept. */
const CONNECT_TIMEOUT_MS = 2000;
const SHARED_MEMORY = '/dev/shm';
/** Files that container runtimes leave, and the words of their control groups. */
const CONTAINER_FILES = ['/.dockerenv', '/run/.containerenv'];
const CONTAINER_GROUPS = /docker|containerd|kubepods|libpod|lxc/;

/** Gathers the facts. */
export async function lookAround(
  groupName: string,
  home: string | null,
  outputs: readonly string[],
): Promise<MachineFacts> {
  const uid = process.getuid?.() ?? 0;
  const group = findGroup(groupName);
  const folders = [
    { owner: 'root', path: ROOT_FOLDER } as const,
    ...(uid === 0 || home === null ? [] : [{ owner: 'user', path: join(home, '.lttng') } as const]),
  ];
  return {
    uid,
    group: { name: groupName, exists: group !== null, isMember: uid === 0 || group?.isMember === true },
    home,
    isContainer:
      CONTAINER_FILES.some((path) => existsSync(path)) || CONTAINER_GROUPS.test(read('/proc/1/cgroup')),
    runFolders: await Promise.all(folders.map(({ owner, path }) => runFolderFacts(owner, path))),
    sharedMemory: spaceAt(SHARED_MEMORY),
    outputs: [...new Set(outputs)].flatMap((path) => nearestSpace(path) ?? []),
  };
}

async function runFolderFacts(owner: RunFolderFacts['owner'], path: string): Promise<RunFolderFacts> {
  const pid = Number.parseInt(read(join(path, 'lttng-sessiond.pid')), 10);
  return {
    owner,
    path,
    control: await stateOf(join(path, 'control.sock')),
    client: await stateOf(join(path, 'client-lttng-sessiond')),
    pid: Number.isInteger(pid) ? pid : null,
    isPidAlive: Number.isInteger(pid) && existsSync(`/proc/${pid}`),
  };
}

async function stateOf(path: string): Promise<SocketState> {
  return await new Promise((settle) => {
    const socket = createConnection(path);
    const finish = (state: SocketState): void => {
      socket.destroy();
      settle(state);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => finish('dead'));
    socket.once('connect', () => finish('answers'));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EACCES' || code === 'EPERM') finish('denied');
      else finish(code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'dead');
    });
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Whatever is not there, or not for this user, tells nothing.
    return '';
  }
}

function spaceAt(path: string): SpaceFacts | null {
  try {
    const { bavail, bsize } = statfsSync(path);
    return { path, freeBytes: bavail * bsize };
  } catch {
    // It is not there.
    return null;
  }
}

/** Of the folder, or of the nearest one above it that exists. */
function nearestSpace(path: string): SpaceFacts | null {
  for (let folder = path; ; folder = dirname(folder)) {
    const space = spaceAt(folder);
    if (space !== null) return { ...space, path };
    if (folder === dirname(folder)) return null;
  }
}
