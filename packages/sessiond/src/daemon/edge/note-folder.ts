/**
 * Notes that survive the daemon: one JSON text in a file for each, in a folder of the run folder that only the daemon's
 * user may enter. A note is made and replaced by a rename, so that a successor finds whole ones.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, SystemError, toError } from '@lttng-ts/base';
import type { Log } from '../../ust/ports.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const SUFFIX = '.json';

export class NoteFolder<Note> {
  /** What an earlier daemon left, in order of their names. */
  readonly left: readonly Note[];
  readonly #path: string;

  /** `path` is made when it is needed. What cannot be understood there is told and removed. */
  constructor(path: string, log: Log) {
    this.#path = path;
    this.left = readNotes<Note>(path, log);
  }

  /** Makes a note, or replaces it; returns when it would survive the daemon. */
  put(name: string, note: Note): void {
    fs.mkdirSync(this.#path, { mode: FOLDER_MODE, recursive: true });
    const draft = join(this.#path, `.${name}`);
    fs.writeFileSync(draft, JSON.stringify(note), { mode: FILE_MODE });
    fs.renameSync(draft, this.#pathOf(name));
  }

  remove(name: string): void {
    fs.rmSync(this.#pathOf(name), { force: true });
  }

  /** Removes all notes. */
  clear(): void {
    fs.rmSync(this.#path, { force: true, recursive: true });
  }

  /** Removes the folder when no note is in it. */
  tidy(): void {
    try {
      fs.rmdirSync(this.#path);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(code)) throw error;
    }
  }

  #pathOf(name: string): string {
    return join(this.#path, `${name}${SUFFIX}`);
  }
}

function readNotes<Note>(folder: string, log: Log): readonly Note[] {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  return names.flatMap((name) => {
    const path = join(folder, name);
    try {
      if (!name.endsWith(SUFFIX)) throw new SystemError('read', 'EINVAL', { what: 'an unfinished note' });
      return [JSON.parse(fs.readFileSync(path, 'utf8')) as Note];
    } catch (error) {
      log(
        'warning',
        describe('Note of an earlier daemon is of no use', { path, reason: toError(error).message }),
      );
      fs.rmSync(path, { force: true, recursive: true });
      return [];
    }
  });
}
