/**
 * A listening Unix socket whose connections arrive with the credentials of their peers. The path is made
 * with its mode and group, and removed at the end.
 */
import { chmodSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import process from 'node:process';
import { SystemError } from '@lttng-ts/base';
import type { Fd, FdWatch, Native, PeerCredentials } from '@lttng-ts/native';
import { asSystemError, type GroupChoice, giveToGroup } from './run-folder.ts';

/** The group is the one whose members may connect too. */
export interface UnixListenerOptions extends GroupChoice {
  readonly native: Native;
  readonly path: string;
  readonly mode: number;
  /** Takes ownership of the connection. A peer may end its side and still read. */
  readonly onConnection: (socket: Socket, peer: PeerCredentials) => void;
}

/** Connections that may wait to be accepted. */
const BACKLOG = 128;
const CONNECTIONS_PER_TURN = 64;
/** How long accepting rests when the process has no descriptors left. */
const EXHAUSTED_PAUSE_MS = 200;

export class UnixListener implements Disposable {
  readonly #options: UnixListenerOptions;
  readonly #fd: Fd;
  readonly #watch: FdWatch;
  #pause: NodeJS.Timeout | null = null;
  #isClosed = false;

  /**
   * Listens. The caller has made sure that no living daemon uses the path (`claimSocketPath`): what is
   * there makes this fail with EADDRINUSE.
   */
  constructor(options: UnixListenerOptions) {
    this.#options = options;
    const { native, path, mode } = options;
    // From its first moment nobody may connect who may not connect later.
    const previousMask = process.umask(0o777);
    try {
      this.#fd = native.listenUnix(path, BACKLOG);
    } finally {
      process.umask(previousMask);
    }
    try {
      giveToGroup(path, options);
      chmodSync(path, mode);
    } catch (error) {
      native.close(this.#fd);
      unlinkSync(path);
      throw asSystemError(error, path);
    }
    this.#watch = native.fdWatcher.watch(this.#fd, { isReadable: true }, () => this.#accept());
  }

  /** Stops listening; connections that were accepted live on. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#watch.close();
    this.#options.native.close(this.#fd);
    try {
      unlinkSync(this.#options.path);
    } catch (error) {
      // Somebody removed it, or the whole folder: gone is gone.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  #accept(): void {
    const { native, path, log } = this.#options;
    try {
      for (let count = 0; count < CONNECTIONS_PER_TURN; count++) {
        const fd = native.accept(this.#fd);
        if (fd === 'again') return;
        this.#admit(fd);
      }
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      log('error', `Cannot accept a connection: path="${path}", ${error.message}`);
      // Without a pause, the connection that waits would wake us without end.
      this.#watch.modify({});
      this.#pause = setTimeout(() => this.#watch.modify({ isReadable: true }), EXHAUSTED_PAUSE_MS);
    }
  }

  #admit(fd: Fd): void {
    let peer: PeerCredentials;
    try {
      peer = this.#options.native.peerCredentials(fd);
    } catch (error) {
      this.#options.native.close(fd);
      throw error;
    }
    const socket = new Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
    // A peer that went away is no matter of the daemon's.
    socket.on('error', () => socket.destroy());
    this.#options.onConnection(socket, peer);
  }
}
