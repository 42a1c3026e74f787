/** Bytes of text that are being gathered: a buffer that grows, and is written and used again when it is full enough. */

const FIRST_SIZE_BYTES = 256 << 10;

/**
 * A place to write text to. Writers hold the position themselves, because a number in a local variable is quicker than
 * one in an object; they ask for room before they write.
 */
export class TextBuffer {
  bytes: Uint8Array;
  view: DataView;

  constructor(sizeBytes: number = FIRST_SIZE_BYTES) {
    this.bytes = new Uint8Array(sizeBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `needBytes` behind the first `usedBytes`, which are kept. `bytes` and `view` may be others then. */
  reserve(usedBytes: number, needBytes: number): void {
    if (this.bytes.length - usedBytes >= needBytes) return;
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, usedBytes + needBytes));
    grown.set(this.bytes.subarray(0, usedBytes));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
  /** Goes on in other memory; what was in it before is forgotten. */
  use(memory: Uint8Array): void {
    this.bytes = memory;
    this.view = new DataView(memory.buffer, memory.byteOffset, memory.length);
  }
}
