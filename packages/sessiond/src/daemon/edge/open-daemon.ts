/**
 * Composition root of the session daemon: run folder, lock, applications, sessions, sockets; taken down in
 * reverse order, leaving nothing behind.
 */
import process from 'node:process';
import { DisposalStack, SystemError } from '@lttng-ts/base';
import { loadNative, nativeUnavailableReason } from '@lttng-ts/native';
import { createSessions } from '../../sessions/create-sessions.ts';
import type { ConsumerCommand } from '../../ust/edge/consumer-process.ts';
import { openUstDomain } from '../../ust/edge/open-ust-domain.ts';
import type { Log } from '../../ust/ports.ts';
import type { DaemonPlaces } from '../daemon-places.ts';
import { ControlServer } from './control-server.ts';
import { claimSocketPath, lockRunFolder, makeRunFolder, writePidFile } from './run-folder.ts';
import { UnixListener } from './unix-listener.ts';

export interface DaemonOptions {
  readonly places: DaemonPlaces;
  readonly version: string;
  readonly uid: number;
  /** Group whose members may control a root daemon; null where there is none. */
  readonly tracingGid: number | null;
  readonly consumerCommand: ConsumerCommand;
  /** From LTTNG_APP_SOCKET_TIMEOUT; null: for ever. */
  readonly applicationTimeoutMs: number | null;
  readonly log: Log;
}

/** Mode of the sockets through which the daemon is controlled: its user and the tracing group. */
const CONTROL_MODE = 0o660;

/**
 * Starts the daemon; it serves until it is disposed of. Throws `DaemonAliveError` when one runs here
 * already, which loses nothing, and `SystemError` when the machine refuses something.
 */
export async function openDaemon(options: DaemonOptions): Promise<AsyncDisposable> {
  const { places, uid, tracingGid, log, version } = options;
  const native = loadNative();
  if (native === null) {
    throw new SystemError('dlopen', 'ENOEXEC', { what: nativeUnavailableReason() ?? 'no native addon' });
  }
  const resources = new DisposalStack();
  try {
    makeRunFolder(places.runFolder, uid === 0, tracingGid);
    resources.use(lockRunFolder(native, places.lockFile));
    for (const path of [places.clientSocket, places.controlSocket]) claimSocketPath(native, path);
    resources.use(writePidFile(places.pidFile, process.pid));
    const ust = resources.use(
      await openUstDomain({
        socketPath: places.applicationSocket,
        waitMemoryPath: places.waitMemory,
        isGlobal: uid === 0,
        consumerCommand: options.consumerCommand,
        applicationTimeoutMs: options.applicationTimeoutMs,
        log,
      }),
    );
    const handlers = createSessions({
      ust,
      daemon: { version, pid: process.pid, uid },
      nowMs: Date.now,
      utcOffsetMinutes: (timeS) => -new Date(timeS * 1000).getTimezoneOffset(),
    });
    const server = resources.use(new ControlServer({ handlers, log }));
    resources.use(
      new UnixListener({
        native,
        path: places.controlSocket,
        mode: CONTROL_MODE,
        gid: uid === 0 ? tracingGid : null,
        log,
        onConnection: (socket, peer) => server.serve(socket, { uid: peer.uid, gid: peer.gid }),
      }),
    );
    return resources;
  } catch (error) {
    await resources[Symbol.asyncDispose]();
    throw error;
  }
}
