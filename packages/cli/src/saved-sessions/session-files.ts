/** Files of saved sessions, as `save`, `load` and the start of the daemon need them; `edge/` has the real ones. */

/** What is at a path where sessions are looked for. */
export type SavedPlace =
  | { readonly kind: 'missing'; readonly reason: string }
  | { readonly kind: 'file' }
  /** Paths of the files in it that may hold sessions, in order of their names. */
  | { readonly kind: 'folder'; readonly files: readonly string[] };

export type WriteOutcome = 'written' | 'exists' | 'failed';

export interface SessionFiles {
  /** Home folder of this user in the system's table of users, whatever the environment says; null: it has none. */
  readonly systemHome: string | null;
  look(path: string): SavedPlace;
  /** The whole text, or null when it cannot be read. */
  read(path: string): string | null;
  /** Makes a folder and those above it; false when that is impossible. */
  makeFolder(path: string): boolean;
  /** Writes a whole file; one that is there is replaced only if `isForced`. */
  write(path: string, text: string, isForced: boolean): WriteOutcome;
}

/** What the names of these files end in. */
export const SAVED_SUFFIX = '.lttng';
/** Below the home folder of LTTng's user, and of the system. */
export const USER_SESSIONS = '.lttng/sessions';
export const SYSTEM_SESSIONS = '/etc/lttng/sessions';
