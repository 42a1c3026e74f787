/**
 * A file for bytes that are not worth memory: nobody else sees it, it has no name once it is open, and it is gone with the
 * process, however that ends.
 */
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemCall } from '@lttng-ts/base';
import { readFully } from './read-fully.ts';

export class TemporaryFile implements Disposable {
  readonly #folder: string;
  readonly #descriptor: number;
  #sizeBytes = 0;

  /** Throws `SystemError`. */
  constructor() {
    const folder = temporaryFolder();
    this.#folder = folder;
    this.#descriptor = systemCall({ path: folder }, () => {
      const own = mkdtempSync(join(folder, 'lttng-ts-'));
      try {
        return openSync(join(own, 'bytes'), 'wx+', 0o600);
      } finally {
        rmSync(own, { recursive: true });
      }
    });
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Throws `SystemError`: the disk may be full. */
  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const count = systemCall({ path: this.#folder }, () =>
        writeSync(this.#descriptor, bytes, at, bytes.length - at, this.#sizeBytes),
      );
      at += count;
      this.#sizeBytes += count;
    }
  }

  /** Fills `target` from `offsetBytes` on, and gives how many bytes came. Throws `SystemError`. */
  readInto(offsetBytes: number, target: Uint8Array): number {
    return systemCall({ path: this.#folder }, () => readFully(this.#descriptor, offsetBytes, target));
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

/** Where large files may be: `/tmp` is memory on many systems. */
function temporaryFolder(): string {
  const { TMPDIR } = process.env;
  if (TMPDIR !== undefined && TMPDIR !== '') return TMPDIR;
  return existsSync('/var/tmp') ? '/var/tmp' : tmpdir();
}
