/**
 * A channel of one set of buffers: its streams, their wake-ups and its timers.
 */
import { type MonotonicNs, monotonicNs, type ScheduledTask } from '@lttng-ts/base';
import type { ChannelAttributes, ChannelKey, ChannelStatistics } from '@lttng-ts/protocols';
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
  readonly chunk: TraceChunk;
  readonly pump: Pump;
  readonly ports: PumpPorts;
  readonly onFault: (where: string, fault: FaultChange) => void;
}

export class Channel {
  readonly channelKey: ChannelKey;
  readonly buffers: ChannelBuffers;
  readonly streams: readonly RingStream[];
  readonly #pump: Pump;
  readonly #timers: PeriodicTimers;
  #isReleased = false;

  /** Takes ownership of `parts.buffers` when it returns; throws `SystemError` when an output cannot be made. */
  constructor(parts: ChannelParts) {
    this.channelKey = parts.channelKey;
    this.buffers = parts.buffers;
    this.#pump = parts.pump;
    this.#timers = new PeriodicTimers(parts.ports);
    this.streams = makeStreams(parts);
    this.streams.forEach((stream, index) => {
      parts.buffers.streams[index]!.watch(() => this.#pump.wake(stream));
    });
    const { switchTimerUs, readTimerUs } = parts.attributes;
    this.#timers.add(switchTimerUs, () => {
      for (const stream of this.streams) stream.flushActive();
      this.#pump.wakeAll(this.streams);
    });
    this.#timers.add(readTimerUs, () => this.#pump.wakeAll(this.streams));
  }

  get isPending(): boolean {
    return this.streams.some((stream) => stream.isPending);
  }

  start(): void {
    for (const stream of this.streams) stream.start();
  }

  flushFinal(): void {
    for (const stream of this.streams) stream.flushFinal();
    this.#pump.wakeAll(this.streams);
  }

  /** Looks into every buffer now. */
  poll(): void {
    this.#pump.wakeAll(this.streams);
  }

  statistics(): ChannelStatistics {
    return { channelKey: this.channelKey, streams: this.streams.map((stream) => stream.statistics()) };
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

function makeStreams(parts: ChannelParts): readonly RingStream[] {
  const { attributes, buffers, chunk, channelName, tracePath } = parts;
  const sinks: DataStreamSink[] = [];
  try {
    return buffers.streams.map(({ cpu, reader, memory }) => {
      const name = streamName(channelName, cpu);
      const { traceFileSizeBytes, traceFileCount } = attributes;
      const sink = chunk.openDataStream({ tracePath, streamName: name, traceFileSizeBytes, traceFileCount });
      sinks.push(sink);
      return new RingStream({
        name,
        cpu,
        identity: {
          streamId: parts.ustChannelId,
          subbufferSizeBytes: buffers.subbufferSizeBytes,
          subbufferCount: buffers.subbufferCount,
        },
        reader,
        memory,
        sink,
        onFault: (stream, fault) => parts.onFault(stream.name, fault),
      });
    });
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
    // The event loop's clock counts milliseconds.
    const intervalNs = BigInt(Math.max(intervalUs, 1000)) * 1000n;
    let due = this.#ports.now() + intervalNs;
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
