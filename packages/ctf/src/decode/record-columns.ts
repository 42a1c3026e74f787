/**
 * Event records of one packet in a row, as columns of numbers: what a generated walk fills and what merging, counting
 * and printing read. No object is made for an event record.
 */

/** Event records in a row, at most. */
export const RUN_LENGTH = 1024;
/** Where little is in memory at once: a trace may have thousands of data streams, and fresh memory is dear. */
export const LEAST_RUN_LENGTH = 64;

/** Columns one behind the other, in this order. Element `i` of each column is event record `i`; `count` of them are filled. */
export class RecordColumns {
  count = 0;
  /** Event records that there is room for. */
  readonly length: number;
  /** There was no room for more event records, here or in the table that was filled on the way. */
  isFull = false;
  /** Where the headers begin in the packet, in bytes; one more element tells where the last event record ends. */
  readonly starts: Int32Array;
  /** Where what follows the header begins, in bytes from the packet's beginning. */
  readonly bodies: Int32Array;
  /** Index of the class in `GeneratedStream.records`. */
  readonly classes: Int32Array;
  /** The clock's value: two unsigned integers of 32 bits. They mean nothing without a clock. */
  readonly clockHigh: Uint32Array;
  readonly clockLow: Uint32Array;
  /** The largest of `clockHigh`. */
  maxClockHigh = 0;
  /** Event records that the walk had to call a function for. */
  calls = 0;

  /** `memory`: of {@link columnBytes}, beginning at a multiple of four. */
  constructor(
    length: number = RUN_LENGTH,
    { buffer, byteOffset }: Uint8Array = new Uint8Array(columnBytes(length)),
  ) {
    const bytesPerColumn = 4 * length;
    this.length = length;
    this.clockHigh = new Uint32Array(buffer, byteOffset, length);
    this.clockLow = new Uint32Array(buffer, byteOffset + bytesPerColumn, length);
    this.bodies = new Int32Array(buffer, byteOffset + 2 * bytesPerColumn, length);
    this.classes = new Int32Array(buffer, byteOffset + 3 * bytesPerColumn, length);
    this.starts = new Int32Array(buffer, byteOffset + 4 * bytesPerColumn, length + 1);
  }
}

/** What columns of `length` event records take. */
export const columnBytes = (length: number): number => 4 * (5 * length + 1);
