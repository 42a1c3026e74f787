/** What a `.lttng` file says of sessions, as plain values: everything that `load` needs to make them again. */
import type {
  BufferOwnership,
  ChannelAttributes,
  Domain,
  EventRuleInfo,
  ProcessTrackers,
} from '@lttng-ts/protocols';

/** Where the trace of a session, or its snapshots, go. */
export type SavedDestination =
  /** Empty: nowhere. */
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'network'; readonly controlUrl: string; readonly dataUrl: string };

export interface SavedSnapshotOutput {
  readonly name: string;
  /** 0: no limit. */
  readonly maxSizeBytes: number;
  readonly destination: SavedDestination;
}

export type SavedOutput =
  | { readonly kind: 'consumer'; readonly isEnabled: boolean; readonly destination: SavedDestination }
  | { readonly kind: 'snapshots'; readonly outputs: readonly SavedSnapshotOutput[] };

export interface SavedChannel {
  readonly name: string;
  readonly isEnabled: boolean;
  /** Ownership is the domain's. What an older file does not say is left to the daemon's defaults. */
  readonly attributes: Partial<Omit<ChannelAttributes, 'ownership'>>;
  readonly rules: readonly EventRuleInfo[];
  /** Names as `add-context --type` takes them. */
  readonly contexts: readonly string[];
}

export interface SavedDomain {
  readonly domain: Domain;
  readonly ownership: BufferOwnership;
  readonly channels: readonly SavedChannel[];
  readonly trackers: ProcessTrackers;
}

export interface SavedSession {
  readonly name: string;
  /** The whole path, date and all; null: none. */
  readonly sharedMemoryPath: string | null;
  readonly domains: readonly SavedDomain[];
  readonly isStarted: boolean;
  readonly isSnapshotMode: boolean;
  /** 0: not live. */
  readonly liveTimerUs: number;
  readonly rotationTimerUs: number | null;
  readonly rotationSizeBytes: number | null;
  /** Null: a session without output. */
  readonly output: SavedOutput | null;
}

/** Trackers that let everything through. */
export const noTrackers: ProcessTrackers = { vpid: null, vuid: null, vgid: null };
