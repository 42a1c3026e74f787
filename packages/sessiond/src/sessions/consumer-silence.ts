/** What callers hear when the consumer of a session does not answer. */
import { PeerError, SystemError } from '@lttng-ts/base';
import { lttngErrors } from '@lttng-ts/protocols';

/** Whether that is why something failed. */
export function isConsumerSilence(error: unknown): boolean {
  return error instanceof SystemError && error.syscall === 'consumer' && error.errnoName === 'ETIMEDOUT';
}

/** Differs from upstream: its daemon and its commands wait for a consumer that is stopped, and so does everybody else. */
export function refusalOfSilence(cause: unknown): PeerError {
  const text = 'The consumer of the session does not answer: it is stopped, or waits for a disk';
  return new PeerError(lttngErrors.NO_USTCONSUMERD.number, 'NO_USTCONSUMERD', text, { cause });
}
