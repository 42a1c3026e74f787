/** The addon for this package's tests, and why they are skipped where it is missing. */
import process from 'node:process';
import { loadNative, nativeUnavailableReason } from '../load.ts';
import type { Native } from '../native.ts';

const loaded = loadNative();

/** `skip` of a test: `false` where the addon is, else the reason; an error where `LTTNG_TS_REQUIRE` demands it. */
export const skip: string | false = loaded === null ? `no addon: ${nativeUnavailableReason()}` : false;
if (skip !== false && (process.env['LTTNG_TS_REQUIRE'] ?? '').split(',').includes('native')) {
  throw new Error(`Required here: ${skip}`);
}

/** The addon; only tests with {@link skip} may use it. */
export const native = loaded as Native;

/** Matches a `SystemError` of a call. */
export const refused = (syscall: string, errnoName: string) => ({ name: 'SystemError', syscall, errnoName });
