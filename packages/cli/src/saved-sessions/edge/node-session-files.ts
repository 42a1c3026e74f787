/** Files of saved sessions on this machine. */
import * as fs from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { SAVED_SUFFIX, type SavedPlace, type SessionFiles, type WriteOutcome } from '../session-files.ts';

/** Modes of what upstream makes; root's are not narrowed by its umask. */
const FOLDER_MODE = 0o770;
const FILE_MODE = 0o660;
/** Nothing that is saved is as long. */
const MAX_FILE_BYTES = 64 * 2 ** 20;

/** Relative paths are of `workingFolder`. */
export function nodeSessionFiles(workingFolder: string): SessionFiles {
  const at = (path: string): string => resolve(workingFolder, path);
  return {
    systemHome: systemHome(),
    look: (path) => look(path, at(path)),
    read: (path) => read(at(path)),
    makeFolder: (path) => makeFolder(at(path)),
    write: (path, text, isForced) => write(at(path), text, isForced),
  };
}

function systemHome(): string | null {
  try {
    return userInfo().homedir;
  } catch {
    // The table does not know this user.
    return null;
  }
}

function look(given: string, path: string): SavedPlace {
  try {
    if (given === '') return { kind: 'missing', reason: 'No such file or directory' };
    if (!fs.statSync(path).isDirectory()) return { kind: 'file' };
    const names = fs.readdirSync(path).filter((name) => name.endsWith(SAVED_SUFFIX));
    return { kind: 'folder', files: names.sort().map((name) => join(given, name)) };
  } catch (error) {
    return { kind: 'missing', reason: reasonOf(error as NodeJS.ErrnoException) };
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  ENOTDIR: 'Not a directory',
  EACCES: 'Permission denied',
  ENAMETOOLONG: 'File name too long',
  ELOOP: 'Too many levels of symbolic links',
};

const reasonOf = ({ code = '', message }: NodeJS.ErrnoException): string => reasons[code] ?? message;

function read(path: string): string | null {
  try {
    const { size } = fs.statSync(path);
    return size > MAX_FILE_BYTES ? null : fs.readFileSync(path, 'utf8');
  } catch {
    // Whoever asks tells of it.
    return null;
  }
}

function makeFolder(path: string): boolean {
  try {
    if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return true;
    if (!makeFolder(dirname(path))) return false;
    fs.mkdirSync(path, { mode: FOLDER_MODE });
    if (isRoot()) fs.chmodSync(path, FOLDER_MODE);
    return true;
  } catch {
    // Whoever asks tells of it.
    return false;
  }
}

function write(path: string, text: string, isForced: boolean): WriteOutcome {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_EXCL } = fs.constants;
  try {
    const file = fs.openSync(path, O_WRONLY | O_CREAT | (isForced ? O_TRUNC : O_EXCL), FILE_MODE);
    try {
      if (isRoot()) fs.fchmodSync(file, FILE_MODE);
      fs.writeFileSync(file, text);
    } finally {
      fs.closeSync(file);
    }
    return 'written';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'exists' : 'failed';
  }
}

const isRoot = (): boolean => process.getuid?.() === 0;
