/** Users and groups as the system knows them, by name. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

const databases = {
  user: { path: '/etc/passwd', service: 'passwd' },
  group: { path: '/etc/group', service: 'group' },
} as const;

/** A name service that does not answer is one that does not know the name. */
const NAME_SERVICE_TIMEOUT_MS = 5000;

/** The number of a user or group, or null when there is none of that name. */
export async function findAccountId(kind: 'user' | 'group', name: string): Promise<number | null> {
  // No account has such a name, and the line would be another's.
  if (name === '' || /[:\n\0]/.test(name)) return null;
  const { path, service } = databases[kind];
  return idOf(readLines(path), name) ?? idOf(await askNameService(service, name), name);
}

/** Both databases have the number in the third column. */
function idOf(lines: string, name: string): number | null {
  const line = lines.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  const id = Number(line?.split(':')[2] ?? Number.NaN);
  return Number.isInteger(id) ? id : null;
}

function readLines(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // A machine without the file has the name service, or no names.
    return '';
  }
}

/** Accounts that are not in the files (LDAP and the like) are known to the C library only. */
async function askNameService(service: string, name: string): Promise<string> {
  return await new Promise((settle) => {
    const options = { encoding: 'utf8', timeout: NAME_SERVICE_TIMEOUT_MS } as const;
    // Not there, or no such name: both give no line.
    execFile('getent', ['--', service, name], options, (_error, stdout) => settle(stdout ?? ''));
  });
}
