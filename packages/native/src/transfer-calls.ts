/** Bytes from a socket to a file. */
import { type Addon, check, errnoName } from './addon.ts';
import type { TransferCalls } from './native.ts';

const AGAIN = -11;
const NO_DATA = -61;

/** Makes {@link TransferCalls} out of the addon. */
export function transferCalls(addon: Addon): TransferCalls {
  /** Content, next, errno of the write. */
  const out = new Uint32Array(3);
  return {
    receiveToFile(socket, file, offsetBytes, lengthBytes, next) {
      const result = addon.receiveToFile(socket, file, offsetBytes, lengthBytes, next, out);
      if (result === AGAIN) return 'again';
      if (result === NO_DATA) return 'end';
      check(result, 'recvmsg', { fd: socket });
      const [contentBytes = 0, nextBytes = 0, fileErrno = 0] = out;
      return { contentBytes, nextBytes, fileErrno: fileErrno === 0 ? null : errnoName(fileErrno) };
    },
  };
}
