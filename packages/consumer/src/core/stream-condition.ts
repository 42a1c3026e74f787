/**
 * The condition of one stream: whether its packets flow, and what the user must be told when they do not.
 * A pure step: what consuming met and the time in; the next condition and the faults to report out.
 *
 * | condition | meaning                                                            | pending |
 * |-----------|--------------------------------------------------------------------|---------|
 * | flowing   | nothing to report                                                  | if data |
 * | failing   | the output refused a packet, which stays in the ring               | yes     |
 * | waiting   | a writer is still inside the sub-buffer that is next               | yes     |
 * | stalled   | … for so long that it is dead or stopped                           | no      |
 * | corrupt   | the memory contradicts itself; the stream is not read any more     | no      |
 */
import type { RecordingFault } from '@lttng-ts/protocols';

const NS_PER_MS = 1_000_000n;

/** A sub-buffer that is not committed for so long belongs to a dead or stopped writer. */
export const STALL_AFTER_NS = 2_000n * NS_PER_MS;
/** A stalled stream is looked at now and then: a stopped program may continue. */
export const STALLED_RETRY_NS = 1_000n * NS_PER_MS;
/** First and last interval between two looks at an uncommitted sub-buffer. */
const FIRST_WAIT_NS = 5n * NS_PER_MS;
const LONGEST_WAIT_NS = 100n * NS_PER_MS;
/** First and last interval between two attempts to write. */
const FIRST_RETRY_NS = 50n * NS_PER_MS;
const LONGEST_RETRY_NS = 1_000n * NS_PER_MS;

type OutputFault = 'disk-full' | 'write-error';

export type StreamCondition =
  | { readonly kind: 'flowing' }
  | {
      readonly kind: 'failing';
      readonly fault: OutputFault;
      readonly retryAt: bigint;
      readonly intervalNs: bigint;
    }
  | {
      readonly kind: 'waiting' | 'stalled';
      readonly positionBytes: number;
      /** Bytes committed in that sub-buffer: while they grow, somebody is alive. */
      readonly committedBytes: bigint;
      readonly since: bigint;
      readonly retryAt: bigint;
      readonly intervalNs: bigint;
    }
  | { readonly kind: 'corrupt' };

/** What one attempt to consume met. */
export type StreamEvent =
  | { readonly kind: 'progress' }
  | { readonly kind: 'write-failed'; readonly errnoName: string; readonly detail: string }
  | { readonly kind: 'uncommitted'; readonly positionBytes: number; readonly committedBytes: bigint }
  /** Who may still be inside the sub-buffer that holds the stream up. */
  | { readonly kind: 'held'; readonly holder: string }
  /** What a dead writer left was completed. */
  | { readonly kind: 'recovered'; readonly detail: string }
  | { readonly kind: 'corrupt'; readonly detail: string };

/** A fault that began or ended; the caller adds where. */
export type FaultChange = Pick<RecordingFault, 'kind' | 'detail' | 'isOngoing'>;

export interface StreamStep {
  readonly condition: StreamCondition;
  readonly faults: readonly FaultChange[];
}

export const flowing: StreamCondition = { kind: 'flowing' };
const NO_FAULTS: readonly FaultChange[] = [];

/** When the stream wants to be looked at again without a wake-up, or `null`. */
export function retryTime(condition: StreamCondition): bigint | null {
  return 'retryAt' in condition ? condition.retryAt : null;
}

/** Whether the condition itself means that recorded data is not in the output but will be. */
export function isPending(condition: StreamCondition): boolean {
  return condition.kind === 'failing' || condition.kind === 'waiting';
}

/** Advances `condition`; `corrupt` is final. */
export function nextCondition(condition: StreamCondition, event: StreamEvent, now: bigint): StreamStep {
  if (condition.kind === 'corrupt') return { condition, faults: NO_FAULTS };
  switch (event.kind) {
    case 'progress':
      return { condition: flowing, faults: endOf(condition) };
    case 'corrupt':
      return {
        condition: { kind: 'corrupt' },
        faults: [...endOf(condition), { kind: 'corrupt-buffer', detail: event.detail, isOngoing: true }],
      };
    case 'held':
      return {
        condition,
        faults: condition.kind === 'stalled' ? [stall(condition, event.holder)] : NO_FAULTS,
      };
    case 'recovered':
      return {
        condition: condition.kind === 'failing' ? condition : flowing,
        // Told even when nobody had noticed it before: something is lost.
        faults: [{ kind: 'stalled-writer', detail: event.detail, isOngoing: false }],
      };
    case 'write-failed':
      return onWriteFailed(condition, event, now);
    case 'uncommitted':
      return onUncommitted(condition, event, now);
  }
}

function onWriteFailed(
  condition: StreamCondition,
  event: Extract<StreamEvent, { kind: 'write-failed' }>,
  now: bigint,
): StreamStep {
  const fault = ['ENOSPC', 'EDQUOT'].includes(event.errnoName) ? 'disk-full' : 'write-error';
  if (condition.kind === 'failing' && condition.fault === fault) {
    const intervalNs = shorter(condition.intervalNs * 2n, LONGEST_RETRY_NS);
    return {
      condition: { kind: 'failing', fault, intervalNs, retryAt: now + intervalNs },
      faults: NO_FAULTS,
    };
  }
  return {
    condition: { kind: 'failing', fault, intervalNs: FIRST_RETRY_NS, retryAt: now + FIRST_RETRY_NS },
    faults: [...endOf(condition), { kind: fault, detail: event.detail, isOngoing: true }],
  };
}

function onUncommitted(
  condition: StreamCondition,
  { positionBytes, committedBytes }: Extract<StreamEvent, { kind: 'uncommitted' }>,
  now: bigint,
): StreamStep {
  const isSame =
    (condition.kind === 'waiting' || condition.kind === 'stalled') &&
    condition.positionBytes === positionBytes &&
    condition.committedBytes === committedBytes;
  if (!isSame) {
    const intervalNs = FIRST_WAIT_NS;
    const since = now;
    return {
      condition: {
        kind: 'waiting',
        positionBytes,
        committedBytes,
        since,
        intervalNs,
        retryAt: now + intervalNs,
      },
      faults: endOf(condition),
    };
  }
  if (condition.kind === 'stalled') {
    return { condition: { ...condition, retryAt: now + STALLED_RETRY_NS }, faults: NO_FAULTS };
  }
  if (now - condition.since >= STALL_AFTER_NS) {
    const intervalNs = STALLED_RETRY_NS;
    return {
      condition: { ...condition, kind: 'stalled', intervalNs, retryAt: now + intervalNs },
      faults: [stall(condition, null)],
    };
  }
  const intervalNs = shorter(condition.intervalNs * 2n, LONGEST_WAIT_NS);
  return { condition: { ...condition, intervalNs, retryAt: now + intervalNs }, faults: NO_FAULTS };
}

function stall({ positionBytes }: { readonly positionBytes: number }, holder: string | null): FaultChange {
  const by = holder === null ? '' : `, held-by=${JSON.stringify(holder)}`;
  const detail = `A writer left a sub-buffer uncommitted: position=${positionBytes}${by}`;
  return { kind: 'stalled-writer', detail, isOngoing: true };
}

/** The end of the fault that a condition stands for: it is over, or its stream is. */
export function endOf(condition: StreamCondition): readonly FaultChange[] {
  switch (condition.kind) {
    case 'failing':
      return [{ kind: condition.fault, detail: 'The output takes packets again', isOngoing: false }];
    case 'stalled':
      return [{ kind: 'stalled-writer', detail: 'The writer continued', isOngoing: false }];
    default:
      return NO_FAULTS;
  }
}

function shorter(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
