/** What commands need of the session daemon: one typed call, and failures in upstream's numbers. */
import { LttngError, PeerError } from '@lttng-ts/base';
import type { AnsweredMethod, ControlEvent, ParamsOf, ResultOf } from '@lttng-ts/protocols';

/** A client of the control API; the transport is not the commands' business. */
export interface ControlCaller {
  /** Throws `PeerError` with LTTng's error number when the daemon refuses, or when there is no daemon. */
  call<M extends AnsweredMethod>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
  /** Another connection, for a call while one goes on. */
  beside(): ControlCaller;
  /** What happens from now on, to one session or to all (null). Throws as {@link call}. */
  events(session: string | null): Promise<AsyncIterableIterator<ControlEvent>>;
}

/** Why a call failed, as users see it. */
export interface Failure {
  /** Upstream's error number; it is the exit status of many commands. */
  readonly number: number;
  /** Upstream's name of it, without the prefix: `SESS_NOT_FOUND`. */
  readonly name: string;
  readonly text: string;
}

/** The error numbers that commands tell apart. Their texts come with the daemon's answers. */
export const NO_SESSIOND = 19;
export const SESS_NOT_FOUND = 23;

/** What upstream says of a request that cannot be. */
export const INVALID: Failure = { number: 97, name: 'INVALID', text: 'Invalid parameter' };

/** There is no daemon, or it went away: upstream makes no difference between the two. */
export function noDaemonError(options?: ErrorOptions): PeerError {
  return new PeerError(NO_SESSIOND, 'NO_SESSIOND', 'No session daemon is available', options);
}

/** Turns an error of a call into a {@link Failure}; what is no answer of a daemon is thrown again. */
export function failureOf(error: unknown): Failure {
  if (error instanceof PeerError) {
    // Negative numbers are JSON-RPC's: the daemon did not take the request. They are no exit status.
    if (error.number < 0) return { ...INVALID, text: `${INVALID.text}: ${error.message}` };
    return { number: error.number, name: error.peerName.replace(/^LTTNG_ERR_/, ''), text: error.message };
  }
  if (error instanceof LttngError && error.code === 'LTTNG_PROTOCOL') {
    return { number: NO_SESSIOND, name: 'NO_SESSIOND', text: error.message };
  }
  throw error;
}

/** Calls, and gives the result or the failure: for commands that go on with their next item. */
export async function attempt<M extends AnsweredMethod>(
  client: ControlCaller,
  method: M,
  params: ParamsOf<M>,
): Promise<{ readonly result: ResultOf<M>; readonly failure: null } | { readonly failure: Failure }> {
  try {
    return { result: await client.call(method, params), failure: null };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}
