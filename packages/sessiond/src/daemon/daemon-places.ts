/**
 * Where the daemon's files are: names as upstream's, below the run folder of root or of a user. Pure.
 */
import { GLOBAL_RUN_DIRECTORY, ustSocketPath, ustWaitMemoryPath } from '@lttng-ts/protocols/ust-app';

/** Absolute paths of everything that the daemon makes. */
export interface DaemonPlaces {
  /** Holds all of the following, unless an option moved a socket. */
  readonly runFolder: string;
  readonly controlSocket: string;
  /** Upstream's private client protocol. */
  readonly clientSocket: string;
  readonly applicationSocket: string;
  readonly waitMemory: string;
  readonly pidFile: string;
  readonly lockFile: string;
  /** Notes of the work on archives: a folder. */
  readonly archiveJobs: string;
  /** Notes of the sessions that are there: a folder. */
  readonly sessionNotes: string;
}

/** Whose daemon it is. */
export interface DaemonOwner {
  readonly uid: number;
  /** LTTNG_HOME or HOME, an absolute path; the root daemon does not need it. */
  readonly home: string;
}

/** What options replace, as absolute paths. */
export interface PlaceChoices {
  readonly clientSocket?: string;
  readonly applicationSocket?: string;
  readonly pidFile?: string;
}

/** The places of a daemon that runs as `uid`. */
export function daemonPlaces(owner: DaemonOwner, choices: PlaceChoices = {}): DaemonPlaces {
  const isRoot = owner.uid === 0;
  // `/` is a home too.
  const home = owner.home.replace(/\/+$/, '');
  const runFolder = isRoot ? GLOBAL_RUN_DIRECTORY : `${home}/.lttng`;
  return {
    runFolder,
    controlSocket: `${runFolder}/control.sock`,
    clientSocket: choices.clientSocket ?? `${runFolder}/client-lttng-sessiond`,
    applicationSocket: choices.applicationSocket ?? ustSocketPath(isRoot ? null : home),
    waitMemory: ustWaitMemoryPath(isRoot ? null : owner.uid),
    pidFile: choices.pidFile ?? `${runFolder}/lttng-sessiond.pid`,
    lockFile: `${runFolder}/lttng-sessiond.lck`,
    archiveJobs: `${runFolder}/archive-jobs`,
    sessionNotes: `${runFolder}/session-notes`,
  };
}

/** The sockets on which a living daemon answers. */
export function socketsOf(places: DaemonPlaces): readonly string[] {
  return [places.clientSocket, places.controlSocket, places.applicationSocket];
}
