/**
 * What a consumer may say, checked: it runs with the rights of a session's owner, who may be able to make it say
 * anything, and the daemon runs with more. The daemon treats a consumer that says something else as dead.
 */
import { ProtocolError } from '@lttng-ts/base';
import * as v from 'valibot';
import type { ConsumerCommand, ConsumerCommands, ConsumerMessage } from './commands.ts';

/** A channel has a stream per CPU, and their descriptors fit into one frame (`MAX_FRAME_FDS`). */
const MAX_STREAMS = 126;
const MAX_CHANNELS = 65536;
const MAX_FAULTS = 65536;
const MAX_BLOB_CHARS = 2 << 20;
const MAX_TEXT_CHARS = 65536;

/** Counters come from memory that applications can write: any number, but a number. */
const count = v.pipe(v.number(), v.minValue(0));
const integer = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(MAX_TEXT_CHARS));
const nothing = v.object({});

const fault = v.object({
  kind: v.picklist([
    'disk-full',
    'write-error',
    'stalled-writer',
    'corrupt-buffer',
    'consumer-died',
    'output-gone',
    'relay-lost',
  ]),
  where: text,
  detail: text,
  isOngoing: v.boolean(),
});
const streamStatistics = v.object({
  cpu: integer,
  discardedEventCount: count,
  lostPacketCount: count,
  consumedPacketCount: count,
  consumedBytes: count,
});
const channelStatistics = v.object({
  channelKey: integer,
  streams: v.pipe(v.array(streamStatistics), v.maxLength(MAX_STREAMS)),
});
const channels = v.pipe(v.array(channelStatistics), v.maxLength(MAX_CHANNELS));

const sample = v.object({
  channelKey: integer,
  lowestUsageBytes: count,
  highestUsageBytes: count,
  outputBytes: count,
});

type Results = {
  readonly [C in ConsumerCommand]: v.GenericSchema<unknown, ConsumerCommands[C]['result']>;
};

const results: Results = {
  hello: v.object({ pid: integer, cpuCount: integer }),
  'relay.open': v.object({ minor: integer, isClearAllowed: v.boolean() }),
  'chunk.open': nothing,
  'chunk.change': nothing,
  'chunk.seal': v.object({ failure: v.nullable(text), relayPath: v.nullable(text) }),
  'channel.create': v.object({
    blobBase64: v.pipe(v.string(), v.maxLength(MAX_BLOB_CHARS)),
    streams: v.pipe(
      v.array(v.object({ cpu: integer, memoryLengthBytes: integer })),
      v.maxLength(MAX_STREAMS),
    ),
  }),
  'channel.declare': nothing,
  'metadata.create': nothing,
  'metadata.append': nothing,
  'metadata.restart': nothing,
  'metadata.release': nothing,
  'session.start': nothing,
  'session.flush': v.object({ uncommitted: v.pipe(v.array(integer), v.maxLength(MAX_CHANNELS)) }),
  'channel.flush': v.object({ isUncommitted: v.boolean() }),
  'channel.recover': nothing,
  'session.data-pending': v.object({ isPending: v.boolean() }),
  'session.wait-output': v.object({ totalBytes: count, isReached: v.boolean() }),
  'session.progress': v.object({ streamCount: count, bytes: count }),
  'session.statistics': v.object({ channels, faults: v.pipe(v.array(fault), v.maxLength(MAX_FAULTS)) }),
  'channel.release': channelStatistics,
  'snapshot.record': v.object({ isTooSmall: v.boolean() }),
  'snapshot.seal': nothing,
  'session.close': v.object({ channels, relayPath: v.nullable(text) }),
};

const message = v.variant('kind', [
  v.object({ kind: v.literal('reply'), id: integer, result: v.unknown() }),
  v.object({ kind: v.literal('failure'), id: integer, errnoName: text, message: text }),
  v.object({
    kind: v.literal('notification'),
    name: v.literal('session.fault'),
    params: v.object({ sessionId: integer, fault }),
  }),
  v.object({
    kind: v.literal('notification'),
    name: v.literal('channel.stalled'),
    params: v.object({ channelKey: integer, requestId: integer }),
  }),
  v.object({
    kind: v.literal('notification'),
    name: v.literal('channels.sampled'),
    params: v.object({ samples: v.pipe(v.array(sample), v.maxLength(MAX_CHANNELS)) }),
  }),
  v.object({
    kind: v.literal('notification'),
    name: v.literal('log'),
    params: v.object({ level: v.picklist(['error', 'warning', 'info', 'debug']), message: text }),
  }),
]);

/** Checks a message of a consumer, but not yet the result of a reply; throws `ProtocolError`. */
export function checkConsumerMessage(value: unknown): Exclude<ConsumerMessage, { kind: 'request' }> {
  return checked(message, value, 'Message of a consumer');
}

/**
 * Checks the result of a reply, and that as many descriptors came as the command's comment says; throws
 * `ProtocolError`.
 */
export function checkConsumerResult<C extends ConsumerCommand>(
  command: C,
  value: unknown,
  fdCount: number,
): ConsumerCommands[C]['result'] {
  const result = checked(results[command], value, `Reply to ${command}`);
  const expected =
    command === 'channel.create'
      ? 1 + 2 * (result as ConsumerCommands['channel.create']['result']).streams.length
      : 0;
  if (fdCount !== expected) {
    throw new ProtocolError(
      `Wrong number of descriptors: command="${command}", expected=${expected}, got=${fdCount}`,
    );
  }
  return result;
}

function checked<T>(schema: v.GenericSchema<unknown, T>, value: unknown, what: string): T {
  const outcome = v.safeParse(schema, value);
  if (outcome.success) return outcome.output;
  const [{ message: reason }] = outcome.issues;
  throw new ProtocolError(`${what} makes no sense: reason=${JSON.stringify(reason)}`);
}
