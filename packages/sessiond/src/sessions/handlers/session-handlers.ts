/** The life of sessions: create, list, start, stop, destroy. */
import { describe, SystemError, toError } from '@lttng-ts/base';
import type { RecordingFault } from '@lttng-ts/protocols';
import type { ArchiveKeeper } from '../archive-keeper.ts';
import type { ChunkChanges } from '../chunk-changes.ts';
import { isConsumerSilence, refusalOfSilence } from '../consumer-silence.ts';
import { lossesByChannel } from '../losses.ts';
import { newSession } from '../new-session.ts';
import { refusal, refuse } from '../refusal.ts';
import type { Session } from '../session.ts';
import { type HandlersOf, lossesIn, type SessionsContext } from '../sessions-context.ts';

type Methods =
  | 'session.create'
  | 'session.list'
  | 'session.start'
  | 'session.stop'
  | 'session.data-pending'
  | 'session.progress'
  | 'session.buffers'
  | 'session.destroy';

export function sessionHandlers(
  context: SessionsContext,
  chunkChanges: ChunkChanges,
  archives: ArchiveKeeper,
): HandlersOf<Methods> {
  const { registry, ust, options } = context;
  /** Releases all that the session has; its last chunk is archived, if chunks were archived before. */
  const endRecording = async (session: Session) => {
    const { now } = context;
    const chunkId = session.chunks.open?.chunkId ?? 0;
    const archivePath = session.chunks.destroy(now);
    const { id } = session.identity;
    if (archivePath === null) {
      const statistics = await ust.destroy(id, null);
      return { archivePath: null, statistics };
    }
    archives.expect(session, archivePath);
    let isArchived = false;
    try {
      const statistics = await ust.destroy(id, archivePath);
      const { relayPath } = statistics;
      isArchived = relayPath === null && !statistics.faults.some(isOfLostConsumer);
      return { archivePath: relayPath ?? archivePath, statistics };
    } finally {
      if (isArchived) {
        context.tell(session, { kind: 'chunk-archived', chunkId, archivePath });
        archives.archived(session, archivePath, now.timeS);
      } else archives.expectNoMore(archivePath);
    }
  };
  return {
    'session.create': async (params, caller) => {
      const { defaultTraceFormat = 'ctf-1.8' } = options;
      const asked = { ...params, traceFormat: params.traceFormat ?? defaultTraceFormat };
      const session = newSession(asked, caller, registry.nextId(), context.now);
      registry.add(session);
      context.notes.update(session);
      context.tell(session, {
        kind: 'session-created',
        outputPath: session.identity.outputPath ?? '',
      });
      return { session: await context.infoOf(session) };
    },
    'session.list': async (_params, caller) => ({
      sessions: await Promise.all(registry.visibleTo(caller).map((session) => context.infoOf(session))),
      left: context.notes.leftFor(caller),
    }),
    'session.start': async ({ session: name }, caller) =>
      await context.inSession(name, caller, async (session) => {
        session.require(session.startEvent);
        const undo = session.chunks.checkpoint();
        session.chunks.begin(context.now);
        await ust.start(session.desired).catch((error: unknown) => {
          undo();
          throw refusalOfStart(error);
        });
        session.take(session.startEvent);
        session.chunks.started();
        chunkChanges.applySchedules(session);
        context.notes.update(session);
        context.tell(session, { kind: 'session-started' });
        return {};
      }),
    'session.stop': async ({ session: name }, caller) =>
      await context.inSession(name, caller, async (session) => {
        session.take({ kind: 'stop' });
        chunkChanges.applySchedules(session);
        await ust.stop(session.identity.id);
        const losses = await context.lossesOf(session);
        context.notes.update(session);
        context.tell(session, { kind: 'session-stopped', losses });
        return { losses };
      }),
    'session.data-pending': async ({ session: name }, caller) =>
      await context.inSession(name, caller, async (session) => {
        // Upstream: what still records has no end of its data.
        if (session.isActive) refuse('SESSION_STARTED');
        const isPending = await ust.isDataPending(session.identity.id);
        return { isPending, losses: await context.lossesOf(session) };
      }),
    'session.progress': async ({ session: name }, caller) => {
      // Not a task of its queue: whoever asks waits for one of these.
      const { identity } = registry.require(name, caller);
      return await ust.progress(identity.id);
    },
    'session.buffers': async ({ session: name }, caller) => {
      const session = registry.require(name, caller);
      const sets = await ust.buffers(session.identity.id);
      const channels = session.channelNames.map((channel) => ({
        domain: 'ust' as const,
        channel,
        sets: sets.get(channel) ?? [],
      }));
      return { channels };
    },
    'session.destroy': async ({ session: name, wait }, caller) => {
      const done = context.inSession(name, caller, async (session) => {
        session.take({ kind: 'destroy' });
        chunkChanges.applySchedules(session);
        try {
          const { archivePath, statistics } = await endRecording(session);
          const losses = lossesIn(session, statistics);
          context.tell(session, { kind: 'session-destroyed', losses, archivePath });
          const isSilent = statistics.faults.some(
            (fault) => fault.kind === 'consumer-silent' && fault.isOngoing,
          );
          // The session is gone here; its consumer ends it when it goes on.
          if (isSilent) throw refusalOfSilence(new Error('session.close'));
          return {
            archivePath,
            session: session.info(lossesByChannel(statistics), statistics.faults),
            losses,
          };
        } finally {
          archives.forget(session);
          registry.remove(session);
          context.notes.forget(session);
        }
      });
      if (wait) return await done;
      done.catch((error: unknown) => {
        const details = { name, reason: toError(error).message };
        options.log('error', describe('Session not destroyed in order', details));
      });
      const session = registry.require(name, caller);
      return { session: session.info(new Map(), []), losses: [], archivePath: null };
    },
  };
}

/** Nobody has said that the output is complete. */
const isOfLostConsumer = ({ kind, isOngoing }: RecordingFault): boolean =>
  kind === 'consumer-died' || (kind === 'consumer-silent' && isOngoing);

/** What upstream answers when a session cannot start, for what the machine refused. */
function refusalOfStart(error: unknown): unknown {
  if (!(error instanceof SystemError)) return error;
  if (isConsumerSilence(error)) return refusalOfSilence(error);
  // The consumer could not be started, or has died; what it refuses has the errno of its system call.
  const isGone = error.syscall === 'spawn' || (error.syscall === 'consumer' && error.errnoName === 'EPIPE');
  if (isGone) return refusal('UST_CONSUMER64_FAIL', { cause: error });
  if (error.errnoName === 'ENOMEM') return refusal('NOMEM', { cause: error });
  return refusal('CREATE_DIR_FAIL', { cause: error });
}
