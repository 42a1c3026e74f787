/** The host of component classes in Node.js: real files, real standard streams. */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { SystemError } from '@lttng-ts/base';
import { memorySource } from '@lttng-ts/ctf';
import { findCompressed, findStat, OpenFiles, plainName } from '@lttng-ts/ctf/node';
import { nodeLiveTransport } from '../ctf/live-source/edge/node-live-transport.ts';
import type { EntryKind, Host, InputFiles, OutputFile, OutputFiles } from '../host.ts';
import { terminalColours } from './terminal.ts';

const [STDIN, STDOUT, STDERR] = [0, 1, 2];

/** The host of this process. Dispose it when nothing is read any more. */
export function nodeHost(): Host & Disposable {
  const files = new OpenFiles();
  const environment = (name: string): string | undefined => process.env[name];
  return {
    input: inputFiles(files),
    output: outputFiles,
    standardInput: () =>
      memorySource(
        '-',
        attempt('read', '-', () => readFileSync(STDIN!)),
      ),
    standardOutput: { write: (bytes) => writeAll(STDOUT!, '-', bytes, null) },
    standardError: { write: (bytes) => writeAll(STDERR!, '-', bytes, null) },
    ...terminalColours(environment),
    environment,
    takesSharedBytes: true,
    live: nodeLiveTransport,
    [Symbol.dispose]: () => files[Symbol.dispose](),
  };
}

function inputFiles(files: OpenFiles): InputFiles {
  return {
    kindOf: (path) => {
      const stat = findStat(path);
      if (stat !== null) return entryKind(stat);
      return findCompressed(path) === null ? null : 'file';
    },
    list: (path) =>
      attempt('scandir', path, () => {
        const kinds = new Map<string, EntryKind>();
        for (const entry of readdirSync(path, { withFileTypes: true })) {
          const { name } = entry;
          const isKnown = entry.isFile() || entry.isDirectory();
          // A link that leads nowhere is there, and is nothing that can be read.
          const found = isKnown ? entry : findStat(`${path}/${name}`);
          if (found === null) continue;
          const kind = entryKind(found);
          kinds.set(kind === 'file' ? plainName(name) : name, kind);
        }
        return [...kinds].map(([name, kind]) => ({ name, kind }));
      }),
    open: (path) => files.source(path),
    normalize: (path) => resolve(path),
  };
}

function entryKind(entry: { isFile(): boolean; isDirectory(): boolean }): EntryKind {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other';
}

const outputFiles: OutputFiles = {
  create: (path): OutputFile => {
    const descriptor = attempt('open', path, () => openSync(path, 'w'));
    return {
      write: (bytes) => writeAll(descriptor, path, bytes, null),
      writeAt: (offsetBytes, bytes) => writeAll(descriptor, path, bytes, offsetBytes),
      close: () => closeSync(descriptor),
    };
  },
  makeFolder: (path) => {
    attempt('mkdir', path, () => mkdirSync(path, { recursive: true }));
  },
};

const wait = new Int32Array(new SharedArrayBuffer(4));

function writeAll(descriptor: number, path: string, bytes: Uint8Array, position: number | null): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at, bytes.length - at, position === null ? null : position + at);
    } catch (error) {
      // A pipe that another process set to non-blocking is full: its reader needs a moment.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') Atomics.wait(wait, 0, 0, 5);
      else throw systemError('write', path, error);
    }
  }
}

function attempt<T>(syscall: string, path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw systemError(syscall, path, error);
  }
}

function systemError(syscall: string, path: string, cause: unknown): SystemError {
  return new SystemError(syscall, (cause as NodeJS.ErrnoException).code ?? 'EIO', { path }, { cause });
}
