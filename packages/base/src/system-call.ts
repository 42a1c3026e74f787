/**
 * Node's errors of system calls, as this project's.
 */
import { type ErrorDetails, SystemError } from './errors.ts';

/** Runs `call`; what the kernel refuses comes out as `SystemError` with `details` added. */
export function systemCall<T>(details: ErrorDetails, call: () => T): T {
  try {
    return call();
  } catch (error) {
    // What it is is found there.
    throw asSystemError(error, details);
  }
}

/** The same for what `error` caught: where each call counts, so that no function is made for it. */
export function asSystemError(error: unknown, details: ErrorDetails): unknown {
  // Only errors of system calls have both names; anything else is a bug and passes.
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined || error instanceof SystemError) return error;
  return new SystemError(syscall, code, details, { cause: error });
}
