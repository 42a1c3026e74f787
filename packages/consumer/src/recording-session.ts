/**
 * One session in the consumer: its open chunk, its channels and metadata streams, and the faults that its
 * user must know. A fault stays listed when it is over, and when its channel is gone.
 */
import { ProtocolError } from '@lttng-ts/base';
import type { ChannelKey, ChannelStatistics, MetadataKey, RecordingFault } from '@lttng-ts/protocols';
import type { Channel } from './channel.ts';
import type { FaultChange } from './core/stream-condition.ts';
import type { MetadataStream } from './metadata-stream.ts';
import type { Pump, PumpPorts } from './pump.ts';
import type { TraceChunk } from './sink.ts';

/**
 * How long the end of a session waits for what can still come: longer than a stuck writer needs to be known
 * as one. A disk that is full longer than that loses the packets that are in the rings.
 */
const CLOSE_GRACE_NS = 3_000_000_000n;

export class RecordingSession {
  readonly sessionId: number;
  readonly channels = new Map<ChannelKey, Channel>();
  readonly metadata = new Map<MetadataKey, MetadataStream>();
  readonly #pump: Pump;
  readonly #ports: PumpPorts;
  readonly #onFault: (session: RecordingSession, fault: RecordingFault) => void;
  readonly #faults = new Map<string, RecordingFault>();
  #chunk: TraceChunk;

  constructor(parts: {
    readonly sessionId: number;
    readonly chunk: TraceChunk;
    readonly pump: Pump;
    readonly ports: PumpPorts;
    readonly onFault: (session: RecordingSession, fault: RecordingFault) => void;
  }) {
    this.sessionId = parts.sessionId;
    this.#chunk = parts.chunk;
    this.#pump = parts.pump;
    this.#ports = parts.ports;
    this.#onFault = parts.onFault;
  }

  get chunk(): TraceChunk {
    return this.#chunk;
  }

  /**
   * Replaces a chunk that nothing was written to yet; moving running streams to another chunk is a rotation,
   * which is not made of this call.
   */
  replaceChunk(chunk: TraceChunk): void {
    if (this.channels.size > 0 || this.metadata.size > 0) {
      chunk.close();
      throw new ProtocolError(`The chunk has open streams: session=${this.sessionId}`);
    }
    this.#chunk.close();
    this.#chunk = chunk;
  }

  get faults(): readonly RecordingFault[] {
    return [...this.#faults.values()];
  }

  /** Whether anything recorded is not in the output but will be, as far as is known at this moment. */
  get isPending(): boolean {
    return (
      [...this.channels.values()].some((channel) => channel.isPending) ||
      [...this.metadata.values()].some((stream) => stream.isPending)
    );
  }

  report(where: string, change: FaultChange): void {
    const fault: RecordingFault = { ...change, where };
    this.#faults.set(`${fault.kind} ${where}`, fault);
    this.#onFault(this, fault);
  }

  start(): void {
    for (const channel of this.channels.values()) channel.start();
  }

  flush(): void {
    for (const channel of this.channels.values()) channel.flushFinal();
  }

  poll(): void {
    for (const channel of this.channels.values()) channel.poll();
  }

  statistics(): readonly ChannelStatistics[] {
    return [...this.channels.values()].map((channel) => channel.statistics());
  }

  /** Ends one channel: waits until its recorded packets are in the output, or until the session ends. */
  async releaseChannel(channel: Channel): Promise<ChannelStatistics> {
    channel.flushFinal();
    await this.#pump.until(() => !channel.isPending);
    this.channels.delete(channel.channelKey);
    return channel.release(this.#ports.now());
  }

  /** Ends everything, waiting no longer than {@link CLOSE_GRACE_NS} for what does not come. */
  async close(): Promise<readonly ChannelStatistics[]> {
    this.flush();
    await this.#settled();
    const statistics = [...this.channels.values()].map((channel) => channel.release(this.#ports.now()));
    this.channels.clear();
    for (const stream of this.metadata.values()) stream.finish();
    this.metadata.clear();
    this.#chunk.close();
    return statistics;
  }

  async #settled(): Promise<void> {
    let isTimeUp = false;
    const task = {
      run: () => {
        isTimeUp = true;
        this.#pump.recheck();
        return null;
      },
    };
    this.#ports.schedule(task, this.#ports.after(CLOSE_GRACE_NS));
    await this.#pump.until(() => isTimeUp || !this.isPending);
    this.#ports.cancel(task);
  }
}
