/**
 * What becomes of a closed chunk's folder: moved among the archives, or removed. The first chunk of a session
 * lies in the session's folder itself, beside the archives; later ones have a folder of their own.
 */

import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCall } from '@lttng-ts/base';
import { FOLDER_MODE } from '../core/chunk-layout.ts';
import { makeWithParents } from './trace-folder.ts';

/** Where a chunk is made. */
export interface ChunkPlace {
  readonly rootPath: string;
  /** Whether other things lie in the root too. */
  readonly isRootShared: boolean;
}

/** A chunk's folder; `folders` are the names in it that are the chunk's, null for everything. */
export interface ChunkFolder {
  readonly rootPath: string;
  readonly folders: readonly string[] | null;
}

/** Name of the original for a chunk on its way to the archives. */
const MOVING_FOLDER = '.tmp_old_chunk';

/**
 * Moves a chunk to `path`. Readers of the archives see the whole chunk or nothing: the last step is one
 * rename. Throws `SystemError`, with the chunk where it was.
 */
export function moveChunk({ rootPath, folders }: ChunkFolder, path: string): void {
  systemCall({ path }, () => makeWithParents(dirname(path)));
  const whole = folders === null ? rootPath : setChunkAside({ rootPath, folders }).rootPath;
  try {
    systemCall({ path }, () => fs.renameSync(whole, path));
  } catch (error) {
    if (folders !== null) putChunkBack({ rootPath, folders });
    throw error;
  }
}

/** Moves a chunk that shares its root into a folder of its own there. Throws `SystemError`, with nothing moved. */
export function setChunkAside(chunk: ChunkFolder): ChunkFolder {
  const { rootPath, folders } = chunk;
  if (folders === null) return chunk;
  const moving = join(rootPath, MOVING_FOLDER);
  systemCall({ path: moving }, () => {
    fs.mkdirSync(moving, FOLDER_MODE);
    try {
      for (const name of folders) fs.renameSync(join(rootPath, name), join(moving, name));
    } catch (error) {
      putChunkBack(chunk);
      throw error;
    }
  });
  return { rootPath: moving, folders: null };
}

/** Undoes {@link setChunkAside}. */
export function putChunkBack({ rootPath, folders }: ChunkFolder): void {
  if (folders === null) return;
  const moving = join(rootPath, MOVING_FOLDER);
  systemCall({ path: moving }, () => {
    for (const name of fs.readdirSync(moving)) fs.renameSync(join(moving, name), join(rootPath, name));
    fs.rmdirSync(moving);
  });
}

/** Removes a chunk; links in it are removed, never followed. Throws `SystemError`. */
export function removeChunk({ rootPath, folders }: ChunkFolder): void {
  systemCall({ path: rootPath }, () => {
    const paths = folders === null ? [rootPath] : folders.map((name) => join(rootPath, name));
    for (const path of paths) fs.rmSync(path, { recursive: true, force: true });
  });
}
