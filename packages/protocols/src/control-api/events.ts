/**
 * What the session daemon tells of its own accord: after `events.subscribe` a connection gets each event as a
 * JSON-RPC notification `{ "jsonrpc": "2.0", "method": "event", "params": ControlEvent }`. A caller hears of the
 * sessions that it may see, and of all applications.
 */
import type { ApplicationInfo, ChannelLosses, RecordingFault } from './model.ts';

/** Method of the notifications. */
export const EVENT_METHOD = 'event';

interface OfSession {
  readonly session: string;
}

/** What happened. */
export type ControlEventBody =
  | (OfSession & {
      readonly kind: 'session-created';
      /** Empty for a session without output. */
      readonly outputPath: string;
    })
  | (OfSession & { readonly kind: 'session-started' | 'session-cleared' })
  | (OfSession & { readonly kind: 'session-stopped'; readonly losses: readonly ChannelLosses[] })
  | (OfSession & {
      readonly kind: 'session-destroyed';
      readonly losses: readonly ChannelLosses[];
      /** Of the last trace chunk; null when it was not archived. */
      readonly archivePath: string | null;
    })
  | (OfSession & { readonly kind: 'rotation-started'; readonly chunkId: number })
  /** The rotation is completed: the archive can be read. */
  | (OfSession & {
      readonly kind: 'chunk-archived';
      readonly chunkId: number;
      readonly archivePath: string;
    })
  | (OfSession & { readonly kind: 'rotation-failed'; readonly chunkId: number; readonly reason: string })
  | (OfSession & { readonly kind: 'snapshot-recorded'; readonly path: string })
  /** Counts of a session that records have grown; looked for while somebody listens, and at each stop. */
  | (OfSession & { readonly kind: 'events-lost'; readonly losses: readonly ChannelLosses[] })
  | (OfSession & { readonly kind: 'recording-fault'; readonly fault: RecordingFault })
  /** The archive policy has done its work on a chunk. */
  | (OfSession & {
      readonly kind: 'chunk-processed';
      readonly archivePath: string;
      readonly sizeBytes: number;
    })
  | (OfSession & { readonly kind: 'chunk-deleted'; readonly archivePath: string })
  | (OfSession & {
      readonly kind: 'archive-policy-failed';
      readonly archivePath: string;
      readonly reason: string;
    })
  | { readonly kind: 'application-registered'; readonly application: ApplicationInfo }
  | {
      readonly kind: 'application-unregistered';
      readonly application: ApplicationInfo;
      readonly reason: string;
    }
  /** The listener did not read fast enough: so many events before the next one were not told. */
  | { readonly kind: 'events-skipped'; readonly count: number };

/** An event with when it happened. */
export type ControlEvent = ControlEventBody & {
  /** Counts the daemon's events from 1, told or not. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
};

export type ControlEventKind = ControlEvent['kind'];
