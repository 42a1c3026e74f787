/** What live reading needs of the world: connections to relay daemons, and waiting. */

/** Where a relay daemon listens for viewers. */
export interface RelayAddress {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
  /** What is said of TLS and the token here and not by the environment, under the names of its variables. */
  readonly access?: Readonly<Record<string, string>>;
}

/** Bytes in both directions. */
export interface LiveConnection {
  /** Sends in order; a failure is told by the next {@link receive}. */
  send(bytes: Uint8Array): void;
  /**
   * Gives exactly `lengthBytes` bytes when they are there; one call at a time. Rejects with `SystemError` when the
   * connection fails, with `ProtocolError` when the other side closes it.
   */
  receive(lengthBytes: number): Promise<Uint8Array>;
  close(): void;
}

/** The end of a wait that can be ended early. */
export interface Pause {
  readonly isOver: Promise<void>;
  end(): void;
}

export interface LiveTransport {
  /** Rejects with `SystemError`. */
  connect(address: RelayAddress): Promise<LiveConnection>;
  pause(durationMs: number): Pause;
}
