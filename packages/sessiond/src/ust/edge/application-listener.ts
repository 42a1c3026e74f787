/**
 * The application socket: accepts connections, reads their registration, pairs them and hands complete
 * applications over. What is no registration, or does not become whole in time, is closed and logged;
 * nobody else notices.
 */
import { chmodSync, unlinkSync } from 'node:fs';
import process from 'node:process';
import { describe, SystemError } from '@lttng-ts/base';
import type { Fd, FdWatch, Native, PeerCredentials } from '@lttng-ts/native';
import type { ApplicationInfo } from '@lttng-ts/protocols';
import { RegistrationFramer, UST_SOCKET_BACKLOG, UST_SOCKET_MODE } from '@lttng-ts/protocols/ust-app';
import { ConnectionLimit, type CountedConnection } from '../../connection-limit.ts';
import { describeApplication, RegistrationTable } from '../core/registration-table.ts';
import { moments } from '../moments.ts';
import type { ApplicationSockets, ApplicationSocketsListener, Log, OnApplication, Timers } from '../ports.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import { descriptorLimit } from './descriptor-limit.ts';

export interface ApplicationListenerOptions {
  readonly native: Native;
  readonly path: string;
  readonly timers: Timers;
  readonly log: Log;
  /** How long a connection may take to become an application, or null for ever. */
  readonly timeoutMs: number | null;
  readonly onApplication: OnApplication;
}

/** What is read of a notify socket in one go: most requests fit. */
const NOTIFY_CHUNK_BYTES = 16384;
const COMMAND_CHUNK_BYTES = 4096;
/** How long accepting rests when the process has no descriptors left. */
const EXHAUSTED_PAUSE_MS = 200;
const CONNECTIONS_PER_TURN = 64;
/**
 * Connections of one user that are not applications yet. Programs that start at once, by the thousand, are
 * fewer; somebody who only connects takes no more of the descriptors.
 */
const MAX_CANDIDATES_PER_USER = 4096;

export class ApplicationListener {
  readonly #options: ApplicationListenerOptions;
  readonly #listener: Fd;
  readonly #watch: FdWatch;
  readonly #table = new RegistrationTable<Candidate>();
  readonly #candidates: ConnectionLimit<Candidate>;
  #isClosed = false;

  /**
   * Listens at `path`. A socket that a dead daemon left is replaced; one that a living daemon answers on is
   * `SystemError` EADDRINUSE.
   */
  constructor(options: ApplicationListenerOptions) {
    this.#options = options;
    const { native, path } = options;
    const limit = descriptorLimit();
    this.#candidates = new ConnectionLimit({
      perUser: Math.min(MAX_CANDIDATES_PER_USER, Math.floor(limit / 4)),
      total: Math.floor(limit / 2),
    });
    removeStaleSocket(native, path);
    this.#listener = native.listenUnix(path, UST_SOCKET_BACKLOG);
    chmodSync(path, UST_SOCKET_MODE);
    this.#watch = native.fdWatcher.watch(this.#listener, { isReadable: true }, () => this.#accept());
  }

  /** Applications that were refused and whose process still runs. */
  refused(): readonly ApplicationInfo[] {
    for (const { pid } of this.#table.refused) if (!isAlive(pid)) this.#table.forgetRefused(pid);
    return this.#table.refused;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
    this.#options.native.close(this.#listener);
    for (const candidate of [...this.#candidates.members]) candidate.close();
    try {
      unlinkSync(this.#options.path);
    } catch (error) {
      // Somebody removed it, or the whole folder: gone is gone.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  #accept(): void {
    const { native, log, timers } = this.#options;
    try {
      for (let count = 0; count < CONNECTIONS_PER_TURN; count++) {
        const fd = native.accept(this.#listener);
        if (fd === 'again') return;
        this.#admit(fd);
      }
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      log('error', `Cannot accept an application: ${error.message}`);
      // Without a pause, the connection that waits would wake us without end.
      this.#watch.modify({});
      timers.after(EXHAUSTED_PAUSE_MS, () => {
        if (!this.#isClosed) this.#watch.modify({ isReadable: true });
      });
    }
  }

  #admit(fd: Fd): void {
    const { native, timers, timeoutMs } = this.#options;
    let peer: PeerCredentials;
    try {
      peer = native.peerCredentials(fd);
    } catch (error) {
      native.close(fd);
      throw error;
    }
    const candidate = new Candidate(native, fd, peer, {
      onRegistration: (from) => this.#register(from),
      onEnd: (from, reason) => this.#drop(from, reason),
    });
    const { isAdmitted, evicted } = this.#candidates.admit(candidate);
    if (evicted !== null) this.#end(evicted, 'a later connection of the same user takes its place');
    if (!isAdmitted) {
      candidate.close();
      this.#report(candidate, 'too many connections are not registered');
      return;
    }
    if (timeoutMs === null) return;
    candidate.cancelDeadline = timers.after(timeoutMs, () => {
      candidate.close();
      this.#drop(candidate, `not registered within ${timeoutMs} ms`);
    });
  }

  #register(candidate: Candidate): void {
    const { log } = this.#options;
    const step = this.#table.register(candidate, candidate.registration, candidate.peer);
    switch (step.kind) {
      case 'refused': {
        const { pid, name } = step.identity;
        log('warning', describeApplication('Application refused', step.identity, step.reason));
        candidate.close();
        this.#candidates.remove(candidate);
        moments.applicationRefused.publish({ pid, name, reason: step.reason });
        return;
      }
      case 'waiting':
        if (step.replaced !== null) this.#replace(step.replaced);
        return;
      case 'complete':
        if (step.replaced !== null) this.#replace(step.replaced);
        this.#candidates.remove(step.command);
        this.#candidates.remove(step.notify);
        adopt(step.command, step.notify, (sockets) => this.#options.onApplication(step.identity, sockets));
        return;
    }
  }

  #replace(candidate: Candidate): void {
    candidate.close();
    this.#drop(candidate, 'the process has connected again');
  }

  #drop(candidate: Candidate, reason: string): void {
    if (!this.#candidates.members.has(candidate)) return;
    this.#candidates.remove(candidate);
    this.#end(candidate, reason);
  }

  /** Ends a candidate that is not counted any more. */
  #end(candidate: Candidate, reason: string): void {
    candidate.close();
    this.#table.drop(candidate);
    this.#report(candidate, reason);
  }

  #report(candidate: Candidate, reason: string): void {
    const { pid, uid } = candidate.peer;
    this.#options.log('warning', describe('Connection dropped', { pid, uid, reason }));
    moments.connectionDropped.publish({ pid, reason });
  }
}

interface CandidateListener {
  onRegistration(candidate: Candidate): void;
  onEnd(candidate: Candidate, reason: string): void;
}

/** A connection that is not an application yet. */
class Candidate implements ConnectionOwner, CountedConnection {
  readonly isBusy = false;
  readonly peer: PeerCredentials;
  readonly connection: Connection;
  cancelDeadline: () => void = () => undefined;
  readonly #framer = new RegistrationFramer();
  readonly #listener: CandidateListener;
  #registration: NonNullable<ReturnType<RegistrationFramer['push']>> | null = null;

  constructor(native: Native, fd: Fd, peer: PeerCredentials, listener: CandidateListener) {
    this.peer = peer;
    this.#listener = listener;
    this.connection = new Connection(native, fd, this);
  }

  /** The message; there once `onRegistration` was called. */
  get registration() {
    if (this.#registration === null) throw new Error('Not registered yet');
    return this.#registration;
  }

  get uid(): number {
    return this.peer.uid;
  }

  wantedBytes(): number {
    return this.#registration === null ? this.#framer.missingBytes : 0;
  }

  receive(bytes: Uint8Array): void {
    this.#registration = this.#framer.push(bytes);
    if (this.#registration !== null) this.#listener.onRegistration(this);
  }

  end(reason: string): void {
    this.cancelDeadline();
    this.#listener.onEnd(this, reason);
  }

  close(): void {
    this.cancelDeadline();
    this.connection.close();
  }
}

/** Makes one application's sockets of two connections. */
function adopt(
  command: Candidate,
  notify: Candidate,
  onApplication: (sockets: ApplicationSockets) => ApplicationSocketsListener,
): void {
  command.cancelDeadline();
  notify.cancelDeadline();
  const listener = onApplication({
    sendCommand: (bytes, fds) => command.connection.send(bytes, fds),
    sendNotify: (bytes) => notify.connection.send(bytes),
    close: () => {
      command.connection.close();
      notify.connection.close();
    },
  });
  command.connection.setOwner({
    wantedBytes: () => COMMAND_CHUNK_BYTES,
    receive: (bytes) => listener.receiveCommandBytes(bytes),
    end: (reason) => listener.end(reason),
  });
  notify.connection.setOwner({
    wantedBytes: () => NOTIFY_CHUNK_BYTES,
    receive: (bytes) => listener.receiveNotifyBytes(bytes),
    end: (reason) => listener.end(reason),
  });
}

/** Removes the socket of a daemon that is dead; throws EADDRINUSE when somebody answers on it. */
function removeStaleSocket(native: Native, path: string): void {
  try {
    native.close(native.connectUnix(path));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errnoName === 'ENOENT') return;
    if (error.errnoName !== 'ECONNREFUSED') throw error;
    unlinkSync(path);
    return;
  }
  throw new SystemError('bind', 'EADDRINUSE', { path });
}

function isAlive(pid: number): boolean {
  // 0 would mean our own process group: a process of another pid namespace cannot be looked up.
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
