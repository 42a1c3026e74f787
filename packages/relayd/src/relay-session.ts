/**
 * A producer's session: its streams, grouped as traces, and the chunk that they are in. It ends with its control
 * connection; viewers may then still read what they have not read.
 */
import type { RelayCreateSession } from '@lttng-ts/protocols/relay';
import type { ChunkHistory, RelayChunk } from './relay-chunk.ts';
import type { RelayStream } from './relay-stream.ts';

/** Streams with one path: one CTF trace. */
export interface RelayTrace {
  readonly id: number;
  readonly streams: Set<RelayStream>;
  /** The stream without which the others cannot be decoded; null: it has not come. */
  metadata: RelayStream | null;
}

export interface RelaySessionOptions {
  readonly id: number;
  readonly request: RelayCreateSession;
  readonly minor: number;
  readonly creationTimeS: number;
  readonly history: ChunkHistory;
  readonly chunk: RelayChunk | null;
  readonly address: string;
}

export class RelaySession {
  readonly id: number;
  readonly request: RelayCreateSession;
  readonly minor: number;
  readonly creationTimeS: number;
  readonly history: ChunkHistory;
  /** Of the host that the producer connected from. */
  readonly address: string;
  /** The connection that its packets come on; others may not send any. Null: none has come, or it has ended. */
  dataConnection: { readNow(): boolean } | null = null;
  /** Whether its producer is away, and may come back. */
  isWaiting = false;
  /** By path. */
  readonly traces = new Map<string, RelayTrace>();
  readonly streams = new Set<RelayStream>();
  #chunk: RelayChunk | null = null;
  /** Whether the producer is gone. */
  isClosed = false;
  /** The viewer that reads it, or null: one at a time. */
  viewer: object | null = null;
  /** Whether the viewer has not been told of streams that came. */
  hasNewStreams = false;

  constructor({ id, request, minor, creationTimeS, history, chunk, address }: RelaySessionOptions) {
    this.address = address;
    this.id = id;
    this.request = request;
    this.minor = minor;
    this.creationTimeS = creationTimeS;
    this.history = history;
    this.enter(chunk);
  }

  get chunk(): RelayChunk | null {
    return this.#chunk;
  }

  get isLive(): boolean {
    return this.request.liveTimerUs > 0;
  }

  /** Whether packets get index entries: not in snapshots. */
  get isIndexed(): boolean {
    return !this.request.isSnapshot;
  }

  /** Makes `chunk` the one that new streams join. The one before is left by {@link leave}. */
  enter(chunk: RelayChunk | null): void {
    this.#chunk = chunk;
    chunk?.users.add(this);
  }

  /** Leaves a chunk that is closed. */
  leave(chunk: RelayChunk): void {
    if (this.#chunk === chunk) this.#chunk = null;
    this.history.release(chunk, this);
  }

  add(stream: RelayStream, newTraceId: () => number): void {
    const known = this.traces.get(stream.pathName);
    const trace = known ?? { id: newTraceId(), streams: new Set(), metadata: null };
    if (known === undefined) this.traces.set(stream.pathName, trace);
    trace.streams.add(stream);
    if (stream.isMetadata) trace.metadata ??= stream;
    this.streams.add(stream);
  }

  traceOf(stream: RelayStream): RelayTrace {
    const trace = this.traces.get(stream.pathName);
    if (trace === undefined) throw new Error('Stream without a trace');
    return trace;
  }

  /** Forgets a closed stream that nobody reads. */
  remove(stream: RelayStream): void {
    this.streams.delete(stream);
    const trace = this.traces.get(stream.pathName);
    trace?.streams.delete(stream);
    if (trace?.metadata === stream) trace.metadata = null;
    if (trace?.streams.size === 0) this.traces.delete(stream.pathName);
  }
}
