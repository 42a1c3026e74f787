/**
 * Where applications and daemons meet. The `8` in the names is the oldest compatible ABI major, not the
 * current one.
 */

/** Directory of the root daemon's sockets. Applications have this path built in. */
export const GLOBAL_RUN_DIRECTORY = '/var/run/lttng';

/** Path of the application socket. `home`: LTTNG_HOME or HOME of a per-user daemon, `null`: the root daemon. */
export function ustSocketPath(home: string | null): string {
  return home === null ? `${GLOBAL_RUN_DIRECTORY}/lttng-ust-sock-8` : `${home}/.lttng/lttng-ust-sock-8`;
}

/** Mode of the application socket: everybody may register; a user's directory protects that user's. */
export const UST_SOCKET_MODE = 0o666;
export const UST_SOCKET_BACKLOG = 10;

/** Path of the wait shared memory. `uid`: real uid of a per-user daemon, `null`: the root daemon. */
export function ustWaitMemoryPath(uid: number | null): string {
  return uid === null ? '/dev/shm/lttng-ust-wait-8' : `/dev/shm/lttng-ust-wait-8-${uid}`;
}

/** One page whose first 32-bit word says whether a daemon listens. */
export const UST_WAIT_MEMORY_BYTES = 4096;

/** Values of that word; applications wait on it with a futex while it is `absent`. */
export const ustWaitStates = { absent: 0, ready: 1 } as const;
