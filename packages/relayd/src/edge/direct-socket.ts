/**
 * Short ways to and from a plain connection. Reads go to one buffer that is used again and again: Node's own way makes a
 * new 64 KiB buffer for each, which costs more than the copy of its bytes to a file does (first touch of its pages, and
 * garbage). Replies go to the kernel at once when nothing waits before them.
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/**
 * A read takes what has come, up to this: as large as the processor's cache keeps until the bytes are written. After a
 * read that fills it others have their turn: Node by itself would read on, 32 times.
 */
const BUFFER_BYTES = 1 << 18;

let shared: Buffer | null = null;

/** The parts of a server's socket that Node keeps to itself. */
interface Accepted {
  _handle: { readonly useUserBuffer?: unknown; readonly fd?: number } | null;
  readonly _server?: unknown;
}

/**
 * Gives a socket in place of `accepted` (of a server with `pauseOnConnect`, not read from yet) whose bytes come to
 * `take`, valid until it returns. Null: this Node cannot; `accepted` is as it was.
 */
export function readIntoSharedBuffer(accepted: Socket, take: (chunk: Uint8Array) => void): Socket | null {
  // What TLS has decrypted has buffers of its own.
  if (accepted instanceof TLSSocket) return null;
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
        if (sizeBytes < BUFFER_BYTES) return true;
        setImmediate(() => {
          // Who has paused it resumes it.
          if (!socket.isPaused()) socket.resume();
        });
        return false;
      },
    },
  };
  const socket = new Socket(options as object);
  // The server counts its connections by the ends of sockets that name it.
  Object.assign(socket, { _server: inner._server, server: inner._server });
  inner._handle = null;
  return socket;
}

/** Writes what the kernel takes of `bytes` now; gives how many that are. 0 leaves it to Node, and so do failures. */
export function writeNow(socket: Socket, bytes: Uint8Array): number {
  // Between a socket of TLS and its descriptor lies OpenSSL.
  const fd = socket instanceof TLSSocket ? undefined : (socket as unknown as Accepted)._handle?.fd;
  if (fd === undefined || fd < 0) return 0;
  try {
    return writeSync(fd, bytes);
  } catch {
    // EAGAIN: the peer is slow. EPIPE, ECONNRESET: Node finds out, and ends the connection.
    return 0;
  }
}
