/**
 * Bytes that arrived and are not consumed yet, as a list of chunks: appending and taking are linear in
 * the bytes moved, however the stream is cut. The core of every framer.
 */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #offset = 0;
  #lengthBytes = 0;

  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  /** Appends `chunk`. The queue keeps a reference: the caller must not write to it any more. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#lengthBytes += chunk.length;
  }

  /** Takes exactly `sizeBytes` bytes, or `null` when fewer have arrived. The result may alias a chunk. */
  take(sizeBytes: number): Uint8Array | null {
    if (this.#lengthBytes < sizeBytes) return null;
    this.#lengthBytes -= sizeBytes;
    const first = this.#chunks[0];
    if (first === undefined) return new Uint8Array(0);
    if (first.length - this.#offset >= sizeBytes) return this.#takeFromFirst(first, sizeBytes);
    const whole = new Uint8Array(sizeBytes);
    for (let at = 0; at < sizeBytes; ) {
      const chunk = this.#chunks[0]!;
      const part = this.#takeFromFirst(chunk, Math.min(chunk.length - this.#offset, sizeBytes - at));
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #takeFromFirst(first: Uint8Array, sizeBytes: number): Uint8Array {
    const part = first.subarray(this.#offset, this.#offset + sizeBytes);
    this.#offset += sizeBytes;
    if (this.#offset === first.length) {
      this.#chunks.shift();
      this.#offset = 0;
    }
    return part;
  }
}
