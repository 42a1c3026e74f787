/** Names of sessions and of the folders that they write to: what is refused, and how they are dated. */
import { folderDateTime } from '@lttng-ts/base';
import { refuse } from './refusal.ts';

/** Upstream keeps session names in NAME_MAX bytes with the NUL. */
const MAX_NAME_BYTES = 254;
/** Upstream's LTTNG_PATH_MAX with the NUL. */
const MAX_PATH_BYTES = 4095;

const AUTOMATIC = 'auto';

export interface SessionNames {
  readonly name: string;
  /** `trace_name` of the metadata. */
  readonly traceName: string;
  /** Name of the folder below `lttng-traces`, and below a shared memory path. */
  readonly folderName: string;
}

/**
 * The names of a new session. `asked` is null for a session that the daemon names; its folder is not dated
 * again, because its name is.
 */
export function sessionNames(
  asked: string | null,
  creationTimeS: number,
  utcOffsetMinutes: number,
): SessionNames {
  const date = folderDateTime(creationTimeS, utcOffsetMinutes);
  if (asked === null) {
    const name = `${AUTOMATIC}-${date}`;
    return { name, traceName: AUTOMATIC, folderName: name };
  }
  requireSessionName(asked);
  return { name: asked, traceName: asked, folderName: `${asked}-${date}` };
}

/** Throws the refusal of a name that no session can have. */
function requireSessionName(name: string): void {
  // A NUL would end the name for everybody who reads it as C does.
  if (name === '' || name.includes('\0') || Buffer.byteLength(name) > MAX_NAME_BYTES) refuse('INVALID');
  if (name.includes('/')) refuse('SESSION_INVALID_CHAR');
}

/** Throws the refusal of a path that no output can have: it must be absolute. */
export function requireAbsolutePath(path: string): string {
  if (!path.startsWith('/')) refuse('INVALID');
  return requirePath(path);
}

/** Throws the refusal of a path that the system could not take. */
export function requirePath(path: string): string {
  if (path.includes('\0') || Buffer.byteLength(path) > MAX_PATH_BYTES) refuse('INVALID');
  return path;
}
