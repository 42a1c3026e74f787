/**
 * Numbers of the protocol between producers of traces and the relay daemon (upstream: `lttcomm_relayd_command`,
 * `lttng-relayd.h`), minors 2.4 to 2.13.
 */

export const RELAY_MAJOR = 2;
export const RELAY_MINOR = 13;
/** Below it a session cannot be made: its name would be empty. */
export const RELAY_OLDEST_MINOR = 4;

export const RELAY_CONTROL_PORT = 5342;
export const RELAY_DATA_PORT = 5343;
export const RELAY_LIVE_PORT = 5344;

/** Longest payload of a control command, in bytes; upstream closes the connection above it. */
export const RELAY_MAX_PAYLOAD_BYTES = 128 * 1024 * 1024;

/** Upstream: `enum lttcomm_relayd_command`. */
export const relayCommands = {
  addStream: 1,
  createSession: 2,
  startData: 3,
  updateSyncInfo: 4,
  version: 5,
  sendMetadata: 6,
  closeStream: 7,
  dataPending: 8,
  quiescentControl: 9,
  beginDataPending: 10,
  endDataPending: 11,
  sendIndex: 13,
  streamsSent: 16,
  resetMetadata: 17,
  rotateStreams: 18,
  createTraceChunk: 19,
  closeTraceChunk: 20,
  traceChunkExists: 21,
  getConfiguration: 22,
  // Ours alone, told by RELAY_RESUME_ALLOWED; numbers that upstream leaves to private branches.
  enableResume: 20100,
  disableResume: 20101,
} as const;
export type RelayCommandName = keyof typeof relayCommands;

const names = new Map<number, RelayCommandName>(
  Object.entries(relayCommands).map(([name, number]) => [number, name as RelayCommandName]),
);

/** Name of a command, or null. */
export function findRelayCommandName(number: number): RelayCommandName | null {
  return names.get(number) ?? null;
}

/** Codes of replies (upstream: `LTTNG_OK` and some of `enum lttng_error_code`). */
export const relayCodes = {
  ok: 10,
  unknown: 11,
  fatal: 25,
  noMemory: 26,
  invalid: 97,
  invalidProtocol: 152,
  fileCreationError: 153,
} as const;
export type RelayCode = (typeof relayCodes)[keyof typeof relayCodes];

/** What becomes of a chunk that is closed (upstream: `enum lttng_trace_chunk_command_type`). */
export const relayCloseCommands = { moveToCompleted: 0, noOperation: 1, delete: 2 } as const;
export type RelayCloseCommand = keyof typeof relayCloseCommands;

/** Name of the stream that carries metadata; it is what makes a stream one. */
export const RELAY_METADATA_CHANNEL = 'metadata';

/** A sequence number that is not set, and the packet number of tracers that do not count packets. */
export const RELAY_UNSET = 0xffffffffffffffffn;

/** Bit of GET_CONFIGURATION's answer. */
export const RELAY_CLEAR_ALLOWED = 1n;

/**
 * Bit of GET_CONFIGURATION's question: which extensions the relay has. The original answers with
 * `relayCodes.invalidProtocol` and goes on, so that a producer may ask any relay.
 */
export const RELAY_ASK_EXTENSIONS = 1n << 63n;
/** Bit of the answer to {@link RELAY_ASK_EXTENSIONS}: a producer may come back to its session. */
export const RELAY_RESUME_ALLOWED = 1n << 62n;
/** Bytes of the secret that a producer comes back with. */
export const RELAY_RESUME_KEY_BYTES = 16;
