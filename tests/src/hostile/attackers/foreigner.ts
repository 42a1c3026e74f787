/**
 * `foreigner KIND [NAME]`: registers as a program of another ABI, word size or byte order, and stays. Prints
 * "refused" when the daemon has closed both of its sockets.
 */
import { UST_ABI_MAJOR, UST_OLDEST_ABI_MAJOR, UST_REGISTRATION_MAGIC } from '@lttng-ts/protocols/ust-app';
import { HandMadeApplication, type HandMadeOptions } from './hand-made-application.ts';

const swapped = (number: number): number =>
  new DataView(Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number).buffer).getUint32(0, true);

const kinds: Readonly<Record<string, HandMadeOptions['registration']>> = {
  newer: { abiMajor: UST_ABI_MAJOR + 1 },
  older: { abiMajor: UST_OLDEST_ABI_MAJOR - 1 },
  narrow: { bitsPerLong: 32 },
  // Every number of a program with the other byte order looks like this.
  swapped: {
    magic: swapped(UST_REGISTRATION_MAGIC),
    abiMajor: swapped(UST_ABI_MAJOR),
    bitsPerLong: swapped(64),
  },
};

const [kind = '', name = kind] = process.argv.slice(2);
await new HandMadeApplication({ registration: { name, ...kinds[kind] } }).closed;
console.log('refused');
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
