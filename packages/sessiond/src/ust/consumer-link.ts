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
import { answersAnyTime, CONSUMER_PATIENCE_MS, consumerManners } from './core/consumer-manners.ts';
import type { Timers } from './ports.ts';
import { SilenceWatch } from './silence-watch.ts';

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
  readonly timers: Timers;
  send(bytes: Uint8Array): void;
  closeFd(fd: number): void;
  /** How long the consumer has waited for a processor in its life; 0 where nobody knows. */
  processorWaitMs(): number;
  onNotification<N extends keyof ConsumerNotifications>(name: N, params: ConsumerNotifications[N]): void;
  /** The consumer says nothing although it owes the answer to `command`; or (null) it does again. */
  onSilence(command: ConsumerCommand | null): void;
  /** The link cannot be used any more; called once. */
  onEnd(reason: string): void;
}

interface PendingRequest {
  readonly command: ConsumerCommand;
  readonly resolve: (reply: { readonly result: unknown; readonly fds: readonly number[] }) => void;
  readonly reject: (error: Error) => void;
  /** The caller was told that no answer comes. */
  isGivenUp: boolean;
}

/** Names no session: the answer is that nothing is left of it. */
const NO_SESSION = -1;

export class ConsumerLink {
  readonly #ports: ConsumerLinkPorts;
  readonly #framer = new ConsumerFramer();
  readonly #pending = new Map<number, PendingRequest>();
  #lastId = 0;
  #endReason: string | null = null;
  #isSilent = false;
  readonly #watch: SilenceWatch;
  readonly #onSilence = new Set<() => void>();
  /** Process number of the consumer, as it said. */
  consumerPid = 0;

  constructor(ports: ConsumerLinkPorts) {
    this.#ports = ports;
    this.#watch = new SilenceWatch({
      timers: ports.timers,
      processorWaitMs: () => ports.processorWaitMs(),
      isOwed: () => [...this.#pending.values()].some(({ command }) => !answersAnyTime(command)),
      probe: () => void this.call('session.progress', { sessionId: NO_SESSION }).catch(() => undefined),
      onQuiet: (quietMs) => this.#onQuiet(quietMs),
    });
  }

  /** It owes an answer and has not said anything for {@link CONSUMER_PATIENCE_MS}. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  get isGone(): boolean {
    return this.#endReason !== null;
  }

  /**
   * Sends a request whose reply has no descriptors. Throws `SystemError` when the consumer says which system
   * call failed, `ProtocolError` for other failures, {@link ConsumerGoneError} when it is gone, and {@link ConsumerSilentError}
   * when it says nothing for longer than `consumerManners` allow; `onLate` gets the result that comes after that.
   */
  async call<C extends ConsumerCommand>(
    command: C,
    params: ConsumerCommands[C]['params'],
    onLate?: (result: ConsumerCommands[C]['result']) => void,
  ): Promise<ConsumerCommands[C]['result']> {
    const { result, fds } = await this.callForFds(command, params, onLate);
    for (const fd of fds) this.#ports.closeFd(fd);
    return result;
  }

  /**
   * What `work` gives, which waits for this consumer; throws {@link ConsumerSilentError} when the consumer is silent, or
   * becomes so. The work goes on.
   */
  async unlessSilent<T>(work: Promise<T>, what: string): Promise<T> {
    let stopWaiting = (): void => undefined;
    const silence = new Promise<never>((_, reject) => {
      const tell = (): void => reject(new ConsumerSilentError(what, CONSUMER_PATIENCE_MS));
      if (this.#isSilent) tell();
      this.#onSilence.add(tell);
      stopWaiting = () => void this.#onSilence.delete(tell);
    });
    // The loser of the race has nobody else to hear of it.
    work.catch(() => undefined);
    try {
      return await Promise.race([work, silence]);
    } finally {
      stopWaiting();
    }
  }

  /** Like {@link call}, with the descriptors of the reply; those of a late one are closed. */
  async callForFds<C extends ConsumerCommand>(
    command: C,
    params: ConsumerCommands[C]['params'],
    onLate?: (result: ConsumerCommands[C]['result']) => void,
  ): Promise<ConsumerReply<C>> {
    if (this.#endReason !== null) throw this.#goneError();
    const { isSentInSilence, patienceMs } = consumerManners[command];
    if (this.#isSilent && !isSentInSilence) throw new ConsumerSilentError(command, 0);
    const id = ++this.#lastId;
    const frame = encodeFrame({ kind: 'request', id, command, params }, 0);
    return await new Promise<ConsumerReply<C>>((resolve, reject) => {
      const pending: PendingRequest = {
        command,
        resolve: (reply) => {
          if (!pending.isGivenUp) return resolve(reply as ConsumerReply<C>);
          for (const fd of reply.fds) this.#ports.closeFd(fd);
          onLate?.(reply.result as ConsumerCommands[C]['result']);
        },
        reject,
        isGivenUp: false,
      };
      this.#pending.set(id, pending);
      this.#ports.send(frame);
      if (!answersAnyTime(command)) this.#watch.begin();
      if (this.#isSilent && patienceMs !== null) giveUp(pending, 0);
    });
  }

  #onQuiet(quietMs: number): void {
    const late = [...this.#pending.values()].filter(({ command, isGivenUp }) => {
      const { patienceMs } = consumerManners[command];
      return !isGivenUp && patienceMs !== null && patienceMs <= quietMs;
    });
    if (!this.#isSilent && quietMs >= CONSUMER_PATIENCE_MS) {
      const [owed] = [...this.#pending.values()].filter(({ command }) => !answersAnyTime(command));
      // Whoever may take longer for what it is asked is not silent yet.
      const isBusy = owed !== undefined && (consumerManners[owed.command].patienceMs ?? 0) > quietMs;
      if (!isBusy) this.#becomeSilent(owed?.command ?? 'hello');
    }
    for (const pending of late) giveUp(pending, quietMs);
  }

  #becomeSilent(command: ConsumerCommand): void {
    this.#isSilent = true;
    this.#ports.onSilence(command);
    for (const tell of [...this.#onSilence]) tell();
  }

  #heard(): void {
    this.#watch.heard();
    if (!this.#isSilent) return;
    this.#isSilent = false;
    this.#ports.onSilence(null);
  }

  /** Takes what the socket received. A consumer that breaks the rules is treated as dead. */
  receive(bytes: Uint8Array, fds: readonly number[]): void {
    let unclaimed: readonly number[] = [];
    try {
      for (const { message, fds: owned } of this.#framer.push(bytes, fds)) {
        unclaimed = owned;
        this.#handle(checkConsumerMessage(message), owned);
        unclaimed = [];
        this.#heard();
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
    this.#watch.stop();
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

function giveUp(pending: PendingRequest, quietMs: number): void {
  pending.isGivenUp = true;
  pending.reject(new ConsumerSilentError(pending.command, quietMs));
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
