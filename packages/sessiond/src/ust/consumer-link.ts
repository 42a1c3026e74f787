/**
 * The daemon's end of the link to one consumer: requests out, replies and notifications in, typed by the
 * table of `protocols/consumer-link`. The socket and the process are the edge's.
 */
import { type LttngError, ProtocolError, SystemError, toError } from '@lttng-ts/base';
import {
  type ConsumerCommand,
  type ConsumerCommands,
  ConsumerFramer,
  type ConsumerNotifications,
  checkConsumerMessage,
  checkConsumerResult,
  encodeFrame,
} from '@lttng-ts/protocols';

/** The consumer process is gone; what it recorded so far stays, nothing more comes. */
export class ConsumerGoneError extends SystemError {
  constructor(reason: string) {
    super('consumer', 'EPIPE', { reason });
  }
}

/** The consumer does not answer in time: it is stopped, or waits for a disk. It may answer later. */
export class ConsumerSilentError extends SystemError {
  constructor(command: string, timeoutMs: number) {
    super('consumer', 'ETIMEDOUT', { command, timeoutMs });
  }
}

export interface ConsumerReply<C extends ConsumerCommand> {
  readonly result: ConsumerCommands[C]['result'];
  /** The caller owns them. */
  readonly fds: readonly number[];
}

export interface ConsumerLinkPorts {
  send(bytes: Uint8Array): void;
  closeFd(fd: number): void;
  onNotification<N extends keyof ConsumerNotifications>(name: N, params: ConsumerNotifications[N]): void;
  /** The link cannot be used any more; called once. */
  onEnd(reason: string): void;
}

interface PendingRequest {
  readonly command: ConsumerCommand;
  readonly resolve: (reply: { readonly result: unknown; readonly fds: readonly number[] }) => void;
  readonly reject: (error: Error) => void;
}

export class ConsumerLink {
  readonly #ports: ConsumerLinkPorts;
  readonly #framer = new ConsumerFramer();
  readonly #pending = new Map<number, PendingRequest>();
  #lastId = 0;
  #endReason: string | null = null;
  /** Process number of the consumer, as it said. */
  consumerPid = 0;

  constructor(ports: ConsumerLinkPorts) {
    this.#ports = ports;
  }

  get isGone(): boolean {
    return this.#endReason !== null;
  }

  /**
   * Sends a request whose reply has no descriptors. Throws `SystemError` when the consumer says which system
   * call failed, `ProtocolError` for other failures, {@link ConsumerGoneError} when it is gone.
   */
  async call<C extends ConsumerCommand>(
    command: C,
    params: ConsumerCommands[C]['params'],
  ): Promise<ConsumerCommands[C]['result']> {
    const { result, fds } = await this.callForFds(command, params);
    for (const fd of fds) this.#ports.closeFd(fd);
    return result;
  }

  /** Like {@link call}, with the descriptors of the reply. */
  async callForFds<C extends ConsumerCommand>(
    command: C,
    params: ConsumerCommands[C]['params'],
  ): Promise<ConsumerReply<C>> {
    if (this.#endReason !== null) throw this.#goneError();
    const id = ++this.#lastId;
    const frame = encodeFrame({ kind: 'request', id, command, params }, 0);
    return await new Promise<ConsumerReply<C>>((resolve, reject) => {
      this.#pending.set(id, { command, resolve: (reply) => resolve(reply as ConsumerReply<C>), reject });
      this.#ports.send(frame);
    });
  }

  /** Takes what the socket received. A consumer that breaks the rules is treated as dead. */
  receive(bytes: Uint8Array, fds: readonly number[]): void {
    let unclaimed: readonly number[] = [];
    try {
      for (const { message, fds: owned } of this.#framer.push(bytes, fds)) {
        unclaimed = owned;
        this.#handle(checkConsumerMessage(message), owned);
        unclaimed = [];
      }
    } catch (error) {
      // Broken frames and broken JSON alike: both ends are ours, so this is the end of that process.
      if (!(error instanceof ProtocolError) && !(error instanceof SyntaxError)) throw error;
      for (const fd of unclaimed) this.#ports.closeFd(fd);
      this.end(toError(error).message);
    }
  }

  /** The consumer is gone, or is given up. */
  end(reason: string): void {
    if (this.#endReason !== null) return;
    this.#endReason = reason;
    for (const fd of this.#framer.pendingFds) this.#ports.closeFd(fd);
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    this.#ports.onEnd(reason);
    for (const { reject } of pending) reject(this.#goneError());
  }

  #handle(message: ReturnType<typeof checkConsumerMessage>, fds: readonly number[]): void {
    if (message.kind === 'reply') {
      const pending = this.#require(message.id);
      const result = checkConsumerResult(pending.command, message.result, fds.length);
      this.#pending.delete(message.id);
      pending.resolve({ result, fds });
      return;
    }
    if (fds.length > 0) throw new ProtocolError(`Descriptors that nobody asked for: count=${fds.length}`);
    if (message.kind === 'failure') {
      const pending = this.#require(message.id);
      this.#pending.delete(message.id);
      pending.reject(failureOf(message));
    } else this.#ports.onNotification(message.name, message.params as never);
  }

  #require(id: number): PendingRequest {
    const pending = this.#pending.get(id);
    if (pending === undefined) throw new ProtocolError(`Reply to no request: id=${id}`);
    return pending;
  }

  #goneError(): ConsumerGoneError {
    return new ConsumerGoneError(this.#endReason ?? '');
  }
}

function failureOf({
  errnoName,
  message,
}: {
  readonly errnoName: string;
  readonly message: string;
}): LttngError {
  if (errnoName === '') return new ProtocolError(message);
  return new SystemError('consumer', errnoName, { message });
}
