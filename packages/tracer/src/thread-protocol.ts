/**
 * What the program's threads and the control worker say to each other. Threads post to {@link UP_CHANNEL}, control to
 * {@link DOWN_CHANNEL} (both are `BroadcastChannel`s: threads need no link to the thread that started control);
 * what a thread may have to wait for, without its event loop, is in shared status words.
 */
import type { Slot } from '@lttng-ts/native';
import type { FilterUpdate } from './control/ports.ts';
import type { DaemonPlace } from './daemon-places.ts';
import type { EventDefinition } from './definition.ts';

export const UP_CHANNEL = 'lttng-ts:up';
export const DOWN_CHANNEL = 'lttng-ts:down';

/** Place, from the end of the enable words, of the bits of application contexts that a channel records. */
export const APPLICATION_BITS = 2;

/** Words (Int32) of a thread's status memory; control writes, the thread reads and waits. */
export const statusWords = {
  /** 1: every daemon that was there at the start has given its rules, or failed. */
  isSettled: 0,
  /** Definitions up to this sequence number are known to all active sessions. */
  announced: 1,
  /** Counts published filters: a thread that sees another number reads its messages. */
  filterGeneration: 2,
  /** Daemons connected now: 0 means that nobody can want an event. */
  daemonCount: 3,
} as const;
export const STATUS_BYTES = 16;

/** One event of a thread. */
export interface AnnouncedEvent {
  readonly slot: Slot;
  readonly definition: EventDefinition;
}

/** A thread's definitions that control has not acknowledged yet. May come twice. */
export interface Announcement {
  readonly kind: 'announce';
  readonly threadKey: string;
  readonly status: SharedArrayBuffer;
  /** Number of definitions of the thread, these included. */
  readonly sequence: number;
  readonly events: readonly AnnouncedEvent[];
}

/** A thread ends; its slots are free. */
export interface Farewell {
  readonly kind: 'farewell';
  readonly threadKey: string;
}

/** Events of a thread that were closed: their slots may be used again. */
export interface Withdrawal {
  readonly kind: 'withdraw';
  readonly threadKey: string;
  readonly slots: readonly Slot[];
}

export type UpMessage = Announcement | Farewell | Withdrawal;

export type DownMessage =
  /** Control has just started: who is there announces itself again. */
  | { readonly kind: 'roll-call' }
  /** Application contexts by their number; replaces the list of before. */
  | { readonly kind: 'contexts'; readonly names: readonly string[] }
  | { readonly kind: 'filters'; readonly update: FilterUpdate };

/** What the control worker starts with. */
export interface ControlStart {
  readonly first: Announcement;
  readonly places: readonly DaemonPlace[];
  /** `import.meta.url` of the package's code, for the addon's loader in a bundle. */
  readonly moduleUrl: string;
}
