/**
 * The shared memory on which applications wait for a daemon: one word, and a futex. It is written with
 * `pwrite`, never through the mapping, because applications may have made the file and could truncate it
 * under us.
 */
import * as fs from 'node:fs';
import process from 'node:process';
import { SystemError } from '@lttng-ts/base';
import { fd, type Native } from '@lttng-ts/native';
import { UST_WAIT_MEMORY_BYTES, ustWaitStates } from '@lttng-ts/protocols/ust-app';

/** Mode of the root daemon's memory (applications of everybody read it) and of a user's. */
const GLOBAL_MODE = 0o664;
const USER_MODE = 0o660;
const ALL_WAITERS = 0x7fff_ffff;

export class WaitMemory {
  readonly #native: Native;
  readonly #fd: number;
  #isClosed = false;

  /**
   * Opens or makes the memory at `path`. Throws `SystemError` when it belongs to somebody else; the root
   * daemon takes it over instead.
   */
  constructor(native: Native, path: string, isGlobal: boolean) {
    this.#native = native;
    this.#fd = open(path, isGlobal ? GLOBAL_MODE : USER_MODE);
    try {
      claim(this.#fd, path, isGlobal);
      fs.ftruncateSync(this.#fd, UST_WAIT_MEMORY_BYTES);
    } catch (error) {
      fs.closeSync(this.#fd);
      throw toSystemError(error, path);
    }
  }

  /** Tells waiting applications that this daemon listens. */
  announce(): void {
    this.#store(ustWaitStates.ready);
    const mapping = this.#native.mmap(fd(this.#fd), UST_WAIT_MEMORY_BYTES, { isWritable: false });
    try {
      this.#native.futexWake(mapping, 0, ALL_WAITERS);
    } finally {
      mapping.unmap();
    }
  }

  /** Tells applications that nobody listens. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#store(ustWaitStates.absent);
    fs.closeSync(this.#fd);
  }

  #store(state: number): void {
    fs.writeSync(this.#fd, new Uint8Array(Int32Array.of(state).buffer), 0, 4, 0);
  }
}

function open(path: string, mode: number): number {
  const flags = fs.constants.O_RDWR | fs.constants.O_NOFOLLOW;
  for (;;) {
    try {
      return fs.openSync(path, flags);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw toSystemError(error, path);
    }
    try {
      // O_EXCL: with O_CREAT alone the kernel refuses an application's file in a sticky folder, even to root.
      return fs.openSync(path, flags | fs.constants.O_CREAT | fs.constants.O_EXCL, mode);
    } catch (error) {
      // An application made it in between: open that one.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw toSystemError(error, path);
    }
  }
}

function claim(file: number, path: string, isGlobal: boolean): void {
  const status = fs.fstatSync(file);
  if (!status.isFile()) throw new SystemError('open', 'EINVAL', { path, what: 'not a regular file' });
  const uid = process.geteuid?.() ?? 0;
  if (isGlobal && uid === 0) fs.fchownSync(file, 0, 0);
  else if (status.uid !== uid) throw new SystemError('open', 'EPERM', { path, owner: status.uid });
  fs.fchmodSync(file, isGlobal ? GLOBAL_MODE : USER_MODE);
}

function toSystemError(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof SystemError || code === undefined || syscall === undefined) return error;
  return new SystemError(syscall, code, { path }, { cause: error });
}
