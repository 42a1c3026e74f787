/** What the processes of all daemons do at their start: read settings, and speak. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STDERR, writeAll } from '../../lttng/edge/write-all.ts';
import type { StartMessage } from '../start.ts';

const SYSTEM_CONFIG = '/etc/lttng/lttng.conf';

/** The user's folder, or null when the environment names none. */
export const homeFolder = (): string | null => process.env['LTTNG_HOME'] ?? process.env['HOME'] ?? null;

/** Configuration files that are read before the one that is given. */
export function configPaths(home: string | null): readonly string[] {
  return [SYSTEM_CONFIG, ...(home === null ? [] : [join(home || '/', '.lttng/lttng.conf')])];
}

/** A file's text, `''` of what is no file, null when it cannot be opened. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // A folder can be opened, and holds no settings.
    return (error as NodeJS.ErrnoException).code === 'EISDIR' ? '' : null;
  }
}

/** Says a line to the person who starts `program`. */
export function tell(program: string, { kind, text }: StartMessage): void {
  const prefix = { refusal: program, error: 'Error', warning: 'Warning' }[kind];
  print(STDERR, `${prefix}: ${text}`);
}

export const print = (fd: number, text: string): void => writeAll(fd, Buffer.from(`${text}\n`));
