/**
 * Files of which only so many are open at a time. A file is opened when it is used and stays open until others need its
 * descriptor: the one unused for longest is closed then, and opened again by its next use. Its path may change meanwhile
 * (chunks move), so it is asked for each time.
 */
import * as fs from 'node:fs';
import { SystemError, systemCall } from '@lttng-ts/base';
import type { ContentSource, RelayFile } from '../ports.ts';

const FILE_MODE = 0o660;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = fs.constants;
const ZEROS = new Uint8Array(65536);

export class FilePool {
  readonly #limit: number;
  /** Open files, the one unused for longest first. */
  readonly #open = new Map<PooledFile, number>();
  /** The file used last: most uses are of the one before. */
  #youngest: PooledFile | null = null;
  #youngestFd = -1;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /**
   * Makes an empty file; one that is there is replaced, not written to: somebody may read it. While it is being read it is
   * in `held`. Throws `SystemError`.
   */
  create(pathOf: () => string, held: Set<PooledFile>): PooledFile {
    const path = pathOf();
    this.#makeRoom();
    const file = new PooledFile(this, pathOf, held);
    this.#keep(
      file,
      systemCall({ path }, () => openNew(path)),
    );
    return file;
  }

  /** The descriptor of a file, opened if need be; null when the file is gone. */
  descriptorOf(file: PooledFile): number | null {
    if (file === this.#youngest) return this.#youngestFd;
    const open = this.#open.get(file);
    if (open !== undefined) {
      this.#open.delete(file);
      this.#keep(file, open);
      return open;
    }
    this.#makeRoom();
    const path = file.pathOf();
    try {
      const fd = systemCall({ path }, () => fs.openSync(path, O_RDWR | O_NOFOLLOW));
      this.#keep(file, fd);
      return fd;
    } catch (error) {
      // A chunk that was cleared.
      if (error instanceof SystemError && error.errnoName === 'ENOENT') return null;
      throw error;
    }
  }

  release(file: PooledFile): void {
    const fd = this.#open.get(file);
    if (fd === undefined) return;
    this.#open.delete(file);
    if (file === this.#youngest) this.#youngest = null;
    try {
      systemCall({ path: file.pathOf() }, () => fs.closeSync(fd));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      // What a network file system says of earlier writes: this file's matter, not of whoever needs the descriptor.
      file.closeFault = error;
    }
  }

  #keep(file: PooledFile, fd: number): void {
    this.#open.set(file, fd);
    this.#youngest = file;
    this.#youngestFd = fd;
  }

  close(): void {
    for (const file of [...this.#open.keys()]) this.release(file);
  }

  #makeRoom(): void {
    for (const file of this.#open.keys()) {
      if (this.#open.size < this.#limit) return;
      this.release(file);
    }
  }
}

function openNew(path: string): number {
  const flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
  try {
    return fs.openSync(path, flags, FILE_MODE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Looked for only now: nearly always nothing is there.
    fs.rmSync(path, { force: true });
    return fs.openSync(path, flags, FILE_MODE);
  }
}

export class PooledFile implements RelayFile {
  readonly #pathOf: () => string;
  readonly #pool: FilePool;
  /** Files of its folder that are being read. */
  readonly #held: Set<PooledFile>;
  #sizeBytes = 0;
  #holderCount = 0;
  /** What was said when it was closed for others' sake; thrown by the next write. */
  closeFault: SystemError | null = null;
  /** Where the file lies since its chunk was removed under a reader. */
  #asidePath: string | null = null;

  constructor(pool: FilePool, pathOf: () => string, held: Set<PooledFile>) {
    this.#pool = pool;
    this.#held = held;
    this.#pathOf = pathOf;
  }

  pathOf(): string {
    return this.#asidePath ?? this.#pathOf();
  }

  hold(): void {
    this.#holderCount++;
    if (this.#asidePath === null) this.#held.add(this);
  }

  release(): void {
    this.#holderCount--;
    if (this.#holderCount > 0) return;
    this.#held.delete(this);
    const path = this.#asidePath;
    if (path === null) return;
    this.#pool.release(this);
    systemCall({ path }, () => fs.rmSync(path, { force: true }));
  }

  /** Moves the file out of the way of its chunk's removal. */
  setAside(path: string): void {
    const from = this.pathOf();
    systemCall({ path }, () => fs.renameSync(from, path));
    this.#asidePath = path;
    this.#held.delete(this);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(part: Uint8Array): void {
    if (this.closeFault !== null) throw this.closeFault;
    const fd = this.#pool.descriptorOf(this);
    if (fd === null) throw new SystemError('open', 'ENOENT', { path: this.pathOf() });
    try {
      for (let done = 0; done < part.length; ) {
        // A full disk first takes a part, then refuses.
        const written = fs.writeSync(fd, part, done, part.length - done, this.#sizeBytes + done);
        if (written === 0) throw new SystemError('write', 'EIO', { what: 'nothing was written' });
        done += written;
      }
    } catch (error) {
      // The path is made up here only: this is where all of a trace's bytes go through.
      systemCall({ path: this.pathOf() }, () => {
        throw error;
      });
    }
    this.#sizeBytes += part.length;
  }

  appendFrom(source: ContentSource, maxBytes: number): number {
    const fd = this.#pool.descriptorOf(this);
    if (fd === null) throw new SystemError('open', 'ENOENT', { path: this.pathOf() });
    const { movedBytes, errnoName } = source.moveTo(fd, this.#sizeBytes, maxBytes);
    if (errnoName !== null) throw new SystemError('write', errnoName, { path: this.pathOf() });
    this.#sizeBytes += movedBytes;
    return movedBytes;
  }

  appendZeros(countBytes: number): void {
    if (countBytes <= ZEROS.length) {
      this.append(ZEROS.subarray(0, countBytes));
      return;
    }
    // As a hole: a peer needs a few bytes to ask for very many. First what a write that failed may have left goes.
    this.truncate(this.#sizeBytes);
    this.truncate(this.#sizeBytes + countBytes);
  }

  truncate(sizeBytes: number): void {
    const path = this.pathOf();
    const fd = this.#pool.descriptorOf(this);
    this.#sizeBytes = sizeBytes;
    if (fd !== null) systemCall({ path }, () => fs.ftruncateSync(fd, sizeBytes));
  }

  read(offsetBytes: number, sizeBytes: number, roomBytes = 0): Uint8Array | null {
    if (offsetBytes + sizeBytes > this.#sizeBytes) return null;
    const path = this.pathOf();
    const fd = this.#pool.descriptorOf(this);
    if (fd === null) return null;
    const bytes = Buffer.allocUnsafe(roomBytes + sizeBytes);
    return systemCall({ path }, () => {
      for (let done = 0; done < sizeBytes; ) {
        const got = fs.readSync(fd, bytes, roomBytes + done, sizeBytes - done, offsetBytes + done);
        if (got === 0) return null;
        done += got;
      }
      return bytes;
    });
  }

  close(): void {
    this.#pool.release(this);
  }
}
