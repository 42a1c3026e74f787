/** Trace folders on disk: finds the folders that hold a `metadata` file, and opens their data stream files. */
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { FormatError, systemCall } from '@lttng-ts/base';
import { openHelp } from '../stream/byte-source.ts';
import { type OpenOptions, openTraces, type Trace, type TraceFolder } from '../stream/trace.ts';
import { findCompressed, plainName } from './compressed-files.ts';
import { findStat } from './find-stat.ts';
import { OpenFiles } from './open-files.ts';

/** Folders below folders that are searched for traces. */
const MAX_DEPTH = 64;
const METADATA = 'metadata';

/** Traces found below one or more folders. Dispose it when nothing is read any more. */
export interface OpenTraces extends Disposable {
  readonly traces: readonly Trace[];
}

/**
 * Opens every trace at or below `paths`. Throws `FormatError` when there is none,
 * `SystemError` when a folder cannot be read.
 */
export function openTraceFolders(paths: readonly string[], options: OpenOptions = {}): OpenTraces {
  const files = new OpenFiles();
  try {
    const folders = paths.flatMap((named) =>
      findFolders(resolve(named), 0, new Set()).map((path) =>
        openFolder(path, relative(resolve(named), path), files),
      ),
    );
    if (folders.length === 0) {
      throw new FormatError(`No trace found: paths=${paths.map((path) => JSON.stringify(path)).join(', ')}`);
    }
    return {
      traces: openTraces(folders, undefined, options),
      [Symbol.dispose]: () => files[Symbol.dispose](),
    };
  } catch (error) {
    files[Symbol.dispose]();
    throw error;
  }
}

/**
 * Folders with a metadata file at or below `path`, in order of their names. A trace has no trace inside. Links to folders are
 * followed, each folder (`linked`) once, because they may lead in circles.
 */
function findFolders(path: string, depth: number, linked: Set<string>): readonly string[] {
  const entries = systemCall({ path }, () => readdirSync(path, { withFileTypes: true }));
  if (entries.some((entry) => plainName(entry.name) === METADATA && isFile(join(path, METADATA))))
    return [path];
  if (depth >= MAX_DEPTH) return [];
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter((entry) => entry.isDirectory() || isNewFolder(join(path, entry.name), linked))
    .flatMap(({ name }) => findFolders(join(path, name), depth + 1, linked));
}

/** Whether a link leads to a folder to which none led before. */
function isNewFolder(link: string, linked: Set<string>): boolean {
  try {
    const path = realpathSync(link);
    if (linked.has(path) || !statSync(path).isDirectory()) return false;
    linked.add(path);
    return true;
  } catch {
    // It leads nowhere, or where nobody may look.
    return false;
  }
}

/** Whether there is a file, plain or compressed. */
function isFile(path: string): boolean {
  return findStat(path)?.isFile() ?? findCompressed(path) !== null;
}

function openFolder(path: string, relativePath: string, files: OpenFiles): TraceFolder {
  const found = systemCall({ path }, () => readdirSync(path));
  const names = [...new Set(found.map(plainName))].sort();
  return {
    path,
    relativePath,
    metadata: files.source(join(path, METADATA)),
    dataStreams: names
      .filter((name) => name !== METADATA && !name.startsWith('.') && isFile(join(path, name)))
      .map((name) => {
        const source = files.source(join(path, name));
        const index = join(path, 'index', `${basename(name)}.idx`);
        return { source, index: openHelp(index, () => (isFile(index) ? files.source(index) : null)) };
      }),
  };
}
