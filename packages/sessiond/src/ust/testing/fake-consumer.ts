/**
 * A consumer for tests, in memory: it answers the link's commands, keeps the metadata text and gives
 * invented descriptors.
 */
import {
  type ChannelSample,
  type ConsumerCommand,
  type ConsumerCommands,
  ConsumerFramer,
  type ConsumerMessage,
  encodeFrame,
} from '@lttng-ts/protocols';
import { ConsumerLink } from '../consumer-link.ts';
import type { Consumer, ConsumerListener, LaunchConsumer } from '../consumers.ts';
import type { Timers } from '../ports.ts';

const CPU_COUNT = 2;
const streamStatistics = {
  cpu: 0,
  discardedEventCount: 3,
  lostPacketCount: 1,
  consumedPacketCount: 2,
  consumedBytes: 8192,
};

export class FakeConsumer {
  /** Every command with the values that tests look at. */
  readonly commands: string[] = [];
  /** Text by metadata key. */
  readonly metadata = new Map<number, string>();
  /** Descriptors that were given and not closed. */
  readonly openFds = new Set<number>();
  /** Answers this command with a failed system call. */
  failing: { readonly command: ConsumerCommand; readonly errnoName: string } | null = null;
  /** How long it has waited for a processor. */
  processorWaitMs = 0;
  /** Whether writers left something in every channel. */
  isHeldUp = false;
  /** This command is answered when it is null again. */
  #withheld: ConsumerCommand | null = null;
  #isSilent = false;
  readonly #unread: Uint8Array[] = [];
  readonly #withheldAnswers: (() => void)[] = [];
  readonly #uid: number;
  readonly #framer = new ConsumerFramer();
  readonly #link: ConsumerLink;
  readonly #channels: number[] = [];
  #endReason = '';
  #lastFd = 1000;

  constructor(uid: number, listener: ConsumerListener, timers: Timers) {
    this.#uid = uid;
    this.#link = new ConsumerLink({
      timers,
      onSilence: (command) => listener.onSilence(this.consumer, command),
      send: (bytes) => queueMicrotask(() => this.#receive(bytes)),
      closeFd: (fd) => this.closeFd(fd),
      processorWaitMs: () => this.processorWaitMs,
      onNotification: (name, params) => listener.onNotification(name, params),
      onEnd: (reason) => {
        this.#endReason = reason;
        listener.onEnd(this.consumer);
      },
    });
  }

  get consumer(): Consumer {
    const close = async (): Promise<void> => this.#link.end('closed');
    return { uid: this.#uid, link: this.#link, endReason: this.#endReason, close };
  }

  closeFd(fd: number): void {
    if (!this.openFds.delete(fd)) throw new Error(`Closed twice: fd=${fd}`);
  }

  /** Asks about the first channel. */
  stall(requestId: number): void {
    const params = { channelKey: this.#channels[0] ?? 0, requestId };
    this.#answer({ kind: 'notification', name: 'channel.stalled', params }, []);
  }

  /** Says that the first channel is so full. */
  sample(usage: Omit<ChannelSample, 'channelKey'>): void {
    const samples = [{ channelKey: this.#channels[0] ?? 0, ...usage }];
    this.#answer({ kind: 'notification', name: 'channels.sampled', params: { samples } }, []);
  }

  /** As if the process were killed. */
  die(): void {
    this.#link.end('killed');
  }

  /** The text of the only metadata stream. */
  get text(): string {
    return [...this.metadata.values()].join('');
  }

  /** Answers nothing; what was asked meanwhile is answered afterwards. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  set isSilent(isSilent: boolean) {
    this.#isSilent = isSilent;
    if (!isSilent) for (const bytes of this.#unread.splice(0)) this.#receive(bytes);
  }

  get withheld(): ConsumerCommand | null {
    return this.#withheld;
  }

  set withheld(command: ConsumerCommand | null) {
    this.#withheld = command;
    for (const answer of command === null ? this.#withheldAnswers.splice(0) : []) answer();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isSilent) {
      this.#unread.push(bytes);
      return;
    }
    for (const { message } of this.#framer.push(bytes, [])) {
      if (message.kind !== 'request' || this.#link.isGone) continue;
      const { id, command, params } = message;
      if (this.failing?.command === command) {
        const { errnoName } = this.failing;
        this.#answer({ kind: 'failure', id, errnoName, message: 'as told' }, []);
        continue;
      }
      const { result, fds } = this.#perform(command, params);
      const answer = (): void => this.#answer({ kind: 'reply', id, result }, fds);
      if (this.#withheld === command) this.#withheldAnswers.push(answer);
      else answer();
    }
  }

  #answer(message: ConsumerMessage, fds: readonly number[]): void {
    for (const fd of fds) this.openFds.add(fd);
    this.#link.receive(encodeFrame(message, fds.length), fds);
  }

  #perform(
    command: ConsumerCommand,
    params: unknown,
  ): { readonly result: unknown; readonly fds: readonly number[] } {
    const done = { result: {}, fds: [] };
    switch (command) {
      case 'hello':
        return { result: { pid: 4242, cpuCount: CPU_COUNT }, fds: [] };
      case 'channel.create': {
        const { channelKey, channelName, tracePath, ustChannelId } =
          params as ConsumerCommands['channel.create']['params'];
        this.commands.push(`${command} ${tracePath} ${channelName} ${ustChannelId}`);
        this.#channels.push(channelKey);
        const streams = Array.from({ length: CPU_COUNT }, (_, cpu) => ({ cpu, memoryLengthBytes: 4096 }));
        const fds = Array.from({ length: 1 + 2 * CPU_COUNT }, () => ++this.#lastFd);
        return { result: { blobBase64: Buffer.alloc(920).toString('base64'), streams }, fds };
      }
      case 'metadata.create': {
        const { metadataKey, text } = params as ConsumerCommands['metadata.create']['params'];
        this.commands.push(command);
        this.metadata.set(metadataKey, text);
        return done;
      }
      case 'metadata.append': {
        const append = params as ConsumerCommands['metadata.append']['params'];
        const before = this.metadata.get(append.metadataKey) ?? '';
        if (append.offsetChars !== before.length) throw new Error('Metadata is not contiguous');
        this.metadata.set(append.metadataKey, before + append.text);
        return done;
      }
      case 'metadata.restart': {
        const { metadataKey } = params as ConsumerCommands['metadata.restart']['params'];
        this.metadata.delete(metadataKey);
        return done;
      }
      case 'channel.release': {
        const { channelKey } = params as ConsumerCommands['channel.release']['params'];
        this.commands.push(command);
        this.#channels.splice(this.#channels.indexOf(channelKey), 1);
        return { result: { channelKey, streams: [streamStatistics] }, fds: [] };
      }
      case 'session.progress':
        return { result: { streamCount: 0, bytes: 0 }, fds: [] };
      case 'chunk.seal':
        return { result: { failure: null, relayPath: null }, fds: [] };
      case 'snapshot.record':
        this.commands.push(command);
        return { result: { isTooSmall: false }, fds: [] };
      case 'session.flush':
        this.commands.push(command);
        return { result: { uncommitted: this.isHeldUp ? this.#channels : [] }, fds: [] };
      case 'channel.flush':
        return { result: { isUncommitted: this.isHeldUp }, fds: [] };
      case 'channel.recover': {
        const { requestId, holder } = params as ConsumerCommands['channel.recover']['params'];
        this.commands.push(`${command} ${requestId} ${holder}`);
        return done;
      }
      case 'session.data-pending':
        return { result: { isPending: false }, fds: [] };
      case 'session.statistics':
      case 'session.close': {
        this.commands.push(command);
        const streams = [streamStatistics];
        const channels = this.#channels.map((channelKey) => ({ channelKey, streams }));
        return { result: { channels, faults: [], relayPath: null }, fds: [] };
      }
      default:
        this.commands.push(command);
        return done;
    }
  }
}

/** A launcher of fakes; every fake that it made is in `started`. */
export function fakeConsumerLauncher(timers: Timers): {
  readonly launch: LaunchConsumer;
  readonly started: FakeConsumer[];
  /** Those that are started from now on say nothing. */
  areSilent: boolean;
} {
  const started: FakeConsumer[] = [];
  const choices = { areSilent: false };
  const launch: LaunchConsumer = async ({ uid }, listener) => {
    const fake = new FakeConsumer(uid, listener, timers);
    fake.isSilent = choices.areSilent;
    started.push(fake);
    return fake.consumer;
  };
  return Object.assign(choices, { launch, started });
}
