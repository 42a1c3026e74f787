/**
 * The container of filter and capture bytecode, as the FILTER and CAPTURE commands of UST carry it: code, then a
 * relocation table of (u16 offset of the instruction, NUL-terminated symbol). Little endian: the byte order of the
 * machine, and only little-endian machines are supported.
 */

/** Bytecode as it is sent to an application: code first, relocation table from `relocOffset` to the end. */
export interface Bytecode {
  readonly bytes: Uint8Array;
  /** Length of the code in bytes, which is where the relocation table starts. */
  readonly relocOffset: number;
}
