/** Where the control socket of a daemon is, for this user: the root daemon's, or the user's own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT_FOLDER = '/var/run/lttng';
const SOCKET_NAME = 'control.sock';

/** The sockets to try, in this order. */
export function controlSocketPaths(group: string, home: string | null): readonly string[] {
  const rootSocket = join(ROOT_FOLDER, SOCKET_NAME);
  if (process.getuid?.() === 0) return [rootSocket];
  const own = home === null ? [] : [join(home, '.lttng', SOCKET_NAME)];
  // Members of the group control the root daemon when there is one.
  return findGroup(group)?.isMember === true ? [rootSocket, ...own] : own;
}

/** A group of the system's table, and whether this process is in it; null: there is none. */
export function findGroup(name: string): { readonly isMember: boolean } | null {
  try {
    const line = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((candidate) => candidate.startsWith(`${name}:`));
    if (line === undefined) return null;
    const gid = Number(line.split(':')[2] ?? Number.NaN);
    return { isMember: gid === process.getegid?.() || (process.getgroups?.() ?? []).includes(gid) };
  } catch {
    // Without the file there are no groups.
    return null;
  }
}
