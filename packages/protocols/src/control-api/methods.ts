/**
 * The control API of the session daemon as one table: JSON-RPC 2.0, one JSON text a line, on
 * `control.sock` beside the other sockets of the daemon. A row holds the schema of the parameters (the
 * daemon checks them: callers are not trusted), the type of the result, and one line of meaning. From it
 * come the dispatcher (`HandlersOf`), the typed client and the documentation.
 *
 * Failures are JSON-RPC errors whose `code` is upstream's LTTng error number (positive) with its name in
 * `data.name`; JSON-RPC's own codes (negative) mean a malformed request.
 */
import type { VendorPatch } from '@lttng-ts/base';
import * as v from 'valibot';
import type {
  ApplicationInfo,
  ApplicationTracepoints,
  ArchivePolicy,
  ChannelAttributes,
  ChannelBuffersInfo,
  ChannelLosses,
  LeftSession,
  NetworkOutput,
  OutputProgress,
  ProcessTrackers,
  SessionInfo,
  SnapshotOutputInfo,
} from './model.ts';

/** One method: how its parameters are checked and what it gives. */
export interface Method<Schema extends v.GenericSchema, Result> {
  readonly params: Schema;
  readonly summary: string;
  /** Carries the result type only; never set. */
  readonly result?: Result;
}

const method =
  <Result>() =>
  <Schema extends v.GenericSchema>(summary: string, params: Schema): Method<Schema, Result> => ({
    params,
    summary,
  });

/** No name from outside is longer than this (upstream's NAME_MAX and LTTNG_SYMBOL_NAME_LEN are 255/256). */
const name = v.pipe(v.string(), v.maxLength(4096));
const path = v.pipe(v.string(), v.maxLength(4096));
/** A number of a process, a user or a group. */
const processId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const domain = v.picklist(['ust', 'kernel', 'jul', 'log4j', 'python']);
const session = v.object({ session: name });

const channelAttributes = v.object({
  mode: v.picklist(['discard', 'overwrite']),
  subbufferSizeBytes: count,
  subbufferCount: count,
  switchTimerUs: count,
  readTimerUs: count,
  monitorTimerUs: count,
  blockingTimeoutUs: v.pipe(v.number(), v.integer(), v.minValue(-1)),
  traceFileSizeBytes: count,
  traceFileCount: count,
  output: v.picklist(['mmap', 'splice']),
  ownership: v.picklist(['user', 'process']),
});

const logLevelRule = v.variant('kind', [
  v.object({ kind: v.literal('all') }),
  v.object({ kind: v.picklist(['range', 'single']), level: v.pipe(v.number(), v.integer()) }),
]);

const eventRule = v.object({
  pattern: name,
  logLevel: logLevelRule,
  /** Longer than any filter that compiles, so that a long one is refused as a filter. */
  filter: v.nullable(v.pipe(v.string(), v.maxLength(1 << 18))),
  exclusions: v.pipe(v.array(name), v.maxLength(4096)),
});

const relayPort = v.object({
  family: v.picklist([4, 6]),
  address: name,
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
});
const network = v.object({ control: relayPort, data: relayPort, path });

const output = v.variant('kind', [
  /** Below `<home>/lttng-traces`, in a folder with the session's name and creation time. */
  v.object({ kind: v.literal('default'), homePath: path }),
  /** Exactly this folder. */
  v.object({ kind: v.literal('path'), path }),
  /** On a relay daemon. */
  v.object({ kind: v.literal('network'), network }),
  v.object({ kind: v.literal('none') }),
]);

/** Where snapshots go. */
const snapshotOutput = v.variant('kind', [
  v.object({ kind: v.literal('path'), path }),
  v.object({ kind: v.literal('network'), network }),
]);

export const controlApi = {
  'daemon.info': method<{
    readonly version: string;
    /** Null where it is not known. */
    readonly commit: string | null;
    /** What vendors changed. */
    readonly patches: readonly VendorPatch[];
    readonly pid: number;
    readonly uid: number;
  }>()('Says who answers.', v.object({})),
  'session.create': method<{ readonly session: SessionInfo }>()(
    'Creates a session; without a name the daemon makes `auto-<date>-<time>`.',
    v.object({
      name: v.nullable(name),
      output,
      sharedMemoryPath: v.nullable(path),
      /** `sharedMemoryPath` is the whole path: no folder of the session's is added. */
      isSharedMemoryPathWhole: v.optional(v.boolean()),
      /** Nothing is written but snapshots; `output` is where these go. */
      isSnapshotMode: v.boolean(),
      /** Readers follow the session, and hear of every stream so often; left out or 0: not live. Needs network output. */
      liveTimerUs: v.optional(count),
      /** Left out: the daemon's default. */
      traceFormat: v.optional(v.picklist(['ctf-1.8', 'ctf-2'])),
    }),
  ),
  'session.list': method<{
    readonly sessions: readonly SessionInfo[];
    /** Of a daemon that died before this one. */
    readonly left: readonly LeftSession[];
  }>()('All sessions that the caller may see, in order of creation.', v.object({})),
  'session.start': method<Record<string, never>>()('Starts recording.', session),
  'session.stop': method<{ readonly losses: readonly ChannelLosses[] }>()(
    'Stops recording and flushes the buffers; data may still be on its way to the output.',
    session,
  ),
  'session.data-pending': method<{
    readonly isPending: boolean;
    readonly losses: readonly ChannelLosses[];
  }>()('Whether recorded data is not in the output yet. After `false` the trace can be read.', session),
  'session.progress': method<OutputProgress>()(
    'What a rotation, a stop or a destroy still waits for; answered while these go on, over another connection.',
    session,
  ),
  'session.buffers': method<{ readonly channels: readonly ChannelBuffersInfo[] }>()(
    'What the buffers of a session take, and how full they were when its monitor timers fired last.',
    session,
  ),
  'session.rotate': method<{
    readonly isCompleted: boolean;
    /** Folder of the archived trace chunk, on a relay daemon below its output folder; null while the rotation goes on. */
    readonly archivePath: string | null;
    /** The relay daemon that has it; null: it is here. */
    readonly network: NetworkOutput | null;
  }>()(
    'Archives the current trace chunk; answers when the archive can be read, or at once without `wait`.',
    v.object({ session: name, wait: v.boolean() }),
  ),
  'session.clear': method<Record<string, never>>()(
    'Drops what was recorded since the last rotation; answers when it is gone.',
    session,
  ),
  'snapshot.add-output': method<{ readonly output: SnapshotOutputInfo }>()(
    'Says where snapshots of a session go; a session has one output at a time.',
    v.object({
      session: name,
      name: v.nullable(name),
      output: snapshotOutput,
      maxSizeBytes: count,
    }),
  ),
  'snapshot.remove-output': method<Record<string, never>>()(
    'Removes an output by its id or name.',
    v.object({ session: name, output: name }),
  ),
  'snapshot.list-outputs': method<{ readonly outputs: readonly SnapshotOutputInfo[] }>()(
    'The outputs of a session.',
    session,
  ),
  'snapshot.record': method<{ readonly path: string }>()(
    'Writes what the buffers of a session hold; null is as the output of the session says.',
    v.object({
      session: name,
      name: v.nullable(name),
      output: v.nullable(snapshotOutput),
      maxSizeBytes: v.nullable(count),
    }),
  ),
  'rotation.schedule': method<Record<string, never>>()(
    'Lets the daemon rotate the session by itself, after a time or a number of bytes; one schedule of each kind.',
    v.object({
      session: name,
      schedule: v.variant('kind', [
        v.object({ kind: v.literal('timer'), periodUs: count }),
        v.object({ kind: v.literal('size'), sizeBytes: count }),
      ]),
    }),
  ),
  'rotation.unschedule': method<Record<string, never>>()(
    'Ends a schedule.',
    v.object({ session: name, kind: v.picklist(['timer', 'size']) }),
  ),
  'archive-policy.set': method<{ readonly policy: ArchivePolicy }>()(
    'Says what becomes of chunks that are archived from now on; gives the policy as the daemon can follow it.',
    v.object({
      session: name,
      policy: v.object({
        compression: v.nullable(v.picklist(['zstd', 'gzip'])),
        recipients: v.pipe(v.array(name), v.maxLength(64)),
        command: v.nullable(name),
        keep: v.object({
          chunkCount: v.nullable(count),
          totalBytes: v.nullable(count),
          ageS: v.nullable(count),
        }),
      }),
    }),
  ),
  'archive-policy.remove': method<Record<string, never>>()(
    'Ends the policy; what it has begun is finished.',
    session,
  ),
  'session.destroy': method<{
    readonly session: SessionInfo;
    readonly losses: readonly ChannelLosses[];
    /** Folder of the last trace chunk's archive, or null when nothing was archived. */
    readonly archivePath: string | null;
  }>()(
    'Stops and removes a session; answers when its output is complete, or at once without `wait`.',
    v.object({ session: name, wait: v.boolean() }),
  ),
  'channel.enable': method<{ readonly attributes: ChannelAttributes }>()(
    'Creates a channel, or enables a disabled one.',
    v.object({ session: name, domain, channel: name, attributes: v.partial(channelAttributes) }),
  ),
  'channel.disable': method<Record<string, never>>()(
    'Stops recording to a channel.',
    v.object({ session: name, domain, channel: name }),
  ),
  'event.disable': method<{ readonly channel: string }>()(
    'Disables the rules of this pattern in a channel, or all of its rules (null).',
    v.object({ session: name, domain, channel: v.nullable(name), pattern: v.nullable(name) }),
  ),
  'event.enable': method<{ readonly channel: string; readonly isNewChannel: boolean }>()(
    'Adds an event rule; without a channel to `channel0`, which is made when there is none.',
    v.object({
      session: name,
      domain,
      channel: v.nullable(name),
      ownership: v.nullable(v.picklist(['user', 'process'])),
      rule: eventRule,
    }),
  ),
  'context.add': method<Record<string, never>>()(
    'Adds a context field to one channel, or to all of the domain.',
    v.object({ session: name, domain, channel: v.nullable(name), context: name }),
  ),
  'tracker.list': method<{ readonly trackers: ProcessTrackers }>()(
    'Which processes a session records.',
    v.object({ session: name, domain }),
  ),
  'tracker.change': method<Record<string, never>>()(
    'Changes which processes a session records, at once: others have no buffers, or give theirs back.',
    v.object({
      session: name,
      domain,
      attribute: v.picklist(['vpid', 'vuid', 'vgid']),
      change: v.variant('kind', [
        v.object({ kind: v.picklist(['include-all', 'exclude-all']) }),
        v.object({ kind: v.picklist(['add', 'remove']), value: v.union([processId, name]) }),
      ]),
    }),
  ),
  'session.regenerate-statedump': method<Record<string, never>>()(
    'Lets the applications of a session that records dump their state again.',
    session,
  ),
  'session.regenerate-metadata': method<Record<string, never>>()(
    'Writes the metadata of a session that records again, with the clock as it is now.',
    session,
  ),
  'application.list': method<{ readonly applications: readonly ApplicationInfo[] }>()(
    'Registered and refused applications.',
    v.object({ domain }),
  ),
  'events.subscribe': method<Record<string, never>>()(
    'Tells this connection from now on what happens, to one session or to all (null): see `ControlEvent`.',
    v.object({ session: v.nullable(name) }),
  ),
  'tracepoint.list': method<{ readonly applications: readonly ApplicationTracepoints[] }>()(
    'Tracepoints of the registered applications, with their fields when asked.',
    v.object({ domain, withFields: v.boolean() }),
  ),
} as const;

export type ControlApi = typeof controlApi;
export type ControlMethod = keyof ControlApi;
export type ParamsOf<M extends ControlMethod> = v.InferOutput<ControlApi[M]['params']>;
export type ResultOf<M extends ControlMethod> =
  ControlApi[M] extends Method<v.GenericSchema, infer R> ? R : never;

/** Methods that are answered from their parameters; `events.subscribe` is the connection's own business. */
export type AnsweredMethod = Exclude<ControlMethod, 'events.subscribe'>;

/** One handler per row: leaving one out is a compile error that names it. */
export type ControlHandlers<Context> = {
  readonly [M in AnsweredMethod]: (params: ParamsOf<M>, context: Context) => Promise<ResultOf<M>>;
};
