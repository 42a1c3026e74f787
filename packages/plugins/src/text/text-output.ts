/** Where a text sink writes: the standard output or a file, in few large writes. */
import { SystemError, UsageError } from '@lttng-ts/base';
import { putString, TextBuffer } from '@lttng-ts/ctf';
import type { Host, Output, OutputFile } from '../host.ts';

/** Text is written when there is about so much of it: little at first, so that people see something soon, then more. */
const FIRST_BATCH_BYTES = 4 << 10;
const BATCH_BYTES = 128 << 10;

/** Takes binary strings, or text that its user puts into {@link buffer} itself. */
export class TextOutput {
  /** What is not written yet; its first {@link usedBytes} are text. */
  readonly buffer = new TextBuffer();
  usedBytes = 0;
  #batchBytes = FIRST_BATCH_BYTES;
  readonly #output: Output;
  readonly #file: OutputFile | null;

  /** `path` names a file that is made anew; without it the text goes to the standard output. */
  constructor(host: Pick<Host, 'output' | 'standardOutput'>, path: string | null) {
    this.#file = path === null ? null : createFile(host, path);
    this.#output = this.#file ?? host.standardOutput;
  }

  write(text: string): void {
    this.usedBytes = putString(this.buffer, this.usedBytes, text, 0);
    this.flushWhenFull();
  }

  /** Text is written when there is about so much of it. */
  get batchBytes(): number {
    return this.#batchBytes;
  }

  /** Call it between texts. */
  flushWhenFull(): void {
    if (this.usedBytes < this.#batchBytes) return;
    this.#batchBytes = Math.min(2 * this.#batchBytes, BATCH_BYTES);
    this.flush();
  }

  flush(): void {
    const { usedBytes } = this;
    if (usedBytes === 0) return;
    this.usedBytes = 0;
    this.#output.write(this.buffer.bytes.subarray(0, usedBytes));
  }

  /** Writes bytes that are text as they are. */
  writeBytes(bytes: Uint8Array): void {
    this.flush();
    if (bytes.length > 0) this.#output.write(bytes);
  }

  /** Runs `action`; when it fails, what came before shall be seen, and what `settle` adds to that. */
  flushOnFailure<T>(action: () => T, settle: () => void = () => undefined): T {
    try {
      return action();
    } catch (error) {
      settle();
      this.flush();
      throw error;
    }
  }

  close(): void {
    this.flush();
    this.#file?.close();
  }
}

function createFile(host: Pick<Host, 'output'>, path: string): OutputFile {
  try {
    return host.output.create(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new UsageError(`Failed to open output file: path="${path}"`, { cause: error });
  }
}
