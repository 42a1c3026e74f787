/**
 * What all connections of the relay share: sessions, streams, chunks. Numbers given out to peers start at 1, as
 * upstream's do.
 */
import { describe, SystemError } from '@lttng-ts/base';
import { RELAY_UNSET, type RelayAddStream, type RelayCreateSession } from '@lttng-ts/protocols/relay';
import { type HostLimits, HostQuotas } from './core/host-quotas.ts';
import { type Grouping, namesOf, oldStreamPath, sessionFolder } from './core/output-paths.ts';
import type { Clock, Log, OutputTree } from './ports.ts';
import { ChunkHistory, type RelayChunk } from './relay-chunk.ts';
import { RelaySession } from './relay-session.ts';
import { newCounters } from './relay-status.ts';
import { RelayStream } from './relay-stream.ts';

export interface RelayOptions {
  readonly tree: OutputTree;
  readonly clock: Clock;
  readonly log: Log;
  readonly grouping: Grouping;
  readonly isClearAllowed: boolean;
  readonly hostLimits: HostLimits;
  /** How long a producer that is gone may come back, where it asked for it. */
  readonly resumeTimeoutS: number;
}

/** A request that cannot be met; the peer is told, and its connection goes on. */
export class RelayRefusal extends Error {
  override readonly name = 'RelayRefusal';
}

export class Relay {
  readonly options: RelayOptions;
  readonly counters = newCounters();
  readonly quotas: HostQuotas;
  readonly sessions = new Map<number, RelaySession>();
  readonly streams = new Map<number, RelayStream>();
  readonly #sessionOf = new Map<RelayStream, RelaySession>();
  /** By the session daemon's UUID and its number of the session. */
  readonly #histories = new Map<
    string,
    { readonly history: ChunkHistory; readonly users: Set<RelaySession> }
  >();
  #lastSessionId = 0;
  #lastStreamId = 0;
  #lastTraceId = 0;
  #lastViewerSessionId = 0;

  constructor(options: RelayOptions) {
    this.options = options;
    this.quotas = new HostQuotas(options.hostLimits);
  }

  /** Last stream number that was given out: what a refusal of ADD_STREAM tells. */
  get lastStreamId(): number {
    return this.#lastStreamId;
  }

  newViewerSessionId(): number {
    return ++this.#lastViewerSessionId;
  }

  /** Makes a session. Throws {@link RelayRefusal} or `ProtocolError` for names that are no good. */
  createSession(request: RelayCreateSession, minor: number, address: string): RelaySession {
    const { clock } = this.options;
    const nowS = clock.nowS();
    const history = this.#historyOf(request);
    // Upstream gives it before it looks for the chunk.
    const id = ++this.#lastSessionId;
    const chunkId = request.daemon?.chunkId ?? null;
    const chunk = chunkId === null ? null : history.find(chunkId);
    if (chunkId !== null && chunk === null) throw new RelayRefusal(`Unknown chunk: chunk=${chunkId}`);
    const session = new RelaySession({ id, request, minor, creationTimeS: nowS, history, chunk, address });
    this.counters.sessions++;
    this.sessions.set(id, session);
    const key = keyOf(request);
    // Not before: a request that was refused is to leave nothing.
    if (key !== null) {
      const users = this.#histories.get(key)?.users ?? new Set<RelaySession>();
      this.#histories.set(key, { history, users: users.add(session) });
    }
    return session;
  }

  sessionOf(stream: RelayStream): RelaySession | null {
    return this.#sessionOf.get(stream) ?? null;
  }

  addStream(session: RelaySession, request: RelayAddStream): RelayStream {
    // Upstream gives it before it looks for anything.
    const id = ++this.#lastStreamId;
    const chunk = session.chunk ?? this.#oldPeerChunk(session);
    if (chunk === null) throw new RelayRefusal(`Session has no chunk: session=${session.id}`);
    const { clock, grouping } = this.options;
    const { creationTimeS } = session;
    const pathName =
      session.minor >= 11
        ? namesOf(request.pathName).join('/')
        : oldStreamPath(request.pathName, session.request, {
            grouping,
            creationTimeS,
            offsetMinutes: clock.offsetMinutes(creationTimeS),
          });
    requirePlainChannel(request.channelName);
    if (!this.quotas.take('streams', session.address)) {
      this.counters.quotaRefusals++;
      throw new RelayRefusal(`Host has its share of streams: address="${session.address}"`);
    }
    const stream = new RelayStream({
      id,
      request,
      pathName,
      minor: session.minor,
      isIndexed: session.isIndexed,
      history: session.history,
      chunk,
    });
    this.counters.streams++;
    this.streams.set(id, stream);
    this.#sessionOf.set(stream, session);
    session.add(stream, () => ++this.#lastTraceId);
    return stream;
  }

  /** The producer of a session is gone. With `isOrderly`, packets that are on their way are awaited. */
  endSession(session: RelaySession, isOrderly: boolean): void {
    session.isClosed = true;
    for (const stream of [...session.streams]) {
      this.#attempt(session, () => (isOrderly ? stream.requestClose(RELAY_UNSET) : stream.close()));
    }
    const { chunk } = session;
    if (chunk !== null) this.#attempt(session, () => session.leave(chunk));
    this.forgetEnded(session);
  }

  /** A step of a session's end: what the disk refuses (a folder that was removed) is not to stop the others. */
  #attempt(session: RelaySession, step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.counters.faults++;
      this.options.log('error', describe('End of a session', { session: session.id, reason: error.message }));
    }
  }

  /** Forgets a stream that is closed and has no reader. */
  forgetStream(session: RelaySession, stream: RelayStream): void {
    if (!stream.isClosed || session.viewer !== null || stream.files.cursors.size > 0) return;
    if (!this.streams.has(stream.id)) return;
    this.quotas.release('streams', session.address);
    session.remove(stream);
    this.streams.delete(stream.id);
    this.#sessionOf.delete(stream);
    this.#forgetSession(session);
  }

  /** Forgets all of a session that is closed and has no reader. */
  forgetEnded(session: RelaySession): void {
    for (const stream of [...session.streams]) this.forgetStream(session, stream);
    this.#forgetSession(session);
  }

  #forgetSession(session: RelaySession): void {
    if (!session.isClosed || session.viewer !== null || session.streams.size > 0) return;
    this.sessions.delete(session.id);
    for (const [key, { users }] of this.#histories) {
      if (users.delete(session) && users.size === 0) this.#histories.delete(key);
    }
  }

  #historyOf(request: RelayCreateSession): ChunkHistory {
    const { tree, clock, grouping } = this.options;
    if (request.daemon === null) return new ChunkHistory('', tree.session(''), clock);
    const { uuid, creationTimeS } = request.daemon;
    const key = keyOf(request);
    if (key === null || uuid.every((byte) => byte === 0)) {
      throw new RelayRefusal('Session daemon without a UUID');
    }
    const known = this.#histories.get(key);
    if (known !== undefined) return known.history;
    const offsetMinutes = clock.offsetMinutes(creationTimeS);
    const path = sessionFolder({ session: request, grouping, offsetMinutes });
    return new ChunkHistory(path, tree.session(path), clock);
  }

  /** Peers before 2.11 know no chunks: everything lies in one, the output folder itself. */
  #oldPeerChunk(session: RelaySession): RelayChunk | null {
    if (session.minor >= 11) return null;
    const chunk = session.history.create({
      chunkId: 0n,
      creationTimeS: session.creationTimeS,
      overrideName: null,
    });
    session.enter(chunk);
    return chunk;
  }
}

/** What sessions of one recording session have in common; null before 2.11. */
function keyOf({ daemon }: RelayCreateSession): string | null {
  return daemon === null ? null : `${Buffer.from(daemon.uuid).toString('hex')}/${daemon.sessionId}`;
}

function requirePlainChannel(name: string): void {
  if (namesOf(name).length === 1 && !name.includes('/')) return;
  throw new RelayRefusal(`Not a name of a stream: name=${JSON.stringify(name)}`);
}
