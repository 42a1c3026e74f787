/**
 * Trace chunks as the relay keeps them. Producers of one recording session (its kernel and its user-space consumer)
 * share chunks: they are found by the session daemon's UUID, its session's number and the chunk's.
 *
 * A chunk lives as long as a session or a stream is in it; what its close asked for (archive, removal) is done when the
 * last one has left.
 */
import { ProtocolError } from '@lttng-ts/base';
import type { RelayCloseChunk, RelayCreateChunk } from '@lttng-ts/protocols/relay';
import { archiveName, chunkName } from './core/output-paths.ts';
import type { ChunkFolder, Clock, SessionFolder } from './ports.ts';

/** Names that the original gives to chunks on their way. */
const OLD_CHUNK = '.tmp_old_chunk';
const NEW_CHUNK = '.tmp_new_chunk';
const ARCHIVES = 'archives';

export class RelayChunk {
  readonly id: bigint;
  readonly creationTimeS: number;
  /** Of a snapshot: what its folder is called, and its users are told. */
  readonly overrideName: string | null;
  readonly folder: ChunkFolder;
  /** Sessions whose current chunk it is or was, and streams in it. */
  readonly users = new Set<object>();
  close: RelayCloseChunk | null = null;
  isRemoved = false;

  constructor({ chunkId, creationTimeS, overrideName }: RelayCreateChunk, folder: ChunkFolder) {
    this.id = chunkId;
    this.creationTimeS = creationTimeS;
    this.overrideName = overrideName;
    this.folder = folder;
  }
}

/** The chunks of one recording session, and where they lie. */
export class ChunkHistory {
  /** Relative to the relay's output folder. */
  readonly path: string;
  readonly #folder: SessionFolder;
  readonly #clock: Clock;
  readonly #chunks = new Map<bigint, RelayChunk>();
  /** The chunk that is being replaced: set aside until its close. */
  #old: RelayChunk | null = null;
  #newest: RelayChunk | null = null;
  #hasRotated = false;

  constructor(path: string, folder: SessionFolder, clock: Clock) {
    this.path = path;
    this.#folder = folder;
    this.#clock = clock;
  }

  find(id: bigint): RelayChunk | null {
    return this.#chunks.get(id) ?? null;
  }

  /** Whether a chunk is between the making of its successor and its close. */
  get isChanging(): boolean {
    return this.#old !== null;
  }

  /** Makes a chunk, or gives the one that another producer of the session has made. Throws `ProtocolError`. */
  create(request: RelayCreateChunk): RelayChunk {
    const id = request.chunkId;
    const known = this.#chunks.get(id);
    if (known !== undefined) return known;
    const before = this.#newest !== null && this.#newest.close === null ? this.#newest : null;
    if (before !== null && this.#old !== null) {
      throw new ProtocolError(`A chunk is open already: chunk=${before.id}, new=${id}`);
    }
    if (before !== null) this.#folder.move(before.folder, OLD_CHUNK);
    const name = before !== null ? NEW_CHUNK : (request.overrideName ?? this.#nameOf(request));
    const chunk = new RelayChunk(request, this.#folder.open(name));
    this.#chunks.set(id, chunk);
    this.#old = before;
    this.#newest = chunk;
    return chunk;
  }

  /** Closes a chunk; gives the path, relative to the output folder, that upstream tells its users. */
  close(chunk: RelayChunk, close: RelayCloseChunk): string {
    // Another producer of the session may have closed it.
    const isFirst = chunk.close === null;
    chunk.close ??= close;
    const hadRotated = this.#hasRotated;
    if (isFirst) this.#settle(chunk, close);
    this.release(chunk, null);
    if (chunk.overrideName !== null) return `${this.path}/${chunk.overrideName}`;
    return hadRotated ? `${this.path}/${ARCHIVES}/${this.#archiveOf(chunk, close)}` : this.path;
  }

  #settle(chunk: RelayChunk, { command }: RelayCloseChunk): void {
    if (command === 'moveToCompleted') this.#hasRotated = true;
    if (this.#old !== chunk) return;
    this.#old = null;
    const next = this.#newest;
    if (next === null) return;
    // The folder itself is free for the new chunk when the old one goes, and nothing lies among archives.
    this.#folder.move(next.folder, this.#nameOf({ chunkId: next.id, creationTimeS: next.creationTimeS }));
  }

  /** A session or stream has left the chunk. */
  release(chunk: RelayChunk, user: object | null): void {
    if (user !== null) chunk.users.delete(user);
    if (chunk.users.size > 0 || chunk.close === null || !this.#chunks.has(chunk.id)) return;
    this.#chunks.delete(chunk.id);
    const { command } = chunk.close;
    if (command === 'moveToCompleted') {
      this.#folder.move(chunk.folder, `${ARCHIVES}/${this.#archiveOf(chunk, chunk.close)}`);
    } else if (command === 'delete') {
      chunk.isRemoved = true;
      this.#folder.remove(chunk.folder);
    }
  }

  /** Of a current chunk: the session's folder itself until something lies among the archives. */
  #nameOf({ chunkId, creationTimeS }: Pick<RelayCreateChunk, 'chunkId' | 'creationTimeS'>): string {
    return this.#hasRotated ? chunkName(chunkId, creationTimeS, this.#offset(creationTimeS)) : '';
  }

  #archiveOf({ id, creationTimeS }: RelayChunk, { closeTimeS }: RelayCloseChunk): string {
    return archiveName(id, creationTimeS, closeTimeS, this.#offset(creationTimeS));
  }

  #offset(timeS: number): number {
    return this.#clock.offsetMinutes(timeS);
  }
}
