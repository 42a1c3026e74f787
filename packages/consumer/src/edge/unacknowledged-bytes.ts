/** Bytes of one direction of a connection that the other side has not acknowledged, in their order. */

interface Kept {
  /** Offset of the byte behind it. */
  readonly end: number;
  readonly bytes: Uint8Array;
  readonly onAcknowledged: () => void;
}

export class UnacknowledgedBytes {
  #kept: Kept[] = [];
  #end = 0;

  /** Keeps bytes, which are not to change until `onAcknowledged` is called. */
  add(bytes: Uint8Array, onAcknowledged: () => void): void {
    this.#end += bytes.length;
    this.#kept.push({ end: this.#end, bytes, onAcknowledged });
  }

  /** The other side has all bytes before `offset`. */
  acknowledge(offset: number): void {
    const count = this.#kept.findIndex(({ end }) => end > offset);
    const done = this.#kept.splice(0, count < 0 ? this.#kept.length : count);
    for (const { onAcknowledged } of done) onAcknowledged();
  }

  /** What is kept from `offset` on. */
  *from(offset: number): Generator<Uint8Array> {
    for (const { end, bytes } of [...this.#kept]) {
      const at = offset - (end - bytes.length);
      if (at < bytes.length) yield at > 0 ? bytes.subarray(at) : bytes;
    }
  }
}
