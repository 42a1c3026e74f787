/**
 * The notify socket: one request at a time, each with a deadline. A late answer belongs to the request that gave up
 * waiting, so the order of answers stays right.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import { toError } from '@lttng-ts/base';
import type { Fd, Native } from '@lttng-ts/native';
import {
  encodeNotifyRequest,
  NotifyReplyFramer,
  type UstNotifyReply,
  type UstNotifyRequest,
} from '@lttng-ts/protocols/ust-app';
import type { NotifyPort } from '../ports.ts';
import { UstSocket } from './ust-socket.ts';

const READ_BYTES = 4096;

interface Waiting {
  readonly kind: UstNotifyRequest['kind'];
  readonly settle: (reply: UstNotifyReply | null) => void;
}

export interface NotifySocketOptions {
  readonly native: Native;
  readonly fd: Fd;
  readonly timeoutMs: number;
  readonly onClosed: (reason: string) => void;
  readonly log: (message: string) => void;
}

export class NotifySocket implements NotifyPort {
  readonly #socket: UstSocket;
  readonly #framer = new NotifyReplyFramer();
  readonly #options: NotifySocketOptions;
  readonly #waiting: Waiting[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: NotifySocketOptions) {
    this.#options = options;
    this.#socket = new UstSocket(options.native, options.fd, {
      onReadable: () => this.#read(),
      onClosed: (reason) => {
        for (const { settle } of this.#waiting.splice(0)) settle(null);
        options.onClosed(reason);
      },
    });
  }

  register<K extends UstNotifyRequest['kind']>(
    request: Extract<UstNotifyRequest, { readonly kind: K }>,
  ): Promise<Extract<UstNotifyReply, { readonly kind: K }> | null> {
    const result = this.#turn.then(() => this.#ask(request));
    this.#turn = result;
    return result as Promise<Extract<UstNotifyReply, { readonly kind: K }> | null>;
  }

  close(): void {
    this.#socket.close('closed by us');
  }

  #ask(request: UstNotifyRequest): Promise<UstNotifyReply | null> {
    if (this.#socket.isClosed) return Promise.resolve(null);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#options.log(`No answer in time: request="${request.kind}"`);
        resolve(null);
      }, this.#options.timeoutMs);
      this.#waiting.push({
        kind: request.kind,
        settle: (reply) => {
          clearTimeout(timer);
          resolve(reply);
        },
      });
      this.#socket.send(encodeNotifyRequest(request, !hasHugeValue(request)));
    });
  }

  #read(): void {
    try {
      for (let got = this.#socket.receive(READ_BYTES); got !== null; got = this.#socket.receive(READ_BYTES)) {
        for (const reply of this.#framer.push(got.chunk)) this.#settle(reply);
      }
    } catch (error) {
      this.#socket.close(toError(error).message);
    }
  }

  #settle(reply: UstNotifyReply): void {
    const waiting = this.#waiting.shift();
    if (waiting?.kind !== reply.kind) {
      this.#socket.close(`Unexpected notify reply: kind=${reply.kind}`);
      return;
    }
    if (reply.code !== 0)
      this.#options.log(`Refused by the daemon: request="${reply.kind}", code=${reply.code}`);
    waiting.settle(reply.code === 0 ? reply : null);
  }
}

/** C marks the bounds of enumerations as signed, except those that no signed number holds. */
function hasHugeValue(request: UstNotifyRequest): boolean {
  return request.kind === 'enum' && request.entries.some(({ range }) => (range?.last ?? 0n) >= 1n << 63n);
}
