/**
 * Finds and loads the addon, once per thread.
 */
import type { Native } from './native.ts';

/** The addon, or `null` on a machine without it; {@link nativeUnavailableReason} then says why. */
export function loadNative(): Native | null {
  return null;
}

/** Why {@link loadNative} gives `null`, for a log line; `null` when the addon is there. */
export function nativeUnavailableReason(): string | null {
  return 'Addon not built yet';
}
