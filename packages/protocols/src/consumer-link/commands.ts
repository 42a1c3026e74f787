/**
 * The link between the session daemon and a consumer: frames of JSON with passed file descriptors
 * (see `frames.ts`) on a socket pair that the daemon makes before it starts the consumer. Requests go
 * from the daemon to the consumer and are answered in order of completion; notifications go the other way.
 *
 * One consumer serves one session owner and runs with that owner's credentials: it makes every ring
 * buffer, file and folder. The daemon passes the buffers' descriptors on to applications.
 *
 * The daemon has more rights than a consumer, and checks what it is told (`replies.ts`); a consumer believes its
 * daemon, whose messages are typed but not checked beyond their frame.
 */
import type {
  ChannelAttributes,
  NetworkOutput,
  OutputProgress,
  RecordingFault,
} from '../control-api/model.ts';

/** Raised when the messages change; both ends check it in `hello`. */
export const CONSUMER_LINK_VERSION = 6;

/** Names a channel's buffers: unique per consumer, chosen by the daemon, never reused. */
export type ChannelKey = number;
/** Names a metadata stream: unique per consumer, chosen by the daemon, never reused. */
export type MetadataKey = number;

export interface ConsumerStreamBuffers {
  readonly cpu: number;
  /** Length of the stream's shared memory: what applications must map. */
  readonly memoryLengthBytes: number;
}

export interface StreamStatistics {
  readonly cpu: number;
  readonly discardedEventCount: number;
  readonly lostPacketCount: number;
  readonly consumedPacketCount: number;
  readonly consumedBytes: number;
}

export interface ChannelStatistics {
  readonly channelKey: ChannelKey;
  readonly streams: readonly StreamStatistics[];
}

/**
 * What the monitor timer of a channel saw over all of its streams at one moment, as upstream's channel monitor pipe
 * tells it.
 */
export interface ChannelSample {
  readonly channelKey: ChannelKey;
  /** Written and not read yet, in the stream that has least and in the one that has most. */
  readonly lowestUsageBytes: number;
  readonly highestUsageBytes: number;
  /** Packets in the output so far, of all streams together. */
  readonly outputBytes: number;
}

/** A trace chunk to be made. */
export interface ConsumerChunk {
  readonly chunkId: number;
  /**
   * Null for a session without output, whose buffers are read by snapshots only, and for one whose output a relay
   * daemon has (`relay.open`).
   */
  readonly rootPath: string | null;
  /** Seconds since the epoch: what a relay daemon names the chunk after. */
  readonly creationTimeS: number;
  /** Whether the root holds other things too (archives): then only the chunk's folders in it are moved. */
  readonly isRootShared: boolean;
  /** Folders below the root that are there even without a stream: `ust`. */
  readonly folders: readonly string[];
}

/**
 * What becomes of a chunk that ends: `archive` moves it; `remove` drops it with all that the buffers held for
 * it.
 */
export type ChunkFate = { readonly kind: 'archive'; readonly path: string } | { readonly kind: 'remove' };

/** What a relay daemon is told of a session; the consumer connects to it. */
export interface RelayedSession {
  readonly output: NetworkOutput;
  readonly sessionName: string;
  readonly hostname: string;
  /** 0: not live. */
  readonly liveTimerUs: number;
  readonly isSnapshot: boolean;
  /** Whether the session's name ends with its creation time already. */
  readonly nameHasCreationTime: boolean;
  /** 32 hexadecimal digits: of the session daemon. */
  readonly daemonUuid: string;
  readonly daemonSessionId: number;
  readonly creationTimeS: number;
  /** Folder of the session on relay daemons that do not name it themselves (before 2.11). */
  readonly folderName: string;
}

/** What came of an end of a chunk. */
export interface ChunkEnd {
  /** Why the output is not where it should be; null when it is. */
  readonly failure: string | null;
  /** Where a relay daemon has it, below its output folder; null without one. */
  readonly relayPath: string | null;
}

interface Command<Params, Result> {
  readonly params: Params;
  readonly result: Result;
}

/** Requests of the daemon. `Fds` travel with the frame that the comment names. */
export interface ConsumerCommands {
  /** First message. */
  hello: Command<{ readonly version: number }, { readonly pid: number; readonly cpuCount: number }>;

  /**
   * Connects to a relay daemon, where the session's output goes from then on; before the first `chunk.open`. Fails with
   * the errno's name, EPROTO when the relay daemon is of another major version.
   */
  'relay.open': Command<
    { readonly sessionId: number; readonly relay: RelayedSession },
    {
      /** The smaller one of both. */
      readonly minor: number;
      readonly isClearAllowed: boolean;
    }
  >;

  /**
   * Opens the trace chunk that a session's streams are written to: makes `rootPath` (mode 0770, parents
   * too) and fails with the errno's name when the owner may not. At most one chunk is open per session;
   * streams that are there already (of a stopped session whose last chunk was closed) go on in it.
   */
  'chunk.open': Command<{ readonly sessionId: number; readonly chunk: ConsumerChunk }, Record<string, never>>;

  /**
   * Ends the open chunk: packets that were begun before the answer still go to it; what comes later goes to
   * `next`, or stays in the buffers when `next` is null (writers are quiescent then). Each stream of `next` begins
   * with a packet, as upstream's. When `next` cannot be made the request fails and nothing has changed.
   * `chunk.seal` must follow.
   */
  'chunk.change': Command<
    { readonly sessionId: number; readonly next: ConsumerChunk | null; readonly fate: ChunkFate },
    Record<string, never>
  >;

  /**
   * All metadata that the packets of the chunk that was ended may need was sent before this request: what an
   * application recorded before `chunk.change` was answered was declared before. Later text goes to the next chunk,
   * which has the whole text. Answered when the old chunk is complete and its output is where its fate says;
   * `failure` tells why it is not there, the recording goes on all the same.
   */
  'chunk.seal': Command<{ readonly sessionId: number }, ChunkEnd>;

  /**
   * Makes the ring buffers of a channel. Reply fds: [channel wake-up pipe write end, then for each stream
   * in order of CPU: shared memory, stream wake-up pipe write end]. The consumer keeps its own copies of
   * the write ends until `channel.release`.
   */
  'channel.create': Command<
    {
      readonly channelKey: ChannelKey;
      readonly sessionId: number;
      /** Folder of the trace below the chunk's root: `ust/uid/1000/64-bit`. */
      readonly tracePath: string;
      readonly channelName: string;
      /** The channel's id in metadata and in packet headers. */
      readonly ustChannelId: number;
      /** 32 hexadecimal digits. */
      readonly uuid: string;
      readonly attributes: ChannelAttributes;
      /** Folder of the session whose buffers are files (`tracePath` below it), or null. */
      readonly memoryPath: string | null;
    },
    { readonly blobBase64: string; readonly streams: readonly ConsumerStreamBuffers[] }
  >;

  /**
   * The stream class of the channel is in the metadata before this request. Until then nobody records, and no
   * empty packets are made either: a reader could not understand them.
   */
  'channel.declare': Command<{ readonly channelKey: ChannelKey }, Record<string, never>>;

  /**
   * Makes the metadata stream of a trace folder, with the first of its text: a chunk that ends right behind this has no
   * trace that cannot be read. Answered when the stream is there; its text may still wait for the output.
   */
  'metadata.create': Command<
    {
      readonly metadataKey: MetadataKey;
      readonly sessionId: number;
      readonly tracePath: string;
      readonly uuid: string;
      readonly text: string;
      /** As in `channel.create`: the text is kept there too. */
      readonly memoryPath: string | null;
    },
    Record<string, never>
  >;

  /**
   * Copies what the buffers of a session without output hold to `path`, whole packets, while writers go on:
   * the newest ones when all together would be more than `maxSizeBytes` (0: no limit). `isTooSmall`: not even
   * one packet of each stream fits, and nothing was made.
   *
   * With `isSealed` the metadata that was sent before this request is written at once, and the snapshot is complete
   * unless an application declared something meanwhile: then `snapshot.seal` writes it anew. Without it `snapshot.seal` must
   * follow.
   */
  'snapshot.record': Command<
    {
      readonly sessionId: number;
      readonly path: string;
      readonly folders: readonly string[];
      readonly maxSizeBytes: number;
      /** Where it goes instead of a local folder; the last name of `path` is what it is called there. */
      readonly relay: RelayedSession | null;
      readonly creationTimeS: number;
      /** Counts the snapshots of a session. */
      readonly number: number;
      /** Not with a relay daemon. */
      readonly isSealed: boolean;
    },
    { readonly isTooSmall: boolean }
  >;

  /** Writes the metadata of the last snapshot, all that was sent before this request, and closes it. */
  'snapshot.seal': Command<{ readonly sessionId: number }, Record<string, never>>;

  /** Appends text: `offsetChars` must be what was appended before. Answered when it is in the file. */
  'metadata.append': Command<
    { readonly metadataKey: MetadataKey; readonly offsetChars: number; readonly text: string },
    Record<string, never>
  >;

  /** The text begins anew: what was appended before is dropped, from the open chunk too; offsets count from 0 again. */
  'metadata.restart': Command<{ readonly metadataKey: MetadataKey }, Record<string, never>>;

  /** Nobody declares anything more in this trace: closes the file when all text is in it. */
  'metadata.release': Command<{ readonly metadataKey: MetadataKey }, Record<string, never>>;

  /** The session records (again): streams are no longer quiescent. */
  'session.start': Command<{ readonly sessionId: number }, Record<string, never>>;

  /**
   * Writers are quiescent: final flush of every stream, so that even idle ones get their tail packet. Gives the
   * channels in which writers that are gone left something: `channel.recover` may follow.
   */
  'session.flush': Command<{ readonly sessionId: number }, { readonly uncommitted: readonly ChannelKey[] }>;

  /** The same for one channel. */
  'channel.flush': Command<{ readonly channelKey: ChannelKey }, { readonly isUncommitted: boolean }>;

  /**
   * Answers `channel.stalled`: with `holder` null every writer that was inside a record when that was sent has left
   * it or is gone; else it tells who may still be inside. A null `requestId` means that nobody writes any more,
   * after a flush. What writers who are gone left is completed then, see docs/robustness.md.
   */
  'channel.recover': Command<
    {
      readonly channelKey: ChannelKey;
      readonly requestId: number | null;
      readonly holder: string | null;
    },
    Record<string, never>
  >;

  /** Whether a sub-buffer is ready but not in the output yet; a stuck stream is a fault, not pending. */
  'session.data-pending': Command<{ readonly sessionId: number }, { readonly isPending: boolean }>;

  /**
   * Answered when the session's output holds `totalBytes` of packets in all its chunks, those of released
   * channels too; `isReached` is false when the session ended before.
   */
  'session.wait-output': Command<
    { readonly sessionId: number; readonly totalBytes: number },
    { readonly totalBytes: number; readonly isReached: boolean }
  >;

  /** What is still to be moved to the output, also of a session that is being closed: nothing when it is unknown. */
  'session.progress': Command<{ readonly sessionId: number }, OutputProgress>;

  'session.statistics': Command<
    { readonly sessionId: number },
    { readonly channels: readonly ChannelStatistics[]; readonly faults: readonly RecordingFault[] }
  >;

  /** No application uses the channel any more: flush what is there, drain, close files, free the buffers. */
  'channel.release': Command<{ readonly channelKey: ChannelKey }, ChannelStatistics>;

  /**
   * Ends the session: all channels and metadata streams that are left are released, its chunk is closed and
   * moved to `archivePath`, or stays where it is (null).
   */
  'session.close': Command<
    { readonly sessionId: number; readonly archivePath: string | null },
    { readonly channels: readonly ChannelStatistics[]; readonly relayPath: string | null }
  >;
}

/** What a consumer says unasked. */
export interface ConsumerNotifications {
  /** A fault began or ended (`isOngoing`). */
  'session.fault': { readonly sessionId: number; readonly fault: RecordingFault };
  /** A writer left a sub-buffer of the channel uncommitted and may be gone; `channel.recover` answers. */
  'channel.stalled': { readonly channelKey: ChannelKey; readonly requestId: number };
  /** Monitor timers fired; a channel of which nothing has changed since its last sample is left out. */
  'channels.sampled': { readonly samples: readonly ChannelSample[] };
  /** A line for the daemon's log. */
  log: { readonly level: 'error' | 'warning' | 'info' | 'debug'; readonly message: string };
}

export type ConsumerCommand = keyof ConsumerCommands;

/** One handler per command: leaving one out is a compile error. `fds` in the reply travel with its frame. */
export type ConsumerHandlers = {
  readonly [C in ConsumerCommand]: (
    params: ConsumerCommands[C]['params'],
  ) => Promise<{ readonly result: ConsumerCommands[C]['result']; readonly fds?: readonly number[] }>;
};

export type ConsumerMessage =
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly command: ConsumerCommand;
      readonly params: unknown;
    }
  | { readonly kind: 'reply'; readonly id: number; readonly result: unknown }
  | {
      readonly kind: 'failure';
      readonly id: number;
      /** Name of the errno when a system call failed, else empty. */
      readonly errnoName: string;
      readonly message: string;
    }
  | { readonly kind: 'notification'; readonly name: keyof ConsumerNotifications; readonly params: unknown };
