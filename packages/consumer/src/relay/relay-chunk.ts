/** A trace chunk that a relay daemon has: its sinks put packets on their way, and its end is what the relay makes of it. */
import type { ChunkEnd, ChunkFate } from '@lttng-ts/protocols';
import {
  encodeCloseChunk,
  RELAY_METADATA_CHANNEL,
  type RelayCloseCommand,
  relayChunkExistsReply,
  relayCloseChunkReply,
  relayCodes,
  relayIdentifier,
} from '@lttng-ts/protocols/relay';
import { metadataPackets } from '../core/metadata-packets.ts';
import type {
  DataStreamPlace,
  DataStreamSink,
  MetadataPlace,
  MetadataSink,
  PacketDescription,
  TraceChunk,
} from '../sink.ts';
import type { RelayOutput } from './relay-output.ts';
import { RelayStream } from './relay-stream.ts';

/** Questions whether the relay has finished a chunk, and how long they go on. */
const LOOK_INTERVAL_MS = 50;
const MAX_LOOKS = 1200;

interface Closeable {
  close(isStreamOver?: boolean): void;
}

export class RelayChunk implements TraceChunk {
  readonly chunkId: number;
  readonly hasOutput = true;
  /** Streams that are or were in it. */
  readonly members = new Set<RelayStream>();
  readonly #output: RelayOutput;
  readonly #open = new Set<Closeable>();
  readonly #release = (sink: Closeable): void => void this.#open.delete(sink);

  /** {@link RelayOutput.createChunk} makes chunks. */
  constructor(output: RelayOutput, chunkId: number) {
    this.#output = output;
    this.chunkId = chunkId;
  }

  openDataStream(place: DataStreamPlace): DataStreamSink {
    const { traceFileCount } = place;
    // Differs from upstream: files of a limited size without a limited number are one file on a relay daemon, because
    // relayd 2.13.9 divides by the number.
    const traceFileSizeBytes = traceFileCount === 0 ? 0 : place.traceFileSizeBytes;
    const limits = { traceFileSizeBytes, traceFileCount };
    const stream = this.#requireStream(place.tracePath, place.streamName, limits, place.isIndexed);
    return this.#own(new RelayDataSink(this.#output, stream, this.#release));
  }

  openMetadata({ tracePath, uuid }: MetadataPlace): MetadataSink {
    const limits = { traceFileSizeBytes: 0, traceFileCount: 0 };
    const stream = this.#requireStream(tracePath, RELAY_METADATA_CHANNEL, limits, false);
    return this.#own(new RelayMetadataSink(this.#output, stream, uuid, this.#release));
  }

  close(): void {
    for (const sink of [...this.#open]) sink.close();
  }

  /** The relay daemon makes room by itself. */
  setAside(): () => void {
    return () => undefined;
  }

  archive(): void {
    // `settle` does it.
  }

  remove(): void {
    // `settle` does it.
  }

  /** Ends the closed chunk on the relay daemon; null: it stays where it is. */
  async settle(fate: ChunkFate | null): Promise<ChunkEnd> {
    const output = this.#output;
    await Promise.all([...this.members].map((stream) => stream.moved));
    // relayd 2.13.9 does not say when it has moved a chunk: what was sent must be there before.
    if (fate?.kind !== 'remove') await Promise.all([...this.members].map((stream) => stream.delivered()));
    if (output.isLost) return { failure: 'The relay daemon is lost', relayPath: null };
    if (!output.hasChunks) return { failure: null, relayPath: null };
    const end = await this.#close(commands[fate?.kind ?? 'keep']);
    return end.failure === null ? { ...end, failure: await this.#finished() } : end;
  }

  async #close(command: RelayCloseCommand): Promise<ChunkEnd> {
    const closeTimeS = Math.floor(Date.now() / 1000);
    const request = encodeCloseChunk({ chunkId: BigInt(this.chunkId), closeTimeS, command });
    const { sizeBytes } = relayCloseChunkReply;
    const reply = await this.#output.ask('closeTraceChunk', request, sizeBytes, sizeBytes - 4);
    if (reply === null) return { failure: 'The relay daemon is lost', relayPath: null };
    const { code } = relayCloseChunkReply.decode(reply);
    if (code !== relayCodes.ok) {
      return { failure: `The relay daemon does not close the chunk: code=${code}`, relayPath: null };
    }
    return { failure: null, relayPath: Buffer.from(reply).toString('utf8', sizeBytes, reply.length - 1) };
  }

  /** Waits until the chunk is where it goes; gives why it is not. */
  async #finished(): Promise<string | null> {
    const request = relayIdentifier.encode({ id: BigInt(this.chunkId) });
    for (let look = 0; look < MAX_LOOKS; look++) {
      const reply = await this.#output.ask('traceChunkExists', request, relayChunkExistsReply.sizeBytes);
      if (reply === null) return 'The relay daemon is lost';
      if (relayChunkExistsReply.decode(reply).exists === 0) return null;
      await this.#output.pause(LOOK_INTERVAL_MS);
    }
    return 'The relay daemon does not finish the chunk';
  }

  #requireStream(
    tracePath: string,
    channelName: string,
    limits: { readonly traceFileSizeBytes: number; readonly traceFileCount: number },
    isIndexed: boolean,
  ): RelayStream {
    const output = this.#output;
    const key = `${tracePath}/${channelName}`;
    const known = output.streams.get(key);
    if (known !== undefined) {
      // It comes when what belongs to the chunk before is through.
      if (known.chunk === null) known.enter(this);
      else known.next = this;
      return known;
    }
    const { relay, hasChunks } = output;
    const folder = relay.output.path === '' ? relay.folderName : relay.output.path;
    const pathName = hasChunks ? tracePath : `/${relay.hostname}/${folder}//${tracePath}`;
    const stream = new RelayStream(output, { channelName, pathName, ...limits }, isIndexed);
    output.streams.set(key, stream);
    stream.enter(this);
    return stream;
  }

  #own<S extends Closeable>(sink: S): S {
    this.#open.add(sink);
    return sink;
  }
}

const commands: Readonly<Record<ChunkFate['kind'] | 'keep', RelayCloseCommand>> = {
  archive: 'moveToCompleted',
  remove: 'delete',
  keep: 'noOperation',
};

/** What both kinds of sinks do at their end. */
class StreamPart {
  protected readonly output: RelayOutput;
  protected readonly stream: RelayStream;
  readonly #onClose: (sink: Closeable) => void;
  #isClosed = false;

  constructor(output: RelayOutput, stream: RelayStream, onClose: (sink: Closeable) => void) {
    this.output = output;
    this.stream = stream;
    this.#onClose = onClose;
  }

  get isLost(): boolean {
    return this.output.isLost;
  }

  close(isStreamOver = false): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onClose(this);
    if (!isStreamOver) {
      this.stream.enter(this.stream.next);
      return;
    }
    this.stream.end();
    this.output.forget(this.stream);
  }
}

class RelayDataSink extends StreamPart implements DataStreamSink {
  get isReady(): boolean {
    return this.stream.isReady && this.output.hasRoom;
  }

  whenReady(callback: () => void): void {
    this.output.whenReady(callback);
  }

  writePacket(memory: Uint8Array, packet: PacketDescription): void {
    this.stream.write(memory, packet);
  }

  sendBeacon(timestamp: bigint, streamId: number): void {
    this.stream.sendBeacon(timestamp, streamId);
  }

  restart(): boolean {
    return this.stream.restart();
  }
}

class RelayMetadataSink extends StreamPart implements MetadataSink {
  readonly #uuid: Uint8Array;
  #isAtStart = true;

  constructor(
    output: RelayOutput,
    stream: RelayStream,
    uuid: Uint8Array,
    onClose: (sink: Closeable) => void,
  ) {
    super(output, stream, onClose);
    this.#uuid = uuid;
  }

  /** Readers that follow count its bytes: the text must come in the same pieces in every chunk. */
  get keepsPieces(): boolean {
    return this.output.relay.liveTimerUs > 0;
  }

  append(text: Uint8Array): void {
    const packets = metadataPackets(text, this.#uuid, this.#isAtStart);
    this.#isAtStart = false;
    const sizeBytes = withoutZeros(packets);
    this.stream.sendText(packets.subarray(0, sizeBytes), packets.length - sizeBytes);
  }

  restart(): void {
    this.#isAtStart = true;
    this.stream.reset();
  }
}

/** Size without the zeros at the end. */
function withoutZeros(packets: Uint8Array): number {
  let sizeBytes = packets.length;
  while (sizeBytes > 0 && packets[sizeBytes - 1] === 0) sizeBytes--;
  return sizeBytes;
}
