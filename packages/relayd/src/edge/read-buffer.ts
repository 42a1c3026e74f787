/**
 * Reads of all plain connections go to one buffer that is used again and again. Node's own way makes a new 64 KiB buffer
 * for each read, which costs more than the copy of its bytes to a file does: first touch of its pages, and garbage.
 */
import { Socket } from 'node:net';

/** A read takes what has come, up to this. */
const BUFFER_BYTES = 1 << 20;

let shared: Buffer | null = null;

/** The parts of a server's socket that Node keeps to itself. */
interface Accepted {
  _handle: { readonly useUserBuffer?: unknown } | null;
  readonly _server?: unknown;
}

/**
 * Gives a socket in place of `accepted` (of a server with `pauseOnConnect`, not read from yet) whose bytes come to
 * `take`, valid until it returns. Null: this Node cannot; `accepted` is as it was.
 */
export function readIntoSharedBuffer(accepted: Socket, take: (chunk: Uint8Array) => void): Socket | null {
  const inner = accepted as unknown as Accepted;
  const handle = inner._handle;
  if (typeof handle?.useUserBuffer !== 'function') return null;
  shared ??= Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const options = {
    handle,
    allowHalfOpen: false,
    onread: {
      buffer: shared,
      callback: (sizeBytes: number, buffer: Uint8Array): boolean => {
        take(buffer.subarray(0, sizeBytes));
        return true;
      },
    },
  };
  const socket = new Socket(options as object);
  // The server counts its connections by the ends of sockets that name it.
  Object.assign(socket, { _server: inner._server, server: inner._server });
  inner._handle = null;
  return socket;
}
