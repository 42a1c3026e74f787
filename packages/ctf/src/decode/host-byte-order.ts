/** How this machine orders the bytes of numbers in its typed arrays. */
export const isHostLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
