/** Where saved session configurations are looked for when the daemon starts. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SYSTEM_FOLDER = '/etc/lttng/sessions/auto';
const SUFFIX = '.lttng';

/** Configuration files at `path`, a folder or a file; `null` when there is nothing. */
export function sessionConfigurationsAt(path: string): readonly string[] | null {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return null;
  if (!status.isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => join(path, name));
}

/** Those that a daemon of user `uid` loads without being asked: files that are the user's own. */
export function automaticConfigurations(home: string, uid: number): readonly string[] {
  return [join(home, '.lttng/sessions/auto'), SYSTEM_FOLDER].flatMap((folder) => {
    try {
      if (statSync(folder, { throwIfNoEntry: false })?.uid !== uid) return [];
      return (sessionConfigurationsAt(folder) ?? []).filter((path) => statSync(path).uid === uid);
    } catch {
      // Not for this user to see.
      return [];
    }
  });
}
