/**
 * Folders and files of a trace chunk, made one name at a time from an open folder, so that a symbolic link
 * planted below the chunk's root is met and refused instead of followed.
 *
 * Node has no `openat`; `/proc/self/fd/<folder>/<name>` is the same lookup (the kernel starts at the open
 * folder, wherever it was moved meanwhile).
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { SystemError, systemCall } from '@lttng-ts/base';
import { FILE_MODE, FOLDER_MODE, requirePlainName } from '../core/chunk-layout.ts';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;

export class TraceFolder implements Disposable {
  /** For messages. */
  readonly path: string;
  readonly #fd: number;
  #isClosed = false;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  /**
   * Makes the root of a chunk and its parents. The owner chose this path: links in it are followed, with the
   * owner's rights.
   */
  static openRoot(path: string): TraceFolder {
    const details = { path };
    systemCall(details, () => makeWithParents(path));
    return new TraceFolder(
      path,
      systemCall(details, () => fs.openSync(path, O_RDONLY | O_DIRECTORY)),
    );
  }

  /** Makes the folder `name` if it is missing and opens it; the caller closes it. */
  openFolder(name: string): TraceFolder {
    this.#make(name);
    return this.#openMade(name);
  }

  /** Makes the folder `name`; one that is there is fine, anything else of that name is not. */
  makeFolder(name: string): void {
    if (!this.#make(name)) this.#openMade(name).close();
  }

  /** Whether the folder was missing and is made; whatever is there is met by who opens it. */
  #make(name: string): boolean {
    return systemCall({ path: this.#pathOf(name) }, () => {
      try {
        fs.mkdirSync(this.#place(name), FOLDER_MODE);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        return false;
      }
    });
  }

  #openMade(name: string): TraceFolder {
    const path = this.#pathOf(name);
    return new TraceFolder(path, this.#open(this.#place(name), path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  }

  /** Makes the file `name` empty (one that is there loses its content) and opens it for writing. */
  createFile(name: string): number {
    const made = this.#makeFile(name);
    if (made !== null) return made;
    const path = this.#pathOf(name);
    // Not blocking: a FIFO planted under that name would hold the consumer for ever. Not truncated before it
    // is known to be a regular file.
    const fd = this.#open(this.#place(name), path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
    try {
      return systemCall({ path }, () => {
        if (!fs.fstatSync(fd).isFile())
          throw new SystemError('open', 'EINVAL', { path, what: 'not a regular file' });
        fs.ftruncateSync(fd, 0);
        return fd;
      });
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  /** A file that is new needs no look; null when something of that name is there, or anything else is wrong. */
  #makeFile(name: string): number | null {
    try {
      return fs.openSync(this.#place(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
    } catch {
      // Tried again with care, which says what it is.
      return null;
    }
  }

  /** Removes the file `name`; one that is not there is fine. */
  removeFile(name: string): void {
    systemCall({ path: this.#pathOf(name) }, () => fs.rmSync(this.#place(name), { force: true }));
  }

  /** Whether somebody removed the folder. */
  get isMissing(): boolean {
    return !this.#isClosed && fs.fstatSync(this.#fd).nlink === 0;
  }

  /** Path of an entry that starts at the open folder, wherever it was moved. */
  placeOf(name: string): string {
    return this.#place(name);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    fs.closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** For messages. Joined by hand: `join` took a tenth of a snapshot's time. */
  #pathOf(name: string): string {
    return this.path.endsWith('/') ? `${this.path}${name}` : `${this.path}/${name}`;
  }

  #place(name: string): string {
    return `/proc/self/fd/${this.#fd}/${requirePlainName(name)}`;
  }

  #open(place: string, path: string, flags: number): number {
    try {
      return fs.openSync(place, flags, FILE_MODE);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // With O_DIRECTORY the kernel says ENOTDIR for a link too.
      if ((code === 'ELOOP' || code === 'ENOTDIR') && isSymbolicLink(place)) {
        throw new SystemError(
          'open',
          'ELOOP',
          { path, what: 'symbolic link in a trace folder' },
          { cause: error },
        );
      }
      return systemCall({ path }, () => {
        throw error;
      });
    }
  }
}

/**
 * Makes a folder and the parents that are missing. Node's own recursion never ends where the kernel answers
 * ENOENT for a name in a folder that exists (/proc).
 */
export function makeWithParents(path: string): void {
  if (tryMake(path)) return;
  const parent = dirname(path);
  if (parent !== path && !fs.existsSync(parent)) makeWithParents(parent);
  fs.mkdirSync(path, FOLDER_MODE);
}

/** Makes one folder; `false` when its parent is missing. One that is there is fine. */
function tryMake(path: string): boolean {
  try {
    fs.mkdirSync(path, FOLDER_MODE);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Something else of that name is met when it is opened as a folder.
    if (code === 'EEXIST') return true;
    if (code === 'ENOENT') return false;
    throw error;
  }
}

function isSymbolicLink(place: string): boolean {
  return fs.lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Opens the folder `names` below `root`, making what is missing; the caller closes the result. */
export function openFolderBelow(root: TraceFolder, names: readonly string[]): TraceFolder {
  let folder: TraceFolder | null = null;
  for (const name of names) {
    const parent: TraceFolder | null = folder;
    try {
      folder = (parent ?? root).openFolder(name);
    } finally {
      parent?.close();
    }
  }
  if (folder === null) throw new SystemError('open', 'EINVAL', { path: root.path, what: 'empty trace path' });
  return folder;
}
