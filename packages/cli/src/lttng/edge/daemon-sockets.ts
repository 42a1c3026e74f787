/** Where the control socket of a daemon is, for this user: the root daemon's, or the user's own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT_FOLDER = '/var/run/lttng';
const SOCKET_NAME = 'control.sock';

/** The sockets to try, in this order. */
export function controlSocketPaths(group: string, home: string | null): readonly string[] {
  const rootSocket = join(ROOT_FOLDER, SOCKET_NAME);
  if (process.getuid?.() === 0) return [rootSocket];
  const own = home === null ? [] : [join(home, '.lttng', SOCKET_NAME)];
  // Members of the group control the root daemon when there is one.
  return isMember(group) ? [rootSocket, ...own] : own;
}

function isMember(group: string): boolean {
  try {
    const line = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((candidate) => candidate.startsWith(`${group}:`));
    const gid = Number(line?.split(':')[2] ?? Number.NaN);
    return gid === process.getegid?.() || (process.getgroups?.() ?? []).includes(gid);
  } catch {
    // Without the file nobody is in the group.
    return false;
  }
}
