/**
 * The trace chunks of one session: which one is open, where it lies, where it goes when it ends, and when
 * upstream refuses to end it. Names are those of LTTng 2.13:
 *
 *     <output>/ust                                  the first chunk, and every one until something was archived
 *     <output>/<begin>-<id>/ust                     later ones
 *     <output>/archives/<begin>-<end>-<id>/ust      archived ones
 *
 * Ids count from 0; a chunk that is cleared uses one up.
 */

import { isoBasicDateTime } from '@lttng-ts/base';
import type { ChunkFate } from '@lttng-ts/protocols';
import type { DesiredChunk } from '../ust/ust-domain.ts';
import { refuse } from './refusal.ts';

/** A moment, in seconds since the epoch, and the offset of local time from UTC then, in minutes. */
export interface Moment {
  readonly timeS: number;
  readonly utcOffsetMinutes: number;
}

interface OpenChunk {
  readonly place: DesiredChunk;
  readonly begin: Moment;
}

const ARCHIVES_FOLDER = 'archives';
const REMOVE: ChunkFate = { kind: 'remove' };

/** What the session's recording is when its chunk is to end. */
export interface RecordingState {
  readonly isActive: boolean;
  readonly wasStarted: boolean;
}

export class SessionChunks {
  /** Null for a session without output. */
  readonly #outputPath: string | null;
  #lastId = -1;
  #open: OpenChunk | null = null;
  #hasArchives = false;
  /** The chunk was ended while the session was stopped. */
  #isEndedAtRest = false;
  #isRotating = false;

  constructor(outputPath: string | null) {
    this.#outputPath = outputPath;
  }

  /** The open chunk; null before the first start and after a stopped session's chunk was ended. */
  get open(): DesiredChunk | null {
    return this.#open?.place ?? null;
  }

  /** The session is about to record. */
  begin(now: Moment): void {
    this.#open ??= this.#make(now);
  }

  /** The session records: what was ended at rest counts no more. */
  started(): void {
    this.#isEndedAtRest = false;
  }

  /**
   * Ends the open chunk into the archives and opens the next one, or none for a stopped session; gives where
   * it goes. Throws upstream's refusal. {@link rotated} must follow.
   */
  rotate(state: RecordingState, now: Moment): string {
    if (!state.wasStarted) refuse('START_SESSION_ONCE');
    if (this.#outputPath === null) refuse('ROTATION_NOT_AVAILABLE');
    if (this.#isRotating) refuse('ROTATION_PENDING');
    if (this.#isEndedAtRest || this.#open === null) refuse('ROTATION_MULTIPLE_AFTER_STOP');
    const path = this.#archivePath(this.#open, now);
    this.#isRotating = true;
    this.#hasArchives = true;
    this.#change(state, now);
    return path;
  }

  /** The rotation is over, whatever came of it. */
  rotated(): void {
    this.#isRotating = false;
  }

  /** Ends the open chunk and drops it; null when there is nothing to drop. Not while a rotation is under way. */
  clear(state: RecordingState, now: Moment): ChunkFate | null {
    if (this.#open === null) return null;
    this.#change(state, now);
    return REMOVE;
  }

  /** Where the open chunk goes when the session is destroyed now, or null when it stays where it is. */
  destroy(now: Moment): string | null {
    // Upstream keeps the plain layout of a session that was never rotated.
    return this.#open === null || !this.#hasArchives ? null : this.#archivePath(this.#open, now);
  }

  /** Notes how things are; the function that it gives undoes what changed since, because it failed. */
  checkpoint(): () => void {
    const before = [this.#open, this.#lastId, this.#hasArchives, this.#isEndedAtRest] as const;
    return () => {
      [this.#open, this.#lastId, this.#hasArchives, this.#isEndedAtRest] = before;
    };
  }

  #change({ isActive }: RecordingState, now: Moment): void {
    this.#open = isActive ? this.#make(now) : null;
    this.#isEndedAtRest = !isActive;
  }

  #make(now: Moment): OpenChunk {
    const chunkId = ++this.#lastId;
    const outputPath = this.#outputPath;
    const isRootShared = !this.#hasArchives;
    const rootPath =
      outputPath === null || isRootShared ? outputPath : `${outputPath}/${iso(now)}-${chunkId}`;
    return { place: { chunkId, rootPath, isRootShared, creationTimeS: now.timeS }, begin: now };
  }

  #archivePath({ place, begin }: OpenChunk, end: Moment): string {
    return `${this.#outputPath}/${ARCHIVES_FOLDER}/${iso(begin)}-${iso(end)}-${place.chunkId}`;
  }
}

function iso({ timeS, utcOffsetMinutes }: Moment): string {
  return isoBasicDateTime(timeS, utcOffsetMinutes);
}
