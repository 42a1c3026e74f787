/**
 * Progress on a terminal: a bar that appears when a command takes longer than a moment, and disappears before anything
 * else is written there. How far a graph has come is told by the files that its sources read.
 */
import type { ByteSource } from '@lttng-ts/ctf';
import type { InputFiles, Output } from '@lttng-ts/plugins';
import { progressText } from './text/progress-bar.ts';

/** What takes less than this shows no bar. */
const FIRST_AFTER_MS = 500;
const PERIOD_MS = 100;
/** Back to the beginning of the line, and nothing on it. */
const CLEAR_LINE = '\r\x1b[K';

export interface ProgressParts {
  /** Where the bar is drawn. */
  readonly terminal: Output;
  readonly columns: () => number;
  /** Milliseconds from any moment on. */
  readonly nowMs: () => number;
}

export class Progress {
  readonly #parts: ProgressParts;
  readonly #beginMs: number;
  #lastMs: number;
  #isVisible = false;
  #totalBytes = 0;
  #doneBytes = 0;

  constructor(parts: ProgressParts) {
    this.#parts = parts;
    this.#beginMs = parts.nowMs();
    this.#lastMs = this.#beginMs + FIRST_AFTER_MS - PERIOD_MS;
  }

  /** The same files; what is read of them counts. */
  watch(input: InputFiles): InputFiles {
    return { ...input, open: (path) => this.#watchSource(input.open(path)) };
  }

  /** A file counts from its first byte to the last one that was read. */
  #watchSource(source: ByteSource): ByteSource {
    let readBytes = -1;
    const note = (endBytes: number): void => {
      if (readBytes < 0) {
        this.#totalBytes += source.sizeBytes;
        readBytes = 0;
      }
      if (endBytes <= readBytes) return;
      this.#doneBytes += endBytes - readBytes;
      readBytes = endBytes;
    };
    return {
      path: source.path,
      get sizeBytes() {
        return source.sizeBytes;
      },
      get fault() {
        return source.fault ?? null;
      },
      read: (offsetBytes, lengthBytes) => {
        const bytes = source.read(offsetBytes, lengthBytes);
        note(offsetBytes + bytes.length);
        return bytes;
      },
      ...(source.readInto === undefined
        ? {}
        : {
            readInto: (offsetBytes: number, target: Uint8Array) => {
              const count = source.readInto!(offsetBytes, target);
              note(offsetBytes + count);
              return count;
            },
          }),
      ...(source.expectSize === undefined
        ? {}
        : { expectSize: (sizeBytes: number) => source.expectSize!(sizeBytes) }),
      ...(source.onFault === undefined ? {} : { onFault: (take: () => void) => source.onFault!(take) }),
    };
  }

  /** Shows how far it is, if it is time to; without a number, how much of the files was read. */
  show(fraction?: number): void {
    const nowMs = this.#parts.nowMs();
    if (nowMs - this.#lastMs < PERIOD_MS) return;
    this.#lastMs = nowMs;
    const known = fraction ?? (this.#totalBytes === 0 ? null : this.#doneBytes / this.#totalBytes);
    if (known === null) return;
    const elapsedMs = nowMs - this.#beginMs;
    const text = progressText({ fraction: known, elapsedMs, columns: this.#parts.columns() });
    this.#isVisible = true;
    this.#parts.terminal.write(new TextEncoder().encode(`${CLEAR_LINE}${text}`));
  }

  /** Takes the bar away. */
  end(): void {
    if (!this.#isVisible) return;
    this.#isVisible = false;
    this.#parts.terminal.write(new TextEncoder().encode(CLEAR_LINE));
  }

  /** An output on the same terminal: the bar makes room for it. */
  besides(output: Output): Output {
    return {
      write: (bytes) => {
        this.end();
        output.write(bytes);
      },
    };
  }
}
