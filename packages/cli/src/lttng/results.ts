/**
 * What commands give: items (what was made, changed or found) and words about them. Renderers turn both
 * into text, MI XML or JSON; commands know nothing of these forms.
 */
import type { VendorPatch } from '@lttng-ts/base';
import type {
  ApplicationInfo,
  ApplicationTracepoints,
  ArchivePolicy,
  ArchivePolicyInfo,
  ChannelAttributes,
  ChannelBuffersInfo,
  ChannelLosses,
  ControlEvent,
  Domain,
  EventRule,
  LeftSession,
  NetworkOutput,
  SessionInfo,
  SnapshotOutputInfo,
  TrackedAttribute,
  TrackedValue,
} from '@lttng-ts/protocols';
import type { Failure } from './control-caller.ts';
import type { Finding } from './doctor/findings.ts';
import type { ContextType } from './values/contexts.ts';

/** One thing that a command did or found. `failure` is `null` when it went well. */
export type ResultItem =
  | {
      readonly kind: 'session-created';
      readonly session: SessionInfo;
      /** Where the snapshots of a session made for them go, or null. */
      readonly snapshotPath: string | null;
    }
  | {
      readonly kind: 'snapshot-recorded';
      readonly session: string;
      /** As the user said where, or null. */
      readonly url: SnapshotPlace | null;
      /** Folder of the snapshot. */
      readonly path: string;
    }
  | {
      readonly kind: 'snapshot-output-added';
      readonly session: string;
      readonly output: SnapshotOutputInfo;
      readonly url: SnapshotPlace;
      /** Whether its size was said. */
      readonly hasMaxSize: boolean;
    }
  /** The action was refused; the reason is told as an error. */
  | { readonly kind: 'snapshot-action-failed'; readonly action: string }
  | { readonly kind: 'snapshot-output-deleted'; readonly session: string; readonly output: string }
  | {
      readonly kind: 'snapshot-outputs';
      readonly session: string;
      readonly outputs: readonly SnapshotOutputInfo[];
    }
  | {
      readonly kind: 'session-destroyed';
      readonly session: SessionInfo;
      readonly losses: readonly ChannelLosses[];
      /** Folder of its last trace chunk's archive, or null. */
      readonly archivePath: string | null;
    }
  | {
      readonly kind: 'session-rotated';
      readonly session: string;
      /** Null: the rotation goes on. */
      readonly archivePath: string | null;
      /** The relay daemon that has the archive; null: it is here. */
      readonly network: NetworkOutput | null;
    }
  | { readonly kind: 'session-cleared'; readonly session: SessionInfo }
  | {
      readonly kind: 'rotation-scheduled' | 'rotation-unscheduled';
      readonly session: string;
      readonly schedule: RotationSchedule;
      readonly failure: Failure | null;
    }
  /** The reason is told as an error. */
  | { readonly kind: 'rotation-schedules-unknown'; readonly session: string }
  | { readonly kind: 'no-session-to-destroy' }
  | { readonly kind: 'session-started'; readonly session: string }
  | { readonly kind: 'session-stopped'; readonly session: string; readonly losses: readonly ChannelLosses[] }
  | { readonly kind: 'session-set'; readonly session: string }
  | {
      readonly kind: 'sessions-saved';
      /** Null: all. */
      readonly session: string | null;
      /** As the user said where; null: the default folder. */
      readonly path: string | null;
      readonly failure: Failure | null;
    }
  | {
      readonly kind: 'sessions-loaded';
      /** Null: all. */
      readonly session: string | null;
      readonly path: string | null;
      readonly overrides: { readonly name: string | null; readonly url: string | null };
      readonly failure: Failure | null;
    }
  | {
      readonly kind: 'channel-enabled';
      readonly session: string;
      readonly domain: Domain;
      readonly channel: string;
      /** As the daemon made it; `null` when it refused. */
      readonly attributes: ChannelAttributes | null;
      readonly failure: Failure | null;
    }
  | {
      readonly kind: 'channel-disabled';
      readonly session: string;
      readonly domain: Domain;
      readonly channel: string;
      readonly failure: Failure | null;
    }
  | {
      readonly kind: 'event-disabled';
      readonly session: string;
      readonly domain: Domain;
      readonly channel: string;
      /** Null: all rules of the channel. */
      readonly pattern: string | null;
      readonly failure: Failure | null;
    }
  | {
      readonly kind: 'event-enabled';
      readonly session: string;
      readonly domain: Domain;
      readonly channel: string;
      readonly rule: EventRule;
      /** `--all` instead of a name. */
      readonly isAll: boolean;
      /** `--tracepoint` was given. */
      readonly isTracepointType: boolean;
      /** The log level as the user spelt it, or `null`. */
      readonly logLevelText: string | null;
      readonly failure: Failure | null;
    }
  | {
      readonly kind: 'context-added';
      readonly domain: Domain;
      readonly channel: string | null;
      readonly context: ContextType;
      readonly failure: Failure | null;
    }
  | {
      readonly kind: 'trackers-changed';
      readonly verb: 'track' | 'untrack';
      readonly session: string;
      readonly domain: Domain;
      readonly trackers: readonly {
        readonly attribute: TrackedAttribute;
        readonly entries: readonly TrackerEntry[];
      }[];
    }
  | {
      readonly kind: 'regenerated';
      readonly command: 'regenerate' | 'metadata';
      readonly session: string;
      readonly what: RegeneratedData;
      readonly failure: Failure | null;
    }
  | { readonly kind: 'context-types'; readonly types: readonly ContextType[] }
  /** A session was asked for and could not be shown; the reason is told as an error. */
  | { readonly kind: 'session-not-shown'; readonly session: string }
  | {
      readonly kind: 'session-list';
      readonly sessions: readonly SessionInfo[];
      /** Of a daemon that died before this one. */
      readonly left: readonly LeftSession[];
    }
  | {
      readonly kind: 'session-details';
      readonly session: SessionInfo;
      readonly selection: SessionSelection;
      /** What its buffers take, when that was asked for. */
      readonly buffers?: readonly ChannelBuffersInfo[];
    }
  | {
      readonly kind: 'tracepoints';
      readonly domain: Domain;
      readonly applications: readonly ApplicationTracepoints[];
      readonly refusedApplications: readonly ApplicationInfo[];
      readonly withFields: boolean;
    }
  | { readonly kind: 'archive-policy-set'; readonly session: string; readonly policy: ArchivePolicy }
  | { readonly kind: 'archive-policy'; readonly session: string; readonly info: ArchivePolicyInfo | null }
  | { readonly kind: 'archive-policy-removed'; readonly session: string }
  | { readonly kind: 'control-event'; readonly event: ControlEvent }
  | { readonly kind: 'diagnosis'; readonly findings: readonly Finding[] }
  | { readonly kind: 'version'; readonly version: VersionInfo };

/** Where snapshots go, in the user's words; `dataUrl` when he gave two. */
export interface SnapshotPlace {
  readonly url: string;
  readonly dataUrl: string | null;
}

/** One value of a tracker that was to be changed; null: all values. */
export interface TrackerEntry {
  readonly value: TrackedValue | null;
  /** `unchanged`: it was so already. */
  readonly status: 'changed' | 'unchanged' | 'failed';
}

/** What `regenerate` makes again. */
export type RegeneratedData = 'metadata' | 'statedump';

/** A time in microseconds or a size in bytes; null: there was none. */
export interface RotationSchedule {
  readonly kind: 'timer' | 'size';
  readonly value: number | null;
}

/** Which part of a session `list` shows. */
export interface SessionSelection {
  /** Only the names of the domains. */
  readonly domainsOnly: boolean;
  /** Only this domain, without its headings. */
  readonly domain: Domain | null;
  /** Only this channel. */
  readonly channel: string | null;
}

/** What `lttng version` tells. */
export interface VersionInfo {
  /** The version of LTTng-tools whose commands and files we speak. */
  readonly compatibleVersion: string;
  readonly name: string;
  /** Of the sources; empty where it is not known. */
  readonly commit: string;
  /** What vendors changed. */
  readonly patches: readonly VendorPatch[];
  readonly description: string;
  readonly url: string;
  readonly license: string;
}

/** Where a command's items and words go, in the order in which they come. */
export interface Reporter {
  item(item: ResultItem): void;
  /** A word that belongs to standard output. */
  note(text: string): void;
  warning(text: string): void;
  error(text: string): void;
  /** A line on standard error that tells more of the error that follows. */
  detail(text: string): void;
  /** A piece of a line that grows while something is waited for; `'\n'` ends it. */
  progress(piece: string): void;
}

/** How a command ended. */
export interface Outcome {
  readonly exitCode: number;
  /** `false`: nothing was begun (the command line was refused), so there is no XML document. */
  readonly hasDocument: boolean;
  /** What the document says of success, where that is not what the exit status says; null: nothing. */
  readonly toldSuccess?: boolean | null;
}

export const succeeded: Outcome = { exitCode: 0, hasDocument: true };

/** The exit codes that do not come from error numbers; see `docs/commands.md`. */
export const exitCodes = { error: 1, undefined: 2, fatal: 3, warning: 4, unsupported: 5 } as const;

export const failed = (exitCode: number = exitCodes.error): Outcome => ({ exitCode, hasDocument: true });
export const refused = (exitCode: number = exitCodes.error): Outcome => ({ exitCode, hasDocument: false });
