/**
 * What the control logic needs from outside: the recorder, the notify socket of a daemon, the program's threads and
 * facts about the process. Edges implement these; tests use fakes.
 */
import type { ContextOperation, Fd, Recorder, Recording, Slot } from '@lttng-ts/native';
import type { UstContext, UstNotifyReply, UstNotifyRequest } from '@lttng-ts/protocols/ust-app';
import type { FilterBytecode } from './event-rule.ts';
import type { StateEvent } from './state-dump.ts';

/** The part of the addon's recorder that control uses. */
export type RecorderPort = Pick<
  Recorder,
  'allocateSlot' | 'freeSlot' | 'openChannel' | 'addStream' | 'closeChannel' | 'setRecordings' | 'quiesce'
>;

/** The notify socket: asks the daemon, one request at a time. */
export interface NotifyPort {
  /** Gives `null` when the daemon refused, did not answer in time or is gone. */
  register<K extends UstNotifyRequest['kind']>(
    request: Extract<UstNotifyRequest, { readonly kind: K }>,
  ): Promise<Extract<UstNotifyReply, { readonly kind: K }> | null>;
}

/** Filters of one recording bit, for the threads that own the slots. */
export interface FilterUpdate {
  readonly slots: readonly Slot[];
  /** The slot whose word has the bit, when it is not in the words of `slots`. */
  readonly furtherSlot: Slot | null;
  readonly bit: number;
  /** One accepting filter is enough; they run in this order. */
  readonly filters: readonly FilterBytecode[];
}

/** The threads that record. */
export interface ThreadsPort {
  /** Must reach every thread before an enable word with that bit can be seen. */
  publishFilters(update: FilterUpdate): void;
}

/** The process and the machine. */
export interface ProcessPort {
  close(fd: Fd): void;
  /** Length of the file behind a descriptor. */
  fileLengthBytes(fd: Fd): number;
  readonly possibleCpuCount: number;
  /** Whether this process can have the context: not a perf counter that cannot be opened. */
  canRecord(context: UstContext): boolean;
  /** How a context is recorded that it can have. */
  contextOperation(context: UstContext): ContextOperation;
  /** A channel begins or ends to record the context. */
  useContext(context: UstContext, isUsed: boolean): void;
}

/** The state of the program, and how its events are recorded. */
export interface StatePort {
  /** The events of a dump now. Never throws. */
  events(): readonly StateEvent[];
  /** Whether one of the filters takes the event. */
  accepts(event: StateEvent, filters: readonly FilterBytecode[]): boolean;
  emit(event: StateEvent, targets: readonly Pick<Recording, 'channel' | 'eventId'>[]): void;
}

/** Everything outside, for one process. */
export interface ControlPorts {
  readonly recorder: RecorderPort;
  readonly threads: ThreadsPort;
  readonly process: ProcessPort;
  readonly state: StatePort;
  /** A line for `LTTNG_UST_DEBUG`. */
  log(message: string): void;
}
