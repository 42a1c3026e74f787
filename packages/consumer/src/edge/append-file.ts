/**
 * A file that grows by whole records: when a write fails half-way, the file is cut back to its last whole
 * record, so that a reader never meets half of one.
 */
import * as fs from 'node:fs';
import { SystemError, systemCall } from '@lttng-ts/base';
import type { WriteBehind } from './write-behind.ts';

export class AppendFile {
  readonly path: string;
  readonly #fd: number;
  readonly #writeBehind: WriteBehind | null;
  #sizeBytes = 0;
  /** Whether bytes of a failed record may lie behind the last whole one. */
  #hasRemains = false;
  #isClosed = false;

  /** Takes ownership of `fd`, which is empty and open for writing. */
  constructor(path: string, fd: number, writeBehind: WriteBehind | null = null) {
    this.path = path;
    this.#fd = fd;
    this.#writeBehind = writeBehind;
  }

  /** Size of the whole records. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /**
   * Appends `lengthBytes` bytes of `memory`. Throws `SystemError`, with the file as before (or cut back before
   * the next append, if even that is refused now).
   */
  append(memory: Uint8Array, offsetBytes: number, lengthBytes: number): void {
    if (this.#hasRemains) this.truncate(this.#sizeBytes);
    try {
      systemCall({ path: this.path }, () => this.#writeAll(memory, offsetBytes, lengthBytes));
    } catch (error) {
      this.tryTruncate(this.#sizeBytes);
      throw error;
    }
    this.#sizeBytes += lengthBytes;
    this.#writeBehind?.grew(this.#sizeBytes);
  }

  /** Cuts the file back to `sizeBytes`, the end of an earlier record. */
  truncate(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
    this.#hasRemains = true;
    systemCall({ path: this.path }, () => fs.ftruncateSync(this.#fd, sizeBytes));
    this.#hasRemains = false;
  }

  /** Like {@link truncate}, but leaves a refusal to the next append. */
  tryTruncate(sizeBytes: number): void {
    try {
      this.truncate(sizeBytes);
    } catch (error) {
      // The write that failed is what the caller reports; the remains are noted and cut before the next one.
      if (!(error instanceof Error)) throw error;
    }
  }

  /** Whether somebody removed the file. */
  get isMissing(): boolean {
    return !this.#isClosed && fs.fstatSync(this.#fd).nlink === 0;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    fs.closeSync(this.#fd);
  }

  #writeAll(memory: Uint8Array, offsetBytes: number, lengthBytes: number): void {
    for (let done = 0; done < lengthBytes; ) {
      // A full disk first takes a part, then refuses.
      const at = this.#sizeBytes + done;
      const written = fs.writeSync(this.#fd, memory, offsetBytes + done, lengthBytes - done, at);
      if (written === 0)
        throw new SystemError('write', 'EIO', { path: this.path, what: 'nothing was written' });
      done += written;
    }
  }
}
