/**
 * Follows a recording at a relay daemon by itself, ahead of whoever reads: attaches to its sessions, asks for indexes,
 * packets, metadata and new streams, and fills the queues of `live-feed.ts`. Queues are bounded: what is not taken is
 * not asked for. Only here are things waited for.
 */
import { LttngError, ProtocolError, toError, UsageError } from '@lttng-ts/base';
import {
  type LiveIndex,
  type LiveStream,
  type LiveUrl,
  liveFlags,
  liveIndexStatus,
} from '@lttng-ts/protocols/live';
import { type ListedSession, LiveClient } from './live-client.ts';
import { LiveStreamFeed, LiveTrace } from './live-feed.ts';
import type { LiveTransport, Pause, RelayAddress } from './live-transport.ts';

/** What to do when the relay daemon has no session of that name. */
export type SessionNotFoundAction = 'continue' | 'fail' | 'end';

export interface LiveEngineOptions {
  readonly transport: LiveTransport;
  readonly address: RelayAddress;
  readonly session: NonNullable<LiveUrl['session']>;
  readonly sessionNotFoundAction: SessionNotFoundAction;
  /** Told when there may be something to take that was not there before, or when everything is over. */
  readonly onNews: () => void;
}

/** Waits for a relay daemon that has nothing: Babeltrace asks again after 100 ms; live timers have a second. */
const POLL_MS = 50;
/**
 * New streams are asked for at least so often: relay daemons up to 2.13 tell of them only beside a packet of another
 * stream of the session.
 */
const NEW_STREAMS_MS = 1000;
/** Part of a packet that is asked for at once, as in Babeltrace. */
const PART_BYTES = 256 << 10;
/** As for packets in files. */
const MAX_PACKET_BYTES = 1 << 30;
/** Bytes in all queues; a queue that is empty may be filled all the same. */
const MAX_QUEUED_BYTES = 128 << 20;

/** A stream as the engine sees it. */
interface FollowedStream {
  readonly feed: LiveStreamFeed;
  /** The last time that it was inactive until. */
  inactiveCycles: bigint | null;
}

interface FollowedSession {
  readonly id: bigint;
  readonly traces: Map<bigint, LiveTrace>;
  streams: FollowedStream[];
  needsStreams: boolean;
  isClosed: boolean;
}

export class LiveEngine {
  /** Streams that begin now, whatever other streams have. */
  readonly begun: LiveStreamFeed[] = [];
  /** Whoever reads waits to hear that a stream has nothing now. */
  isAwaited = false;
  /** Everything is in the queues. */
  isOver = false;
  /** What ended it; the queues are good. */
  failure: Error | null = null;
  readonly #options: LiveEngineOptions;
  #client: LiveClient | null = null;
  #pause: Pause | null = null;
  /** A stream had no room in its queue. */
  #isFull = false;
  #isStopped = false;
  /** Waits since new streams were asked for. */
  #waitsWithoutStreams = 0;
  #queuedBytes = 0;

  constructor(options: LiveEngineOptions) {
    this.#options = options;
  }

  /** Begins; comes back at once. */
  start(): void {
    void this.#run();
  }

  /** Something was taken from a queue: there may be room. */
  noteTaken(bytes: number): void {
    this.#queuedBytes -= bytes;
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#pause?.end();
  }

  /** Nobody reads any more. */
  stop(): void {
    this.#isStopped = true;
    this.#pause?.end();
    this.#client?.close();
  }

  async #run(): Promise<void> {
    try {
      await this.#follow();
    } catch (error) {
      // Whoever reads is told when the queues are empty.
      this.failure = toError(error);
    }
    this.#client?.close();
    this.isOver = true;
    this.#options.onNews();
  }

  async #follow(): Promise<void> {
    const { transport, address, sessionNotFoundAction } = this.#options;
    const client = await LiveClient.connect(transport, address);
    this.#client = client;
    while (!this.#isStopped) {
      await client.createViewerSession();
      const sessions = (await client.listSessions()).filter((session) => this.#isWanted(session));
      if (sessions.length > 0) await this.#followSessions(client, sessions);
      else if (sessionNotFoundAction === 'fail') throw this.#notFound();
      if (sessionNotFoundAction !== 'continue') return;
      await this.#wait();
    }
  }

  #isWanted({ hostname, sessionName }: ListedSession): boolean {
    const { targetHost, name } = this.#options.session;
    return hostname === targetHost && sessionName === name;
  }

  #notFound(): UsageError {
    const { targetHost, name } = this.#options.session;
    return new UsageError(
      `Relay daemon has no such session: target-hostname="${targetHost}", session-name="${name}"`,
    );
  }

  /** Waits; says whether all the time passed, and not only room came. */
  async #wait(): Promise<boolean> {
    if (this.#isStopped) return false;
    const wasFull = this.#isFull;
    this.#pause = this.#options.transport.pause(POLL_MS);
    await this.#pause.isOver;
    this.#pause = null;
    return !wasFull || this.#isFull;
  }

  async #followSessions(client: LiveClient, listed: readonly ListedSession[]): Promise<void> {
    const sessions: FollowedSession[] = [];
    const feeds: LiveStreamFeed[] = [];
    for (const { id } of listed) {
      const session = { id, traces: new Map(), streams: [], needsStreams: false, isClosed: false };
      feeds.push(...this.#add(session, await client.attach(id)));
      sessions.push(session);
    }
    this.#begin(feeds);
    this.#waitsWithoutStreams = 0;
    while (!this.#isStopped && sessions.some(isOpen)) {
      let isBusy = false;
      for (const session of sessions) isBusy = (await this.#round(client, session, sessions)) || isBusy;
      if (isBusy || !(await this.#wait())) continue;
      this.#waitsWithoutStreams++;
      const asksForStreams = this.#waitsWithoutStreams * POLL_MS >= NEW_STREAMS_MS;
      if (asksForStreams) this.#waitsWithoutStreams = 0;
      for (const session of sessions) {
        for (const { feed } of session.streams) feed.isIdle = false;
        // A session all of whose streams hung up is over, or waits for the next program.
        if (!session.isClosed && (asksForStreams || session.streams.length === 0))
          session.needsStreams = true;
      }
    }
    if (!this.#isStopped) await this.#detach(client, sessions);
  }

  async #detach(client: LiveClient, sessions: readonly FollowedSession[]): Promise<void> {
    try {
      for (const { id } of sessions) await client.detach(id);
    } catch (error) {
      // Everything came. Who waits for another recording will see that the connection is lost.
      if (!(error instanceof LttngError)) throw error;
    }
  }

  /** Asks for one thing for each stream that has room; says whether any gave something. */
  async #round(
    client: LiveClient,
    session: FollowedSession,
    sessions: readonly FollowedSession[],
  ): Promise<boolean> {
    if (session.needsStreams) this.#begin(await this.#newStreams(client, session));
    let isBusy = false;
    for (const stream of [...session.streams]) {
      if (this.#isStopped) return false;
      const { feed } = stream;
      const hasRoom = feed.hasRoom && (feed.isEmpty || this.#queuedBytes < MAX_QUEUED_BYTES);
      if (!hasRoom) this.#isFull = true;
      if (feed.isIdle || !hasRoom) continue;
      if (await this.#fetch(client, session, stream, sessions)) isBusy = true;
      else feed.isIdle = true;
      if (feed.isEnded) session.streams = session.streams.filter((one) => one !== stream);
      // Whoever reads may have emptied the queue while the answer was on its way.
      if (feed.takeNews() || (feed.isEmpty && this.isAwaited)) this.#options.onNews();
    }
    return isBusy;
  }

  /** Takes up streams of a session; gives the feeds of its new data streams. */
  #add(session: FollowedSession, streams: readonly LiveStream[]): readonly LiveStreamFeed[] {
    const feeds: LiveStreamFeed[] = [];
    for (const { id, traceId, isMetadata, pathName } of streams) {
      let trace = session.traces.get(traceId);
      if (trace === undefined) {
        trace = new LiveTrace(traceId, pathName);
        session.traces.set(traceId, trace);
      }
      if (isMetadata !== 0) {
        trace.metadataStreamId = id;
        continue;
      }
      const feed = new LiveStreamFeed(trace, id);
      session.streams.push({ feed, inactiveCycles: null });
      feeds.push(feed);
    }
    return feeds;
  }

  #begin(feeds: readonly LiveStreamFeed[]): void {
    this.begun.push(...feeds);
    if (feeds.length > 0) this.#options.onNews();
  }

  async #newStreams(client: LiveClient, session: FollowedSession): Promise<readonly LiveStreamFeed[]> {
    session.needsStreams = false;
    if (session.isClosed) return [];
    const streams = await client.newStreams(session.id);
    if (streams !== 'closed') return this.#add(session, streams);
    session.isClosed = true;
    return [];
  }

  /** Asks for what comes next in a stream; says whether there was something. */
  async #fetch(
    client: LiveClient,
    session: FollowedSession,
    stream: FollowedStream,
    sessions: readonly FollowedSession[],
  ): Promise<boolean> {
    const { feed } = stream;
    const { trace } = feed;
    if (trace.metadata.length === 0) {
      const isThere = await this.#metadata(client, session, trace);
      if (!isThere && trace.metadataState === 'closed') {
        // Its program ended before it said anything: nothing of it can be read.
        feed.put({ kind: 'end' });
        return true;
      }
      if (!isThere) return false;
    }
    const index = await client.nextIndex(feed.id);
    const { status, flags } = index;
    if ((flags & liveFlags.newStreams) !== 0) await this.#streamsBefore(client, feed, sessions);
    switch (status) {
      case liveIndexStatus.ok:
        if ((flags & liveFlags.newMetadata) !== 0) await this.#metadata(client, session, trace);
        return await this.#packet(client, session, stream, index, sessions);
      case liveIndexStatus.inactive:
        // The same time again: nothing is new.
        if (stream.inactiveCycles === index.timestampEnd) return false;
        stream.inactiveCycles = index.timestampEnd;
        feed.put({ kind: 'inactive', cycles: index.timestampEnd, metadataCount: trace.metadata.length });
        return true;
      case liveIndexStatus.retry:
        return false;
      case liveIndexStatus.hup:
        feed.put({ kind: 'end' });
        return true;
      default:
        throw new ProtocolError(`Error getting an index: stream-id=${feed.id}, status=${status}`);
    }
  }

  /** New streams begin before what comes next in the stream that told of them, as the producer had it. */
  async #streamsBefore(
    client: LiveClient,
    feed: LiveStreamFeed,
    sessions: readonly FollowedSession[],
  ): Promise<void> {
    this.#waitsWithoutStreams = 0;
    for (const session of sessions) {
      const streams = await this.#newStreams(client, session);
      if (streams.length > 0) feed.put({ kind: 'streams', streams });
    }
  }

  /** Asks for all metadata that there is; says whether any came. */
  async #metadata(client: LiveClient, session: FollowedSession, trace: LiveTrace): Promise<boolean> {
    if (trace.metadataState === 'closed') return false;
    if (trace.metadataStreamId === null) {
      if (session.isClosed) trace.metadataState = 'closed';
      else session.needsStreams = true;
      return false;
    }
    const pieces: Uint8Array[] = [];
    let emptyCount = 0;
    while (!this.#isStopped) {
      const piece = await client.metadata(trace.metadataStreamId);
      if (piece === 'none') trace.metadataState = 'current';
      if (piece === 'closed') trace.metadataState = 'closed';
      if (piece === 'none' || piece === 'closed') break;
      // Empty ones come while the session is cleared, and before metadata that is on its way.
      if (piece.length > 0) pieces.push(piece);
      else if (++emptyCount > 1) await this.#wait();
    }
    trace.metadata.push(...pieces);
    return pieces.length > 0;
  }

  async #packet(
    client: LiveClient,
    session: FollowedSession,
    { feed }: FollowedStream,
    { offsetBytes, packetSizeBits }: LiveIndex,
    sessions: readonly FollowedSession[],
  ): Promise<boolean> {
    if (packetSizeBits % 8n !== 0n || packetSizeBits > BigInt(MAX_PACKET_BYTES) * 8n) {
      throw new ProtocolError(`Wrong packet size: stream-id=${feed.id}, packet-size-bits=${packetSizeBits}`);
    }
    const bytes = new Uint8Array(Number(packetSizeBits / 8n));
    let refusals = 0;
    for (let at = 0; at < bytes.length; ) {
      if (this.#isStopped) return false;
      const lengthBytes = Math.min(bytes.length - at, PART_BYTES);
      const part = await client.packetPart(feed.id, offsetBytes + BigInt(at), lengthBytes);
      if (part.kind === 'bytes') {
        bytes.set(part.bytes, at);
        at += part.bytes.length;
      } else if (part.kind === 'retry') {
        await this.#wait();
      } else {
        if (part.flags === 0)
          throw new ProtocolError(`No such packet: stream-id=${feed.id}, offset=${offsetBytes}`);
        if ((part.flags & liveFlags.newMetadata) !== 0) await this.#metadata(client, session, feed.trace);
        if ((part.flags & liveFlags.newStreams) !== 0) await this.#streamsBefore(client, feed, sessions);
        // The session was cleared since the index came: the packet is gone, the next one is not.
        if (++refusals > 1) return true;
      }
    }
    feed.put({ kind: 'packet', bytes, metadataCount: feed.trace.metadata.length });
    this.#queuedBytes += bytes.length;
    return true;
  }
}

/** Whether more may come of a session. */
const isOpen = ({ isClosed, streams }: FollowedSession): boolean => !isClosed || streams.length > 0;
