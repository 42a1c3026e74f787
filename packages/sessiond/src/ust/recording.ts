/**
 * One session on the application side: its desired state, its consumer, the buffers per owner, and what
 * was made in each application.
 */
import { assert, toError } from '@lttng-ts/base';
import type {
  BufferSetInfo,
  ChannelKey,
  ChannelStatistics,
  ChunkEnd,
  ChunkFate,
  ConsumerChunk,
  RecordingFault,
} from '@lttng-ts/protocols';
import type { Application } from './application.ts';
import { ApplicationSession } from './application-session.ts';
import type { BufferUsages } from './buffer-usages.ts';
import { ConsumerGoneError, type ConsumerLink, ConsumerSilentError } from './consumer-link.ts';
import { type BufferOwner, bufferOwnerKey } from './core/buffer-owner.ts';
import { isTracked } from './core/is-tracked.ts';
import type { Log, TraceHost } from './ports.ts';
import { findHolder, type QuiescencePorts } from './quiescence.ts';
import { RecordingBuffers } from './recording-buffers.ts';
import { relayedSession } from './relayed-session.ts';
import { ReleasedStatistics } from './released-statistics.ts';
import type { DesiredChunk, DesiredSession, DesiredSnapshot, UstEnd, UstStatistics } from './ust-domain.ts';

export interface RecordingOptions {
  readonly session: DesiredSession;
  readonly consumer: ConsumerLink;
  readonly host: TraceHost;
  /** 32 hexadecimal digits: tells sessions of this daemon from others on a relay daemon. */
  readonly daemonUuid: string;
  readonly log: Log;
  readonly newKey: () => number;
  readonly closeFd: (fd: number) => void;
  readonly residentBytes: (fd: number) => number;
  readonly usages: BufferUsages;
  readonly quiescence: QuiescencePorts;
}

/** The folder that traces of the UST domain are in, there even without an application. */
const DOMAIN_FOLDER = 'ust';

function consumerChunk(chunk: DesiredChunk): ConsumerChunk {
  return { ...chunk, folders: [DOMAIN_FOLDER] };
}

export class Recording {
  readonly consumer: ConsumerLink;
  desired: DesiredSession;
  /** Whether applications that come now are to record. */
  isActive = false;
  readonly #options: RecordingOptions;
  #openChunkId: number | null = null;
  /** The consumer has opened a chunk of the session. */
  #isKnown = false;
  /** It was asked to, and has not answered yet. */
  isOpening = false;
  readonly #buffers = new Map<string, Promise<RecordingBuffers>>();
  readonly #channelNames = new Map<number, string>();
  readonly #applications = new Map<Application, ApplicationSession>();
  /** The latest of each kind and place: applications that come without end must not grow this. */
  readonly #faults = new Map<string, RecordingFault>();
  readonly #releases = new Set<Promise<void>>();
  readonly #released = new ReleasedStatistics();

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.consumer = options.consumer;
    this.desired = options.session;
  }

  /** Makes the output unless it is open: before the first recording, and after the last chunk was ended. */
  async openChunk(): Promise<void> {
    const { id, chunk } = this.desired;
    assert(chunk !== null, 'A session that records has a chunk');
    if (this.#openChunkId === chunk.chunkId) return;
    const opened = (): void => {
      this.#openChunkId = chunk.chunkId;
      this.#isKnown = true;
      this.isOpening = false;
    };
    this.isOpening = !this.consumer.isSilent;
    try {
      // A consumer that opens it after its time opens it once: the session begins with the same chunk again.
      await this.consumer.call('chunk.open', { sessionId: id, chunk: consumerChunk(chunk) }, opened);
    } catch (error) {
      if (!(error instanceof ConsumerSilentError)) this.isOpening = false;
      throw error;
    }
    opened();
  }

  /** See `UstDomain.snapshot`. */
  async snapshot({ network, ...snapshot }: DesiredSnapshot): Promise<boolean> {
    const sessionId = this.desired.id;
    const { host, daemonUuid } = this.#options;
    const { hostname } = host;
    const isSnapshot = true;
    const relay =
      network === null ? null : relayedSession(this.desired, { network, hostname, daemonUuid, isSnapshot });
    const version = relay === null ? await this.#textVersion() : null;
    const isSealed = version !== null;
    const { isTooSmall } = await this.consumer.call(
      'snapshot.record',
      { ...snapshot, sessionId, folders: [DOMAIN_FOLDER], relay, isSealed },
      // Nobody waits for it any more; the next one is not to find it open.
      (late) => {
        if (!late.isTooSmall) this.consumer.call('snapshot.seal', { sessionId }).catch(() => undefined);
      },
    );
    if (isTooSmall) return false;
    // Nobody declared anything while it was made: what was written describes all that is in it.
    if (isSealed && version === (await this.#textVersion())) return true;
    await this.#allTextSent();
    await this.consumer.call('snapshot.seal', { sessionId });
    return true;
  }

  /**
   * Waits until the text of everything that was declared before is on its way to the consumer: it is held back
   * while an application is amid its declarations, and a chunk without it could not be read on its own.
   */
  async #allTextSent(): Promise<void> {
    for (const buffers of await this.#allBuffers()) await buffers.whole();
  }

  /** Which text the consumer was sent; null when some is held back. */
  async #textVersion(): Promise<string | null> {
    const versions = (await this.#allBuffers()).map(({ textVersion }) => textVersion);
    return versions.includes(null) ? null : versions.join();
  }

  /** See `UstDomain.changeChunk`. */
  async changeChunk(fate: ChunkFate): Promise<ChunkEnd> {
    const { id, chunk } = this.desired;
    const before = this.#openChunkId;
    // Set before the answer: a start meanwhile must not open the chunk again.
    this.#openChunkId = chunk?.chunkId ?? null;
    try {
      const next = chunk === null ? null : consumerChunk(chunk);
      await this.consumer.call('chunk.change', { sessionId: id, next, fate });
      await this.#allTextSent();
      return await this.consumer.call('chunk.seal', { sessionId: id });
    } catch (error) {
      this.#openChunkId = before;
      throw error;
    }
  }

  /** Brings one application in line and lets it record. A task of its queue. */
  async startIn(application: Application): Promise<void> {
    if (!this.isActive) return;
    if (!isTracked(this.desired.trackers, application.identity)) {
      await this.#exclude(application);
      return;
    }
    const session = await this.#requireIn(application);
    await session.synchronize(this.desired);
    if (this.isActive) await session.start();
  }

  /** Takes the session out of an application that it records no more. */
  async #exclude(application: Application): Promise<void> {
    await this.#applications.get(application)?.release();
    this.forget(application);
  }

  /** A task of the application's queue. */
  async dumpStateIn(application: Application): Promise<void> {
    if (this.isActive) await this.#applications.get(application)?.dumpState();
  }

  /** See `UstDomain.regenerateMetadata`. */
  async regenerateMetadata(): Promise<void> {
    const all = await this.#allBuffers();
    for (const buffers of all) buffers.restartMetadata();
    for (const buffers of all) {
      await buffers.whole();
      await this.consumer.unlessSilent(buffers.written(), 'metadata.append');
    }
  }

  /** A task of the application's queue. */
  async stopIn(application: Application): Promise<void> {
    await this.#applications.get(application)?.stop();
  }

  /** A task of the application's queue. */
  async releaseIn(application: Application): Promise<void> {
    await this.#applications.get(application)?.release();
    this.#applications.delete(application);
  }

  /** The application is gone; buffers of its user stay for the others, its own are released. */
  forget(application: Application): void {
    this.#applications.get(application)?.buffers.abandon(application);
    this.#applications.delete(application);
    const owner = this.#ownerOf(application);
    const buffers = this.#buffers.get(bufferOwnerKey(owner));
    if (owner.kind === 'user' || buffers === undefined) return;
    this.#buffers.delete(bufferOwnerKey(owner));
    const release = this.#release(buffers);
    this.#releases.add(release);
    void release.finally(() => this.#releases.delete(release));
  }

  /** What was made in the application for this session, when `sessionHandle` means it. */
  findIn(application: Application, sessionHandle: number): ApplicationSession | null {
    const session = this.#applications.get(application);
    return session?.handle === sessionHandle ? session : null;
  }

  /** Writers have stopped: flushes the buffers, and completes what dead writers left in them. */
  async flush(): Promise<void> {
    const { uncommitted } = await this.consumer.call('session.flush', { sessionId: this.desired.id });
    await Promise.all(uncommitted.map((channelKey) => this.recover(channelKey, null)));
  }

  /** See `channel.stalled` of the link; false when the channel is not of this recording. */
  async recover(channelKey: ChannelKey, requestId: number | null): Promise<boolean> {
    for (const buffers of await this.#allBuffers()) {
      if (!buffers.channels.some((channel) => channel.channelKey === channelKey)) continue;
      await buffers.recover(channelKey, requestId);
      return true;
    }
    return false;
  }

  /** A consumer that is silent gets its last command all the same. */
  async #flushForClose(): Promise<void> {
    try {
      await this.flush();
    } catch (error) {
      if (!(error instanceof ConsumerSilentError)) throw error;
    }
  }

  async isDataPending(): Promise<boolean> {
    return (await this.consumer.call('session.data-pending', { sessionId: this.desired.id })).isPending;
  }

  /** The consumer says nothing although it owes the answer to `command`; or (null) it does again. */
  noteSilence(command: string | null): void {
    const { name, outputPath } = this.desired;
    const detail =
      command === null
        ? 'The consumer answers again'
        : `The consumer does not answer: pid=${this.consumer.consumerPid}, command="${command}"`;
    const where = outputPath ?? name;
    this.addFault({ kind: 'consumer-silent', where, detail, isOngoing: command !== null });
  }

  async #findHolder(buffers: RecordingBuffers, channelKeys: readonly ChannelKey[]): Promise<string | null> {
    const users = [...this.#applications].filter(([, session]) => session.buffers === buffers);
    const applications = users.map(([application]) => application);
    const { consumerPid } = this.consumer;
    const memoryFds = buffers.memoryFds(channelKeys);
    const { createdAtS } = buffers;
    return await findHolder(applications, { memoryFds, createdAtS, consumerPid }, this.#options.quiescence);
  }

  /** Notes a fault that only this side knows. */
  addFault(fault: RecordingFault): void {
    this.#faults.set(`${fault.kind} ${fault.where}`, fault);
  }

  /** Losses and faults as the consumer knows them now; what this side knows when it is gone. */
  async statistics(): Promise<UstStatistics> {
    try {
      const { channels, faults } = await this.consumer.call('session.statistics', {
        sessionId: this.desired.id,
      });
      return await this.#named(channels, faults);
    } catch (error) {
      if (!(error instanceof ConsumerGoneError || error instanceof ConsumerSilentError)) throw error;
      return await this.#named([], []);
    }
  }

  /** See `UstDomain.buffers`. */
  async buffers(): Promise<ReadonlyMap<string, readonly BufferSetInfo[]>> {
    const byChannel = new Map<string, BufferSetInfo[]>();
    for (const buffers of await this.#allBuffers()) {
      for (const { channelName, set } of buffers.describe()) {
        const known = byChannel.get(channelName);
        if (known === undefined) byChannel.set(channelName, [set]);
        else known.push(set);
      }
    }
    return byChannel;
  }

  /** Ends the session in the consumer; the output is complete and archived when it returns. */
  async close(archivePath: string | null): Promise<UstEnd> {
    if (!this.#isKnown && !this.isOpening) return { ...(await this.#named([], [])), relayPath: null };
    try {
      await this.#flushForClose();
      const { faults } = await this.statistics();
      this.#released.isFolding = false;
      const { channels, relayPath } = await this.consumer.call('session.close', {
        sessionId: this.desired.id,
        archivePath,
      });
      await Promise.all(this.#releases);
      this.#released.foldAllBut(channels);
      const { channels: named } = await this.#named(channels, []);
      return { channels: named, faults, relayPath };
    } catch (error) {
      // It does what it was told when it goes on.
      if (!(error instanceof ConsumerGoneError || error instanceof ConsumerSilentError)) throw error;
      return { ...(await this.#named([], [])), relayPath: null };
    } finally {
      for (const buffers of await this.#allBuffers()) buffers.close();
      this.#buffers.clear();
    }
  }

  async #requireIn(application: Application): Promise<ApplicationSession> {
    const known = this.#applications.get(application);
    if (known !== undefined) return known;
    const buffers = await this.#requireBuffers(application);
    const session = new ApplicationSession(application, buffers, this.#options.log);
    this.#applications.set(application, session);
    return session;
  }

  async #requireBuffers(application: Application): Promise<RecordingBuffers> {
    const owner = this.#ownerOf(application);
    const key = bufferOwnerKey(owner);
    const known = this.#buffers.get(key);
    if (known !== undefined) return await known;
    const made = this.#openBuffers(owner, application);
    this.#buffers.set(key, made);
    // The next application tries again.
    made.catch(() => this.#buffers.delete(key));
    return await made;
  }

  #ownerOf({ identity, registeredAtS }: Application): BufferOwner {
    const { pid, uid, name } = identity;
    const wordSizeBits = identity.wordSizeBits === 32 ? 32 : 64;
    // All channels of a session have owners of one kind.
    const isPerProcess = this.desired.channels[0]?.attributes.ownership === 'process';
    if (!isPerProcess) return { kind: 'user', uid, wordSizeBits };
    const utcOffsetMinutes = this.#options.host.utcOffsetMinutes(registeredAtS);
    return { kind: 'process', pid, name, wordSizeBits, registeredAtS, utcOffsetMinutes };
  }

  /** Waits for buffers that are still being made, and lets the consumer empty and free them. Never throws. */
  async #release(opening: Promise<RecordingBuffers>): Promise<void> {
    try {
      const buffers = await opening;
      for (const { channelKey, name } of buffers.channels) this.#channelNames.set(channelKey, name);
      this.#released.add(await buffers.release());
    } catch (error) {
      // The session or its consumer ended meanwhile, and with it these buffers.
      if (!this.#released.isFolding || error instanceof ConsumerGoneError) return;
      this.#options.log('error', `Buffers are not released: ${toError(error).message}`);
    }
  }

  async #openBuffers(owner: BufferOwner, application: Application): Promise<RecordingBuffers> {
    const { log } = this.#options;
    const onMetadataError = (error: Error): void => {
      // A dead consumer is reported once, by the domain.
      if (!(error instanceof ConsumerGoneError)) log('error', `Metadata is not written: ${error.message}`);
    };
    const options = {
      ...this.#options,
      session: this.desired,
      owner,
      onMetadataError,
      findHolder: (of: RecordingBuffers, channelKeys: readonly ChannelKey[]) =>
        this.#findHolder(of, channelKeys),
    };
    const buffers = new RecordingBuffers(options, application);
    await buffers.open();
    return buffers;
  }

  async #allBuffers(): Promise<readonly RecordingBuffers[]> {
    const settled = await Promise.allSettled(this.#buffers.values());
    return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }

  async #named(
    channels: readonly ChannelStatistics[],
    faults: readonly RecordingFault[],
  ): Promise<UstStatistics> {
    for (const buffers of await this.#allBuffers()) {
      for (const { channelKey, name } of buffers.channels) this.#channelNames.set(channelKey, name);
    }
    const named = new Map<string, ChannelStatistics[]>();
    for (const channel of channels) {
      const name = this.#channelNames.get(channel.channelKey);
      if (name === undefined) continue;
      const same = named.get(name);
      if (same === undefined) named.set(name, [channel]);
      else same.push(channel);
    }
    for (const [name, statistics] of this.#released.sums) {
      named.set(name, [...(named.get(name) ?? []), statistics]);
    }
    return { channels: named, faults: [...faults, ...this.#faults.values()] };
  }
}
