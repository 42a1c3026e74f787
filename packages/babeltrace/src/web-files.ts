/**
 * Traces from what web pages have: lists of files, folders that were dropped. Everything is read into memory
 * first, because a page has no other way to read a file in parts without waiting; what is compressed is made plain.
 */
import { FormatError } from '@lttng-ts/base';
import { unpackFiles } from '@lttng-ts/ctf';
import { openTraceFiles } from './open-files.ts';
import type { OpeningOptions, TraceReader } from './trace-reader.ts';

/** What is used of a `File`. */
export interface WebFile {
  readonly name: string;
  /** The path below the folder that was chosen; empty or missing for single files. */
  readonly webkitRelativePath?: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What is used of a `DataTransferItem`. */
export interface DroppedItem {
  webkitGetAsEntry(): DroppedEntry | null;
}

/** What is used of a `FileSystemEntry`: `file` of files, `createReader` of folders. */
export interface DroppedEntry {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly fullPath: string;
  file?(take: (file: WebFile) => void, fail: (error: unknown) => void): void;
  createReader?(): {
    readEntries(take: (entries: readonly DroppedEntry[]) => void, fail: (error: unknown) => void): void;
  };
}

/** Opens every trace among files that somebody chose (`<input type="file" webkitdirectory>`). Rejects as {@link openTraceFiles} throws. */
export async function openFileList(
  files: Iterable<WebFile>,
  options: OpeningOptions = {},
): Promise<TraceReader> {
  const named: (readonly [string, WebFile])[] = Array.from(files, (file) => {
    const path = file.webkitRelativePath ?? '';
    return [path === '' ? file.name : path, file] as const;
  });
  return openTraceFiles(await unpackFiles(await contentsOf(named)), options);
}

/** Opens every trace among files and folders that somebody dropped. Call it in the handler of the event, before anything is awaited. */
export async function openDroppedItems(
  items: Iterable<DroppedItem>,
  options: OpeningOptions = {},
): Promise<TraceReader> {
  // The items are gone when the handler has returned.
  const entries = Array.from(items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const named: (readonly [string, WebFile])[] = [];
  for (const entry of entries) await gather(entry, named);
  return openTraceFiles(await unpackFiles(await contentsOf(named)), options);
}

/** The folder of a trace, plain or compressed. */
const METADATA = /^(.*\/|)metadata(\.gz|\.zst)?$/s;
/** A file of a trace: an index, or right in its folder. */
const IN_TRACE = /^(index\/)?[^/]+$/;

async function contentsOf(
  named: readonly (readonly [string, WebFile])[],
): Promise<Readonly<Record<string, Uint8Array>>> {
  const contents: Record<string, Uint8Array> = Object.create(null);
  const folders = named.flatMap(([path]) => METADATA.exec(path)?.[1] ?? []);
  // Nothing is read of what is in no trace: somebody may drop all that he has.
  const isOfTrace = (path: string): boolean =>
    folders.some((folder) => path.startsWith(folder) && IN_TRACE.test(path.slice(folder.length)));
  for (const [path, file] of named)
    if (isOfTrace(path)) contents[path] = new Uint8Array(await file.arrayBuffer());
  return contents;
}

/** Folders in folders of a trace: sessions, archives, domains, users, chunks. */
const MAX_DEPTH = 32;

async function gather(entry: DroppedEntry, named: (readonly [string, WebFile])[], depth = 0): Promise<void> {
  const path = entry.fullPath.replace(/^\//, '');
  if (depth > MAX_DEPTH) throw new FormatError(`Folders too deep: path="${path}"`);
  if (entry.isFile) {
    const file = await new Promise<WebFile>((resolve, reject) => entry.file?.(resolve, reject));
    named.push([path, file]);
    return;
  }
  const reader = entry.createReader?.();
  if (!entry.isDirectory || reader === undefined) return;
  for (;;) {
    // A folder is read in parts; an empty part is the end.
    const some = await new Promise<readonly DroppedEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const one of some) await gather(one, named, depth + 1);
  }
}
