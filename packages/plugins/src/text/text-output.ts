/** Where a text sink writes: the standard output or a file, in few large writes. */
import { SystemError, UsageError } from '@lttng-ts/base';
import type { Host, Output, OutputFile } from '../host.ts';
import { binaryToBytes } from './binary-text.ts';

/** Text is written when there is about so much of it. */
const BATCH_LENGTH = 64 << 10;

/** Takes binary strings. */
export class TextOutput {
  readonly #output: Output;
  readonly #file: OutputFile | null;
  readonly #encode: (binary: string) => Uint8Array;
  #text = '';

  /** `path` names a file that is made anew; without it the text goes to the standard output. */
  constructor(host: Host, path: string | null) {
    this.#file = path === null ? null : createFile(host, path);
    this.#output = this.#file ?? host.standardOutput;
    this.#encode = host.encodeBinary ?? binaryToBytes;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= BATCH_LENGTH) this.flush();
  }

  flush(): void {
    if (this.#text === '') return;
    const bytes = this.#encode(this.#text);
    this.#text = '';
    this.#output.write(bytes);
  }

  /** Runs `action`; when it fails, what came before shall be seen. */
  flushOnFailure<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      this.flush();
      throw error;
    }
  }

  close(): void {
    this.flush();
    this.#file?.close();
  }
}

function createFile(host: Host, path: string): OutputFile {
  try {
    return host.output.create(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new UsageError(`Failed to open output file: path="${path}"`, { cause: error });
  }
}
