/**
 * What ends the daemon: signals, and faults of its own. All lead to the same orderly stop; asking twice
 * does not hurry it, but a deadline does.
 */
import { toError } from '@lttng-ts/base';
import type { Log } from '@lttng-ts/sessiond';

/** Differs from upstream: SIGHUP ends in order too, instead of leaving sockets and consumers behind. */
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Above the time that a consumer is given to drain its buffers. */
const STOP_DEADLINE_MS = 20_000;

export interface StopRequests {
  /** Settles when the daemon is to stop, with the exit code that it is to have. */
  readonly stop: Promise<number>;
  /** The stop begins: when it takes too long, the process calls `abandon` and ends where it is. */
  startDeadline(abandon: () => void): void;
}

/** Listens for them; to be called before anything is opened, so that nothing is left by an early signal. */
export function stopRequests(log: Log): StopRequests {
  let resolveStop: (exitCode: number) => void = () => undefined;
  const stop = new Promise<number>((resolve) => {
    resolveStop = resolve;
  });
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      log('info', `${signal} caught`);
      resolveStop(0);
    });
  }
  // Without a listener Node would open its inspector, for everybody on this machine.
  process.on('SIGUSR1', () => undefined);
  process.on('uncaughtException', (error) => {
    log('error', `Fault of the daemon: ${toError(error).stack ?? String(error)}`);
    resolveStop(1);
  });
  return {
    stop,
    startDeadline(abandon) {
      const timer = setTimeout(() => {
        log('error', `The daemon does not stop in time, it ends where it is: deadlineMs=${STOP_DEADLINE_MS}`);
        abandon();
        process.exit(1);
      }, STOP_DEADLINE_MS);
      timer.unref();
    },
  };
}
