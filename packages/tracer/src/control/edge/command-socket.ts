/** The command socket: reads one command with its payload and descriptors, performs it, answers, reads the next. */
import { toError } from '@lttng-ts/base';
import { type Fd, type Native, fd as toFd } from '@lttng-ts/native';
import {
  encodeUstReply,
  type UstCommandEvent,
  UstCommandFramer,
  ustCommandRow,
} from '@lttng-ts/protocols/ust-app';
import type { CommandAnswer, DaemonCommands, ReceivedCommand } from '../daemon-commands.ts';
import { UstSocket } from './ust-socket.ts';

export interface CommandSocketOptions {
  readonly native: Native;
  readonly fd: Fd;
  readonly commands: DaemonCommands;
  readonly onClosed: (reason: string) => void;
  readonly log: (message: string) => void;
}

export class CommandSocket {
  readonly #options: CommandSocketOptions;
  readonly #socket: UstSocket;
  readonly #framer = new UstCommandFramer();

  constructor(options: CommandSocketOptions) {
    this.#options = options;
    this.#socket = new UstSocket(options.native, options.fd, {
      onReadable: () => this.#read(),
      onClosed: options.onClosed,
    });
  }

  close(): void {
    this.#socket.close('closed by us');
  }

  #read(): void {
    for (;;) {
      const got = this.#socket.receive(this.#framer.missingBytes);
      if (got === null) return;
      const event = this.#push(got.chunk, got.fds);
      if (event?.kind === 'announced') this.#goAhead(event);
      if (event?.kind === 'complete') {
        this.#socket.pause();
        void this.#perform({ ...event, fds: event.fds.map(toFd) });
        return;
      }
    }
  }

  #push(chunk: Uint8Array, fds: readonly Fd[]): UstCommandEvent | null {
    try {
      return this.#framer.push(chunk, fds);
    } catch (error) {
      for (const fd of fds) this.#options.native.close(fd);
      this.#socket.close(toError(error).message);
      return null;
    }
  }

  /** Tells the daemon to send the rest of a two-phase command; whether it works out is the second answer. */
  #goAhead({ request }: Extract<UstCommandEvent, { readonly kind: 'announced' }>): void {
    this.#answer(request.handle, ustCommandRow(request.command).number, { code: 0 });
    this.#framer.continueAnnounced(true);
  }

  async #perform(received: ReceivedCommand): Promise<void> {
    const { request } = received;
    const isKnown = request.kind === 'known';
    const number = isKnown ? ustCommandRow(request.command).number : request.number;
    try {
      const answer = await this.#options.commands.perform(received);
      const name = isKnown ? request.command : `unknown ${number}`;
      this.#options.log(
        `Command: name="${name}", handle=${request.handle}, code=${answer.code}, value=${answer.value ?? 0}`,
      );
      this.#answer(request.handle, number, answer);
      this.#socket.resume();
      this.#read();
    } catch (error) {
      this.#socket.close(toError(error).message);
    }
  }

  #answer(handle: number, number: number, answer: CommandAnswer): void {
    this.#socket.send(encodeUstReply({ handle, number }, answer));
    if (answer.tail !== undefined) this.#socket.send(answer.tail);
  }
}
