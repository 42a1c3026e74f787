/** The host of component classes in Node.js: real files, real standard streams. */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { SystemError } from '@lttng-ts/base';
import { type ByteSource, memorySource } from '@lttng-ts/ctf';
import { CompressedFiles, findCompressed, plainName } from '@lttng-ts/ctf/node';
import { nodeLiveTransport } from '../ctf/live-source/edge/node-live-transport.ts';
import type { EntryKind, Host, InputFiles, OutputFile, OutputFiles } from '../host.ts';
import { terminalColours } from './terminal.ts';

/** Files open at once for reading, of the 1024 that systems allow a process at least: a trace may have thousands. */
const MAX_OPEN_FILES = 640;
const [STDIN, STDOUT, STDERR] = [0, 1, 2];

/** The host of this process. Dispose it when nothing is read any more. */
export function nodeHost(): Host & Disposable {
  const descriptors = new Descriptors();
  const environment = (name: string): string | undefined => process.env[name];
  return {
    input: inputFiles(descriptors),
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
    live: nodeLiveTransport,
    [Symbol.dispose]: () => descriptors[Symbol.dispose](),
  };
}

function inputFiles(descriptors: Descriptors): InputFiles {
  return {
    kindOf: (path) => {
      const stat = attempt('stat', path, () => statSync(path, { throwIfNoEntry: false }));
      if (stat !== undefined) return entryKind(stat);
      return findCompressed(path) === null ? null : 'file';
    },
    list: (path) =>
      attempt('scandir', path, () => {
        const kinds = new Map<string, EntryKind>();
        for (const entry of readdirSync(path, { withFileTypes: true })) {
          const { name } = entry;
          const isKnown = entry.isFile() || entry.isDirectory();
          // A link that leads nowhere is there, and is nothing that can be read.
          const found = isKnown ? entry : statSync(`${path}/${name}`, { throwIfNoEntry: false });
          if (found === undefined) continue;
          const kind = entryKind(found);
          kinds.set(kind === 'file' ? plainName(name) : name, kind);
        }
        return [...kinds].map(([name, kind]) => ({ name, kind }));
      }),
    open: (path) => descriptors.source(path),
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

/** Descriptors by path, the least recently used one closed when there are too many. */
class Descriptors implements Disposable {
  readonly #byPath = new Map<string, number>();
  readonly #compressed = new CompressedFiles();

  source(path: string): ByteSource {
    const descriptor = this.#openPlain(path);
    if (descriptor === null) {
      const compressed = findCompressed(path);
      if (compressed !== null) return this.#compressed.source(compressed);
      throw systemError('open', path, { code: 'ENOENT' });
    }
    const sizeBytes = attempt('fstat', path, () => fstatSync(descriptor).size);
    return {
      path,
      sizeBytes,
      read: (offsetBytes, lengthBytes) => {
        const bytes = new Uint8Array(Math.max(0, Math.min(lengthBytes, sizeBytes - offsetBytes)));
        return bytes.subarray(0, this.#readInto(path, offsetBytes, bytes));
      },
      readInto: (offsetBytes, target) => this.#readInto(path, offsetBytes, target),
    };
  }

  /** `null`: there is no such file. */
  #openPlain(path: string): number | null {
    try {
      return this.#open(path);
    } catch (error) {
      if (error instanceof SystemError && error.errnoName === 'ENOENT') return null;
      throw error;
    }
  }

  #open(path: string): number {
    let descriptor = this.#byPath.get(path);
    if (descriptor === undefined) {
      descriptor = attempt('open', path, () => openSync(path, 'r'));
      for (const [oldest, unused] of this.#byPath) {
        if (this.#byPath.size < MAX_OPEN_FILES) break;
        this.#byPath.delete(oldest);
        closeSync(unused);
      }
      this.#byPath.set(path, descriptor);
    } else if (this.#byPath.size >= MAX_OPEN_FILES / 2) {
      // The order matters when some will be closed.
      this.#byPath.delete(path);
      this.#byPath.set(path, descriptor);
    }
    return descriptor;
  }

  #readInto(path: string, offsetBytes: number, target: Uint8Array): number {
    const descriptor = this.#open(path);
    let at = 0;
    while (at < target.length) {
      const count = attempt('read', path, () =>
        readSync(descriptor, target, at, target.length - at, offsetBytes + at),
      );
      // The file became shorter since it was opened: the decoder will say what is missing.
      if (count === 0) break;
      at += count;
    }
    return at;
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.#byPath.values()) closeSync(descriptor);
    this.#byPath.clear();
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
