/** What of WebAssembly is used: TypeScript's library knows it in pages only, and not every JavaScript has it. */

import { isHostLittleEndian } from './host-byte-order.ts';

/** `WebAssembly.Memory`. */
export interface MachineMemory {
  readonly buffer: ArrayBufferLike;
}

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

/** Throws where there is no WebAssembly, or it is not allowed, or its memory has another byte order than typed arrays. */
export function engine(): NonNullable<MaybeWebAssembly['WebAssembly']> {
  const { WebAssembly } = globalThis as MaybeWebAssembly;
  if (WebAssembly === undefined || !isHostLittleEndian) throw new Error('No WebAssembly');
  return WebAssembly;
}

/** Memory that keeps its size. */
export function makeMemory(pages: number, isShared: boolean): MachineMemory {
  return new (engine().Memory)({ initial: pages, maximum: pages, shared: isShared });
}

/** What the code of a machine is in base64. */
export function bytesOfCode(code: string): Uint8Array {
  const binary = atob(code);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
