/**
 * The consumer's commands: finds the session, channel or metadata stream that a request names, and calls it.
 */
import { ProtocolError } from '@lttng-ts/base';
import {
  type ChannelKey,
  type ChannelSample,
  CONSUMER_LINK_VERSION,
  type ConsumerChunk,
  type ConsumerCommands,
  type ConsumerHandlers,
  type RecordingFault,
} from '@lttng-ts/protocols';
import { Channel } from './channel.ts';
import type { MakeChannelBuffers } from './channel-buffers.ts';
import type { MetadataStream } from './metadata-stream.ts';
import { Pump, type PumpPorts } from './pump.ts';
import { type OpenMemory, RecordingSession, type SessionEnd } from './recording-session.ts';
import { RelayOutput } from './relay/relay-output.ts';
import type { ConnectRelay } from './relay/relay-ports.ts';
import type { TraceChunk } from './sink.ts';

/** What the consumer needs of the outside; `edge/` gives it. */
export interface ConsumerPorts extends PumpPorts {
  readonly pid: number;
  readonly cpuCount: number;
  /** Makes the output folder, and `folders` in it. Throws `SystemError`. */
  openChunk(chunk: ConsumerChunk): TraceChunk;
  readonly makeChannelBuffers: MakeChannelBuffers;
  /** Throws `SystemError`. */
  readonly openMemory: OpenMemory;
  readonly connectRelay: ConnectRelay;
  /** How long a relay daemon may say nothing while something is asked of it. */
  readonly relaySilenceNs: bigint;
  /** The clock of traces, in nanoseconds. */
  readonly traceClock: () => bigint;
  onFault(sessionId: number, fault: RecordingFault): void;
  /** Asks whether living writers are inside of records of the channel. */
  onStalled(channelKey: ChannelKey, requestId: number): void;
  /** Monitor timers fired. */
  onSamples(samples: readonly ChannelSample[]): void;
}

type Params<C extends keyof ConsumerCommands> = ConsumerCommands[C]['params'];

/** All sessions of one owner. */
export class Consumer {
  readonly #ports: ConsumerPorts;
  readonly #pump: Pump;
  readonly #sessions = new Map<number, RecordingSession>();
  /** Outputs on relay daemons, by session. */
  readonly #relays = new Map<number, RelayOutput>();
  readonly #closing = new Map<Promise<unknown>, RecordingSession>();
  /** Taken in this turn of the event loop: they go together. */
  #samples: ChannelSample[] = [];

  constructor(ports: ConsumerPorts) {
    this.#ports = ports;
    this.#pump = new Pump(ports);
  }

  /** The commands of the link. */
  get handlers(): ConsumerHandlers {
    return {
      hello: async ({ version }) => this.#hello(version),
      'relay.open': async (params) => await this.#openRelay(params),
      'chunk.open': async (params) => this.#openChunk(params),
      'chunk.change': async (params) => this.#changeChunk(params),
      'chunk.seal': async ({ sessionId }) => {
        return { result: await this.#require(sessionId).sealChunk() };
      },
      'snapshot.record': async (params) => await this.#snapshot(params),
      'snapshot.seal': async ({ sessionId }) => {
        await this.#require(sessionId).sealSnapshot();
        return { result: {} };
      },
      'channel.create': async (params) => this.#createChannel(params),
      'metadata.create': async (params) => this.#createMetadata(params),
      'metadata.append': async (params) => {
        await this.#appendMetadata(params);
        return { result: {} };
      },
      'metadata.restart': async ({ metadataKey }) => {
        this.#requireMetadata(metadataKey).restart();
        for (const session of this.#sessions.values()) session.keepText(metadataKey, null);
        return { result: {} };
      },
      'metadata.release': async ({ metadataKey }) => {
        // A disk that is full holds the text back; closing the stream would lose it.
        await this.#requireMetadata(metadataKey).written();
        this.#releaseMetadata(metadataKey);
        return { result: {} };
      },
      'session.start': async ({ sessionId }) => {
        this.#require(sessionId).start();
        return { result: {} };
      },
      'session.flush': async ({ sessionId }) => {
        return { result: { uncommitted: this.#require(sessionId).flush() } };
      },
      'channel.flush': async ({ channelKey }) => {
        const { channel } = this.#requireChannel(channelKey);
        channel.flushFinal();
        return { result: { isUncommitted: channel.hasUncommitted } };
      },
      'channel.recover': async ({ channelKey, requestId, holder }) => {
        // A channel that was released meanwhile needs nothing.
        this.#findChannel(channelKey)?.channel.recover(requestId, holder);
        return { result: {} };
      },
      'session.data-pending': async ({ sessionId }) => {
        const session = this.#require(sessionId);
        session.poll();
        return { result: { isPending: await session.isDataPending() } };
      },
      'session.statistics': async ({ sessionId }) => {
        const session = this.#require(sessionId);
        session.poll();
        session.checkOutput();
        return { result: { channels: session.statistics(), faults: session.faults } };
      },
      'session.progress': async ({ sessionId }) => {
        const closing = [...this.#closing.values()].find((session) => session.sessionId === sessionId);
        const session = this.#sessions.get(sessionId) ?? closing;
        return { result: session?.progress ?? { streamCount: 0, bytes: 0 } };
      },
      'session.wait-output': async ({ sessionId, totalBytes }) => {
        return { result: await this.#require(sessionId).waitForOutput(totalBytes) };
      },
      'channel.declare': async ({ channelKey }) => {
        const { session, channel } = this.#requireChannel(channelKey);
        session.declare(channel);
        return { result: {} };
      },
      'channel.release': async ({ channelKey }) => {
        const { session, channel } = this.#requireChannel(channelKey);
        return { result: await session.releaseChannel(channel) };
      },
      'session.close': async ({ sessionId, archivePath }) => {
        const session = this.#sessions.get(sessionId);
        if (session !== undefined) return { result: await this.#closeSession(session, archivePath) };
        await this.#requireRelay(sessionId).close();
        this.#relays.delete(sessionId);
        return { result: { channels: [], relayPath: null } };
      },
    };
  }

  /** Ends every session: the daemon is gone. */
  async close(): Promise<void> {
    for (const [id, relay] of this.#relays) {
      // A session that was never started has nothing to end.
      if (!this.#sessions.has(id)) void relay.close();
    }
    for (const session of [...this.#sessions.values()]) void this.#closeSession(session, null, true);
    await Promise.all(this.#closing.keys());
  }

  #closeSession(
    session: RecordingSession,
    archivePath: string | null,
    isMemoryKept = false,
  ): Promise<SessionEnd> {
    this.#sessions.delete(session.sessionId);
    this.#relays.delete(session.sessionId);
    const closed = session.close(archivePath, isMemoryKept);
    this.#closing.set(closed, session);
    void closed.finally(() => this.#closing.delete(closed));
    return closed;
  }

  #hello(version: number) {
    if (version !== CONSUMER_LINK_VERSION) {
      throw new ProtocolError(`Other version of the link: expected=${CONSUMER_LINK_VERSION}, got=${version}`);
    }
    return { result: { pid: this.#ports.pid, cpuCount: this.#ports.cpuCount } };
  }

  async #openRelay({ sessionId, relay }: Params<'relay.open'>) {
    if (this.#relays.has(sessionId)) throw new ProtocolError(`Session has a relay: id=${sessionId}`);
    const { address, port } = relay.output.control;
    const output = await RelayOutput.open(this.#ports.connectRelay, {
      relay,
      clock: this.#ports,
      silenceNs: this.#ports.relaySilenceNs,
      onLost: (reason) => {
        const detail = `The relay daemon is lost: address="${address}", port=${port}, reason="${reason}"`;
        const fault = { kind: 'relay-lost', where: relay.sessionName, detail, isOngoing: true } as const;
        const session = this.#sessions.get(sessionId);
        if (session !== undefined) session.report(fault.where, fault);
        else this.#ports.onFault(sessionId, fault);
      },
    });
    this.#relays.set(sessionId, output);
    return { result: { minor: output.minor, isClearAllowed: output.isClearAllowed } };
  }

  /** Makes a chunk where the session's output is. */
  #makeChunk(sessionId: number, place: ConsumerChunk): TraceChunk {
    return this.#relays.get(sessionId)?.createChunk(place) ?? this.#ports.openChunk(place);
  }

  #requireRelay(sessionId: number): RelayOutput {
    const relay = this.#relays.get(sessionId);
    if (relay === undefined) throw new ProtocolError(`No such session: id=${sessionId}`);
    return relay;
  }

  #openChunk({ sessionId, chunk: place }: Params<'chunk.open'>) {
    const chunk = this.#makeChunk(sessionId, place);
    const session = this.#sessions.get(sessionId);
    if (session !== undefined) session.openChunk(chunk);
    else this.#sessions.set(sessionId, this.#newSession(sessionId, chunk));
    return { result: {} };
  }

  #changeChunk({ sessionId, next, fate }: Params<'chunk.change'>) {
    const session = this.#require(sessionId);
    const openNext = next === null ? null : () => this.#makeChunk(sessionId, next);
    session.changeChunk(openNext, fate);
    return { result: {} };
  }

  async #snapshot(params: Params<'snapshot.record'>) {
    const { sessionId, path, folders, maxSizeBytes, creationTimeS, number, isSealed } = params;
    const place = { chunkId: number, rootPath: path, isRootShared: false, creationTimeS, folders };
    const session = this.#require(sessionId);
    if (params.relay === null) {
      const openLocal = (): TraceChunk => this.#ports.openChunk(place);
      const isMade = session.snapshot(openLocal, maxSizeBytes, null);
      if (isMade && isSealed) session.writeSnapshotMetadata();
      return { result: { isTooSmall: !isMade } };
    }
    const onLost = (): void => undefined;
    const relay = await RelayOutput.open(this.#ports.connectRelay, {
      relay: params.relay,
      clock: this.#ports,
      silenceNs: this.#ports.relaySilenceNs,
      onLost,
    });
    const open = (): TraceChunk => relay.createChunk(place, path.slice(path.lastIndexOf('/') + 1));
    try {
      const isMade = session.snapshot(open, maxSizeBytes, relay);
      if (!isMade) await relay.close();
      return { result: { isTooSmall: !isMade } };
    } catch (error) {
      relay.lose('the snapshot was not made');
      throw error;
    }
  }

  #newSession(sessionId: number, chunk: TraceChunk): RecordingSession {
    return new RecordingSession({
      sessionId,
      chunk,
      pump: this.#pump,
      ports: this.#ports,
      openMemory: this.#ports.openMemory,
      relay: this.#relays.get(sessionId) ?? null,
      onFault: (session, fault) => this.#ports.onFault(session.sessionId, fault),
    });
  }

  #createChannel(params: Params<'channel.create'>) {
    const { channelKey, channelName, ustChannelId, attributes, tracePath, memoryPath } = params;
    const session = this.#require(params.sessionId);
    if (this.#findChannel(channelKey) !== null) throw new ProtocolError(`Channel exists: key=${channelKey}`);
    const uuid = uuidBytes(params.uuid);
    const memoryFolder = session.requireMemory(memoryPath, tracePath);
    const buffers = this.#ports.makeChannelBuffers({
      channelName,
      ustChannelId,
      uuid,
      attributes,
      memoryFolder,
    });
    try {
      const channel = new Channel({
        channelKey,
        channelName,
        tracePath,
        ustChannelId,
        attributes,
        buffers,
        chunk: session.requireChunk(),
        pump: this.#pump,
        ports: this.#ports,
        onFault: (where, fault) => session.report(where, fault),
        liveTimerUs: session.liveTimerUs,
        traceClock: this.#ports.traceClock,
        onOutput: (bytes) => session.addOutput(bytes),
        onStalled: (requestId) => this.#ports.onStalled(channelKey, requestId),
        onSample: (sample) => this.#addSample(sample),
      });
      session.channels.set(channelKey, channel);
    } catch (error) {
      buffers.close();
      throw error;
    }
    return {
      result: {
        blobBase64: Buffer.from(buffers.blob).toString('base64'),
        streams: buffers.streams.map(({ cpu, memoryLengthBytes }) => ({ cpu, memoryLengthBytes })),
      },
      fds: [
        buffers.wakeupFd,
        ...buffers.streams.flatMap(({ memoryFd, wakeupFd }): number[] => [memoryFd, wakeupFd]),
      ],
    };
  }

  #addSample(sample: ChannelSample): void {
    this.#samples.push(sample);
    if (this.#samples.length > 1) return;
    this.#ports.defer(() => {
      const samples = this.#samples;
      this.#samples = [];
      this.#ports.onSamples(samples);
    });
  }

  #createMetadata({ sessionId, metadataKey, tracePath, uuid, memoryPath, text }: Params<'metadata.create'>) {
    const session = this.#require(sessionId);
    if (this.#findMetadata(metadataKey) !== null) {
      throw new ProtocolError(`Metadata stream exists: key=${metadataKey}`);
    }
    session.addMetadata(metadataKey, { tracePath, uuid: uuidBytes(uuid) }, memoryPath);
    // The stream tells of a disk that refuses it.
    this.#appendMetadata({ metadataKey, offsetChars: 0, text }).catch(() => undefined);
    return { result: {} };
  }

  /** Resolves when the text is in the output. */
  #appendMetadata({ metadataKey, offsetChars, text }: Params<'metadata.append'>): Promise<void> {
    const appended = this.#requireMetadata(metadataKey).append(offsetChars, text);
    for (const session of this.#sessions.values()) session.keepText(metadataKey, text);
    return appended;
  }

  #require(sessionId: number): RecordingSession {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) throw new ProtocolError(`No such session: id=${sessionId}`);
    return session;
  }

  #requireChannel(key: ChannelKey) {
    const found = this.#findChannel(key);
    if (found === null) throw new ProtocolError(`No such channel: key=${key}`);
    return found;
  }

  #requireMetadata(key: number): MetadataStream {
    const stream = this.#findMetadata(key);
    if (stream === null) throw new ProtocolError(`No such metadata stream: key=${key}`);
    return stream;
  }

  #findChannel(key: ChannelKey): { readonly session: RecordingSession; readonly channel: Channel } | null {
    for (const session of this.#sessions.values()) {
      const channel = session.channels.get(key);
      if (channel !== undefined) return { session, channel };
    }
    return null;
  }

  #releaseMetadata(key: number): void {
    for (const session of this.#sessions.values()) {
      if (session.findMetadata(key) === null) continue;
      session.releaseMetadata(key);
      return;
    }
    throw new ProtocolError(`No such metadata stream: key=${key}`);
  }

  #findMetadata(key: number): MetadataStream | null {
    for (const session of this.#sessions.values()) {
      const stream = session.findMetadata(key);
      if (stream !== null) return stream;
    }
    return null;
  }
}

function uuidBytes(text: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/i.test(text)) throw new ProtocolError(`Not a UUID: uuid=${JSON.stringify(text)}`);
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
