import { readSync } from 'node:fs';

/** Fills `target` from `offsetBytes` of an open file on, and gives how many bytes came, fewer only at its end. */
export function readFully(descriptor: number, offsetBytes: number, target: Uint8Array): number {
  let at = 0;
  while (at < target.length) {
    const count = readSync(descriptor, target, at, target.length - at, offsetBytes + at);
    // The file became shorter since it was opened: the decoder will say what is missing.
    if (count === 0) break;
    at += count;
  }
  return at;
}
