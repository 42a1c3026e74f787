/**
 * The consumers: one per session owner, started when the owner's first session records. A consumer that
 * dies takes its sessions' recording with it and nothing else; the owner's next session gets a new one.
 */
import { describe, SystemError } from '@lttng-ts/base';
import {
  type ChannelKey,
  type ChannelSample,
  CONSUMER_LINK_VERSION,
  type ConsumerCommand,
  type ConsumerNotifications,
} from '@lttng-ts/protocols';
import { ConsumerGoneError, type ConsumerLink, ConsumerSilentError } from './consumer-link.ts';
import { moments } from './moments.ts';
import type { Log } from './ports.ts';

/** A consumer process with its link. */
export interface Consumer {
  readonly uid: number;
  readonly link: ConsumerLink;
  /** Why the link ended; empty while it is there. */
  readonly endReason: string;
  /** Closes the link, which ends the process when it has drained; resolves when it has ended. */
  close(): Promise<void>;
}

export interface ConsumerListener {
  onNotification<N extends keyof ConsumerNotifications>(name: N, params: ConsumerNotifications[N]): void;
  /** The consumer says nothing although it owes an answer to `command`; or (null) it does again. */
  onSilence(consumer: Consumer, command: ConsumerCommand | null): void;
  onEnd(consumer: Consumer): void;
}

/** Starts a consumer process that becomes the owner. Throws `SystemError` when it cannot be started. */
export type LaunchConsumer = (
  owner: { readonly uid: number; readonly gid: number },
  listener: ConsumerListener,
) => Promise<Consumer>;

interface ConsumersOptions {
  readonly launchConsumer: LaunchConsumer;
  readonly log: Log;
  /** A consumer has ended that was not told to. */
  readonly onDeath: (consumer: Consumer) => void;
  readonly onSilence: ConsumerListener['onSilence'];
  /** A writer of these buffers may be dead, see `channel.stalled` of the link. */
  readonly onStalled: (channelKey: ChannelKey, requestId: number) => void;
  /** Monitor timers fired in the consumer of `uid`. */
  readonly onSamples: (uid: number, samples: readonly ChannelSample[]) => void;
}

export class Consumers implements AsyncDisposable {
  readonly #options: ConsumersOptions;
  readonly #byUid = new Map<number, Promise<Consumer>>();
  #isDisposed = false;

  constructor(options: ConsumersOptions) {
    this.#options = options;
  }

  /** The owner's consumer; started when there is none. */
  async require(uid: number, gid: number): Promise<Consumer> {
    const known = this.#byUid.get(uid);
    if (known !== undefined) return await known;
    const started = this.#start(uid, gid);
    this.#byUid.set(uid, started);
    started.catch(() => this.#forget(uid, started));
    return await started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    const started = await Promise.allSettled(this.#byUid.values());
    this.#byUid.clear();
    await Promise.all(started.map((result) => (result.status === 'fulfilled' ? result.value.close() : null)));
  }

  async #start(uid: number, gid: number): Promise<Consumer> {
    const { launchConsumer, log } = this.#options;
    const consumer = await launchConsumer(
      { uid, gid },
      {
        onNotification: (name, params) => this.#onNotification(uid, name, params),
        onSilence: (silent, command) => this.#options.onSilence(silent, command),
        onEnd: (ended) => this.#onEnd(ended),
      },
    );
    try {
      const { pid } = await consumer.link.call('hello', { version: CONSUMER_LINK_VERSION });
      consumer.link.consumerPid = pid;
      log('info', describe('Consumer started', { uid, pid }));
      moments.consumerStarted.publish({ uid, pid });
      return consumer;
    } catch (error) {
      // One that was started and says nothing is of no use: it is ended, and killed if need be.
      if (error instanceof ConsumerSilentError) consumer.link.end('it does not answer');
      // A program that is not there, or that cannot become the owner, shows only as a link that ends.
      else if (!(error instanceof ConsumerGoneError)) throw error;
      throw new SystemError('spawn', 'ECHILD', {
        what: 'the consumer did not start',
        reason: consumer.endReason,
      });
    }
  }

  #onNotification<N extends keyof ConsumerNotifications>(
    uid: number,
    name: N,
    params: ConsumerNotifications[N],
  ): void {
    const { log } = this.#options;
    if (name === 'log') {
      const { level, message } = params as ConsumerNotifications['log'];
      log(level, message);
    } else if (name === 'channel.stalled') {
      const { channelKey, requestId } = params as ConsumerNotifications['channel.stalled'];
      this.#options.onStalled(channelKey, requestId);
    } else if (name === 'channels.sampled') {
      this.#options.onSamples(uid, (params as ConsumerNotifications['channels.sampled']).samples);
    } else {
      const { sessionId, fault } = params as ConsumerNotifications['session.fault'];
      const { kind, where, detail, isOngoing } = fault;
      log(
        isOngoing ? 'warning' : 'info',
        describe('Recording fault', { sessionId, kind, where, detail, isOngoing }),
      );
    }
  }

  #onEnd(consumer: Consumer): void {
    const { uid, endReason } = consumer;
    this.#byUid.delete(uid);
    if (this.#isDisposed) return;
    this.#options.log('error', describe('Consumer ended', { uid, reason: endReason }));
    moments.consumerDied.publish({ uid, reason: endReason });
    this.#options.onDeath(consumer);
  }

  #forget(uid: number, started: Promise<Consumer>): void {
    if (this.#byUid.get(uid) === started) this.#byUid.delete(uid);
  }
}
