/** The last bytes that went one way over a connection, up to a limit. Pure. */

const FIRST_BYTES = 4096;

export class LastBytes {
  #limitBytes: number;
  readonly #mayGrow: (bytes: number) => boolean;
  /** Byte `n` of the connection is at `n` modulo its length, which grows until the limit. */
  #ring = new Uint8Array(0);
  #totalBytes = 0;

  /** `mayGrow` is asked before memory beyond the first piece is taken; what it refuses is the limit from then on. */
  constructor(limitBytes: number, mayGrow: (bytes: number) => boolean = () => true) {
    this.#limitBytes = limitBytes;
    this.#mayGrow = mayGrow;
  }

  /** Memory that `mayGrow` has granted. */
  get grantedBytes(): number {
    return Math.max(0, this.#ring.length - FIRST_BYTES);
  }

  /** Copies bytes to the end. */
  add(bytes: Uint8Array): void {
    this.#grow(this.#totalBytes + bytes.length);
    const ring = this.#ring;
    const kept = bytes.subarray(Math.max(0, bytes.length - ring.length));
    const at = (this.#totalBytes + bytes.length - kept.length) % ring.length;
    const first = kept.subarray(0, ring.length - at);
    ring.set(first, at);
    ring.set(kept.subarray(first.length));
    this.#totalBytes += bytes.length;
  }

  /** All bytes from `offset` on; null when some of them are gone, or have not come. */
  from(offset: number): Uint8Array | null {
    const sizeBytes = this.#totalBytes - offset;
    const ring = this.#ring;
    if (!(offset >= 0 && sizeBytes >= 0 && sizeBytes <= ring.length)) return null;
    const bytes = new Uint8Array(sizeBytes);
    if (sizeBytes === 0) return bytes;
    const first = ring.subarray(offset % ring.length).subarray(0, sizeBytes);
    bytes.set(first);
    bytes.set(ring.subarray(0, sizeBytes - first.length), first.length);
    return bytes;
  }

  /** Before its limit the ring is never full: nothing has gone round in it. */
  #grow(wantedBytes: number): void {
    const oldBytes = this.#ring.length;
    if (wantedBytes <= oldBytes || oldBytes === this.#limitBytes) return;
    const newBytes = Math.min(this.#limitBytes, Math.max(FIRST_BYTES, 2 * wantedBytes));
    const moreBytes = newBytes - Math.max(oldBytes, FIRST_BYTES);
    if (moreBytes > 0 && !this.#mayGrow(moreBytes)) {
      this.#limitBytes = Math.max(oldBytes, FIRST_BYTES);
      if (oldBytes === this.#limitBytes) return;
    }
    const ring = new Uint8Array(Math.min(this.#limitBytes, newBytes));
    ring.set(this.#ring);
    this.#ring = ring;
  }
}
