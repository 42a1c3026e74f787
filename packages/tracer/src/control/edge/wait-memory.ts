/**
 * The wait memory of a daemon: one word that says whether it listens, with a futex for those that wait. An application
 * makes the file when it comes before any daemon.
 */
import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { type Fd, type Mapping, type Native, fd as toFd } from '@lttng-ts/native';
import { UST_WAIT_MEMORY_BYTES, ustWaitStates } from '@lttng-ts/protocols/ust-app';
import type { DaemonPlace } from '../../daemon-places.ts';

/** Longest single wait: the word is looked at again from time to time, whatever woke us. */
const WAIT_SLICE_MS = 60_000;

export class WaitMemory {
  readonly #native: Native;
  readonly #mapping: Mapping;
  readonly #word: Int32Array;

  private constructor(native: Native, mapping: Mapping) {
    this.#native = native;
    this.#mapping = mapping;
    this.#word = new Int32Array(mapping.buffer, 0, 1);
  }

  /** Opens the wait memory of a daemon; `null` when that cannot be. */
  static open(native: Native, place: DaemonPlace): WaitMemory | null {
    const file = openWaitFile(place);
    if (file === null) return null;
    try {
      return new WaitMemory(native, native.mmap(file, UST_WAIT_MEMORY_BYTES, { isWritable: false }));
    } catch {
      // Too short (a broken file) or no memory: the domain stays without waiting.
      return null;
    } finally {
      closeSync(file);
    }
  }

  get isDaemonReady(): boolean {
    return Atomics.load(this.#word, 0) !== ustWaitStates.absent;
  }

  /** Returns when a daemon says that it listens; at once when it said so already. */
  async waitForDaemon(): Promise<void> {
    while (!this.isDaemonReady) {
      await this.#native.futexWaitAsync(this.#mapping, 0, ustWaitStates.absent, { timeoutMs: WAIT_SLICE_MS });
    }
  }
}

function openWaitFile({ waitPath: path, waitOwnerUid: uid }: DaemonPlace): Fd | null {
  const opened = tryOpen(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  if (opened !== null) return checkOwner(opened, uid);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const made = tryOpen(path, flags, uid === null ? 0o666 : 0o640);
  // Somebody else made it just now.
  if (made === null) return tryOpen(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    // The daemon must be able to write into it, whatever this process's umask is; root's daemon takes it over.
    if (uid === null) fchmodSync(made, 0o666);
    ftruncateSync(made, UST_WAIT_MEMORY_BYTES);
    return made;
  } catch {
    closeSync(made);
    return null;
  }
}

function checkOwner(file: Fd, uid: number | null): Fd | null {
  // A user's wait memory that somebody else made could keep this process from ever seeing the daemon.
  if (uid === null || fstatSync(file).uid === uid) return file;
  closeSync(file);
  return null;
}

function tryOpen(path: string, flags: number, mode?: number): Fd | null {
  try {
    return toFd(openSync(path, flags, mode));
  } catch {
    return null;
  }
}
