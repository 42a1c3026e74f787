/**
 * The relay's output folder: folders of sessions, and of chunks in them. A chunk in the session's folder itself shares
 * it with archives; what is the chunk's there is known by the names at its top.
 *
 * Links are not followed below the output folder: each name is looked at before it is used. Only the relay's own user
 * may write there, so that nobody changes a name in between.
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { SystemError, systemCall } from '@lttng-ts/base';
import { namesOf } from '../core/output-paths.ts';
import type { ChunkFolder, OutputTree, RelayFile, SessionFolder } from '../ports.ts';
import type { FilePool, PooledFile } from './file-pool.ts';

const FOLDER_MODE = 0o770;
/** Below the output folder: removed files that are being read. The original has the same. */
const UNLINKED = '.unlinked';

export class FolderTree implements OutputTree {
  readonly #root: string;
  readonly #pool: FilePool;

  constructor(root: string, pool: FilePool) {
    this.#root = root;
    this.#pool = pool;
  }

  session(path: string): SessionFolder {
    return new TreeSessionFolder(this.#root, namesOf(path), this.#pool);
  }
}

class TreeSessionFolder implements SessionFolder {
  readonly #root: string;
  readonly #names: readonly string[];
  readonly #pool: FilePool;

  constructor(root: string, names: readonly string[], pool: FilePool) {
    this.#root = root;
    this.#names = names;
    this.#pool = pool;
  }

  open(name: string): ChunkFolder {
    const names = [...this.#names, ...namesOf(name)];
    makeFolders(this.#root, names);
    return new TreeChunkFolder(join(this.#root, ...names), name === '', this.#pool, this.#root);
  }

  move(chunk: ChunkFolder, name: string): void {
    const folder = own(chunk);
    const names = [...this.#names, ...namesOf(name)];
    makeFolders(this.#root, names.slice(0, -1));
    folder.moveTo(join(this.#root, ...names), name === '');
  }

  remove(chunk: ChunkFolder): void {
    own(chunk).remove();
  }
}

function own(chunk: ChunkFolder): TreeChunkFolder {
  if (!(chunk instanceof TreeChunkFolder)) throw new Error('Chunk of another tree');
  return chunk;
}

let asideCount = 0;
/** Names of files that were put aside: the process that did it, and a number. */
const ASIDE = /^(\d+)-\d+$/;

/** Removes what relay daemons that were killed have put aside in this output folder; others' files stay. Throws `SystemError`. */
export function removeLeftovers(root: string): void {
  const folder = join(root, UNLINKED);
  // Nothing is removed behind a link.
  if (fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  systemCall({ path: folder }, () => {
    for (const name of fs.readdirSync(folder)) {
      const pid = Number(ASIDE.exec(name)?.[1] ?? 0);
      if (pid > 0 && (pid === process.pid || !isRunning(pid))) fs.rmSync(join(folder, name), { force: true });
    }
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another user: it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

class TreeChunkFolder implements ChunkFolder {
  #path: string;
  /** Whether the folder holds more than the chunk. */
  #isShared: boolean;
  readonly #pool: FilePool;
  readonly #root: string;
  /** Names of the chunk at its top. */
  readonly #top = new Set<string>();
  /** Folders below it that are there. */
  readonly #made = new Set<string>();
  /** Files of it that are being read. */
  readonly #held = new Set<PooledFile>();

  constructor(path: string, isShared: boolean, pool: FilePool, root: string) {
    this.#root = root;
    this.#path = path;
    this.#isShared = isShared;
    this.#pool = pool;
  }

  create(folders: readonly string[], name: string): RelayFile {
    const key = folders.join('/');
    if (!this.#made.has(key)) makeFolders(this.#path, folders);
    this.#made.add(key);
    const first = folders[0];
    if (first !== undefined) this.#top.add(first);
    const make = (): RelayFile => this.#pool.create(() => join(this.#path, ...folders, name), this.#held);
    try {
      return make();
    } catch (error) {
      // Somebody has cleaned up below a session that goes on.
      if (!(error instanceof SystemError) || error.errnoName !== 'ENOENT') throw error;
      makeFolders(this.#path, folders);
      return make();
    }
  }

  /** Puts files that are being read aside: all, or the one at `path`. */
  #spareHeld(path: string | null): void {
    for (const file of [...this.#held]) {
      if (path !== null && file.pathOf() !== path) continue;
      makeFolders(this.#root, [UNLINKED]);
      file.setAside(join(this.#root, UNLINKED, `${process.pid}-${++asideCount}`));
    }
  }

  unlink(folders: readonly string[], name: string): void {
    const path = join(this.#path, ...folders, name);
    this.#spareHeld(path);
    systemCall({ path }, () => fs.rmSync(path, { force: true }));
  }

  moveTo(path: string, isShared: boolean): void {
    const from = this.#path;
    if (from === path) return;
    systemCall({ path }, () => {
      if (this.#isShared || isShared) {
        makeFolders(dirname(path), [path.slice(dirname(path).length + 1)]);
        for (const name of this.#top) fs.renameSync(join(from, name), join(path, name));
        if (!this.#isShared) fs.rmdirSync(from);
      } else {
        fs.renameSync(from, path);
      }
    });
    this.#path = path;
    this.#isShared = isShared;
  }

  remove(): void {
    const path = this.#path;
    this.#made.clear();
    this.#spareHeld(null);
    systemCall({ path }, () => {
      const paths = this.#isShared ? [...this.#top].map((name) => join(path, name)) : [path];
      for (const each of paths) fs.rmSync(each, { recursive: true, force: true });
    });
  }
}

/** Makes the folders `names` below `root`, which is there or is made. Throws `SystemError` for a link among them. */
function makeFolders(root: string, names: readonly string[]): void {
  systemCall({ path: root }, () => fs.mkdirSync(root, { recursive: true, mode: FOLDER_MODE }));
  let path = root;
  for (const name of names) {
    path = join(path, name);
    const found = systemCall({ path }, () => fs.lstatSync(path, { throwIfNoEntry: false }));
    if (found === undefined) systemCall({ path }, () => fs.mkdirSync(path, FOLDER_MODE));
    else if (!found.isDirectory())
      throw new SystemError('mkdir', 'ENOTDIR', { path, what: 'no folder, or a link' });
  }
}
