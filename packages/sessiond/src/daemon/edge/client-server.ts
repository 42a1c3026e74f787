/**
 * Serves upstream's client socket, with refusals only (`client-refusal.ts`). That somebody listens there
 * also keeps an original daemon from starting beside this one.
 */
import type { Socket } from 'node:net';
import { ConnectionLimit } from '../../connection-limit.ts';
import { ClientRequestStart } from '../client-refusal.ts';

/** How long a client may take to send its request and to hang up. */
const CONVERSATION_MS = 5000;
const LIMITS = { perUser: 16, total: 64 };

interface Client {
  readonly uid: number;
  readonly isBusy: boolean;
  readonly socket: Socket;
}

export class ClientServer implements Disposable {
  readonly #limit = new ConnectionLimit<Client>(LIMITS);

  /** Takes ownership of the socket. */
  serve(socket: Socket, uid: number): void {
    const client: Client = { uid, isBusy: false, socket };
    const { isAdmitted, evicted } = this.#limit.admit(client);
    evicted?.socket.destroy();
    if (!isAdmitted) {
      socket.destroy();
      return;
    }
    const deadline = setTimeout(() => socket.destroy(), CONVERSATION_MS);
    socket.on('close', () => {
      clearTimeout(deadline);
      this.#limit.remove(client);
    });
    const start = new ClientRequestStart();
    // The request is read to its end: a client that is still sending would die of SIGPIPE.
    socket.on('data', (chunk) => {
      const answer = start.push(chunk);
      if (answer !== null) socket.end(answer);
    });
    socket.on('end', () => socket.end());
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#limit.members) socket.destroy();
  }
}
