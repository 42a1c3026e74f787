/**
 * Ring buffers as files, with their metadata as text beside them: what lttng-crash reads when nobody is left who could
 * write a trace. Made with the owner's rights, one name at a time, links not followed.
 */

import * as fs from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { systemCall } from '@lttng-ts/base';
import { type Fd, fd } from '@lttng-ts/native';
import type { MemoryFolder } from '../channel-buffers.ts';
import { folderNames, METADATA_FILE, requirePlainName } from '../core/chunk-layout.ts';
import { openFolderBelow, TraceFolder } from './trace-folder.ts';

/** As the original's: nobody else looks into buffers. */
const MEMORY_MODE = 0o600;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = fs.constants;

export class MemoryFiles implements MemoryFolder {
  readonly #rootPath: string;
  readonly #folder: TraceFolder;
  readonly #names: string[] = [];
  #textFd: number | null = null;
  #isClosed = false;

  /** Makes `rootPath` with its parents and `tracePath` below it. Throws `SystemError`. */
  constructor(rootPath: string, tracePath: string) {
    this.#rootPath = rootPath;
    using root = TraceFolder.openRoot(rootPath);
    this.#folder = openFolderBelow(root, folderNames(tracePath));
  }

  createMemory(name: string): Fd {
    return fd(this.#create(name));
  }

  appendText(text: Uint8Array): void {
    this.#textFd ??= this.#create(METADATA_FILE);
    const file = this.#textFd;
    systemCall({ path: this.#pathOf(METADATA_FILE) }, () => {
      for (let done = 0; done < text.length; ) done += fs.writeSync(file, text, done);
    });
  }

  restartText(): void {
    const file = this.#textFd;
    if (file === null) return;
    fs.closeSync(file);
    fs.rmSync(this.#pathOf(METADATA_FILE), { force: true });
    this.#names.splice(this.#names.indexOf(METADATA_FILE), 1);
    this.#textFd = null;
  }

  close(isRemoved: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#textFd !== null) fs.closeSync(this.#textFd);
    this.#folder.close();
    if (!isRemoved) return;
    for (const name of this.#names) fs.rmSync(this.#pathOf(name), { force: true });
    removeEmpty(this.#folder.path, this.#rootPath);
  }

  #create(name: string): number {
    const path = this.#pathOf(name);
    const file = systemCall({ path }, () =>
      fs.openSync(this.#folder.placeOf(name), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, MEMORY_MODE),
    );
    this.#names.push(name);
    return file;
  }

  #pathOf(name: string): string {
    return join(this.#folder.path, requirePlainName(name));
  }
}

/** Removes `path` and its parents up to `root`, as long as they are empty. */
function removeEmpty(path: string, root: string): void {
  for (
    let folder = path;
    !relative(root, folder).startsWith(`..${sep}`) && relative(root, folder) !== '..';
  ) {
    try {
      fs.rmdirSync(folder);
    } catch {
      // Something else is in it, or it is gone: what the user put there is the user's.
      return;
    }
    folder = dirname(folder);
  }
}
