/**
 * Where a program looks for session daemons. The program's threads look for the files; the control worker connects.
 * The same facts as `places.ts` of the application protocol, which a program does not load: a test compares them.
 */
import type { TracerEnvironment } from './environment.ts';

/** One session daemon that may be there or not. */
export interface DaemonPlace {
  readonly socketPath: string;
  /** File with the word that tells whether the daemon listens. */
  readonly waitPath: string;
  /** Who must own an existing wait file; `null`: whoever. */
  readonly waitOwnerUid: number | null;
}

const SOCKET_NAME = 'lttng-ust-sock-8';
const WAIT_NAME = 'lttng-ust-wait-8';

const ROOT_PLACE: DaemonPlace = {
  socketPath: `/var/run/lttng/${SOCKET_NAME}`,
  waitPath: `/dev/shm/${WAIT_NAME}`,
  waitOwnerUid: null,
};

/** Identity of the process. */
export interface ProcessIdentity {
  readonly uid: number;
  /** The program runs with another user's or group's rights: the environment is not to be trusted. */
  readonly isSetuid: boolean;
}

/** Root's daemon and the user's; with `LTTNG_UST_APP_PATH` (LTTng 2.14) the one whose files are in that folder. */
export function placesOfDaemons(
  { home, appPath }: Pick<TracerEnvironment, 'home' | 'appPath'>,
  { uid, isSetuid }: ProcessIdentity,
): readonly DaemonPlace[] {
  if (isSetuid) return [ROOT_PLACE];
  if (appPath !== null) {
    return [
      { socketPath: `${appPath}/${SOCKET_NAME}`, waitPath: `${appPath}/${WAIT_NAME}`, waitOwnerUid: null },
    ];
  }
  if (home === null) return [ROOT_PLACE];
  const userPlace: DaemonPlace = {
    socketPath: `${home}/.lttng/${SOCKET_NAME}`,
    waitPath: `${ROOT_PLACE.waitPath}-${uid}`,
    waitOwnerUid: uid,
  };
  return [ROOT_PLACE, userPlace];
}
