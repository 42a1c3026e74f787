/**
 * The moments of the application side that tests and tools wait for, as `node:diagnostics_channel`s. A
 * message is a plain value.
 */
import { channel } from 'node:diagnostics_channel';

/** Channels by moment. */
export const moments = {
  /** Both sockets of an application are there. Message: `ApplicationInfo`. */
  applicationRegistered: channel('lttng:sessiond:application-registered'),
  /** REGISTER_DONE is answered: its `main` runs. Message: `ApplicationInfo`. */
  applicationReady: channel('lttng:sessiond:application-ready'),
  /** Message: `{ application: ApplicationInfo, reason: string }`. */
  applicationUnregistered: channel('lttng:sessiond:application-unregistered'),
  /** Message: `{ pid, name, reason }`. */
  applicationRefused: channel('lttng:sessiond:application-refused'),
  /** A connection was closed before it was an application. Message: `{ reason }`. */
  connectionDropped: channel('lttng:sessiond:connection-dropped'),
  /** Message: `{ uid, pid }`. */
  consumerStarted: channel('lttng:sessiond:consumer-started'),
  /** Message: `{ uid, reason }`. */
  consumerDied: channel('lttng:sessiond:consumer-died'),
} as const;
