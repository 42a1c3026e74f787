/** Live reading over TCP in Node.js; with TLS and a token where parameters or the environment say so. */
import type { Socket } from 'node:net';
import { ProtocolError, SystemError } from '@lttng-ts/base';
import { ByteQueue } from '@lttng-ts/wire';
import type { LiveConnection, LiveTransport, Pause, RelayAddress } from '../live-transport.ts';

export const nodeLiveTransport: LiveTransport = {
  connect: async (address) => {
    // Loaded when a trace is read live: every other command is quicker without.
    const { connectRelay, relayAccessOf } = await import('@lttng-ts/protocols/relay-connector');
    const access = relayAccessOf({ ...process.env, ...address.access });
    return new NodeConnection(await connectRelay(address, access), address);
  },
  pause: (durationMs) => {
    let end: Pause['end'] = () => undefined;
    const isOver = new Promise<void>((settle) => {
      const timer = setTimeout(settle, durationMs);
      end = () => {
        clearTimeout(timer);
        settle();
      };
    });
    return { isOver, end };
  },
};

interface Waiting {
  readonly lengthBytes: number;
  readonly settle: (bytes: Uint8Array) => void;
  readonly refuse: (error: Error) => void;
}

class NodeConnection implements LiveConnection {
  readonly #socket: Socket;
  readonly #received = new ByteQueue();
  #waiting: Waiting | null = null;
  #failure: Error | null = null;

  constructor(socket: Socket, address: RelayAddress) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#received.push(chunk);
      this.#serve();
    });
    socket.on('error', (error) => this.#fail(systemError('read', address, error)));
    socket.on('close', () => this.#fail(new ProtocolError('Remote side has closed connection')));
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  receive(lengthBytes: number): Promise<Uint8Array> {
    return new Promise((settle, refuse) => {
      this.#waiting = { lengthBytes, settle, refuse };
      this.#serve();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #serve(): void {
    if (this.#waiting === null) return;
    const { lengthBytes, settle, refuse } = this.#waiting;
    const bytes = this.#received.take(lengthBytes);
    if (bytes === null && this.#failure === null) return;
    this.#waiting = null;
    if (bytes !== null) settle(bytes);
    else if (this.#failure !== null) refuse(this.#failure);
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#serve();
  }
}

function systemError(
  syscall: string,
  { host, port }: RelayAddress,
  cause: NodeJS.ErrnoException,
): SystemError {
  // A name with several addresses fails with an error of errors.
  const code = cause.code ?? 'EIO';
  return new SystemError(syscall, code, { host, port }, { cause });
}
