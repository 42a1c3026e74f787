/**
 * The daemon's run folder and its lock: one daemon per run folder, and nothing of a living daemon, ours or
 * the original, is ever touched.
 */
import * as fs from 'node:fs';
import { describe, SystemError } from '@lttng-ts/base';
import { fd, type Native } from '@lttng-ts/native';
import type { Log } from '../../ust/ports.ts';

const LOCK_MODE = 0o640;
const PID_MODE = 0o644;
/** Attempts to lock a file that somebody keeps replacing. */
const LOCK_ATTEMPTS = 10;

/** How the kernel says that nobody listens at a path. */
const NOBODY: readonly string[] = ['ENOENT', 'ENOTDIR', 'ECONNREFUSED'];

/** Another daemon has the run folder, or answers on one of the sockets. */
export class DaemonAliveError extends SystemError {
  constructor(path: string) {
    super('bind', 'EADDRINUSE', { path, what: 'a session daemon is already running' });
  }
}

/**
 * Makes the run folder. Root's may be entered by everybody and belongs to the tracing group; a user's is
 * private, and stays as it is when it exists.
 */
export function makeRunFolder(path: string, isRoot: boolean, group: GroupChoice): void {
  try {
    fs.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw asSystemError(error, path);
  }
  try {
    if (!fs.statSync(path).isDirectory()) throw new SystemError('mkdir', 'ENOTDIR', { path });
    if (!isRoot) return;
    giveToGroup(path, group);
    fs.chmodSync(path, 0o755);
  } catch (error) {
    throw asSystemError(error, path);
  }
}

/** A group, or null for the daemon's own; and whom to tell when it cannot be given something. */
export interface GroupChoice {
  readonly gid: number | null;
  readonly log: Log;
}

/**
 * Gives a file to the group. Differs from upstream: where that is not allowed (some containers), the daemon
 * serves its own user, because upstream ends there.
 */
export function giveToGroup(path: string, { gid, log }: GroupChoice): void {
  if (gid === null) return;
  try {
    fs.chownSync(path, -1, gid);
  } catch (error) {
    // EPERM: without the capability. EINVAL: the group does not exist in this user namespace.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'EINVAL') throw error;
    log('warning', describe('Cannot give this to the tracing group', { path, gid, errno: code }));
  }
}

/** The lock of a run folder. */
export interface RunFolderLock extends Disposable {
  /** The file turned out to be another daemon's: it stays when the lock goes. */
  leaveFile(): void;
}

/**
 * Locks the file; throws `DaemonAliveError` when a daemon of ours has it. Originals cannot be seen by their
 * locks: they use another kind (`F_SETLK`), and lose it when they go into the background.
 */
export function lockRunFolder(native: Native, path: string): RunFolderLock {
  for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
    const file = open(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_NOFOLLOW, LOCK_MODE);
    if (!native.flock(fd(file), 'exclusive')) {
      fs.closeSync(file);
      throw new DaemonAliveError(path);
    }
    // A daemon that ended in between has removed the file that we have locked: take the new one.
    if (isSameFile(file, path)) return lockOn(file, path);
    fs.closeSync(file);
  }
  throw new SystemError('flock', 'EAGAIN', { path, what: 'the file is replaced all the time' });
}

/**
 * Makes way for a socket at `path`: what a dead daemon left is removed. Throws `DaemonAliveError` when
 * somebody answers, and EEXIST when the path is no socket.
 */
export function claimSocketPath(native: Native, path: string): void {
  let status: fs.Stats;
  try {
    status = fs.lstatSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw asSystemError(error, path);
  }
  if (!status.isSocket()) throw new SystemError('bind', 'EEXIST', { path, what: 'it is not a socket' });
  if (isAnswered(native, path)) throw new DaemonAliveError(path);
  fs.unlinkSync(path);
}

/** Whether a daemon listens at `path`. */
export function isAnswered(native: Native, path: string): boolean {
  try {
    native.close(native.connectUnix(path));
    return true;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    // EAGAIN: its queue is full, so there is one.
    if (error.errnoName === 'EAGAIN') return true;
    if (NOBODY.includes(error.errnoName)) return false;
    throw error;
  }
}

/** Writes the process number; the file goes away with the returned resource. */
export function writePidFile(path: string, pid: number): Disposable {
  const flags = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_TRUNC | fs.constants.O_NOFOLLOW;
  const file = open(path, flags, PID_MODE);
  const remove = (): void => fs.rmSync(path, { force: true });
  try {
    fs.writeSync(file, `${pid}\n`);
  } catch (error) {
    remove();
    throw asSystemError(error, path);
  } finally {
    fs.closeSync(file);
  }
  return { [Symbol.dispose]: remove };
}

function lockOn(file: number, path: string): RunFolderLock {
  let isOwned = true;
  let isReleased = false;
  return {
    leaveFile() {
      isOwned = false;
    },
    [Symbol.dispose]() {
      if (isReleased) return;
      isReleased = true;
      // Removed while locked: whoever waits for the lock finds that its file is not there any more.
      if (isOwned) fs.rmSync(path, { force: true });
      fs.closeSync(file);
    },
  };
}

function isSameFile(file: number, path: string): boolean {
  const locked = fs.fstatSync(file);
  const present = fs.lstatSync(path, { throwIfNoEntry: false });
  return present !== undefined && present.ino === locked.ino && present.dev === locked.dev;
}

function open(path: string, flags: number, mode: number): number {
  try {
    return fs.openSync(path, flags, mode);
  } catch (error) {
    throw asSystemError(error, path);
  }
}

/** The error of a call of Node's, as one that tells the path; anything else as it is. */
export function asSystemError(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof SystemError || code === undefined || syscall === undefined) return error;
  return new SystemError(syscall, code, { path }, { cause: error });
}
