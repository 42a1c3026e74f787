/** The code of the text machine as WebAssembly, wherever that is: in a page, in a program, in several threads. */
import { putReal } from '../text/put.ts';
import { float32, float64 } from './runtime.ts';
import { TEXT_MACHINE_CODE } from './text-machine-code.ts';
import { MACHINE_PAGES } from './text-machine-layout.ts';
import { bytesOfCode, engine, type MachineMemory, makeMemory } from './web-assembly.ts';

export type { MachineMemory } from './web-assembly.ts';

/** Prints segments; see the machine's source. */
export type MachinePrint = (
  parts: number,
  segment: number,
  segmentEnd: number,
  first: number,
  out: number,
  flushAt: number,
  outEnd: number,
) => number;

/** Writes the text of a value by a format and gives where it ends, 0 when there is none. `flags`: 1: signed, 2: of 64 bits. */
export type PutFormatted = (
  format: number,
  high: number,
  low: number,
  flags: number,
  o: number,
  end: number,
) => number;

/** What the code says of the memory that it wants. */
const MEMORY_IMPORT = 'memory\x02';
const IS_SHARED = 2;

/** The code, for memory of one thread or of several. Throws where there is no WebAssembly, or it is not allowed. */
export function compileMachine(isShared: boolean): object {
  const code = bytesOfCode(TEXT_MACHINE_CODE);
  if (isShared) code[endOf(MEMORY_IMPORT, code)]! |= IS_SHARED;
  return new (engine().Module)(code);
}

/** Where these bytes end in others. */
function endOf(text: string, bytes: Uint8Array): number {
  return String.fromCharCode(...bytes).indexOf(text) + text.length;
}

export function makeMachineMemory(isShared: boolean): MachineMemory {
  return makeMemory(MACHINE_PAGES, isShared);
}

/** A machine of this code that works in `memory`. */
export function startMachine(code: object, memory: MachineMemory, formatted: PutFormatted): MachinePrint {
  const bytes = new Uint8Array(memory.buffer);
  const view = new DataView(memory.buffer);
  const real = (o: number, p: number, sizeBytes: number, isLittleEndian: number): number => {
    const read = sizeBytes === 4 ? float32 : float64;
    return putReal(bytes, o, read(view, p, isLittleEndian === 1));
  };
  const imports = { env: { memory }, 'text-machine': { real, formatted } };
  return (new (engine().Instance)(code, imports).exports as { readonly print: MachinePrint }).print;
}
