/**
 * Keeps a growing trace file from filling the page cache: its tail is sent to the disk soon, and taken out of the cache
 * a while later. Other programs keep their cached files, and the pages that come free are warm for what is recorded
 * next. Advice only: nothing waits for a disk, nothing fails.
 */
import { SystemError } from '@lttng-ts/base';
import { type DescriptorCalls, fd } from '@lttng-ts/native';

/** The calls of the addon that this needs. */
export type PageCacheCalls = Pick<DescriptorCalls, 'beginWriteBack' | 'dropCached'>;

/** The file grows by at least this much between two calls, whatever the size of its packets. */
const STEP_BYTES = 512 << 10;
/** This much of the file's end may still be on its way to the disk. */
const KEPT_BYTES = 4 << 20;
/** Asked again and again while it lies this far behind: a slow disk has more on its way. */
const ASKED_BYTES = 16 << 20;

export class WriteBehind {
  readonly #calls: PageCacheCalls;
  readonly #fd: number;
  #begunBytes = 0;
  #isRefused = false;

  /** `fileDescriptor` stays the caller's. */
  constructor(calls: PageCacheCalls, fileDescriptor: number) {
    this.#calls = calls;
    this.#fd = fileDescriptor;
  }

  /** The file has `sizeBytes` now. */
  grew(sizeBytes: number): void {
    const lengthBytes = sizeBytes - this.#begunBytes;
    if (lengthBytes < STEP_BYTES || this.#isRefused) return;
    const file = fd(this.#fd);
    try {
      this.#calls.beginWriteBack(file, this.#begunBytes, lengthBytes);
      const from = Math.max(0, sizeBytes - KEPT_BYTES - ASKED_BYTES);
      if (sizeBytes > KEPT_BYTES) this.#calls.dropCached(file, from, sizeBytes - KEPT_BYTES - from);
    } catch (error) {
      // A file system that does not take advice is written to all the same.
      if (!(error instanceof SystemError)) throw error;
      this.#isRefused = true;
    }
    // Differs from upstream: it also waits until the packet before is on the disk, which holds all streams up.
    this.#begunBytes = sizeBytes;
  }
}
