/**
 * Composition root of the session daemon: run folder, lock, applications, sessions, sockets; taken down in
 * reverse order, leaving nothing behind.
 */
import process from 'node:process';
import { type BuildInfo, buildEnvironment, DisposalStack, SystemError } from '@lttng-ts/base';
import { loadNative, type Native, nativeUnavailableReason } from '@lttng-ts/native';
import type { ApplicationInfo, ControlHandlers, LeftSession, TraceFormat } from '@lttng-ts/protocols';
import type { Caller } from '../../sessions/caller.ts';
import { createSessions } from '../../sessions/create-sessions.ts';
import { EventHub } from '../../sessions/event-hub.ts';
import type { ConsumerCommand } from '../../ust/edge/consumer-process.ts';
import { openUstDomain } from '../../ust/edge/open-ust-domain.ts';
import { moments } from '../../ust/moments.ts';
import type { Log } from '../../ust/ports.ts';
import { type DaemonPlaces, socketsOf } from '../daemon-places.ts';
import { findAccountId } from './account-ids.ts';
import { Archivers } from './archivers.ts';
import { ClientServer } from './client-server.ts';
import { ControlServer } from './control-server.ts';
import { NoteFolder } from './note-folder.ts';
import {
  claimSocketPath,
  DaemonAliveError,
  isAnswered,
  lockRunFolder,
  makeRunFolder,
  type RunFolderLock,
  writePidFile,
} from './run-folder.ts';
import { UnixListener, type UnixListenerOptions } from './unix-listener.ts';

export interface DaemonOptions {
  readonly places: DaemonPlaces;
  /** Where a daemon of this user is without options: one that lives there is not joined by another. */
  readonly defaultPlaces: DaemonPlaces;
  readonly build: BuildInfo;
  readonly uid: number;
  /** Group whose members may control a root daemon; null where there is none. */
  readonly tracingGid: number | null;
  readonly consumerCommand: ConsumerCommand;
  /** Of sessions whose creator does not say. */
  readonly defaultTraceFormat?: TraceFormat;
  /** From LTTNG_APP_SOCKET_TIMEOUT; null: for ever. */
  readonly applicationTimeoutMs: number | null;
  readonly log: Log;
}

/** A daemon that serves. */
export interface Daemon extends AsyncDisposable {
  /** What the control API does, for the process that the daemon is in. */
  readonly handlers: ControlHandlers<Caller>;
  /** For the process that ends without waiting any longer: the files that tell of it go, at once. */
  abandon(): void;
}

/** Mode of the sockets through which the daemon is controlled: its user and the tracing group. */
const CONTROL_MODE = 0o660;

/**
 * Starts the daemon; it serves until it is disposed of. Throws `DaemonAliveError` when one runs here
 * already, which loses nothing, and `SystemError` when the machine refuses something.
 */
export async function openDaemon(options: DaemonOptions): Promise<Daemon> {
  const { places, uid, tracingGid, log, build } = options;
  const native = loadNative();
  if (native === null) {
    throw new SystemError('dlopen', 'ENOEXEC', { what: nativeUnavailableReason() ?? 'no native addon' });
  }
  refuseBesideAnother(native, options);
  const resources = new DisposalStack();
  try {
    const gid = uid === 0 ? tracingGid : null;
    makeRunFolder(places.runFolder, uid === 0, { gid, log });
    const lock = resources.use(lockRunFolder(native, places.lockFile));
    claimSockets(native, places, lock);
    const pidFile = resources.use(writePidFile(places.pidFile, process.pid));
    const ust = resources.use(
      await openUstDomain({
        socketPath: places.applicationSocket,
        waitMemoryPath: places.waitMemory,
        isGlobal: uid === 0,
        consumerCommand: options.consumerCommand,
        traceEnvironment: buildEnvironment(build),
        applicationTimeoutMs: options.applicationTimeoutMs,
        log,
      }),
    );
    const archives = resources.use(
      new Archivers({ command: options.consumerCommand, folder: places.archiveJobs, log }),
    );
    const sessionNotes = openSessionNotes(places.sessionNotes, log);
    resources.defer(() => sessionNotes.clear());
    const events = new EventHub(Date.now);
    resources.defer(tellOfApplications(events));
    const handlers = createSessions({
      ust,
      events,
      archives,
      sessionNotes,
      defaultTraceFormat: options.defaultTraceFormat ?? 'ctf-1.8',
      daemon: { build, pid: process.pid, uid },
      nowMs: Date.now,
      utcOffsetMinutes: (timeS) => -new Date(timeS * 1000).getTimezoneOffset(),
      findAccountId,
      after: (delayMs, callback) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
      log,
    });
    const listen = (path: string, onConnection: UnixListenerOptions['onConnection']): void => {
      resources.use(new UnixListener({ native, path, mode: CONTROL_MODE, gid, log, onConnection }));
    };
    const clients = resources.use(new ClientServer());
    listen(places.clientSocket, (socket, peer) => clients.serve(socket, peer.uid));
    const server = resources.use(new ControlServer({ handlers, events, log }));
    listen(places.controlSocket, (socket, peer) => server.serve(socket, { uid: peer.uid, gid: peer.gid }));
    return {
      handlers,
      abandon() {
        pidFile[Symbol.dispose]();
        lock[Symbol.dispose]();
      },
      [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
    };
  } catch (error) {
    await resources[Symbol.asyncDispose]();
    throw error;
  }
}

/** Reads what an earlier daemon left, and begins anew. */
function openSessionNotes(path: string, log: Log): NoteFolder<LeftSession> {
  const notes = new NoteFolder<LeftSession>(path, log);
  notes.clear();
  return notes;
}

/** Programs come and go below the wall, which says so on channels of its own; the result ends it. */
function tellOfApplications(events: EventHub): () => void {
  const registered = (message: unknown): void =>
    events.tell({ kind: 'application-registered', application: message as ApplicationInfo }, null);
  const unregistered = (message: unknown): void => {
    const { application, reason } = message as { application: ApplicationInfo; reason: string };
    events.tell({ kind: 'application-unregistered', application, reason }, null);
  };
  moments.applicationRegistered.subscribe(registered);
  moments.applicationUnregistered.subscribe(unregistered);
  return () => {
    moments.applicationRegistered.unsubscribe(registered);
    moments.applicationUnregistered.unsubscribe(unregistered);
  };
}

/** Looks before anything is touched: an original daemon that lives here must not lose even its lock file. */
function refuseBesideAnother(native: Native, { places, defaultPlaces }: DaemonOptions): void {
  for (const path of new Set([...socketsOf(defaultPlaces), ...socketsOf(places)])) {
    if (isAnswered(native, path)) throw new DaemonAliveError(path);
  }
}

function claimSockets(native: Native, places: DaemonPlaces, lock: RunFolderLock): void {
  try {
    for (const path of socketsOf(places)) claimSocketPath(native, path);
  } catch (error) {
    // An original has come up since we looked; its lock file is the one that we have.
    if (error instanceof DaemonAliveError) lock.leaveFile();
    throw error;
  }
}
