/** How a client's bytes reach the session daemon. */

export interface TransportListener {
  receive(chunk: Uint8Array): void;
  /** The connection has ended; `cause` says why when it is known. Nothing follows. */
  end(cause: Error | null): void;
}

/** A connection; an open one keeps the process alive. */
export interface ControlTransport {
  /** Sends all of `bytes`, after what was sent before. */
  send(bytes: Uint8Array): void;
  /** Ends it; the listener is not called any more. */
  close(): void;
}

/** Connects to the socket at `path`. Throws `SystemError` (ENOENT, ECONNREFUSED, EACCES). */
export type OpenTransport = (path: string, listener: TransportListener) => Promise<ControlTransport>;
