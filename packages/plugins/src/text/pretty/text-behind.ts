/** Text that is printed but waits for what comes before it. */
import type { Host, Output } from '../../host.ts';
import { TextOutput } from '../text-output.ts';

const FIRST_SIZE_BYTES = 64 << 10;

export class TextBehind {
  /** Where it is written to. */
  readonly output: TextOutput;
  #bytes = new Uint8Array(FIRST_SIZE_BYTES);
  #usedBytes = 0;

  constructor({ output }: Pick<Host, 'output'>) {
    const standardOutput: Output = { write: (bytes) => this.#add(bytes) };
    this.output = new TextOutput({ output, standardOutput }, null);
  }

  #add(bytes: Uint8Array): void {
    const endBytes = this.#usedBytes + bytes.length;
    if (endBytes > this.#bytes.length) {
      const grown = new Uint8Array(2 * endBytes);
      grown.set(this.#bytes.subarray(0, this.#usedBytes));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#usedBytes);
    this.#usedBytes = endBytes;
  }

  get lengthBytes(): number {
    return this.#usedBytes + this.output.usedBytes;
  }

  /** Writes it where it belongs; then there is none. */
  moveTo(output: TextOutput): void {
    this.output.flush();
    output.writeBytes(this.#bytes.subarray(0, this.#usedBytes));
    this.#usedBytes = 0;
  }
}
