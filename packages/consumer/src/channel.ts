/**
 * A channel of one set of buffers: its streams, their wake-ups and its timers.
 */
import { type MonotonicNs, monotonicNs, type ScheduledTask } from '@lttng-ts/base';
import type { ChannelAttributes, ChannelKey, ChannelSample, ChannelStatistics } from '@lttng-ts/protocols';
import type { ChannelBuffers } from './channel-buffers.ts';
import { streamName } from './core/chunk-layout.ts';
import type { FaultChange } from './core/stream-condition.ts';
import type { Pump, PumpPorts } from './pump.ts';
import { RingStream } from './ring-stream.ts';
import type { DataStreamSink, TraceChunk } from './sink.ts';

export interface ChannelParts {
  readonly channelKey: ChannelKey;
  readonly channelName: string;
  readonly tracePath: string;
  readonly ustChannelId: number;
  readonly attributes: ChannelAttributes;
  readonly buffers: ChannelBuffers;
  /** The session's open chunk. */
  readonly chunk: TraceChunk;
  readonly pump: Pump;
  readonly ports: PumpPorts;
  readonly onFault: (where: string, fault: FaultChange) => void;
  /** Of a session that readers follow: how often they hear of its streams; 0: never. */
  readonly liveTimerUs: number;
  /** The clock of the trace. */
  readonly traceClock: () => bigint;
  /** A packet of this size is in the output. */
  readonly onOutput: (bytes: number) => void;
  /** A writer may be dead: asks who is inside a record now; {@link Channel.recover} is the answer. */
  readonly onStalled: (requestId: number) => void;
  /** The monitor timer fired, and something has changed since it did last. */
  readonly onSample: (sample: ChannelSample) => void;
}

/** A stream that nobody reads is looked at this often. */
const INSPECTION_US = 2_000_000;
/** While somebody holds a stream up, the question who it is comes again after so long, at most. */
const LONGEST_ASK_NS = 8_000_000_000n;

/** What was asked last, and what was closed then, by stream. */
interface Question {
  readonly requestId: number;
  readonly closedBytes: ReadonlyMap<RingStream, number>;
}

export class Channel {
  readonly channelKey: ChannelKey;
  readonly buffers: ChannelBuffers;
  readonly streams: readonly RingStream[];
  readonly #parts: ChannelParts;
  readonly #pump: Pump;
  readonly #timers: PeriodicTimers;
  #isReleased = false;
  #lastRequestId = 0;
  #question: Question | null = null;
  /** When the next question may be asked, and how long after it the one after that. */
  #askAt = 0n;
  #askIntervalNs = 0n;
  #lastSample: ChannelSample | null = null;

  /** Takes ownership of `parts.buffers` when it returns; throws `SystemError` when an output cannot be made. */
  constructor(parts: ChannelParts) {
    this.channelKey = parts.channelKey;
    this.buffers = parts.buffers;
    this.#parts = parts;
    this.#pump = parts.pump;
    this.#timers = new PeriodicTimers(parts.ports);
    this.streams = makeStreams(parts, () => this.#ask());
    if (parts.chunk.hasOutput) {
      this.streams.forEach((stream, index) => {
        parts.buffers.streams[index]!.watch(() => this.#inTurn(() => this.#pump.wake(stream)));
      });
    }
    const { switchTimerUs, readTimerUs, monitorTimerUs } = parts.attributes;
    if (!parts.chunk.hasOutput) {
      this.#timers.add(INSPECTION_US, () => {
        for (const stream of this.streams) stream.inspect(parts.ports.now());
      });
    }
    // As upstream's, a live session has its own timer instead.
    this.#timers.add(parts.liveTimerUs > 0 ? 0 : switchTimerUs, () => {
      for (const stream of this.streams) stream.flushActive();
      this.#pump.wakeAll(this.streams);
    });
    this.#timers.add(parts.liveTimerUs, () => this.#inTurn(() => this.#beat()));
    this.#timers.add(readTimerUs, () => this.#pump.wakeAll(this.streams));
    // As upstream: buffers that only snapshots read are not monitored.
    if (parts.chunk.hasOutput) this.#timers.addAligned(monitorTimerUs, () => this.#tellSample());
  }

  get isPending(): boolean {
    return this.streams.some((stream) => stream.isPending);
  }

  /** Whether packets of the chunk before are still to be moved. */
  get isSwitching(): boolean {
    return this.streams.some((stream) => stream.isSwitching);
  }

  /** Makes the outputs of all streams in another chunk; throws `SystemError`, with none made. */
  openSinks(chunk: TraceChunk): readonly DataStreamSink[] {
    return openSinks(this.#parts, chunk, true);
  }

  get streamCount(): number {
    return this.streams.length;
  }

  /** Copies the newest packets of each stream to a chunk of their own; throws `SystemError`. */
  copyTo(chunk: TraceChunk, maxPackets: number): void {
    const sinks = openSinks(this.#parts, chunk, false);
    for (const [index, stream] of this.streams.entries()) stream.copyTo(sinks[index]!, maxPackets);
    for (const sink of sinks) sink.close(true);
  }

  /** Ends the open chunk of every stream here; `sinks` are the next ones, by stream. */
  switchTo(sinks: readonly DataStreamSink[] | null, isDropping: boolean): void {
    for (const [index, stream] of this.streams.entries()) stream.switchTo(sinks?.[index] ?? null, isDropping);
    this.#pump.wakeAll(this.streams);
  }

  /** Gives streams without a chunk their next one. */
  attach(sinks: readonly DataStreamSink[]): void {
    for (const [index, stream] of this.streams.entries()) stream.attach(sinks[index]!);
    this.#pump.wakeAll(this.streams);
  }

  /** Streams may have packets from now on. */
  declare(): void {
    for (const stream of this.streams) stream.declare();
  }

  start(): void {
    for (const stream of this.streams) stream.start();
    // A chunk that is new begins with a packet.
    this.#pump.wakeAll(this.streams);
  }

  flushFinal(): void {
    for (const stream of this.streams) stream.flushFinal();
    this.#pump.wakeAll(this.streams);
  }

  get hasUncommitted(): boolean {
    return this.streams.some((stream) => stream.hasUncommitted);
  }

  /**
   * The answer to a question, see `channel.recover` of the link; one that was asked before the last one is of no
   * use any more.
   */
  recover(requestId: number | null, holder: string | null): void {
    const question = this.#question;
    if (requestId !== null && question?.requestId !== requestId) return;
    this.#question = null;
    const now = this.#parts.ports.now();
    if (holder !== null) {
      for (const stream of this.streams) stream.hold(holder, now);
      this.#askIntervalNs = this.#askIntervalNs === 0n ? 1_000_000_000n : this.#askIntervalNs * 2n;
      if (this.#askIntervalNs > LONGEST_ASK_NS) this.#askIntervalNs = LONGEST_ASK_NS;
      this.#askAt = now + this.#askIntervalNs;
      return;
    }
    this.#askIntervalNs = 0n;
    for (const stream of this.streams) {
      const closedBytes =
        requestId === null ? Number.MAX_SAFE_INTEGER : (question?.closedBytes.get(stream) ?? 0);
      stream.recover(closedBytes, now);
    }
    this.#pump.wakeAll(this.streams);
  }

  /** Of a session that readers follow: what arrived with a packet's events, their declarations, is taken before it. */
  #inTurn(step: () => void): void {
    if (this.#parts.liveTimerUs > 0) this.#parts.ports.defer(step);
    else step();
  }

  #beat(): void {
    if (this.#isReleased) return;
    // Sampled first: what is recorded later is later.
    const timestamp = this.#parts.traceClock();
    for (const stream of this.streams) stream.beat(timestamp);
    this.#pump.wakeAll(this.streams);
  }

  #ask(): void {
    if (this.#question !== null || this.#parts.ports.now() < this.#askAt) return;
    const requestId = ++this.#lastRequestId;
    // Sampled first: who enters later is in nothing that will be completed.
    const closedBytes = new Map(this.streams.map((stream) => [stream, stream.sampleClosedBytes()]));
    this.#question = { requestId, closedBytes };
    this.#parts.onStalled(requestId);
  }

  /** Looks into every buffer now. */
  poll(): void {
    this.#pump.wakeAll(this.streams);
  }

  statistics(): ChannelStatistics {
    return { channelKey: this.channelKey, streams: this.streams.map((stream) => stream.statistics()) };
  }

  /** How full the streams are now; null when none can be read any more. */
  sample(): ChannelSample | null {
    const usages = this.streams.flatMap((stream) => stream.usageBytes ?? []);
    if (usages.length === 0) return null;
    return {
      channelKey: this.channelKey,
      lowestUsageBytes: Math.min(...usages),
      highestUsageBytes: Math.max(...usages),
      outputBytes: this.streams.reduce((sum, stream) => sum + stream.outputBytes, 0),
    };
  }

  #tellSample(): void {
    const sample = this.sample();
    const last = this.#lastSample;
    if (sample === null) return;
    // An idle channel costs the daemon nothing.
    const isSame =
      last?.lowestUsageBytes === sample.lowestUsageBytes &&
      last.highestUsageBytes === sample.highestUsageBytes &&
      last.outputBytes === sample.outputBytes;
    if (isSame) return;
    this.#lastSample = sample;
    this.#parts.onSample(sample);
  }

  /** Moves what can be moved now, closes the files and frees the buffers; returns the final statistics. */
  release(now: MonotonicNs): ChannelStatistics {
    if (this.#isReleased) return this.statistics();
    this.#isReleased = true;
    this.#timers.stop();
    for (const stream of this.streams) {
      this.#pump.forget(stream);
      stream.finish(now);
    }
    const statistics = this.statistics();
    this.buffers.close();
    this.#pump.recheck();
    return statistics;
  }
}

function makeStreams(parts: ChannelParts, onStalled: () => void): readonly RingStream[] {
  const { buffers, chunk, channelName } = parts;
  const sinks = chunk.hasOutput ? openSinks(parts, chunk, true) : null;
  return buffers.streams.map(
    ({ cpu, reader, memory }, index) =>
      new RingStream({
        name: streamName(channelName, cpu),
        cpu,
        identity: {
          streamId: parts.ustChannelId,
          subbufferSizeBytes: buffers.subbufferSizeBytes,
          subbufferCount: buffers.subbufferCount,
          isOverwriting: parts.attributes.mode === 'overwrite',
        },
        reader,
        memory,
        sink: sinks === null ? null : sinks[index]!,
        onFault: (stream, fault) => parts.onFault(stream.name, fault),
        onOutput: parts.onOutput,
        onReady: (stream) => parts.pump.wake(stream),
        onStalled,
      }),
  );
}

function openSinks(
  { attributes, buffers, channelName, tracePath }: ChannelParts,
  chunk: TraceChunk,
  isIndexed: boolean,
): readonly DataStreamSink[] {
  const { traceFileSizeBytes, traceFileCount } = attributes;
  const limits = { traceFileSizeBytes, traceFileCount };
  const sinks: DataStreamSink[] = [];
  try {
    for (const { cpu } of buffers.streams) {
      const name = streamName(channelName, cpu);
      sinks.push(chunk.openDataStream({ tracePath, streamName: name, ...limits, isIndexed }));
    }
    return sinks;
  } catch (error) {
    for (const sink of sinks) sink.close();
    throw error;
  }
}

/** Timers of a channel, each counted from its own last due time, so that they do not drift. */
class PeriodicTimers {
  readonly #ports: PumpPorts;
  readonly #tasks: ScheduledTask[] = [];
  #isStopped = false;

  constructor(ports: PumpPorts) {
    this.#ports = ports;
  }

  /** Calls `callback` every `intervalUs`; 0 is never. */
  add(intervalUs: number, callback: () => void): void {
    if (intervalUs === 0) return;
    const intervalNs = intervalOf(intervalUs);
    this.#add(intervalNs, this.#ports.now() + intervalNs, callback);
  }

  /** Like {@link add}, at the same moments as others of this interval: they wake the process once. */
  addAligned(intervalUs: number, callback: () => void): void {
    if (intervalUs === 0) return;
    const intervalNs = intervalOf(intervalUs);
    this.#add(intervalNs, (this.#ports.now() / intervalNs + 1n) * intervalNs, callback);
  }

  #add(intervalNs: bigint, first: bigint, callback: () => void): void {
    let due = first;
    const task = {
      run: (now: MonotonicNs): MonotonicNs | null => {
        callback();
        if (this.#isStopped) return null;
        // Turns that were missed (a stopped machine) are not made up for.
        due = due + intervalNs > now ? due + intervalNs : now + intervalNs;
        return monotonicNs(due);
      },
    };
    this.#tasks.push(task);
    this.#ports.schedule(task, monotonicNs(due));
  }

  stop(): void {
    this.#isStopped = true;
    for (const task of this.#tasks) this.#ports.cancel(task);
  }
}

/** The event loop's clock counts milliseconds. */
function intervalOf(intervalUs: number): bigint {
  return BigInt(Math.max(intervalUs, 1000)) * 1000n;
}
