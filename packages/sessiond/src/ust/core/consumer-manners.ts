/**
 * How long callers of a consumer's commands wait for one that says nothing at all, and what it is asked all the same.
 * A consumer that answers other questions meanwhile is waited for as long as a command takes: a disk may be full for hours.
 */
import type { ConsumerCommand } from '@lttng-ts/protocols';

export interface CommandManner {
  /**
   * How long the consumer may be silent while it owes this answer, before the caller is told so; it does the command
   * later, if ever. What it waits for a processor on a busy machine does not count. Null: the caller waits. What must reach the consumer in order waits, and so does what
   * takes as long as it takes.
   */
  readonly patienceMs: number | null;
  /** Whether it is sent to a consumer that is silent already: what begins something is not. */
  readonly isSentInSilence: boolean;
}

/** A slow disk may hold a consumer up for a while. */
export const CONSUMER_PATIENCE_MS = 10_000;
/** A snapshot is copied in one go, to any disk. */
const SNAPSHOT_PATIENCE_MS = 60_000;
/** The program is being loaded. */
const START_PATIENCE_MS = 30_000;

const beginning: CommandManner = { patienceMs: CONSUMER_PATIENCE_MS, isSentInSilence: false };
const ending: CommandManner = { patienceMs: CONSUMER_PATIENCE_MS, isSentInSilence: true };
const owed: CommandManner = { patienceMs: null, isSentInSilence: true };

export const consumerManners: { readonly [C in ConsumerCommand]: CommandManner } = {
  hello: { patienceMs: START_PATIENCE_MS, isSentInSilence: true },
  'relay.open': beginning,
  'chunk.open': beginning,
  'chunk.change': owed,
  'chunk.seal': owed,
  'channel.create': beginning,
  'channel.declare': owed,
  'channel.flush': owed,
  'channel.recover': ending,
  'channel.release': owed,
  'metadata.create': beginning,
  'metadata.append': owed,
  'metadata.restart': owed,
  'metadata.release': owed,
  'snapshot.record': { patienceMs: SNAPSHOT_PATIENCE_MS, isSentInSilence: false },
  'snapshot.seal': ending,
  'session.start': beginning,
  'session.flush': ending,
  'session.data-pending': beginning,
  'session.statistics': beginning,
  'session.progress': beginning,
  'session.wait-output': owed,
  'session.close': ending,
};

/** Answered whenever it comes: its absence does not mean that the consumer is silent. */
export const answersAnyTime = (command: ConsumerCommand): boolean => command === 'session.wait-output';
