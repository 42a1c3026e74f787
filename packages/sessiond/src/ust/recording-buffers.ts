/**
 * The buffers of one recording session for one owner (a user): their channels' memory as the consumer made
 * it, the registry of what applications declared, and the metadata stream.
 */

import { isoBasicDateTime } from '@lttng-ts/base';
import { type LttngTraceHeader, lttngEnvironment, lttngMonotonicClock } from '@lttng-ts/ctf';
import type { BufferSetInfo, ChannelKey, ChannelStatistics, MetadataKey } from '@lttng-ts/protocols';
import type { UstNotifyReply, UstNotifyRequest } from '@lttng-ts/protocols/ust-app';
import { hostByteOrder } from '@lttng-ts/wire';
import type { Application } from './application.ts';
import type { BufferUsages } from './buffer-usages.ts';
import type { ConsumerLink } from './consumer-link.ts';
import { type BufferOwner, bufferSetOwner, tracePathOf } from './core/buffer-owner.ts';
import { TraceRegistry } from './core/trace-registry.ts';
import type { TraceHost } from './ports.ts';
import type { DesiredChannel, DesiredSession } from './ust-domain.ts';

/** Memory comes in pages. */
const PAGE_BYTES = 4096;

/** One stream of a channel: what an application is sent. */
export interface StreamBuffers {
  readonly cpu: number;
  readonly memoryLengthBytes: number;
  readonly memoryFd: number;
  readonly wakeupFd: number;
}

/** One channel's buffers. The descriptors are this daemon's until the session is destroyed. */
export interface ChannelBuffers {
  readonly channelKey: ChannelKey;
  readonly name: string;
  /** Id of the stream class in metadata, and in packet headers. */
  readonly ustChannelId: number;
  readonly blob: Uint8Array;
  /** What one stream can hold. */
  readonly capacityBytes: number;
  readonly wakeupFd: number;
  readonly streams: readonly StreamBuffers[];
}

/** What a channel's buffers came to when their owner went. */
export interface ReleasedChannel {
  readonly name: string;
  readonly statistics: ChannelStatistics;
}

export interface RecordingBuffersOptions {
  readonly session: DesiredSession;
  readonly owner: BufferOwner;
  readonly consumer: ConsumerLink;
  readonly host: TraceHost;
  readonly newKey: () => number;
  readonly closeFd: (fd: number) => void;
  /** What of the memory behind a descriptor has pages. */
  readonly residentBytes: (fd: number) => number;
  readonly usages: BufferUsages;
  /** Metadata could not be written; the recording goes on. */
  readonly onMetadataError: (error: Error) => void;
  /** Who may be inside a record of these buffers, see `findHolder`. */
  readonly findHolder: (
    buffers: RecordingBuffers,
    channelKeys: readonly ChannelKey[],
  ) => Promise<string | null>;
}

export class RecordingBuffers {
  readonly owner: BufferOwner;
  /** Seconds since the epoch. */
  readonly createdAtS: number;
  readonly #options: RecordingBuffersOptions;
  readonly #uuid: string;
  readonly #metadataKey: MetadataKey;
  readonly #channels = new Map<string, Promise<ChannelBuffers>>();
  readonly #made: ChannelBuffers[] = [];
  readonly #registry: TraceRegistry;
  readonly #first: Pick<Application, 'identity' | 'tracerVersion'>;
  /** The consumer is to drop the text that it has before the next one. */
  #isRestarting = false;
  #metadataChars = 0;
  #pushCount = 0;
  readonly #declared = new Set<ChannelKey>();
  readonly #awaitingWhole: (() => void)[] = [];
  #lastAppend: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** `first`: the application for which the buffers are made; the trace carries its tracer's version. */
  constructor(options: RecordingBuffersOptions, first: Application) {
    this.#options = options;
    this.owner = options.owner;
    this.createdAtS = options.host.nowS();
    this.#uuid = options.host.newUuid();
    this.#metadataKey = options.newKey();
    this.#first = { identity: first.identity, tracerVersion: first.tracerVersion };
    this.#registry = new TraceRegistry(this.#header(), options.session.traceFormat);
  }

  /** Makes the metadata stream with the head of the text. Call first, once. */
  async open(): Promise<void> {
    const { consumer, session } = this.#options;
    const text = this.#registry.takeText();
    this.#metadataChars = text.length;
    await consumer.call('metadata.create', {
      metadataKey: this.#metadataKey,
      sessionId: session.id,
      tracePath: tracePathOf(this.owner),
      uuid: this.#uuid.replaceAll('-', ''),
      memoryPath: session.sharedMemoryPath,
      text,
    });
  }

  /** The channel's buffers, made when they are asked for first. */
  async requireChannel(channel: DesiredChannel): Promise<ChannelBuffers> {
    const known = this.#channels.get(channel.name);
    if (known !== undefined) return await known;
    const made = this.#createChannel(channel);
    this.#channels.set(channel.name, made);
    // A refusal now (no memory) must not refuse the next application.
    made.catch(() => this.#channels.delete(channel.name));
    return await made;
  }

  /** Channels that exist, for statistics. */
  get channels(): readonly ChannelBuffers[] {
    return this.#made;
  }

  /** Answers an application's registration; the text is on its way to the consumer before the answer is. */
  register(
    request: UstNotifyRequest,
    ustChannelId: number | null,
    application: Application,
  ): { readonly reply: UstNotifyReply; readonly refusal: string | null } {
    const answer = this.#registry.register(request, ustChannelId, application);
    this.#pushMetadata();
    return answer;
  }

  /** The application is gone and will declare nothing more. */
  abandon(application: Application): void {
    this.#registry.abandon(application);
    this.#pushMetadata();
  }

  /** Writes the whole text again, with the clock's offset as it is now; it is on its way when `whole` resolves. */
  restartMetadata(): void {
    this.#registry.restart(this.#header());
    this.#isRestarting = true;
    this.#pushMetadata();
  }

  /** Resolves when what was sent to the consumer is in the output, or was refused. */
  async written(): Promise<void> {
    await this.#lastAppend;
  }

  /** Changes with each text that is sent; null while some is held back, see {@link whole}. */
  get textVersion(): string | null {
    return this.#registry.isWhole ? `${this.#metadataKey}.${this.#pushCount}` : null;
  }

  /** Resolves when the text that is on its way to the consumer describes all that was declared. */
  async whole(): Promise<void> {
    if (this.#registry.isWhole) return;
    await new Promise<void>((resolve) => this.#awaitingWhole.push(resolve));
  }

  /**
   * The owner is gone: what it recorded goes to the output, and the consumer frees the buffers. Gives the final
   * statistics of each channel.
   */
  async release(): Promise<readonly ReleasedChannel[]> {
    const { consumer } = this.#options;
    try {
      const released = await Promise.all(
        this.#made.map(async ({ channelKey, name }) => {
          const { isUncommitted } = await consumer.call('channel.flush', { channelKey });
          if (isUncommitted) await this.recover(channelKey, null);
          return { name, statistics: await consumer.call('channel.release', { channelKey }) };
        }),
      );
      await consumer.call('metadata.release', { metadataKey: this.#metadataKey });
      return released;
    } finally {
      this.close();
    }
  }

  /** Answers the consumer's question, or, with a null `requestId`, lets it complete what dead writers left. */
  async recover(channelKey: ChannelKey, requestId: number | null): Promise<void> {
    const holder = await this.#options.findHolder(this, [channelKey]);
    await this.#options.consumer.call('channel.recover', { channelKey, requestId, holder });
  }

  /** A descriptor of the memory of each of these channels, while they are open. */
  memoryFds(channelKeys: readonly ChannelKey[]): readonly number[] {
    if (this.#isClosed) return [];
    return this.#made
      .filter(({ channelKey }) => channelKeys.includes(channelKey))
      .flatMap(({ streams }) => streams.slice(0, 1).map(({ memoryFd }) => memoryFd));
  }

  /** What the buffers of each channel take, and how full they were last. */
  describe(): readonly { readonly channelName: string; readonly set: BufferSetInfo }[] {
    if (this.#isClosed) return [];
    const { residentBytes, usages } = this.#options;
    return this.#made.map(({ channelKey, name, capacityBytes, streams }) => ({
      channelName: name,
      set: {
        owner: bufferSetOwner(this.owner),
        capacityBytes,
        streams: streams.map(({ cpu, memoryFd, memoryLengthBytes }) => ({
          cpu,
          residentBytes: residentBytes(memoryFd),
          lengthBytes: Math.ceil(memoryLengthBytes / PAGE_BYTES) * PAGE_BYTES,
        })),
        usage: usages.find(channelKey),
      },
    }));
  }

  /** Closes the descriptors; applications have theirs. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const channel of this.#made) this.#closeChannel(channel);
  }

  async #createChannel(channel: DesiredChannel): Promise<ChannelBuffers> {
    const { consumer, session, newKey } = this.#options;
    const channelKey = newKey();
    const ustChannelId = this.#registry.addChannel(channel.name);
    const { subbufferSizeBytes, subbufferCount } = channel.attributes;
    const capacityBytes = subbufferSizeBytes * subbufferCount;
    // Before the request: the first sample may come right behind its answer.
    this.#options.usages.add(channelKey, {
      sessionId: session.id,
      sessionOwnerUid: session.ownerUid,
      channelName: channel.name,
      owner: bufferSetOwner(this.owner),
      capacityBytes,
    });
    const created = consumer.callForFds('channel.create', {
      channelKey,
      sessionId: session.id,
      tracePath: tracePathOf(this.owner),
      channelName: channel.name,
      ustChannelId,
      uuid: this.#uuid.replaceAll('-', ''),
      attributes: channel.attributes,
      memoryPath: session.sharedMemoryPath,
    });
    created.catch(() => this.#options.usages.remove(channelKey));
    const { result, fds } = await created;
    const [wakeupFd, ...streamFds] = fds;
    const buffers: ChannelBuffers = {
      channelKey,
      name: channel.name,
      ustChannelId,
      blob: Uint8Array.from(Buffer.from(result.blobBase64, 'base64')),
      capacityBytes,
      wakeupFd: wakeupFd!,
      streams: result.streams.map(({ cpu, memoryLengthBytes }, index) => ({
        cpu,
        memoryLengthBytes,
        memoryFd: streamFds[2 * index]!,
        wakeupFd: streamFds[2 * index + 1]!,
      })),
    };
    if (this.#isClosed) this.#closeChannel(buffers);
    else this.#made.push(buffers);
    return buffers;
  }

  #closeChannel({ channelKey, wakeupFd, streams }: ChannelBuffers): void {
    this.#options.usages.remove(channelKey);
    const all = [wakeupFd, ...streams.flatMap((stream) => [stream.memoryFd, stream.wakeupFd])];
    for (const fd of all) this.#options.closeFd(fd);
  }

  #pushMetadata(): void {
    if (!this.#registry.isWhole) return;
    this.#pushText();
    this.#declareChannels();
    for (const resolve of this.#awaitingWhole.splice(0)) resolve();
  }

  /** Tells the consumer which streams may have packets: those whose class is in the text. */
  #declareChannels(): void {
    for (const { channelKey, ustChannelId } of this.#made) {
      if (this.#declared.has(channelKey) || !this.#registry.isDeclared(ustChannelId)) continue;
      this.#declared.add(channelKey);
      // A consumer that is gone is reported by the domain.
      this.#options.consumer.call('channel.declare', { channelKey }).catch(() => undefined);
    }
  }

  #pushText(): void {
    const text = this.#registry.takeText();
    if (text === '') return;
    const { consumer, onMetadataError } = this.#options;
    if (this.#isRestarting) {
      this.#isRestarting = false;
      this.#metadataChars = 0;
      consumer.call('metadata.restart', { metadataKey: this.#metadataKey }).catch(onMetadataError);
    }
    const append = { metadataKey: this.#metadataKey, offsetChars: this.#metadataChars, text };
    this.#metadataChars += text.length;
    this.#pushCount++;
    // The link keeps order: data that an application writes after our answer is read by a consumer that
    // has this request before it. Waiting here would let a slow disk delay the application.
    this.#lastAppend = consumer.call('metadata.append', append).catch(onMetadataError);
  }

  #header(): LttngTraceHeader {
    const { identity, tracerVersion } = this.#first;
    const { session, host } = this.#options;
    const { owner } = this;
    const zone = host.utcOffsetMinutes(session.creationTimeS);
    return {
      uuid: this.#uuid,
      byteOrder: hostByteOrder,
      longBits: owner.wordSizeBits,
      alignments: {
        uint8: identity.u8AlignBits,
        uint16: identity.u16AlignBits,
        uint32: identity.u32AlignBits,
        uint64: identity.u64AlignBits,
        long: identity.longAlignBits,
      },
      environment: new Map([
        ...lttngEnvironment({
          tracerMajor: tracerVersion.major,
          tracerMinor: tracerVersion.minor,
          buffering:
            owner.kind === 'user'
              ? { scheme: 'uid', uid: owner.uid }
              : {
                  scheme: 'pid',
                  pid: owner.pid,
                  tracerPatchLevel: tracerVersion.patchLevel,
                  procname: owner.name,
                  registrationDatetime: isoBasicDateTime(owner.registeredAtS, owner.utcOffsetMinutes),
                },
          longBits: owner.wordSizeBits,
          traceName: session.traceName,
          creationDatetime: isoBasicDateTime(session.creationTimeS, zone),
          hostname: host.hostname,
        }),
        ...host.environment,
      ]),
      clockClass: lttngMonotonicClock(host.clockOffsetNs(), host.bootId),
    };
  }
}
