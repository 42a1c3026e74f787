/**
 * What the addon can do, as types. The groups are files of C: memory, descriptors, sockets, readiness, transfers,
 * futexes, threads and clocks, the ring buffer's algorithms, the recorder. `loadNative()` (see `load.ts`) gives the one
 * implementation, or `null`.
 *
 * Every function throws `SystemError` (syscall, errno name) when the kernel refuses, unless its result type says
 * otherwise. "Would block" is not an error: it is the result `'again'`. All descriptors made here are
 * close-on-exec; sockets and accepted connections are also non-blocking. No call here ever blocks, and
 * SIGPIPE never reaches the process.
 */
import type { Fd } from './fd.ts';
import type { FdWatcher } from './fd-watcher.ts';
import type { Recorder } from './recorder.ts';
import type { RingDescriptor, RingReader, RingWriter } from './ring.ts';

/** A file mapped shared into memory. */
export interface Mapping extends Disposable {
  /**
   * The mapped bytes. After {@link unmap} it is detached: views on it are empty instead of crashing. Never
   * write to it when {@link isWritable} is false (the process would get SIGSEGV).
   */
  readonly buffer: ArrayBuffer;
  readonly lengthBytes: number;
  readonly isWritable: boolean;
  /** Whether {@link unmap} was called. */
  readonly isUnmapped: boolean;
  /**
   * Detaches {@link buffer} and gives the memory back. Ring handles opened on the mapping keep the memory
   * itself until they are closed. No asynchronous file operation may still use the buffer. Later calls do nothing.
   */
  unmap(): void;
}

/** Seals of a memfd (`F_ADD_SEALS`); names without the prefix `F_SEAL_`. */
export const seals = { seal: 1, shrink: 2, grow: 4, write: 8 } as const;
export type SealName = keyof typeof seals;

/** Locks of `flock(2)`. */
export type LockKind = 'shared' | 'exclusive' | 'unlock';

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export interface ReceivedMessage {
  /** Bytes received; 0 means that the peer closed the connection. */
  readonly lengthBytes: number;
  /** Descriptors that came along, close-on-exec; the caller owns them. */
  readonly fds: readonly Fd[];
}

export interface MemoryCalls {
  /**
   * Maps the first `lengthBytes` bytes of a file, shared. Fails with EOVERFLOW when the file is shorter (a later
   * touch would be SIGBUS). The fd may be closed afterwards.
   */
  mmap(fd: Fd, lengthBytes: number, options: { readonly isWritable: boolean }): Mapping;
  /**
   * Has the pages of a mapped file allocated on a NUMA node when there is room on it (`MPOL_PREFERRED`); before
   * {@link allocate}. ENOSYS where the kernel knows no nodes, EINVAL for a node that is not there.
   */
  preferNode(mapping: Mapping, node: number): void;
  /** Makes an anonymous file that can be sealed; its length is 0. */
  memfdCreate(name: string): Fd;
  ftruncate(fd: Fd, lengthBytes: number): void;
  /** Page size of the machine: 4096 on x86, up to 65536 on arm64. */
  pageSizeBytes(): number;
  /** Length of a file. */
  fileLengthBytes(fd: Fd): number;
  /** Guarantees backing pages up to `lengthBytes` (`fallocate`): a full memory is ENOSPC here, not SIGBUS later. */
  allocate(fd: Fd, lengthBytes: number): void;
  addSeals(fd: Fd, names: readonly SealName[]): void;
  /** Seals that a file has; a file that cannot have seals has none. */
  getSeals(fd: Fd): readonly SealName[];
  /**
   * Makes a memfd of exactly `lengthBytes` with backing pages, sealed against shrinking and growing and against
   * further seals: what every shared buffer of the daemon is. With `node` its pages are on that NUMA node where that
   * is possible.
   */
  createSharedMemory(name: string, lengthBytes: number, node?: number | null): Fd;
  /** Gives an open file of length 0 exactly `lengthBytes` with backing pages, on `node` where that is possible. */
  fillMemory(fd: Fd, lengthBytes: number, node?: number | null): void;
}

export interface DescriptorCalls {
  /** Makes a pipe. Each end is blocking unless told otherwise. */
  pipe(options?: { readonly isReadNonblocking?: boolean; readonly isWriteNonblocking?: boolean }): {
    readonly readEnd: Fd;
    readonly writeEnd: Fd;
  };
  close(fd: Fd): void;
  /**
   * Has the descriptor closed when the calling thread (its JavaScript environment) ends, however it ends, unless
   * {@link close} was called in that thread before. For few: ENFILE beyond 16 in a thread.
   */
  closeAtEnd(fd: Fd): void;
  /** Duplicates a descriptor, close-on-exec. */
  dup(fd: Fd): Fd;
  setNonblocking(fd: Fd): void;
  /** Lets child processes inherit the descriptor, or not. */
  setCloseOnExec(fd: Fd, isCloseOnExec: boolean): void;
  /** Reads at most `into.length` bytes; 0 is the end. The descriptor must be non-blocking. */
  read(fd: Fd, into: Uint8Array): number | 'again';
  /** Writes what fits now and returns the count. A broken pipe is `SystemError` EPIPE, without a signal. */
  write(fd: Fd, bytes: Uint8Array): number | 'again';
  /** Takes or drops an advisory lock without waiting: `false` when another holder has it. */
  flock(fd: Fd, kind: LockKind): boolean;
  /** Begins to write a part of a file to its disk, without waiting for it (`sync_file_range`). */
  beginWriteBack(fd: Fd, offsetBytes: number, lengthBytes: number): void;
  /** Takes the part of a file that is on its disk out of the page cache (`POSIX_FADV_DONTNEED`). */
  dropCached(fd: Fd, offsetBytes: number, lengthBytes: number): void;
}

/** When a silent TCP connection is probed (tcp(7)). */
export interface TcpProbes {
  readonly idleS: number | null;
  readonly intervalS: number | null;
  readonly probeCount: number | null;
}

export interface SocketCalls {
  /** Binds and listens on a stream socket. Refuses (EADDRINUSE) when the path exists: removing is policy. */
  listenUnix(path: string, backlog: number): Fd;
  accept(listener: Fd): Fd | 'again';
  /** Connects to a stream socket; ENOENT, ECONNREFUSED or EAGAIN (its queue is full) are errors. */
  connectUnix(path: string): Fd;
  /** One datagram to whoever reads at `path` (`@` begins an abstract name), without waiting. */
  sendDatagram(path: string, bytes: Uint8Array): void;
  /** A connected pair of stream sockets. */
  socketPair(): readonly [Fd, Fd];
  /** Who is at the other end of a connection, as the kernel recorded it at connect (`SO_PEERCRED`). */
  peerCredentials(connection: Fd): PeerCredentials;
  /**
   * Has idle connections probed by TCP; of a listening socket, those that it accepts. Null: as the system has it.
   */
  keepAlive(connection: Fd, probes: TcpProbes): void;
  /**
   * From now on a connection of TCP counts as readable (for whoever watches it; reads take what is there) once so many
   * bytes are there, or the peer may send no more before they are read, or has ended (`SO_RCVLOWAT`). 1 is usual.
   */
  setLowWater(connection: Fd, sizeBytes: number): void;
  /**
   * Sends bytes with descriptors (duplicated by the kernel: the caller keeps its own). Returns how many bytes
   * went; the descriptors go with the first byte, so a caller that got a short count sends the rest without them.
   */
  sendMessage(connection: Fd, bytes: Uint8Array, fds?: readonly Fd[]): number | 'again';
  /**
   * Receives bytes and at most `maxFds` descriptors (default 0). When the peer sent more descriptors than
   * that, all are closed and the call fails with EMSGSIZE. Never reads past bytes that carried descriptors.
   */
  receiveMessage(connection: Fd, into: Uint8Array, maxFds?: number): ReceivedMessage | 'again';
}

/** A descriptor that is watched by the event loop itself. */
export interface LoopWatch extends Disposable {
  /** Whether readiness is told (as it is at first). */
  set(isOn: boolean): void;
  /** Ends the watch; no callback follows. Call it before the descriptor is closed. Later calls do nothing. */
  close(): void;
}

export interface LoopCalls {
  /**
   * Has `callback` called in each turn of the event loop in which `fd` can be read without waiting, its end and its failure
   * included; like every open socket it keeps the loop alive. There is no thread as in {@link FdWatcher}, and
   * no wake-up, so the next turn is never far; but only libuv's loop can do it: null where it is another, or hidden.
   * The runtime must not watch the same descriptor: give a duplicate.
   */
  watchInLoop(fd: Fd, callback: () => void): LoopWatch | null;
}

/** What one {@link TransferCalls.receiveToFile} moved. */
export interface Transferred {
  /** Bytes that are in the file now. */
  readonly contentBytes: number;
  /** Bytes that followed them, in `next`. */
  readonly nextBytes: number;
  /** Why the file did not take all that was read, which is lost; null: it did. */
  readonly fileErrno: string | null;
}

export interface TransferCalls {
  /**
   * Moves what has come on a socket to a file, at most `lengthBytes` bytes and some hundred KiB, without a copy that JavaScript
   * sees. When the whole `lengthBytes` came, what follows them may be in `next`. `'end'`: the peer sends no more.
   */
  receiveToFile(
    socket: Fd,
    file: Fd,
    offsetBytes: number,
    lengthBytes: number,
    next: Uint8Array,
  ): Transferred | 'again' | 'end';
}

/** How a wait on a futex ended. `changed`: the word did not hold the expected value. */
export type FutexWaitResult = 'woken' | 'changed' | 'timed-out' | 'cancelled';

export interface FutexCalls {
  /** Wakes at most `count` waiters of any process on the 32-bit word at `offsetBytes`; returns how many. */
  futexWake(mapping: Mapping, offsetBytes: number, count: number): number;
  /**
   * Waits, in a thread of its own, while the word holds `expected` (`FUTEX_WAIT`, shared). The wait keeps
   * neither the process nor a worker alive. A wake may be spurious: look at the word again.
   */
  futexWaitAsync(
    mapping: Mapping,
    offsetBytes: number,
    expected: number,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<FutexWaitResult>;
}

export interface ThreadCalls {
  /** Kernel thread id of the calling thread. */
  gettid(): number;
  /** `pthread_self()` of the calling thread: the value of the context `pthread_id`. */
  pthreadSelf(): bigint;
  /** Name of the calling thread, at most 15 bytes (`PR_GET_NAME`): the value of the context `procname`. */
  threadName(): string;
  /** Whether the calling thread may count this perf event of its own, in user space (`perf_event_open(2)`). */
  canCount(event: { readonly type: number; readonly config: bigint }): boolean;
  /** CPU on which the calling thread runs just now. */
  getcpu(): number;
  /** Highest possible CPU id + 1: the number of streams of a channel, here and in every application. */
  possibleCpuCount(): number;
  clockMonotonicNs(): bigint;
  clockRealtimeNs(): bigint;
  /** Asks the kernel for `signal` (a number; 0: none) when the parent thread ends (`PR_SET_PDEATHSIG`). */
  setParentDeathSignal(signal: number): void;
  /** Sets the name that `ps` and /proc/self/comm show for the calling thread, cut at 15 bytes (`PR_SET_NAME`). */
  setThreadName(name: string): void;
}

export interface RingCalls {
  /**
   * Opens the reading side of one stream. Every reference in the memory is checked now; `null` when one does not
   * fit (the memory is not a ring buffer of that shape, or somebody damaged it).
   */
  openRingReader(
    mapping: Mapping,
    descriptor: RingDescriptor,
    options?: {
      /** Write end of the stream's pipe; the caller keeps it open while the reader is. */
      readonly wakeupFd?: Fd;
    },
  ): RingReader | null;
  /** Opens the writing side for single records: tests and diagnosis. Applications use the {@link Recorder}. */
  openRingWriter(
    mapping: Mapping,
    descriptor: RingDescriptor,
    options?: { readonly wakeupFd?: Fd },
  ): RingWriter | null;
}

/** Everything the addon does. */
export interface Native
  extends MemoryCalls,
    DescriptorCalls,
    SocketCalls,
    LoopCalls,
    TransferCalls,
    FutexCalls,
    ThreadCalls,
    RingCalls {
  /** Readiness of descriptors, delivered into the calling thread's event loop. One per thread. */
  readonly fdWatcher: FdWatcher;
  /** The writing side of applications. Its state is shared by all threads of the process. */
  readonly recorder: Recorder;
}
