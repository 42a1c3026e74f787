/**
 * The wall inside the session daemon. Above it: sessions, the control API, upstream's rules and errors
 * (`sessions/`). Below it: applications, their sockets, buffers, metadata and consumers (`ust/`). The
 * upper side owns the desired state, plain data; the lower side brings applications in line with it, for
 * those that run now and those that come later.
 */
import type {
  ApplicationInfo,
  ApplicationTracepoints,
  BufferSetInfo,
  ChannelAttributes,
  ChannelStatistics,
  ChunkEnd,
  ChunkFate,
  EventRule,
  NetworkOutput,
  OutputProgress,
  ProcessTrackers,
  RecordingFault,
  TraceFormat,
} from '@lttng-ts/protocols';
import type { BufferSampleListener } from './buffer-usages.ts';

/** UST's context numbers by their command-line name are a table of `protocols/ust-app`. */
export interface DesiredChannel {
  readonly name: string;
  /** Order of creation in the session, from 0. */
  readonly index: number;
  readonly isEnabled: boolean;
  readonly attributes: ChannelAttributes;
  /** Grows while the session lives; a rule has a compiled filter. */
  readonly rules: readonly DesiredRule[];
  /** Context type names in order of their addition. */
  readonly contexts: readonly string[];
}

export interface DesiredRule extends EventRule {
  /** Unique in the daemon; also the enabler's token. */
  readonly ruleId: number;
  readonly isEnabled: boolean;
  /** Bytecode with its relocation table as applications take it, or null. */
  readonly filterBytecode: { readonly bytes: Uint8Array; readonly relocationOffsetBytes: number } | null;
}

export interface DesiredSession {
  readonly id: number;
  readonly name: string;
  /** Of the metadata; the data streams are the same bytes. */
  readonly traceFormat?: TraceFormat;
  /** `trace_name` of the metadata: `auto` for a session that was named automatically. */
  readonly traceName: string;
  readonly ownerUid: number;
  readonly ownerGid: number;
  readonly creationTimeS: number;
  /** Folder of the session, upstream's text for a relay daemon, or null for a session without output. */
  readonly outputPath: string | null;
  /** Null: the output is local, or there is none. */
  readonly network: NetworkOutput | null;
  /** 0: not live. */
  readonly liveTimerUs: number;
  /** Name of the session with its creation time: what its folder is called. */
  readonly folderName: string;
  /** Folder of the session whose ring buffers are files, or null. */
  readonly sharedMemoryPath: string | null;
  /** What is recorded goes here; null for a stopped session whose last chunk was ended. */
  readonly chunk: DesiredChunk | null;
  readonly channels: readonly DesiredChannel[];
  /** Whom the session records. */
  readonly trackers: ProcessTrackers<number>;
}

/** A trace chunk: the output of a stretch of recording. */
export interface DesiredChunk {
  readonly chunkId: number;
  /** Null for a session without output. */
  readonly rootPath: string | null;
  /** Whether the root holds other things than this chunk. */
  readonly isRootShared: boolean;
  /** Seconds since the epoch. */
  readonly creationTimeS: number;
}

/** What the relay daemon of a session can do. */
export interface RelayAbilities {
  readonly canRotate: boolean;
  readonly canClear: boolean;
}

/** A snapshot to be made. */
export interface DesiredSnapshot {
  /** Its folder; on a relay daemon only its last name counts. */
  readonly path: string;
  readonly network: NetworkOutput | null;
  /** 0: no limit. */
  readonly maxSizeBytes: number;
  /** Seconds since the epoch. */
  readonly creationTimeS: number;
  /** Counts the snapshots of a session, from 0. */
  readonly number: number;
}

/** What the lower side offers. Every method may be called for several sessions at once. */
export interface UstDomain extends AsyncDisposable {
  /**
   * Connects a session with network output to its relay daemon, unless that was done. Throws `SystemError` when there is
   * none, `ProtocolError` when it is of another version or refuses the session.
   */
  connect(session: DesiredSession): Promise<RelayAbilities>;
  /**
   * Opens the session's chunk unless it is open, makes buffers for the applications that run, and lets them record; applications that
   * come later follow by themselves. Throws `SystemError` when the output cannot be made.
   */
  start(session: DesiredSession): Promise<void>;
  /** Rules, or anything else that may change while a session records, have changed. */
  update(session: DesiredSession): Promise<void>;
  /** Writers stop, are quiescent, and the buffers are flushed. */
  stop(sessionId: number): Promise<void>;
  /**
   * Ends the open chunk: what is recorded before this call goes to it, what comes later to `session.chunk`.
   * Resolves when the old chunk is where `fate` says, or with the reason why it is not there although it is
   * complete. Throws `SystemError` when nothing has changed. Waits as long as it takes: see {@link unlessSilent}.
   */
  changeChunk(session: DesiredSession, fate: ChunkFate): Promise<ChunkEnd>;
  /**
   * What `work` gives, which waits for the session's consumer. Throws `SystemError` (`consumer`, ETIMEDOUT) when that
   * does not answer anything; the work goes on all the same.
   */
  unlessSilent<T>(sessionId: number, work: Promise<T>): Promise<T>;
  /**
   * Copies what the buffers of a session without output hold. False when the size that it may have is too small for
   * one packet of each stream. Throws `SystemError` when the output cannot be made.
   */
  snapshot(sessionId: number, snapshot: DesiredSnapshot): Promise<boolean>;
  /**
   * Resolves when `totalBytes` of packets are in the session's output; `isReached` is false when the session
   * ended, or its consumer died, before.
   */
  waitForOutput(
    sessionId: number,
    totalBytes: number,
  ): Promise<{ readonly totalBytes: number; readonly isReached: boolean }>;
  isDataPending(sessionId: number): Promise<boolean>;
  /** What is not in the output yet, also while the session is being destroyed. */
  progress(sessionId: number): Promise<OutputProgress>;
  /** Lets the applications of a session that records dump their state again; returns when they have. */
  regenerateStateDump(sessionId: number): Promise<void>;
  /** Writes the metadata of a session again, with the clock's offset as it is now. */
  regenerateMetadata(sessionId: number): Promise<void>;
  /** Losses so far by channel name, also of buffers that are gone. */
  statistics(sessionId: number): Promise<UstStatistics>;
  /** What the buffers of a session take, and how full they were last, by channel name; without those that are gone. */
  buffers(sessionId: number): Promise<ReadonlyMap<string, readonly BufferSetInfo[]>>;
  /** Calls `listener` whenever a monitor timer has something new; the returned function ends it. */
  onBufferSample(listener: BufferSampleListener): () => void;
  /**
   * Releases everything of the session; answers when the output is complete and moved to `archivePath`, or
   * complete where it is (null).
   */
  destroy(sessionId: number, archivePath: string | null): Promise<UstEnd>;
  applications(): readonly ApplicationInfo[];
  listTracepoints(withFields: boolean): Promise<readonly ApplicationTracepoints[]>;
}

/** What a session that is over came to. */
export interface UstEnd extends UstStatistics {
  /** Where a relay daemon has the last chunk, below its output folder; null without one. */
  readonly relayPath: string | null;
}

export interface UstStatistics {
  /** By channel name; one entry per set of buffers (user, process). */
  readonly channels: ReadonlyMap<string, readonly ChannelStatistics[]>;
  readonly faults: readonly RecordingFault[];
}
