/**
 * One stream of a producer: its files in the session's chunk, its packets and their index entries, and rotation.
 *
 * Packets come on one connection, their index entries on another, in either order. An entry is written when both are
 * there; only then does the packet count, for viewers and for rotation. A rotation names the packet at which the next
 * chunk begins; the stream changes when the entry of the packet before has been written.
 */
import { ProtocolError } from '@lttng-ts/base';
import {
  isMetadataChannel,
  RELAY_UNSET,
  type RelayAddStream,
  type RelayIndex,
} from '@lttng-ts/protocols/relay';
import { namesOf, streamFileName } from './core/output-paths.ts';
import type { ContentSource, RelayFile } from './ports.ts';
import type { ChunkHistory, RelayChunk } from './relay-chunk.ts';
import { StreamFile, StreamFiles } from './stream-files.ts';

/** A packet of which one half has come. */
interface PendingPacket {
  readonly number: bigint;
  /** Where its content lies; null: it has not come. */
  place: { readonly file: StreamFile; readonly offsetBytes: number } | null;
  index: RelayIndex | null;
}

interface Rotation {
  readonly chunk: RelayChunk | null;
  readonly atPacket: bigint;
}

export interface RelayStreamOptions {
  readonly id: number;
  readonly request: RelayAddStream;
  /** Folder of the stream, below its chunk. */
  readonly pathName: string;
  /** Minor of the protocol that the producer speaks. */
  readonly minor: number;
  readonly isIndexed: boolean;
  readonly history: ChunkHistory;
  readonly chunk: RelayChunk;
}

/** Packets that may wait for their other half. */
const MAX_PENDING = 65536;

export class RelayStream {
  readonly id: number;
  readonly channelName: string;
  readonly pathName: string;
  readonly isMetadata: boolean;
  readonly files = new StreamFiles();
  readonly #options: RelayStreamOptions;
  readonly #folders: readonly string[];
  #chunk: RelayChunk | null = null;
  /** The file that packets go to; null without a chunk. */
  #file: StreamFile | null = null;
  /** Number of {@link #file} in its chunk. */
  #turn = 0;
  #rotation: Rotation | null = null;
  readonly #pending = new Map<bigint, PendingPacket>();
  /** The packet that is coming. */
  #packet: { readonly number: bigint; readonly paddingBytes: number } | null = null;
  /** Where the packet that is coming begins in its file. */
  #packetOffsetBytes = 0;
  #lastData = RELAY_UNSET;
  #lastIndex = RELAY_UNSET;
  #packetCount = 0;
  #byteCount = 0;
  #discardedEvents: bigint | null = null;
  /** Packets that the tracer counted, up to the last with an index entry. */
  #nextPacket = 0n;
  #closeAfter: bigint | null = null;
  #isClosed = false;

  /** Whether a data-pending round has looked at it. */
  isChecked = false;
  /** Whether viewers may see it. */
  isPublished = false;
  /** Id of the stream class, as the last index entry had it. */
  dataStreamClassId = 0n;
  /** Time up to which nothing happens, told by the producer while the stream is idle. */
  beacon: bigint | null = null;
  /** Bytes of metadata in the current chunk. */
  metadataBytes = 0;

  constructor(options: RelayStreamOptions) {
    const { id, request, pathName, chunk } = options;
    this.id = id;
    this.channelName = request.channelName;
    this.pathName = pathName;
    this.isMetadata = isMetadataChannel(request.channelName);
    this.#options = options;
    this.#folders = namesOf(pathName);
    this.#enter(chunk);
    this.#openFile(0);
  }

  get chunk(): RelayChunk | null {
    return this.#chunk;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether a packet has come. */
  get hasData(): boolean {
    return this.#lastData !== RELAY_UNSET;
  }

  get isRotating(): boolean {
    return this.#rotation !== null;
  }

  /** Whether a packet waits for its index entry, or the reverse. */
  get isInFlight(): boolean {
    return this.#pending.size > 0;
  }

  /** Whole packets that came. */
  get packetCount(): number {
    return this.#packetCount;
  }

  /** Bytes of content that came, of cut packets too, and of metadata. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** As the tracer counts, from its last index entry; null: none has come. */
  get discardedEvents(): bigint | null {
    return this.#discardedEvents;
  }

  /** Packets without an index entry, and the reverse. */
  get incompleteCount(): number {
    return this.#pending.size;
  }

  /** The file that metadata goes to. */
  get metadataFile(): RelayFile | null {
    return this.#file?.data ?? null;
  }

  // Metadata

  appendMetadata(text: Uint8Array, paddingBytes: number): void {
    const { data } = this.#requireFile();
    data.append(text);
    data.appendZeros(paddingBytes);
    this.metadataBytes += text.length + paddingBytes;
    this.#byteCount += text.length;
  }

  /** Metadata is sent again from its beginning. */
  resetMetadata(): void {
    this.#file?.close();
    this.metadataBytes = 0;
    this.#openFile(0);
  }

  // Packets

  beginPacket(number: bigint, sizeBytes: number, paddingBytes: number): void {
    const { isIndexed } = this.#options;
    if (this.#packet !== null) throw new ProtocolError(`Packet within a packet: stream=${this.id}`);
    const file = this.#fileFor(sizeBytes);
    if (isIndexed) {
      const pending = this.#pendingOf(number);
      if (pending.place !== null) {
        throw new ProtocolError(`Packet twice: stream=${this.id}, packet=${number}`);
      }
      pending.place = { file, offsetBytes: file.data.sizeBytes };
    }
    this.#packet = { number, paddingBytes };
    this.#packetOffsetBytes = file.data.sizeBytes;
  }

  appendContent(part: Uint8Array): void {
    this.#requireFile().data.append(part);
    this.#byteCount += part.length;
  }

  /** Takes at most `maxBytes` bytes of content from a source; gives how many. */
  appendContentFrom(source: ContentSource, maxBytes: number): number {
    const sizeBytes = this.#requireFile().data.appendFrom(source, maxBytes);
    this.#byteCount += sizeBytes;
    return sizeBytes;
  }

  endPacket(): void {
    const packet = this.#packet;
    if (packet === null) throw new ProtocolError(`End without a packet: stream=${this.id}`);
    this.#requireFile().data.appendZeros(packet.paddingBytes);
    this.#packet = null;
    this.#lastData = packet.number;
    this.#packetCount++;
    this.#flush(packet.number);
    this.#tryRotate();
    this.#tryClose();
  }

  /** The connection ended within a packet: what has come of it goes. */
  abortPacket(): void {
    const packet = this.#packet;
    if (packet === null) return;
    this.#packet = null;
    this.#pending.delete(packet.number);
    this.#file?.data.truncate(this.#packetOffsetBytes);
  }

  // Index

  /** Takes an index entry, or a beacon: an entry without a size. */
  addIndex(index: RelayIndex): void {
    const hasEntries = this.#lastIndex !== RELAY_UNSET;
    // A beacon cannot change what packets say.
    if (index.packetSizeBits > 0n || !hasEntries) this.dataStreamClassId = index.dataStreamClassId;
    if (index.packetSizeBits === 0n) {
      if (hasEntries && !this.isInFlight) this.beacon = index.timestampEnd;
      return;
    }
    const pending = this.#pendingOf(index.netSequenceNumber);
    if (pending.index !== null) {
      throw new ProtocolError(`Index entry twice: stream=${this.id}, packet=${index.netSequenceNumber}`);
    }
    pending.index = index;
    this.#flush(index.netSequenceNumber);
    this.#tryRotate();
    this.#tryClose();
  }

  #flush(number: bigint): void {
    const pending = this.#pending.get(number);
    if (pending === undefined || pending.place === null || pending.index === null) return;
    if (this.#packet?.number === number) return;
    this.#pending.delete(number);
    const { index, place } = pending;
    place.file.append({
      offsetBytes: BigInt(place.offsetBytes),
      packetSizeBits: index.packetSizeBits,
      contentSizeBits: index.contentSizeBits,
      timestampBegin: index.timestampBegin,
      timestampEnd: index.timestampEnd,
      eventsDiscarded: index.eventsDiscarded,
      streamId: index.dataStreamClassId,
      streamInstanceId: index.streamInstanceId,
      packetSequenceNumber: index.packetSequenceNumber,
    });
    this.beacon = null;
    this.#discardedEvents = index.eventsDiscarded;
    this.#lastIndex = number;
    if (index.packetSequenceNumber !== RELAY_UNSET) this.#nextPacket = index.packetSequenceNumber + 1n;
  }

  #pendingOf(number: bigint): PendingPacket {
    const known = this.#pending.get(number);
    if (known !== undefined) return known;
    if (this.#pending.size >= MAX_PENDING) {
      throw new ProtocolError(`Too many packets without an index entry, or the reverse: stream=${this.id}`);
    }
    const made: PendingPacket = { number, place: null, index: null };
    this.#pending.set(number, made);
    return made;
  }

  // Ends

  /** Whether a packet up to `last` is missing: what DATA_PENDING asks. */
  isDataPending(last: bigint): boolean {
    // All ones are the largest: without an index entry the data alone counts.
    const reached =
      this.#options.isIndexed && this.#lastIndex < this.#lastData ? this.#lastIndex : this.#lastData;
    return BigInt.asIntN(64, reached - last) < 0n;
  }

  /** Closes the stream when packet `last` has come; all ones: when what has an index entry has. */
  requestClose(last: bigint): void {
    let wanted = last;
    if (last === RELAY_UNSET) {
      for (const { number, index, place } of [...this.#pending.values()]) {
        if (index === null) this.#pending.delete(number);
        else if (place === null && (wanted === RELAY_UNSET || number > wanted)) wanted = number;
      }
    }
    this.#closeAfter = wanted;
    this.#tryClose();
  }

  /** Closes the stream with what has come. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#pending.clear();
    this.#rotation = null;
    this.#file?.close();
    this.#file = null;
    this.#enter(null);
  }

  #tryClose(): void {
    const last = this.#closeAfter;
    if (last === null || this.#packet !== null) return;
    if (last === RELAY_UNSET || BigInt.asIntN(64, this.#lastData - last) >= 0n) this.close();
  }

  // Rotation

  /**
   * From packet `atPacket` (as the tracer counts) on, the stream belongs to `chunk`. Throws `ProtocolError` when
   * a rotation is under way.
   */
  rotate(chunk: RelayChunk | null, atPacket: bigint): void {
    if (this.#rotation !== null) throw new ProtocolError(`Stream rotates already: stream=${this.id}`);
    this.#rotation = { chunk, atPacket };
    // The chunk is not to go before its first stream has come.
    chunk?.users.add(this);
    this.#tryRotate();
  }

  #tryRotate(): void {
    const rotation = this.#rotation;
    if (rotation === null) return;
    // At least: in overwrite mode packets may be missing. Metadata changes at once, and so does what has no index.
    const isReached = this.isMetadata || !this.#options.isIndexed || this.#nextPacket >= rotation.atPacket;
    if (!isReached) return;
    this.#rotation = null;
    const old = this.#file;
    const excess = this.#takeExcess(old);
    old?.close();
    this.#file = null;
    this.#enter(rotation.chunk);
    // Without a chunk a live reader is told of no new text, as with upstream.
    if (rotation.chunk !== null) this.metadataBytes = 0;
    if (rotation.chunk === null) {
      if (excess !== null) throw new ProtocolError(`Packet for no chunk: stream=${this.id}`);
      return;
    }
    const file = this.#openFile(0);
    if (excess === null || old === null) return;
    const { indexedBytes } = old;
    file.data.append(excess);
    this.#packetOffsetBytes -= indexedBytes;
    for (const pending of this.#pending.values()) {
      const { place } = pending;
      if (place?.file === old) pending.place = { file, offsetBytes: place.offsetBytes - indexedBytes };
    }
  }

  /** Packets of the new chunk that came before the rotation. They leave the file of the old one. */
  // Differs from upstream: relayd 2.13.9 ends with a segmentation fault when a packet overtakes its rotation.
  #takeExcess(file: StreamFile | null): Uint8Array | null {
    if (file === null || this.isMetadata || !this.#options.isIndexed) return null;
    const { data, indexedBytes } = file;
    if (data.sizeBytes <= indexedBytes) return null;
    const excess = data.read(indexedBytes, data.sizeBytes - indexedBytes);
    data.truncate(indexedBytes);
    return excess;
  }

  // Files

  /** Joins a chunk; leaves the one before, which may be finished then. */
  #enter(chunk: RelayChunk | null): void {
    const before = this.#chunk;
    this.#chunk = chunk;
    chunk?.users.add(this);
    if (before !== null && before !== chunk) this.#options.history.release(before, this);
  }

  #openFile(turn: number): StreamFile {
    const { request, minor } = this.#options;
    const chunk = this.#chunk;
    if (chunk === null) throw new ProtocolError(`Stream has no chunk: stream=${this.id}`);
    const name = streamFileName(request.channelName, request, turn);
    const { folder } = chunk;
    const data = folder.create(this.#folders, name);
    const makeIndex = (): RelayFile => folder.create([...this.#folders, 'index'], `${name}.idx`);
    const file = new StreamFile(chunk, data, makeIndex, minor);
    this.#turn = turn;
    this.#file = file;
    this.files.add(file);
    return file;
  }

  /** The file for a packet: the next one when it does not fit into this. A packet is never split. */
  #fileFor(packetBytes: number): StreamFile {
    const { traceFileSizeBytes, traceFileCount } = this.#options.request;
    const file = this.#requireFile();
    const { sizeBytes } = file.data;
    const fits = traceFileSizeBytes === 0 || sizeBytes === 0 || sizeBytes + packetBytes <= traceFileSizeBytes;
    if (fits) return file;
    const turn = this.#turn + 1;
    // Differs from upstream: a size without a count divides by zero in relayd 2.13.9; here there is no last file then.
    if (traceFileCount !== 0 && turn >= traceFileCount) this.#giveUpOldest(file.chunk, turn);
    file.close();
    return this.#openFile(turn);
  }

  /** Removes the oldest file of a chunk, whose name is the next one's. */
  #giveUpOldest(chunk: RelayChunk, turn: number): void {
    const { request } = this.#options;
    const oldest = this.files.ofChunk(chunk)[0];
    if (oldest !== undefined) {
      oldest.isOverwritten = true;
      oldest.close();
    }
    const name = streamFileName(request.channelName, request, turn);
    chunk.folder.unlink(this.#folders, name);
    chunk.folder.unlink([...this.#folders, 'index'], `${name}.idx`);
  }

  #requireFile(): StreamFile {
    if (this.#file === null) throw new ProtocolError(`Stream has no chunk: stream=${this.id}`);
    return this.#file;
  }
}
