/** The code of the text machine as WebAssembly, wherever that is: in a page, in a program, in several threads. */
import { putReal } from '../text/put.ts';
import { float32, float64 } from './runtime.ts';
import { TEXT_MACHINE_CODE } from './text-machine-code.ts';
import { MACHINE_PAGES } from './text-machine-layout.ts';

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

/** `WebAssembly.Memory`. */
export interface MachineMemory {
  readonly buffer: ArrayBufferLike;
}

/** What of WebAssembly is used; not every JavaScript has it. */
interface MaybeWebAssembly {
  readonly WebAssembly?: {
    readonly Memory: new (pages: {
      readonly initial: number;
      readonly maximum: number;
      readonly shared: boolean;
    }) => MachineMemory;
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (
      module: object,
      imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
    ) => { readonly exports: unknown };
  };
}

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
  const binary = atob(TEXT_MACHINE_CODE);
  const code = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  if (isShared) code[binary.indexOf(MEMORY_IMPORT) + MEMORY_IMPORT.length]! |= IS_SHARED;
  return new (engine().Module)(code);
}

export function makeMachineMemory(isShared: boolean): MachineMemory {
  return new (engine().Memory)({ initial: MACHINE_PAGES, maximum: MACHINE_PAGES, shared: isShared });
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

function engine(): NonNullable<MaybeWebAssembly['WebAssembly']> {
  const { WebAssembly } = globalThis as MaybeWebAssembly;
  if (WebAssembly === undefined) throw new Error('No WebAssembly');
  return WebAssembly;
}
