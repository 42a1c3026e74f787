/** Ends the trace chunks of sessions: when somebody asks, and when a schedule says so. */
import { describe, SystemError, toError } from '@lttng-ts/base';
import type { ArchiveKeeper } from './archive-keeper.ts';
import { isConsumerSilence, refusalOfSilence } from './consumer-silence.ts';
import { refusal, refuse } from './refusal.ts';
import { RotationScheduler, type RotationSchedulerPorts } from './rotation-scheduler.ts';
import type { Session } from './session.ts';
import type { SessionsContext } from './sessions-context.ts';

export class ChunkChanges {
  readonly #context: SessionsContext;
  readonly #archives: ArchiveKeeper;
  readonly #schedulers = new Map<Session, RotationScheduler>();

  constructor(context: SessionsContext, archives: ArchiveKeeper) {
    this.#context = context;
    this.#archives = archives;
  }

  /**
   * Begins a rotation, a task of the session's queue, or throws its refusal; what it gives settles with the path of
   * the archive when that can be read.
   */
  rotate(session: Session): Promise<string> {
    const context = this.#context;
    const undo = session.chunks.checkpoint();
    const chunkId = session.chunks.open?.chunkId ?? 0;
    const { now } = context;
    // A clear that its consumer holds up is in the way, too.
    if (session.rotation !== null) refuse('ROTATION_PENDING');
    const path = session.chunks.rotate(session, now);
    this.#archives.expect(session, path);
    context.tell(session, { kind: 'rotation-started', chunkId });
    const archived = context.ust.changeChunk(session.desired, { kind: 'archive', path }).then(
      ({ failure, relayPath }) => {
        if (failure !== null) {
          this.#archives.expectNoMore(path);
          context.tell(session, { kind: 'rotation-failed', chunkId, reason: failure });
          throw refusal('ROTATE_RENAME_FAIL_CONSUMER', { cause: new Error(failure) });
        }
        context.tell(session, { kind: 'chunk-archived', chunkId, archivePath: relayPath ?? path });
        if (relayPath !== null) return relayPath;
        this.#archives.archived(session, path, now.timeS);
        return path;
      },
      (error: unknown) => {
        undo();
        this.#archives.expectNoMore(path);
        context.tell(session, { kind: 'rotation-failed', chunkId, reason: toError(error).message });
        throw refusalOfChange(error);
      },
    );
    session.rotation = archived
      .catch(() => undefined)
      .then(() => {
        session.chunks.rotated();
        session.rotation = null;
      });
    return archived;
  }

  /** Drops the open chunk, a task of the session's queue, when no rotation is under way. */
  async clear(session: Session): Promise<void> {
    const relay = session.chunks.open === null ? null : await this.#context.connect(session);
    if (relay?.canClear === false) refuse('CLEAR_NOT_AVAILABLE_RELAY');
    const undo = session.chunks.checkpoint();
    const fate = session.chunks.clear(session, this.#context.now);
    if (fate === null) return;
    const cleared = this.#context.ust.changeChunk(session.desired, fate).then(
      ({ failure }) => {
        if (failure !== null) throw refusal('CLEAR_FAIL_CONSUMER', { cause: new Error(failure) });
        this.#context.tell(session, { kind: 'session-cleared' });
      },
      (error: unknown) => {
        undo();
        throw refusalOfChange(error);
      },
    );
    session.rotation = cleared
      .catch(() => undefined)
      .then(() => {
        session.rotation = null;
      });
    await this.inTime(session, cleared);
    await session.rotation;
  }

  /** What a change of chunk gives; its caller does not wait for a consumer that is silent, the change does. */
  async inTime<T>(session: Session, change: Promise<T>): Promise<T> {
    try {
      return await this.#context.ust.unlessSilent(session.identity.id, change);
    } catch (error) {
      throw isConsumerSilence(error) ? refusalOfSilence(error) : error;
    }
  }

  /** The schedules, or the activity, of a session may have changed. */
  applySchedules(session: Session): void {
    const scheduler = this.#schedulers.get(session) ?? new RotationScheduler(session, this.#ports);
    this.#schedulers.set(session, scheduler);
    scheduler.apply();
    if (session.state === 'destroyed') this.#schedulers.delete(session);
  }

  get #ports(): RotationSchedulerPorts {
    return {
      ust: this.#context.ust,
      after: this.#context.options.after,
      rotate: async (session) =>
        await session.queue.run(async () => {
          if (!session.isActive) return;
          const relay = await this.#context.connect(session);
          if (relay?.canRotate === false) refuse('ROTATION_NOT_AVAILABLE_RELAY');
          this.rotate(session).catch((error: unknown) => this.#log(session, error));
        }),
      onError: (session, error) => this.#log(session, error),
    };
  }

  #log({ identity }: Session, error: unknown): void {
    const details = { session: identity.name, reason: toError(error).message };
    this.#context.options.log('error', describe('Rotation failed', details));
  }
}

/** What upstream answers when the next chunk cannot be made. */
function refusalOfChange(error: unknown): unknown {
  if (!(error instanceof SystemError)) return error;
  return refusal('ROTATION_FAIL_CONSUMER', { cause: error });
}
