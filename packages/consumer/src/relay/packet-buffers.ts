/**
 * Memory of packets on their way to the system, used again and again: fresh memory for each of them would cost more than
 * copying it.
 */
const MAX_KEPT_BYTES = 8 << 20;

export class PacketBuffers {
  readonly #free = new Map<number, Uint8Array[]>();
  #keptBytes = 0;

  take(sizeBytes: number): Uint8Array {
    const kept = this.#free.get(sizeBytes)?.pop();
    if (kept === undefined) return new Uint8Array(sizeBytes);
    this.#keptBytes -= sizeBytes;
    return kept;
  }

  give(buffer: Uint8Array): void {
    if (this.#keptBytes + buffer.length > MAX_KEPT_BYTES) return;
    this.#keptBytes += buffer.length;
    const same = this.#free.get(buffer.length);
    if (same === undefined) this.#free.set(buffer.length, [buffer]);
    else same.push(buffer);
  }
}
