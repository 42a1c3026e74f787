/** One end of a recorded connection, played to a relay daemon on this machine. */
import { createConnection, type Socket } from 'node:net';

/** How long a reply is waited for. */
export interface Patience {
  readonly firstMs: number;
  /** Once one has not come in time. */
  readonly laterMs: number;
}

export class ReplayedConnection {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #wake: () => void = () => undefined;
  #patienceMs: number;
  readonly #laterMs: number;

  constructor(port: number, { firstMs, laterMs }: Patience) {
    this.#patienceMs = firstMs;
    this.#laterMs = laterMs;
    this.#socket = createConnection(port, '127.0.0.1');
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    // Ends like others: 'close' follows.
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => this.#wake());
  }

  /** Sends bytes; waits until the kernel, or nobody any more, has them. */
  async send(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((settle) => this.#socket.write(bytes, () => settle()));
  }

  /** Takes so many bytes; fewer when they do not come in time, or the connection ends. */
  async take(sizeBytes: number): Promise<Buffer> {
    await this.#wait(() => this.#received.length >= sizeBytes);
    if (this.#received.length < sizeBytes) this.#patienceMs = this.#laterMs;
    const bytes = this.#received.subarray(0, sizeBytes);
    this.#received = this.#received.subarray(sizeBytes);
    return bytes;
  }

  /** Says that nothing follows. */
  finish(): void {
    this.#socket.end();
  }

  /** Waits until the daemon has ended the connection; false: not in time. */
  async hasEnded(): Promise<boolean> {
    await this.#wait(() => false);
    return this.#socket.destroyed;
  }

  end(): void {
    this.#socket.destroy();
  }

  async #wait(holds: () => boolean): Promise<void> {
    const deadlineMs = performance.now() + this.#patienceMs;
    while (!holds() && !this.#socket.destroyed) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) break;
      const timer = setTimeout(() => this.#wake(), leftMs);
      await new Promise<void>((settle) => {
        this.#wake = settle;
      });
      clearTimeout(timer);
    }
  }
}
