/** What `lttng doctor` looks at, as plain values: the machine around the commands, and what the daemon says. */
import type { ApplicationInfo, ApplicationTracepoints, LeftSession, SessionInfo } from '@lttng-ts/protocols';
import type { Failure } from '../control-caller.ts';

export type SocketState =
  /** There is no such file. */
  | 'missing'
  /** The file is there and nobody listens: its daemon has died, or lives in another container. */
  | 'dead'
  /** Not for this user. */
  | 'denied'
  | 'answers';

/** A run folder in which a daemon could be: root's, or this user's own. */
export interface RunFolderFacts {
  readonly owner: 'root' | 'user';
  readonly path: string;
  readonly control: SocketState;
  /** Upstream's private protocol: original daemons have this one only. */
  readonly client: SocketState;
  /** Process number of the pid file; null: there is none. */
  readonly pid: number | null;
  /** Whether such a process is here. */
  readonly isPidAlive: boolean;
}

export interface SpaceFacts {
  readonly path: string;
  readonly freeBytes: number;
}

export interface MachineFacts {
  readonly uid: number;
  /** The group that may control the root daemon. */
  readonly group: { readonly name: string; readonly exists: boolean; readonly isMember: boolean };
  readonly home: string | null;
  readonly isContainer: boolean;
  /** In the order in which commands try them. */
  readonly runFolders: readonly RunFolderFacts[];
  /** Null: it is not mounted. */
  readonly sharedMemory: SpaceFacts | null;
  /** Where the sessions write, as far as it is there. */
  readonly outputs: readonly SpaceFacts[];
}

export type DaemonFacts =
  | { readonly kind: 'unreachable'; readonly failure: Failure }
  | {
      readonly kind: 'reached';
      readonly version: string;
      readonly pid: number;
      readonly uid: number;
      readonly sessions: readonly SessionInfo[];
      /** Of a daemon that died before this one. */
      readonly left: readonly LeftSession[];
      readonly applications: readonly ApplicationInfo[];
      readonly tracepoints: readonly ApplicationTracepoints[];
    };

export interface DoctorFacts {
  readonly machine: MachineFacts;
  readonly daemon: DaemonFacts;
}
