/**
 * Memory of packets on their way to the system, used again and again: fresh memory for each of them would cost more than
 * copying it. It comes in few sizes, so that a packet of any size finds what another has left.
 */
const MAX_KEPT_BYTES = 8 << 20;
const SMALLEST_BYTES = 4096;
/** From here on sizes are multiples of it, below they are powers of two. */
const STEP_BYTES = 64 << 10;

export class PacketBuffers {
  /** By their size. */
  readonly #free = new Map<number, ArrayBuffer[]>();
  #keptBytes = 0;

  /** Gives memory of exactly that size, with anything in it. */
  take(sizeBytes: number): Uint8Array {
    const wholeBytes = wholeSize(sizeBytes);
    const kept = this.#free.get(wholeBytes)?.pop();
    if (kept === undefined) return new Uint8Array(new ArrayBuffer(wholeBytes), 0, sizeBytes);
    this.#keptBytes -= wholeBytes;
    return new Uint8Array(kept, 0, sizeBytes);
  }

  /** Takes back memory of {@link take}, which is not to be used any more. */
  give({ buffer }: Uint8Array): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength > MAX_KEPT_BYTES) return;
    const wholeBytes = buffer.byteLength;
    if (this.#keptBytes + wholeBytes > MAX_KEPT_BYTES) {
      // What packets of other sizes have left may never be asked for again.
      this.#free.clear();
      this.#keptBytes = 0;
    }
    this.#keptBytes += wholeBytes;
    const same = this.#free.get(wholeBytes);
    if (same === undefined) this.#free.set(wholeBytes, [buffer]);
    else same.push(buffer);
  }
}

function wholeSize(sizeBytes: number): number {
  if (sizeBytes > STEP_BYTES) return Math.ceil(sizeBytes / STEP_BYTES) * STEP_BYTES;
  let wholeBytes = SMALLEST_BYTES;
  while (wholeBytes < sizeBytes) wholeBytes *= 2;
  return wholeBytes;
}
