/**
 * What the control API speaks about: sessions, channels, event rules, applications, as plain values.
 * Text, MI XML and JSON are renderers of these. Names of enumerations follow the words that users see.
 */

/** Tracing domains of LTTng; only `ust` records today, the others are refused by the daemon. */
export type Domain = 'ust' | 'kernel' | 'jul' | 'log4j' | 'python';

/** Who owns a set of ring buffers: one set per user, or per process. */
export type BufferOwnership = 'user' | 'process';

/** Which version of the Common Trace Format the metadata of a session's traces has. */
export type TraceFormat = 'ctf-1.8' | 'ctf-2';

export interface ChannelAttributes {
  readonly mode: 'discard' | 'overwrite';
  readonly subbufferSizeBytes: number;
  readonly subbufferCount: number;
  /** 0 = off. */
  readonly switchTimerUs: number;
  /** 0 = writers wake the consumer themselves. */
  readonly readTimerUs: number;
  readonly monitorTimerUs: number;
  /** 0 = never block, -1 = for ever. */
  readonly blockingTimeoutUs: number;
  /** 0 = unlimited. */
  readonly traceFileSizeBytes: number;
  /** 0 = unlimited. */
  readonly traceFileCount: number;
  readonly output: 'mmap' | 'splice';
  readonly ownership: BufferOwnership;
}

/** `range`: this level and all that are more severe (`--loglevel`); `single`: `--loglevel-only`. */
export type LogLevelRule =
  | { readonly kind: 'all' }
  | { readonly kind: 'range' | 'single'; readonly level: number };

export interface EventRule {
  /** Name or star-glob pattern of the events to record. */
  readonly pattern: string;
  readonly logLevel: LogLevelRule;
  /** Filter expression as the user typed it, or `null`. */
  readonly filter: string | null;
  /** Patterns of names that are not recorded although `pattern` matches. */
  readonly exclusions: readonly string[];
}

export interface EventRuleInfo extends EventRule {
  readonly isEnabled: boolean;
}

export interface ChannelInfo {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly attributes: ChannelAttributes;
  readonly rules: readonly EventRuleInfo[];
  /** Context type names in the order in which they were added: `vpid`, `procname`, … */
  readonly contexts: readonly string[];
  readonly discardedEventCount: number;
  readonly lostPacketCount: number;
}

/** Attributes of processes by which a session of the user space domain chooses whom it records. */
export type TrackedAttribute = 'vpid' | 'vuid' | 'vgid';

/** One value of an inclusion set: a number, or the name of a user or group as the caller gave it. */
export type TrackedValue = number | string;

/** Inclusion sets in order of addition; null: every process, whatever its value. A process must be in all. */
export type ProcessTrackers<Value = TrackedValue> = Readonly<
  Record<TrackedAttribute, readonly Value[] | null>
>;

/** What happens to one tracker. */
export type TrackerChange =
  | { readonly kind: 'include-all' | 'exclude-all' }
  | { readonly kind: 'add' | 'remove'; readonly value: TrackedValue };

export interface DomainInfo {
  readonly domain: Domain;
  readonly ownership: BufferOwnership;
  readonly trackers: ProcessTrackers;
  readonly channels: readonly ChannelInfo[];
}

/** One port of a relay daemon. */
export interface RelayPort {
  /** Version of the Internet Protocol. */
  readonly family: 4 | 6;
  /** Number of the host, without brackets. */
  readonly address: string;
  readonly port: number;
}

/** Output of a session, or of its snapshots, on a relay daemon. */
export interface NetworkOutput {
  readonly control: RelayPort;
  readonly data: RelayPort;
  /** Folders below the host's on the relay, without slashes at its ends; '' without. */
  readonly path: string;
}

/** A fault that does not end recording, but that the user must know: a full disk, a stuck sub-buffer. */
export interface RecordingFault {
  readonly kind:
    | 'disk-full'
    | 'write-error'
    | 'stalled-writer'
    | 'corrupt-buffer'
    | 'consumer-died'
    /** It does not answer: stopped, or waiting for a disk. */
    | 'consumer-silent'
    /** Somebody removed what is recorded into. */
    | 'output-gone'
    /** The relay daemon is gone, or does not answer: what is recorded from then on stays in the buffers. */
    | 'relay-lost';
  /** Where: `<channel>_<cpu>` or a path. */
  readonly where: string;
  readonly detail: string;
  /** `false` once it is over; the losses stay counted. */
  readonly isOngoing: boolean;
}

/** When a session is rotated without being asked; null: never. */
export interface RotationSchedules {
  readonly timerUs: number | null;
  /** So many bytes in the output since the last rotation. */
  readonly sizeBytes: number | null;
}

/** What becomes of a session's trace chunks after they were archived; see `docs/archive-policy.md`. */
export interface ArchivePolicy {
  readonly compression: 'zstd' | 'gzip' | null;
  /** Public keys of age (`age1…`): files are encrypted for all of them; empty: not encrypted. */
  readonly recipients: readonly string[];
  /** Command of the shell that gets the chunk's path as its last word; null: none. */
  readonly command: string | null;
  readonly keep: ArchiveRetention;
}

/** Which archived chunks of a session are kept; the newest one always is. Null: no limit. */
export interface ArchiveRetention {
  readonly chunkCount: number | null;
  readonly totalBytes: number | null;
  readonly ageS: number | null;
}

/** A policy, and what it has done. */
export interface ArchivePolicyInfo {
  readonly policy: ArchivePolicy;
  readonly waitingCount: number;
  readonly processedCount: number;
  readonly deletedCount: number;
  readonly failedCount: number;
  /** Why the last one failed that did; null: none did. */
  readonly lastFailure: string | null;
}

export interface SessionInfo {
  readonly name: string;
  readonly id: number;
  readonly ownerUid: number;
  readonly ownerGid: number;
  readonly isActive: boolean;
  /** Whether it was ever started: after that, channels and contexts are refused. */
  readonly wasStarted: boolean;
  /** Absolute output folder, or upstream's text for a relay daemon; empty for a session without output. */
  readonly outputPath: string;
  /** Null: the output is local, or there is none. */
  readonly network: NetworkOutput | null;
  readonly sharedMemoryPath: string;
  readonly isSnapshotMode: boolean;
  readonly traceFormat: TraceFormat;
  /** 0 = not live. */
  readonly liveTimerUs: number;
  /** Seconds since the epoch. */
  readonly creationTimeS: number;
  readonly rotationSchedules: RotationSchedules;
  /** Null: archives are left alone. */
  readonly archivePolicy: ArchivePolicyInfo | null;
  readonly domains: readonly DomainInfo[];
  readonly faults: readonly RecordingFault[];
}

/** A session that was not ended when its daemon died. What it recorded is in its output. */
export interface LeftSession {
  readonly name: string;
  readonly ownerUid: number;
  /** Empty for a session without output. */
  readonly outputPath: string;
  readonly wasActive: boolean;
}

/** Where snapshots of a session go. */
export interface SnapshotOutputInfo {
  readonly id: number;
  readonly name: string;
  /** Absolute folder, or upstream's text for a relay daemon. */
  readonly path: string;
  readonly network: NetworkOutput | null;
  /** 0: no limit. */
  readonly maxSizeBytes: number;
}

/** What is recorded and not in the output yet, at this moment. */
export interface OutputProgress {
  /** Streams with something left. */
  readonly streamCount: number;
  /** At most so much of their buffers. */
  readonly bytes: number;
}

/** How many events and packets were lost, summed over a channel's streams. */
export interface ChannelLosses {
  readonly channel: string;
  readonly discardedEventCount: number;
  readonly lostPacketCount: number;
}

/** Who shares a set of ring buffers: the programs of a user with one word size, or one process. */
export type BufferSetOwner =
  | { readonly kind: 'user'; readonly uid: number; readonly wordSizeBits: 32 | 64 }
  | {
      readonly kind: 'process';
      readonly pid: number;
      readonly name: string;
      readonly wordSizeBits: 32 | 64;
    };

/** What the monitor timer of a channel saw over the streams of one set of buffers. */
export interface BufferUsage {
  /** Written and not read yet, in the stream that has least and in the one that has most. */
  readonly lowestUsageBytes: number;
  readonly highestUsageBytes: number;
  /** Packets in the output so far, of all streams together. */
  readonly outputBytes: number;
}

/** Memory of one ring buffer. */
export interface StreamMemory {
  readonly cpu: number;
  /** Of pages that are there. */
  readonly residentBytes: number;
  /** The whole buffer, with what manages it, in whole pages. */
  readonly lengthBytes: number;
}

/** The buffers of a channel that one user's programs, or one process, have. */
export interface BufferSetInfo {
  readonly owner: BufferSetOwner;
  /** What records can take of one stream: size of a sub-buffer times their number. */
  readonly capacityBytes: number;
  /** In order of CPU. */
  readonly streams: readonly StreamMemory[];
  /** The latest sample of the monitor timer; null before the first one, and without such a timer. */
  readonly usage: BufferUsage | null;
}

export interface ChannelBuffersInfo {
  readonly domain: Domain;
  readonly channel: string;
  /** None before a program records. */
  readonly sets: readonly BufferSetInfo[];
}

export interface TracepointInfo {
  readonly name: string;
  readonly logLevel: number;
}

export interface TracepointFieldInfo {
  readonly name: string;
  readonly type: 'integer' | 'enum' | 'float' | 'string' | 'other';
  readonly isWritten: boolean;
}

export interface TracepointFieldsInfo extends TracepointInfo {
  readonly fields: readonly TracepointFieldInfo[];
}

/** A registered application, or one that was refused, with the reason. */
export interface ApplicationInfo {
  readonly pid: number;
  readonly uid: number;
  readonly name: string;
  readonly abiMajor: number;
  readonly wordSizeBits: number;
  /** `null` for an application that can be traced. */
  readonly refusal: string | null;
}

export interface ApplicationTracepoints {
  readonly application: ApplicationInfo;
  readonly tracepoints: readonly TracepointFieldsInfo[];
}
