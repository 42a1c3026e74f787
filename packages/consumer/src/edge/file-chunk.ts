/**
 * A trace chunk in a folder: data streams with their index files, and metadata, as LTTng lays them out.
 */
import { closeSync } from 'node:fs';
import { SystemError } from '@lttng-ts/base';
import { encodeIndexEntry, encodeIndexHeader } from '@lttng-ts/ctf';
import {
  folderNames,
  INDEX_FOLDER,
  indexFileName,
  METADATA_FILE,
  needsNextFile,
  type TraceFileLimits,
  traceFileName,
} from '../core/chunk-layout.ts';
import { metadataPackets } from '../core/metadata-packets.ts';
import type {
  DataStreamPlace,
  DataStreamSink,
  MetadataPlace,
  MetadataSink,
  PacketDescription,
  TraceChunk,
} from '../sink.ts';
import { AppendFile } from './append-file.ts';
import {
  type ChunkFolder,
  type ChunkPlace,
  moveChunk,
  putChunkBack,
  removeChunk,
  setChunkAside,
} from './chunk-folder.ts';
import { openFolderBelow, TraceFolder } from './trace-folder.ts';
import { type PageCacheCalls, WriteBehind } from './write-behind.ts';

/** The chunk of a local session. Everything below its root is made without following links. */
export class FileChunk implements TraceChunk {
  readonly chunkId: number;
  readonly hasOutput = true;
  readonly #root: TraceFolder;
  readonly #place: ChunkPlace;
  readonly #pageCache: PageCacheCalls | null;
  /** Names of the folders in the root that are this chunk's. */
  readonly #folders = new Set<string>();
  /** Where the output lies since it was moved out of the way. */
  #aside: ChunkFolder | null = null;
  readonly #open = new Set<Closeable>();
  /** The trace folder that was used last: the streams of a trace are opened one after the other. */
  #lastTrace: OpenTrace | null = null;
  readonly #release = (sink: Closeable): void => void this.#open.delete(sink);

  /**
   * Makes `rootPath` and its parents; throws `SystemError` when the owner may not. Without `pageCache` the files of
   * data streams stay in the page cache like any other.
   */
  constructor(chunkId: number, place: ChunkPlace, pageCache: PageCacheCalls | null = null) {
    this.chunkId = chunkId;
    this.#place = place;
    this.#pageCache = pageCache;
    this.#root = TraceFolder.openRoot(place.rootPath);
  }

  /** Makes an empty folder below the root, so that it is there before the first stream. */
  makeFolder(path: string): void {
    const [name, ...others] = folderNames(path);
    if (name !== undefined && others.length === 0) {
      this.#root.makeFolder(name);
      this.#folders.add(name);
    } else this.#openFolder(path).close();
  }

  openDataStream(place: DataStreamPlace): DataStreamSink {
    const places: StreamFilePlaces = {
      open: (turn) => this.#openFiles(place, turn),
      remove: (turn) => this.#removeFile(place, turn),
    };
    return this.#own(new DataStreamFiles(places, place, this.#release));
  }

  openMetadata({ tracePath, uuid }: MetadataPlace): MetadataSink {
    const last = this.#lastTrace;
    if (last?.tracePath === tracePath) {
      try {
        return this.#openMetadataIn(last.folder, uuid);
      } catch (error) {
        // Somebody removed the folder: it is made again.
        if (!(error instanceof SystemError) || error.errnoName !== 'ENOENT') throw error;
      }
    }
    using folder = this.#openFolder(tracePath);
    return this.#openMetadataIn(folder, uuid);
  }

  #openMetadataIn(folder: TraceFolder, uuid: Uint8Array): MetadataSink {
    const file = new AppendFile(`${folder.path}/${METADATA_FILE}`, folder.createFile(METADATA_FILE));
    return this.#own(new MetadataFile(file, uuid, this.#release));
  }

  close(): void {
    for (const sink of this.#open) sink.close();
    this.#forgetTrace();
    this.#root.close();
  }

  findMissing(): string | null {
    if (this.#root.isMissing) return this.#root.path;
    for (const sink of this.#open) {
      const path = sink.findMissing();
      if (path !== null) return path;
    }
    return null;
  }

  setAside(): () => void {
    const before = this.#folder;
    this.#aside = setChunkAside(before);
    return () => {
      if (this.#aside === null) return;
      putChunkBack(before);
      this.#aside = null;
    };
  }

  archive(path: string): void {
    moveChunk(this.#folder, path);
  }

  remove(): void {
    removeChunk(this.#folder);
  }

  get #folder(): ChunkFolder {
    const { rootPath, isRootShared } = this.#place;
    return this.#aside ?? { rootPath, folders: isRootShared ? [...this.#folders] : null };
  }

  #openFolder(tracePath: string): TraceFolder {
    const names = folderNames(tracePath);
    const folder = openFolderBelow(this.#root, names);
    this.#folders.add(names[0]!);
    return folder;
  }

  #own<S extends Closeable>(sink: S): S {
    this.#open.add(sink);
    return sink;
  }

  #openFiles(place: DataStreamPlace, turn: number): StreamFiles {
    const last = this.#lastTrace;
    if (last?.tracePath !== place.tracePath)
      return this.#openFilesIn(this.#openTrace(place.tracePath), place, turn);
    try {
      return this.#openFilesIn(last, place, turn);
    } catch (error) {
      // Somebody removed the folder: it is made again.
      if (!(error instanceof SystemError) || error.errnoName !== 'ENOENT') throw error;
      return this.#openFilesIn(this.#openTrace(place.tracePath), place, turn);
    }
  }

  #removeFile(place: DataStreamPlace, turn: number): void {
    const last = this.#lastTrace;
    const { folder } = last?.tracePath === place.tracePath ? last : this.#openTrace(place.tracePath);
    folder.removeFile(traceFileName(place.streamName, place, turn));
  }

  #openTrace(tracePath: string): OpenTrace {
    this.#forgetTrace();
    const folder = this.#openFolder(tracePath);
    try {
      // A snapshot has the folder, too, and nothing in it.
      folder.makeFolder(INDEX_FOLDER);
      this.#lastTrace = { tracePath, folder, indexFolder: null };
      return this.#lastTrace;
    } catch (error) {
      folder.close();
      throw error;
    }
  }

  #forgetTrace(): void {
    this.#lastTrace?.folder.close();
    this.#lastTrace?.indexFolder?.close();
    this.#lastTrace = null;
  }

  #openFilesIn(trace: OpenTrace, place: DataStreamPlace, turn: number): StreamFiles {
    const { folder } = trace;
    const dataName = traceFileName(place.streamName, place, turn);
    const dataFd = folder.createFile(dataName);
    try {
      const index = place.isIndexed ? openIndex(indexFolderOf(trace), indexFileName(dataName)) : null;
      const writeBehind = this.#pageCache === null ? null : new WriteBehind(this.#pageCache, dataFd);
      return { data: new AppendFile(`${folder.path}/${dataName}`, dataFd, writeBehind), index };
    } catch (error) {
      closeSync(dataFd);
      throw error;
    }
  }
}

function indexFolderOf(trace: OpenTrace): TraceFolder {
  trace.indexFolder ??= trace.folder.openFolder(INDEX_FOLDER);
  return trace.indexFolder;
}

function openIndex(folder: TraceFolder, name: string): AppendFile {
  const index = new AppendFile(`${folder.path}/${name}`, folder.createFile(name));
  try {
    const header = encodeIndexHeader();
    index.append(header, 0, header.length);
    return index;
  } catch (error) {
    index.close();
    throw error;
  }
}

/** A folder of data streams and, once a stream has an index, the one of those files, open. */
interface OpenTrace {
  readonly tracePath: string;
  readonly folder: TraceFolder;
  indexFolder: TraceFolder | null;
}

interface Closeable {
  findMissing(): string | null;
  close(): void;
}

interface StreamFiles {
  readonly data: AppendFile;
  readonly index: AppendFile | null;
}

/** The files of a stream by their number in order of time. */
interface StreamFilePlaces {
  /** Makes it empty. Throws `SystemError`. */
  readonly open: (turn: number) => StreamFiles;
  /** One that is not there is fine. Throws `SystemError`. */
  readonly remove: (turn: number) => void;
}

class DataStreamFiles implements DataStreamSink {
  readonly #places: StreamFilePlaces;
  readonly #limits: TraceFileLimits;
  readonly #onClose: (sink: Closeable) => void;
  #turn = 0;
  #files: StreamFiles;

  constructor(places: StreamFilePlaces, limits: TraceFileLimits, onClose: (sink: Closeable) => void) {
    this.#places = places;
    this.#limits = limits;
    this.#onClose = onClose;
    this.#files = places.open(0);
  }

  writePacket(memory: Uint8Array, packet: PacketDescription): void {
    const { data, index } = this.#filesFor(packet.paddedSizeBytes);
    const packetStart = data.sizeBytes;
    // Data first: an index entry always has its packet.
    data.append(memory, packet.memoryOffsetBytes, packet.paddedSizeBytes);
    if (index === null) return;
    try {
      const entry = encodeIndexEntry({
        offsetBytes: BigInt(packetStart),
        packetSizeBits: packet.packetSizeBits,
        contentSizeBits: packet.contentSizeBits,
        timestampBegin: packet.timestampBegin,
        timestampEnd: packet.timestampEnd,
        eventsDiscarded: packet.eventsDiscarded,
        streamId: BigInt(packet.streamId),
        streamInstanceId: packet.streamInstanceId,
        packetSequenceNumber: packet.sequenceNumber,
      });
      index.append(entry, 0, entry.length);
    } catch (error) {
      // All or nothing: the packet will be written again.
      data.tryTruncate(packetStart);
      throw error;
    }
  }

  restart(): boolean {
    const { data, index } = this.#files;
    // An index would tell of what is gone.
    if (index !== null) return false;
    if (this.#turn === 0) {
      data.truncate(0);
      return true;
    }
    const { traceFileCount } = this.#limits;
    const fileCount = traceFileCount === 0 ? this.#turn + 1 : Math.min(this.#turn + 1, traceFileCount);
    // Later ones first: what is left when one cannot be removed has no hole.
    for (let turn = fileCount - 1; turn > 0; turn--) this.#places.remove(turn);
    const first = this.#places.open(0);
    this.#closeFiles();
    this.#files = first;
    this.#turn = 0;
    return true;
  }

  close(): void {
    this.#closeFiles();
    this.#onClose(this);
  }

  findMissing(): string | null {
    const { data } = this.#files;
    return data.isMissing ? data.path : null;
  }

  #closeFiles(): void {
    this.#files.data.close();
    this.#files.index?.close();
  }

  #filesFor(packetBytes: number): StreamFiles {
    if (needsNextFile(this.#limits, this.#files.data.sizeBytes, packetBytes)) {
      const next = this.#places.open(this.#turn + 1);
      this.#closeFiles();
      this.#turn++;
      this.#files = next;
    }
    return this.#files;
  }
}

class MetadataFile implements MetadataSink {
  readonly #file: AppendFile;
  readonly #uuid: Uint8Array;
  readonly #onClose: (sink: Closeable) => void;

  constructor(file: AppendFile, uuid: Uint8Array, onClose: (sink: Closeable) => void) {
    this.#file = file;
    this.#uuid = uuid;
    this.#onClose = onClose;
  }

  append(text: Uint8Array): void {
    const packets = metadataPackets(text, this.#uuid, this.#file.sizeBytes === 0);
    this.#file.append(packets, 0, packets.length);
  }

  restart(): void {
    this.#file.truncate(0);
  }

  findMissing(): string | null {
    return this.#file.isMissing ? this.#file.path : null;
  }

  close(): void {
    this.#file.close();
    this.#onClose(this);
  }
}
