/**
 * Structs of the relay protocol, all packed and in network order. Requests of variable length (sessions, streams,
 * chunks, rotations) have their decoders in `requests.ts`.
 */
import { bytes, fixedString, packed, type TypeOf, u8, u32, u64 } from '@lttng-ts/wire';

/** Upstream: `struct lttcomm_relayd_hdr`: before each command. */
export const relayHeader = packed('lttcomm_relayd_hdr', 'big-endian', {
  /** Always 0. */
  circuitId: u64,
  /** Payload that follows, in bytes. */
  dataSizeBytes: u64,
  command: u32,
  /** Always 0. */
  commandVersion: u32,
});
export type RelayHeader = TypeOf<typeof relayHeader>;

/** Upstream: `struct lttcomm_relayd_data_hdr`: before each packet on the data connection. */
export const relayDataHeader = packed('lttcomm_relayd_data_hdr', 'big-endian', {
  circuitId: u64,
  streamId: u64,
  /** Counts the packets of a stream from 0. */
  netSequenceNumber: u64,
  dataSizeBytes: u32,
  /** Zeros that the relay appends to the file after the data. */
  paddingSizeBytes: u32,
});
export type RelayDataHeader = TypeOf<typeof relayDataHeader>;

/** Upstream: `struct lttcomm_relayd_generic_reply`. */
export const relayReply = packed('lttcomm_relayd_generic_reply', 'big-endian', { code: u32 });

export const relayVersion = packed('lttcomm_relayd_version', 'big-endian', { major: u32, minor: u32 });

/** CREATE_SESSION of minors 4 to 10. */
export const relayCreateSession24 = packed('lttcomm_relayd_create_session_2_4', 'big-endian', {
  sessionName: fixedString(255),
  hostname: fixedString(64),
  liveTimerUs: u32,
  isSnapshot: u32,
});

/** The fixed part of CREATE_SESSION from minor 11 on; three texts follow. */
export const relayCreateSession211 = packed('lttcomm_relayd_create_session_2_11', 'big-endian', {
  sessionNameBytes: u32,
  hostnameBytes: u32,
  basePathBytes: u32,
  liveTimerUs: u32,
  isSnapshot: u8,
  nameHasCreationTime: u8,
  daemonUuid: bytes(16),
  daemonSessionId: u64,
  creationTimeS: u64,
  isChunkSet: u8,
  chunkId: u64,
});

export const relaySessionReply = packed('lttcomm_relayd_create_session_reply_2_11', 'big-endian', {
  sessionId: u64,
  code: u32,
});

/** ADD_STREAM of minors 2 to 10. */
export const relayAddStream22 = packed('lttcomm_relayd_add_stream_2_2', 'big-endian', {
  channelName: fixedString(264),
  pathName: fixedString(4096),
  traceFileSizeBytes: u64,
  traceFileCount: u64,
});

/** The fixed part of ADD_STREAM from minor 11 on; two texts follow. */
export const relayAddStream211 = packed('lttcomm_relayd_add_stream_2_11', 'big-endian', {
  channelNameBytes: u32,
  pathNameBytes: u32,
  traceFileSizeBytes: u64,
  traceFileCount: u64,
  /** Ignored: the session's current chunk counts. */
  chunkId: u64,
});

export const relayStreamReply = packed('lttcomm_relayd_status_stream', 'big-endian', {
  streamId: u64,
  code: u32,
});

/** SEND_METADATA; the text follows. */
export const relayMetadataHeader = packed('lttcomm_relayd_metadata_payload', 'big-endian', {
  streamId: u64,
  paddingSizeBytes: u32,
});

/** CLOSE_STREAM and DATA_PENDING. */
export const relayStreamPosition = packed('lttcomm_relayd_close_stream', 'big-endian', {
  streamId: u64,
  /** Number of the stream's last packet, or all ones. */
  lastNetSequenceNumber: u64,
});

/** One number: a stream (QUIESCENT_CONTROL), a session (DATA_PENDING's ends), a chunk (TRACE_CHUNK_EXISTS). */
export const relayIdentifier = packed('lttcomm_relayd_identifier', 'big-endian', { id: u64 });

export const relayResetMetadata = packed('lttcomm_relayd_reset_metadata', 'big-endian', {
  streamId: u64,
  version: u64,
});

const indexFields = {
  streamId: u64,
  netSequenceNumber: u64,
  packetSizeBits: u64,
  contentSizeBits: u64,
  timestampBegin: u64,
  timestampEnd: u64,
  eventsDiscarded: u64,
  /** Of the trace's stream class. */
  dataStreamClassId: u64,
} as const;

/** SEND_INDEX of minors 4 to 7. */
export const relayIndex24 = packed('lttcomm_relayd_index_2_4', 'big-endian', indexFields);

/** SEND_INDEX from minor 8 on. */
export const relayIndex28 = packed('lttcomm_relayd_index', 'big-endian', {
  ...indexFields,
  streamInstanceId: u64,
  packetSequenceNumber: u64,
});
export type RelayIndex = TypeOf<typeof relayIndex28>;

/** The fixed part of CREATE_TRACE_CHUNK; a text may follow. */
export const relayCreateChunk = packed('lttcomm_relayd_create_trace_chunk', 'big-endian', {
  chunkId: u64,
  creationTimeS: u64,
  overrideNameBytes: u32,
});

export const relayCloseChunk = packed('lttcomm_relayd_close_trace_chunk', 'big-endian', {
  chunkId: u64,
  closeTimeS: u64,
  isCommandSet: u8,
  command: u32,
});

/** Reply to CLOSE_TRACE_CHUNK; the path follows, with its NUL. */
export const relayCloseChunkReply = packed('lttcomm_relayd_close_trace_chunk_reply', 'big-endian', {
  code: u32,
  pathBytes: u32,
});

export const relayChunkExistsReply = packed('lttcomm_relayd_trace_chunk_exists_reply', 'big-endian', {
  code: u32,
  exists: u8,
});

export const relayConfigurationReply = packed('lttcomm_relayd_get_configuration_reply', 'big-endian', {
  code: u32,
  flags: u64,
});

export const relayRotationPosition = packed('lttcomm_relayd_stream_rotation_position', 'big-endian', {
  streamId: u64,
  /** Packet number (not the network's) of the first packet of the new chunk. */
  rotateAtPacket: u64,
});
export type RelayRotationPosition = TypeOf<typeof relayRotationPosition>;

/** Reply to ENABLE_RESUME (ours alone), whose request is empty: the connections outlive their sockets from then on. */
export const relayEnableResumeReply = packed('lttng_ts_relay_enable_resume_reply', 'big-endian', {
  code: u32,
  /** How long the relay waits for a producer that is gone. */
  timeoutS: u32,
  key: bytes(16),
});

/** Sent by the relay on a data connection that continues: bytes that it has taken of both connections. */
export const relayAcknowledgement = packed('lttng_ts_relay_acknowledgement', 'big-endian', {
  controlBytes: u64,
  dataBytes: u64,
});
