/**
 * Numbers of the ring buffer's format that are not places.
 */

/** CTF's magic of a data packet. */
export const PACKET_MAGIC = 0xc1fc1fc1;

/** Start of a crash record; upstream keeps it XORed, so that its own binary does not contain it. */
export const CRASH_MAGIC = Uint8Array.of(
  ...[0x17, 0x7b, 0xf1, 0x77, 0xbf, 0x17, 0x7b, 0xf1, 0x77, 0xbf, 0x17, 0x7b, 0xf1, 0x77, 0xbf, 0x17],
);
export const CRASH_ENDIAN_MARKER = 0x1234;

/** `mode` of the configuration and of the crash record. */
export const modes = { overwrite: 0, discard: 1 } as const;
export type RingMode = keyof typeof modes;

/** `wakeup` of the configuration: who wakes the reader. */
export const wakeups = { timer: 0, writer: 1 } as const;
export type WakeupBy = keyof typeof wakeups;

/** Words of the configuration that are the same in every channel that applications write. */
export const configWords = {
  allocationPerCpu: 0,
  syncGlobal: 1,
  outputMmap: 1,
  backendPages: 0,
  oopsConsistency: 1,
  ipiNone: 1,
};

/** Low bits of the clock that a record header must keep apart; farther apart takes a full timestamp. */
export const TIMESTAMP_BITS = 27;

/** The client type of a channel with one ring per CPU (`LTTNG_CLIENT_…`), by mode and wake-up. */
export const transports: Readonly<Record<RingMode, Readonly<Record<WakeupBy, string>>>> = {
  discard: { writer: 'relay-discard-mmap', timer: 'relay-discard-rt-mmap' },
  overwrite: { writer: 'relay-overwrite-mmap', timer: 'relay-overwrite-rt-mmap' },
};

/** Sub-buffer id in overwrite mode: no writer refers to the sub-buffer. */
export const NOREF = 1n << 32n;
export const ID_INDEX_MASK = 0xffff_ffffn;
export const ID_PASS_SHIFT = 33n;

/** The page size that packet sizes are rounded to, and the least sub-buffer size. */
export const PAGE_BYTES = 4096;

/** Length limit of a channel blob in a command to an application. */
export const MAX_BLOB_BYTES = 1 << 20;

/** Struct size of the channel that `privateOffset` is counted from: upstream's size with its alignment of 128. */
export const CHANNEL_STRUCT_BYTES = 768;
