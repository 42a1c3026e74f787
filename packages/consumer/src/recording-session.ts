/**
 * One session in the consumer: its open chunk, its channels and metadata streams, and the faults that its
 * user must know. A fault stays listed when it is over, and when its channel is gone.
 */
import { ProtocolError, SystemError } from '@lttng-ts/base';
import type {
  ChannelKey,
  ChannelStatistics,
  ChunkEnd,
  ChunkFate,
  MetadataKey,
  OutputProgress,
  RecordingFault,
} from '@lttng-ts/protocols';
import type { Channel } from './channel.ts';
import type { MemoryFolder } from './channel-buffers.ts';
import { METADATA_FILE } from './core/chunk-layout.ts';
import { packetsPerStream } from './core/snapshot-size.ts';
import type { FaultChange } from './core/stream-condition.ts';
import { MetadataStream } from './metadata-stream.ts';
import type { Pump, PumpPorts } from './pump.ts';
import type { RelayOutput } from './relay/relay-output.ts';
import type { DataStreamSink, MetadataPlace, MetadataSink, TraceChunk } from './sink.ts';

/**
 * How long the end of a session waits for what can still come: longer than a stuck writer needs to be known
 * as one. A disk that is full longer than that loses the packets that are in the rings.
 */
const CLOSE_GRACE_NS = 3_000_000_000n;

/** Makes the folder of buffers that are files. */
export type OpenMemory = (memoryPath: string, tracePath: string) => MemoryFolder;

/** What the daemon is told of the end of a session. */
export interface SessionEnd {
  readonly channels: readonly ChannelStatistics[];
  /** Where a relay daemon has the last chunk, below its output folder; null without one. */
  readonly relayPath: string | null;
}

/** A metadata stream and where it lies in every chunk. */
interface PlacedMetadata {
  readonly place: MetadataPlace;
  /** Where the text is kept beside buffers that are files. */
  readonly memory: MemoryFolder | null;
  readonly stream: MetadataStream;
}

export class RecordingSession {
  readonly sessionId: number;
  readonly channels = new Map<ChannelKey, Channel>();
  readonly #metadata = new Map<MetadataKey, PlacedMetadata>();
  readonly #openMemory: OpenMemory;
  /** By trace path. */
  readonly #memory = new Map<string, MemoryFolder>();
  readonly #pump: Pump;
  readonly #ports: PumpPorts;
  /** Where the session's chunks are, if not here. */
  readonly #relay: RelayOutput | null;
  readonly #onFault: (session: RecordingSession, fault: RecordingFault) => void;
  readonly #faults = new Map<string, RecordingFault>();
  /** Null between the last chunk of a stopped session and its next one. */
  #chunk: TraceChunk | null;
  /** Of all packets that went to the output. */
  #outputBytes = 0;
  #isClosed = false;
  #missingPath: string | null = null;
  /** The chunk that was ended and waits for its last metadata, with what comes next by metadata stream. */
  #unsealed: {
    readonly old: TraceChunk;
    readonly fate: ChunkFate;
    readonly metadata: ReadonlyMap<MetadataStream, MetadataSink | null>;
  } | null = null;
  /** Opens the last snapshot again when its metadata was written already. */
  #reopenSnapshot: (() => TraceChunk) | null = null;
  /** The snapshot that waits for its metadata. */
  #snapshot: TraceChunk | null = null;
  #snapshotRelay: RelayOutput | null = null;
  /** The change of chunk that is under way; never rejects. */
  #change: Promise<void> | null = null;

  constructor(parts: {
    readonly sessionId: number;
    readonly chunk: TraceChunk;
    readonly pump: Pump;
    readonly ports: PumpPorts;
    readonly openMemory: OpenMemory;
    readonly relay: RelayOutput | null;
    readonly onFault: (session: RecordingSession, fault: RecordingFault) => void;
  }) {
    this.sessionId = parts.sessionId;
    this.#chunk = parts.chunk;
    this.#pump = parts.pump;
    this.#ports = parts.ports;
    this.#openMemory = parts.openMemory;
    this.#relay = parts.relay;
    this.#onFault = parts.onFault;
  }

  /** The open chunk. Throws `ProtocolError` when there is none. */
  requireChunk(): TraceChunk {
    if (this.#chunk === null) throw new ProtocolError(`No open chunk: session=${this.sessionId}`);
    return this.#chunk;
  }

  /** Gives a session whose last chunk was ended its next one; owns `chunk` when it returns. */
  openChunk(chunk: TraceChunk): void {
    if (this.#chunk !== null) throw new ProtocolError(`A chunk is open: session=${this.sessionId}`);
    const outputs = this.#openOutputs(chunk);
    this.#chunk = chunk;
    for (const [channel, sinks] of outputs.channels) channel.attach(sinks);
    for (const [stream, sink] of outputs.metadata) stream.switchTo(sink);
  }

  /**
   * Ends the open chunk for its data streams, see `chunk.change` of the link. Throws `SystemError` when the next
   * chunk cannot be made, with nothing changed.
   */
  changeChunk(openNext: (() => TraceChunk) | null, fate: ChunkFate): void {
    const old = this.requireChunk();
    if (this.#unsealed !== null || this.#change !== null) {
      throw new ProtocolError(`A chunk is being ended: session=${this.sessionId}`);
    }
    const isDropping = fate.kind === 'remove';
    const next = openNext === null ? null : this.#openNext(openNext, old, isDropping);
    const outputs = next?.outputs ?? null;
    this.#chunk = next?.chunk ?? null;
    for (const channel of this.channels.values()) {
      channel.switchTo(outputs?.channels.get(channel) ?? null, isDropping);
    }
    const streams = [...this.#metadata.values()].map(({ stream }) => stream);
    const metadata = new Map(streams.map((stream) => [stream, outputs?.metadata.get(stream) ?? null]));
    this.#unsealed = { old, fate, metadata };
  }

  /**
   * Ends the open chunk for its metadata too, see `chunk.seal` of the link; resolves when its output is complete and
   * where its fate says, or with the reason why it is not there.
   */
  async sealChunk(): Promise<ChunkEnd> {
    const unsealed = this.#unsealed;
    if (unsealed === null) throw new ProtocolError(`No chunk to seal: session=${this.sessionId}`);
    this.#unsealed = null;
    for (const { stream } of this.#metadata.values()) {
      const next = unsealed.metadata.get(stream);
      // Streams that are newer belong to the next chunk alone.
      if (next !== undefined) stream.switchTo(next);
    }
    const { old, fate } = unsealed;
    const isOver = this.#pump.until(() => !this.#isSwitching).then(() => this.#endChunk(old, fate));
    this.#change = isOver.then(() => {
      this.#change = null;
    });
    return await isOver;
  }

  /**
   * Copies what the buffers hold to a chunk of its own, on `relay` if there is one, which is owned when it returns true;
   * false when not even one packet of each stream fits. Throws `SystemError` when the output refuses, with the chunk
   * removed.
   */
  snapshot(open: () => TraceChunk, maxSizeBytes: number, relay: RelayOutput | null): boolean {
    if (this.#snapshot !== null) throw new ProtocolError(`A snapshot is open: session=${this.sessionId}`);
    const channels = [...this.channels.values()];
    const sizes = channels.map(({ buffers, streamCount }) => ({ ...buffers, streamCount }));
    const maxPackets = packetsPerStream(sizes, maxSizeBytes);
    if (maxPackets === null) return false;
    const chunk = open();
    this.#reopenSnapshot = relay === null ? open : null;
    try {
      for (const channel of channels) channel.copyTo(chunk, maxPackets);
      this.#snapshot = chunk;
      this.#snapshotRelay = relay;
      return true;
    } catch (error) {
      dropChunk(chunk);
      throw error;
    }
  }

  /**
   * Writes the snapshot's metadata and closes it, or, when it was closed already, writes the metadata again. Throws
   * `SystemError` when the output refuses, with the chunk removed.
   */
  async sealSnapshot(): Promise<void> {
    const relay = this.#snapshotRelay;
    const chunk = this.writeSnapshotMetadata();
    const end = await chunk.settle?.(null);
    await relay?.close();
    const failure = end?.failure ?? null;
    if (failure !== null) throw new SystemError('relay', 'EPIPE', { reason: failure });
  }

  /** The same for a local output, at once; gives the chunk. */
  writeSnapshotMetadata(): TraceChunk {
    const chunk = this.#snapshot ?? this.#reopenSnapshot?.() ?? null;
    if (chunk === null) throw new ProtocolError(`No snapshot to seal: session=${this.sessionId}`);
    this.#snapshot = null;
    this.#snapshotRelay = null;
    try {
      for (const { place, stream } of this.#metadata.values()) {
        const sink = chunk.openMetadata(place);
        // Joined anew at each look.
        const { text } = stream;
        if (text.length > 0) sink.append(text);
        sink.close(true);
      }
      chunk.close();
      return chunk;
    } catch (error) {
      dropChunk(chunk);
      throw error;
    }
  }

  /** The folder of a trace whose buffers are files (null `memoryPath`: they are not). Throws `SystemError`. */
  requireMemory(memoryPath: string | null, tracePath: string): MemoryFolder | null {
    if (memoryPath === null) return null;
    const known = this.#memory.get(tracePath);
    if (known !== undefined) return known;
    const made = this.#openMemory(memoryPath, tracePath);
    this.#memory.set(tracePath, made);
    return made;
  }

  /** Keeps text beside buffers that are files; null: it begins anew. */
  keepText(key: MetadataKey, text: string | null): void {
    const placed = this.#metadata.get(key);
    if (placed == null || placed.memory === null) return;
    try {
      if (text === null) placed.memory.restartText();
      else placed.memory.appendText(Buffer.from(text));
    } catch (error) {
      // The trace has it; only what a crash leaves could not be read.
      if (!(error instanceof SystemError)) throw error;
      this.report('shared memory', { kind: 'write-error', detail: error.message, isOngoing: true });
    }
  }

  addMetadata(key: MetadataKey, place: MetadataPlace, memoryPath: string | null): void {
    const memory = this.requireMemory(memoryPath, place.tracePath);
    const sink = this.requireChunk().openMetadata(place);
    const where = `${place.tracePath}/${METADATA_FILE}`;
    const stream = new MetadataStream(sink, this.#ports, (fault) => this.report(where, fault));
    this.#metadata.set(key, { place, stream, memory });
  }

  findMetadata(key: MetadataKey): MetadataStream | null {
    return this.#metadata.get(key)?.stream ?? null;
  }

  releaseMetadata(key: MetadataKey): void {
    const place = this.#metadata.get(key)?.place;
    if (place !== undefined) this.#releaseMemory(place.tracePath, true);
    this.findMetadata(key)?.finish();
    this.#metadata.delete(key);
    // A change of chunk may have waited for it.
    this.#pump.recheck();
  }

  #releaseMemory(tracePath: string, isRemoved: boolean): void {
    this.#memory.get(tracePath)?.close(isRemoved);
    this.#memory.delete(tracePath);
  }

  addOutput(bytes: number): void {
    this.#outputBytes += bytes;
  }

  /** Resolves when so many bytes of packets are in the output, or the session has ended. */
  async waitForOutput(totalBytes: number): Promise<{ totalBytes: number; isReached: boolean }> {
    await this.#pump.until(() => this.#isClosed || this.#outputBytes >= totalBytes);
    return { totalBytes: this.#outputBytes, isReached: this.#outputBytes >= totalBytes };
  }

  /** How often readers that follow hear of every stream; 0: there are none. */
  get liveTimerUs(): number {
    return this.#relay?.relay.liveTimerUs ?? 0;
  }

  /** The streams of a channel may have packets, and readers may see them. */
  declare(channel: Channel): void {
    channel.declare();
    void this.#relay?.publish();
  }

  get faults(): readonly RecordingFault[] {
    return [...this.#faults.values()];
  }

  /** The same, where the output is elsewhere as well. */
  async isDataPending(): Promise<boolean> {
    return this.isPending || ((await this.#relay?.isDataPending()) ?? false);
  }

  /** Whether anything recorded is not in the output but will be, as far as is known at this moment. */
  get isPending(): boolean {
    return (
      [...this.channels.values()].some((channel) => channel.isPending) ||
      [...this.#metadata.values()].some(({ stream }) => stream.isPending)
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

  /** Gives the channels in which writers that are gone left something. */
  flush(): readonly ChannelKey[] {
    const channels = [...this.channels.values()];
    for (const channel of channels) channel.flushFinal();
    return channels.filter(({ hasUncommitted }) => hasUncommitted).map(({ channelKey }) => channelKey);
  }

  poll(): void {
    for (const channel of this.channels.values()) channel.poll();
  }

  /** What is still to be moved to the output. */
  get progress(): OutputProgress {
    const streams = [...this.channels.values()].flatMap((channel) => channel.streams);
    const left = streams.map((stream) => stream.remainingBytes).filter((bytes) => bytes > 0);
    return { streamCount: left.length, bytes: left.reduce((sum, bytes) => sum + bytes, 0) };
  }

  /** Notes whether the output was removed by somebody; recording goes on into files without a name. */
  checkOutput(): void {
    const path = this.#chunk?.findMissing?.() ?? null;
    if (path !== null && this.#missingPath !== path) {
      this.report('output', {
        kind: 'output-gone',
        detail: `Removed while it is written to: path="${path}"`,
        isOngoing: true,
      });
    } else if (path === null && this.#missingPath !== null) {
      this.report('output', {
        kind: 'output-gone',
        detail: 'What is recorded now is kept',
        isOngoing: false,
      });
    }
    this.#missingPath = path;
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

  /**
   * Ends everything, waiting no longer than {@link CLOSE_GRACE_NS} for what does not come; the open chunk goes
   * to `archivePath`, or stays where it is (null). `isMemoryKept`: buffers that are files stay, for lttng-crash.
   */
  async close(archivePath: string | null, isMemoryKept = false): Promise<SessionEnd> {
    this.flush();
    // Nobody will seal them any more: all metadata is here.
    if (this.#unsealed !== null) void this.sealChunk();
    if (this.#snapshot !== null) await this.#sealSnapshotAtEnd();
    await this.#settled();
    const statistics = [...this.channels.values()].map((channel) => channel.release(this.#ports.now()));
    this.channels.clear();
    for (const tracePath of [...this.#memory.keys()]) this.#releaseMemory(tracePath, !isMemoryKept);
    for (const key of [...this.#metadata.keys()]) this.releaseMetadata(key);
    // Nothing holds a change of chunk back any more.
    this.#isClosed = true;
    this.#pump.recheck();
    await this.#change;
    const chunk = this.#chunk;
    this.#chunk = null;
    chunk?.close();
    const fate: ChunkFate | null = archivePath === null ? null : { kind: 'archive', path: archivePath };
    const end = chunk === null ? null : await this.#endChunk(chunk, fate);
    await this.#relay?.close();
    return { channels: statistics, relayPath: end?.relayPath ?? null };
  }

  async #sealSnapshotAtEnd(): Promise<void> {
    try {
      await this.sealSnapshot();
    } catch (error) {
      // The snapshot is gone; the losses of the session must still be told.
      if (!(error instanceof SystemError)) throw error;
      this.report('snapshot', { kind: 'write-error', detail: error.message, isOngoing: true });
    }
  }

  /** Ends a chunk; null: it stays where it is. */
  async #endChunk(chunk: TraceChunk, fate: ChunkFate | null): Promise<ChunkEnd> {
    const end = await endChunk(chunk, fate);
    if (end.failure !== null) {
      const where = fate?.kind === 'archive' && fate.path !== '' ? fate.path : 'ended chunk';
      this.report(where, { kind: 'write-error', detail: end.failure, isOngoing: true });
    }
    return end;
  }

  get #isSwitching(): boolean {
    return (
      [...this.channels.values()].some((channel) => channel.isSwitching) ||
      [...this.#metadata.values()].some(({ stream }) => stream.isSwitching)
    );
  }

  #openNext(open: () => TraceChunk, old: TraceChunk, isOldDropped: boolean) {
    // A chunk that is dropped may lie where the next one goes.
    const putBack = isOldDropped ? old.setAside() : null;
    try {
      const chunk = open();
      return { chunk, outputs: this.#openOutputs(chunk) };
    } catch (error) {
      putBack?.();
      throw error;
    }
  }

  /** Makes all outputs in another chunk; throws `SystemError`, with the chunk closed and removed. */
  #openOutputs(chunk: TraceChunk) {
    try {
      const channels = new Map<Channel, readonly DataStreamSink[]>();
      if (chunk.hasOutput) {
        for (const channel of this.channels.values()) channels.set(channel, channel.openSinks(chunk));
      }
      const metadata = new Map<MetadataStream, MetadataSink>();
      for (const { place, stream } of this.#metadata.values())
        metadata.set(stream, chunk.openMetadata(place));
      return { channels, metadata };
    } catch (error) {
      dropChunk(chunk);
      throw error;
    }
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
    // A relay daemon that takes nothing any more counts as lost after its own time.
    if (this.#relay === null) this.#ports.schedule(task, this.#ports.after(CLOSE_GRACE_NS));
    await this.#pump.until(() => isTimeUp || !this.isPending);
    this.#ports.cancel(task);
    await this.#relay?.delivered();
  }
}

/** Closes and removes a chunk that was begun in vain. */
function dropChunk(chunk: TraceChunk): void {
  chunk.close();
  chunk.remove();
}

async function endChunk(chunk: TraceChunk, fate: ChunkFate | null): Promise<ChunkEnd> {
  chunk.close();
  if (chunk.settle !== undefined) return await chunk.settle(fate);
  try {
    if (fate?.kind === 'archive') chunk.archive(fate.path);
    else if (fate !== null) chunk.remove();
    return { failure: null, relayPath: null };
  } catch (error) {
    // The output is complete, but not where it should be.
    if (!(error instanceof SystemError)) throw error;
    return { failure: error.message, relayPath: null };
  }
}
