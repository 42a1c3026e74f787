/**
 * The files of one stream, oldest first, over all chunks: packets in data files, entries in index files. Readers hold
 * a place in the list; files that nobody reads any more, and nobody writes, are dropped from it (not from the disk).
 */
import {
  encodeIndexEntry,
  encodeIndexHeader,
  type PacketIndexEntry,
  packetIndexEntry,
  packetIndexEntry10,
  packetIndexHeader,
} from '@lttng-ts/ctf';
import type { RelayFile } from './ports.ts';
import type { RelayChunk } from './relay-chunk.ts';

export class StreamFile {
  readonly chunk: RelayChunk;
  readonly data: RelayFile;
  readonly #makeIndex: () => RelayFile;
  readonly #minor: number;
  #index: RelayFile | null = null;
  #entryCount = 0;
  /** Its place was needed for a newer file: what nobody has read is gone. */
  isOverwritten = false;
  /** End of the last packet that has an entry. */
  indexedBytes = 0;

  constructor(chunk: RelayChunk, data: RelayFile, makeIndex: () => RelayFile, minor: number) {
    this.chunk = chunk;
    this.data = data;
    this.#makeIndex = makeIndex;
    this.#minor = minor;
  }

  get entryCount(): number {
    return this.#entryCount;
  }

  /**
   * Whether it can still be read. Differs from upstream: what was cleared while nothing is recorded is gone as well;
   * relayd 2.13.9 lets a reader that is there finish it.
   */
  get isReadable(): boolean {
    return !this.isOverwritten && !this.chunk.isRemoved;
  }

  append(entry: PacketIndexEntry): void {
    const isLong = this.#minor >= 8;
    if (this.#index === null) {
      this.#index = this.#makeIndex();
      this.#index.append(encodeIndexHeader(isLong ? 1 : 0));
    }
    this.#index.append(isLong ? encodeIndexEntry(entry) : packetIndexEntry10.encode(entry));
    this.#entryCount++;
    this.indexedBytes = Number(entry.offsetBytes) + Number(entry.packetSizeBits / 8n);
  }

  /** The `number`th entry, as a viewer wants it (the fields of index 1.0), or null when the file is gone. */
  entry(number: number): Uint8Array | null {
    const { sizeBytes } = this.#minor >= 8 ? packetIndexEntry : packetIndexEntry10;
    const at = packetIndexHeader.sizeBytes + number * sizeBytes;
    return this.#index?.read(at, packetIndexEntry10.sizeBytes) ?? null;
  }

  close(): void {
    this.data.close();
    this.#index?.close();
  }
}

/** Where a reader of a stream is: before entry `entry` of `file`. */
export class StreamCursor {
  readonly #files: StreamFiles;
  /** Null: before the first file that will be there. */
  #file: StreamFile | null;
  #entry: number;

  constructor(files: StreamFiles, file: StreamFile | null, entry: number) {
    this.#files = files;
    this.#file = file;
    this.#entry = entry;
  }

  get file(): StreamFile | null {
    return this.#file;
  }

  /** Whether nothing is left to read now. */
  get isAtEnd(): boolean {
    this.#settle();
    return this.#file?.isReadable !== true || this.#entry >= this.#file.entryCount;
  }

  /** The next entry without passing it, or null: nothing is there, or it is gone. */
  peek(): Uint8Array | null {
    return this.isAtEnd ? null : (this.#file?.entry(this.#entry) ?? null);
  }

  advance(): void {
    this.#entry++;
  }

  /** Entries that are left to read. */
  get leftCount(): number {
    return this.#files.countFrom(this.#file, this.#entry);
  }

  /** Stops holding files in the list. */
  close(): void {
    this.#files.cursors.delete(this);
    this.#files.prune();
  }

  /** Goes to the file of the next entry; files that cannot be read any more are skipped. */
  #settle(): void {
    for (;;) {
      const file = this.#file;
      if (file?.isReadable && this.#entry < file.entryCount) return;
      const next = this.#files.after(file);
      if (next === null) return;
      this.#file = next;
      this.#entry = 0;
      this.#files.prune();
    }
  }
}

export class StreamFiles {
  readonly #files: StreamFile[] = [];
  readonly cursors = new Set<StreamCursor>();

  get current(): StreamFile | null {
    return this.#files.at(-1) ?? null;
  }

  add(file: StreamFile): void {
    this.#files.push(file);
    this.prune();
  }

  /** Files of one chunk that are there, oldest first. */
  ofChunk(chunk: RelayChunk): readonly StreamFile[] {
    return this.#files.filter((file) => file.chunk === chunk && !file.isOverwritten);
  }

  /** Entries that the reader who is furthest behind has before it; null: nobody reads. */
  get lagPackets(): number | null {
    const lefts = [...this.cursors].map(({ leftCount }) => leftCount);
    return lefts.length === 0 ? null : Math.max(...lefts);
  }

  /** Readable entries from entry `entry` of `file` on (null: of all files). */
  countFrom(file: StreamFile | null, entry: number): number {
    const at = file === null ? 0 : this.#files.indexOf(file);
    const readable = this.#files.slice(at).filter(({ isReadable }) => isReadable);
    const count = readable.reduce((sum, { entryCount }) => sum + entryCount, 0);
    return file?.isReadable === true ? count - entry : count;
  }

  /** The file after `file` (null: the first), passing those that cannot be read. */
  after(file: StreamFile | null): StreamFile | null {
    const at = file === null ? -1 : this.#files.indexOf(file);
    return this.#files.slice(at + 1).find(({ isReadable }) => isReadable) ?? null;
  }

  /** A reader's place: before the oldest entry, or behind the newest. */
  cursor(seek: 'beginning' | 'last'): StreamCursor {
    const last = this.current;
    const cursor =
      seek === 'last' && last !== null
        ? new StreamCursor(this, last, last.entryCount)
        : new StreamCursor(this, null, 0);
    this.cursors.add(cursor);
    return cursor;
  }

  /** Drops files that are before every reader's place and are written no more. */
  prune(): void {
    const held = [...this.cursors].map(({ file }) => (file === null ? 0 : this.#files.indexOf(file)));
    // Without a reader the list still holds what one that comes may read: the files of the current chunk.
    const chunk = this.current?.chunk;
    const first = this.#files.findIndex((file) => file.chunk === chunk && !file.isOverwritten);
    const count = Math.min(first < 0 ? this.#files.length - 1 : first, ...held);
    if (count > 0) this.#files.splice(0, count);
  }
}
