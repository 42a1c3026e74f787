/** Group names as the system knows them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The number of a group, or null when there is none of that name. */
export function findGroupId(name: string): number | null {
  return gidOf(readFileSync('/etc/group', 'utf8'), name) ?? gidOf(askNameService(name), name);
}

function gidOf(lines: string, name: string): number | null {
  const line = lines.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  const gid = Number(line?.split(':')[2] ?? Number.NaN);
  return Number.isInteger(gid) ? gid : null;
}

/** Groups that are not in the file (LDAP and the like) are known to the C library only. */
function askNameService(name: string): string {
  const { stdout } = spawnSync('getent', ['--', 'group', name], { encoding: 'utf8', stdio: 'pipe' });
  return stdout ?? '';
}
