/**
 * Assertions: faults of our own code, or of the code that calls our public functions.
 * Nobody catches them; a daemon logs them and exits.
 */

/** A broken assumption of this code base: a bug, never a property of input. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws {@link AssertionError} unless `condition` holds. */
export function assert(condition: unknown, message = 'Assertion failed'): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Closes a `switch` over a union: a new member becomes a compile error. */
export function assertNever(value: never, what = 'value'): never {
  throw new AssertionError(`Unexpected ${what}: ${JSON.stringify(value)}`);
}

/** Returns `value` when it is there; throws {@link AssertionError} when it is `null` or `undefined`. */
export function ensureExists<T>(value: T | null | undefined, what = 'value'): T {
  if (value === null || value === undefined) throw new AssertionError(`Missing ${what}`);
  return value;
}
