/**
 * The upper side of the session daemon: sessions, channels, event rules and contexts as callers of the
 * control API see them, with upstream's rules and refusals. It owns the desired state and hands it to the
 * lower side (`UstDomain`); it knows no sockets, files or clocks.
 */
import { describe, SystemError, toError } from '@lttng-ts/base';
import type { ControlHandlers, ParamsOf, SessionInfo } from '@lttng-ts/protocols';
import { folderDateTime } from '../dates.ts';
import type { Log } from '../ust/ports.ts';
import type { UstDomain, UstStatistics } from '../ust/ust-domain.ts';
import type { Caller } from './caller.ts';
import { requireDomain } from './domains.ts';
import { channelLosses, lossesByChannel } from './losses.ts';
import { refusal, refuse } from './refusal.ts';
import { RotationScheduler, type RotationSchedulerPorts } from './rotation-scheduler.ts';
import { Session } from './session.ts';
import type { Moment } from './session-chunks.ts';
import { requireAbsolutePath, requirePath, sessionNames } from './session-names.ts';
import { SessionRegistry } from './session-registry.ts';

/** What the sessions need of the world. */
export interface SessionsOptions {
  readonly ust: UstDomain;
  /** What `daemon.info` answers. */
  readonly daemon: { readonly version: string; readonly pid: number; readonly uid: number };
  /** Milliseconds since the epoch, now. */
  readonly nowMs: () => number;
  /** Offset of local time from UTC at a time, in minutes, east positive (`TraceHost.utcOffsetMinutes`). */
  readonly utcOffsetMinutes: (timeS: number) => number;
  /** Calls back once after a time; the returned function cancels it. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
  readonly log: Log;
}

const TRACES_FOLDER = 'lttng-traces';

/**
 * Makes the handlers of the control API. They throw `PeerError` with upstream's number and name when a
 * request is refused; anything else that they throw is a fault of the daemon.
 */
export function createSessions(options: SessionsOptions): ControlHandlers<Caller> {
  const { ust, daemon } = options;
  const registry = new SessionRegistry();
  let lastRuleId = 0;

  const infoOf = async (session: Session): Promise<SessionInfo> => {
    const statistics = await ust.statistics(session.identity.id);
    return session.info(lossesByChannel(statistics), statistics.faults);
  };
  const lossesOf = (session: Session, statistics: UstStatistics) =>
    channelLosses(session.channelNames, lossesByChannel(statistics));
  /** Runs a task of a session's queue; a session that was destroyed meanwhile is not there. */
  const inSession = async <T>(
    name: string,
    caller: Caller,
    task: (session: Session) => Promise<T>,
  ): Promise<T> => {
    const session = registry.require(name, caller);
    return await session.queue.run(async () => {
      if (session.state === 'destroyed') refuse('SESS_NOT_FOUND');
      return await task(session);
    });
  };
  const now = (): Moment => {
    const timeS = Math.floor(options.nowMs() / 1000);
    return { timeS, utcOffsetMinutes: options.utcOffsetMinutes(timeS) };
  };
  /** Begins a rotation, or throws its refusal; what it gives settles when the archive can be read. */
  const rotate = (session: Session): Promise<string> => {
    const undo = session.chunks.checkpoint();
    const path = session.chunks.rotate(session, now());
    const archived = ust.changeChunk(session.desired, { kind: 'archive', path }).then(
      (failure) => {
        if (failure === null) return path;
        throw refusal('ROTATE_RENAME_FAIL_CONSUMER', { cause: new Error(failure) });
      },
      (error: unknown) => {
        undo();
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
  };
  const schedulers = new Map<Session, RotationScheduler>();
  const applySchedules = (session: Session): void => {
    const ports: RotationSchedulerPorts = {
      ust,
      after: options.after,
      rotate: async (scheduled) =>
        await scheduled.queue.run(async () => {
          if (scheduled.isActive) rotate(scheduled).catch((error: unknown) => logRotation(scheduled, error));
        }),
      onError: logRotation,
    };
    const scheduler = schedulers.get(session) ?? new RotationScheduler(session, ports);
    schedulers.set(session, scheduler);
    scheduler.apply();
    if (session.state === 'destroyed') schedulers.delete(session);
  };
  const logRotation = ({ identity }: Session, error: unknown): void => {
    options.log(
      'error',
      describe('Rotation failed', { session: identity.name, reason: toError(error).message }),
    );
  };
  const clear = async (session: Session): Promise<void> => {
    const undo = session.chunks.checkpoint();
    const fate = session.chunks.clear(session, now());
    if (fate === null) return;
    const failure = await ust.changeChunk(session.desired, fate).catch((error: unknown) => {
      undo();
      throw refusalOfChange(error);
    });
    if (failure !== null) throw refusal('CLEAR_FAIL_CONSUMER', { cause: new Error(failure) });
  };
  /** The same for a session without output: the only kind that snapshots are made of. */
  const inSnapshotSession = async <T>(
    name: string,
    caller: Caller,
    task: (session: Session) => Promise<T>,
  ): Promise<T> =>
    await inSession(name, caller, async (session) => {
      if (session.identity.outputPath !== null) refuse('NOT_SNAPSHOT_SESSION');
      return await task(session);
    });
  /** Lets applications follow a change of a session that records. */
  const update = async (session: Session): Promise<void> => {
    if (session.isActive) await ust.update(session.desired);
  };

  return {
    'daemon.info': async () => daemon,
    'session.create': async (params, caller) => {
      const session = newSession(params, caller, registry.nextId(), options);
      registry.add(session);
      return { session: await infoOf(session) };
    },
    'session.list': async (_params, caller) => ({
      sessions: await Promise.all(registry.visibleTo(caller).map(infoOf)),
    }),
    'session.start': async ({ session: name }, caller) =>
      await inSession(name, caller, async (session) => {
        session.require(session.startEvent);
        const undo = session.chunks.checkpoint();
        session.chunks.begin(now());
        await ust.start(session.desired).catch((error: unknown) => {
          undo();
          throw refusalOfStart(error);
        });
        session.take(session.startEvent);
        session.chunks.started();
        applySchedules(session);
        return {};
      }),
    'session.stop': async ({ session: name }, caller) =>
      await inSession(name, caller, async (session) => {
        session.take({ kind: 'stop' });
        applySchedules(session);
        const { id } = session.identity;
        await ust.stop(id);
        return { losses: lossesOf(session, await ust.statistics(id)) };
      }),
    'session.data-pending': async ({ session: name }, caller) =>
      await inSession(name, caller, async (session) => {
        // Upstream: what still records has no end of its data.
        if (session.isActive) refuse('SESSION_STARTED');
        const { id } = session.identity;
        const isPending = await ust.isDataPending(id);
        return { isPending, losses: lossesOf(session, await ust.statistics(id)) };
      }),
    'session.rotate': async ({ session: name, wait }, caller) => {
      const { archived } = await inSession(name, caller, async (session) => ({ archived: rotate(session) }));
      // Whoever does not wait does not hear of a failure either; it is listed as a fault of the session.
      archived.catch(() => undefined);
      return wait
        ? { isCompleted: true, archivePath: await archived }
        : { isCompleted: false, archivePath: null };
    },
    'session.clear': async ({ session: name }, caller) => {
      for (;;) {
        const { rotation } = registry.require(name, caller);
        // A chunk on its way to the archives is not to be dropped.
        await rotation;
        const isCleared = await inSession(name, caller, async (session) => {
          if (session.rotation !== null) return false;
          await clear(session);
          return true;
        });
        if (isCleared) return {};
      }
    },
    'snapshot.add-output': async ({ session: name, name: outputName, path, maxSizeBytes }, caller) =>
      await inSnapshotSession(name, caller, async ({ snapshotOutputs }) => ({
        output: snapshotOutputs.add({ name: outputName, path: requireAbsolutePath(path), maxSizeBytes }),
      })),
    'snapshot.remove-output': async ({ session: name, output }, caller) =>
      await inSnapshotSession(name, caller, async ({ snapshotOutputs }) => {
        snapshotOutputs.remove(output);
        return {};
      }),
    'snapshot.list-outputs': async ({ session: name }, caller) =>
      await inSnapshotSession(name, caller, async ({ snapshotOutputs }) => ({
        outputs: snapshotOutputs.all,
      })),
    'snapshot.record': async ({ session: name, ...asked }, caller) =>
      await inSnapshotSession(name, caller, async (session) => {
        if (!session.wasStarted) refuse('START_SESSION_ONCE');
        if (asked.path !== null) requireAbsolutePath(asked.path);
        const { timeS, utcOffsetMinutes } = now();
        const dateTime = folderDateTime(timeS, utcOffsetMinutes);
        const { path, maxSizeBytes } = session.snapshotOutputs.next(asked, dateTime);
        const isMade = await ust.snapshot(session.identity.id, path, maxSizeBytes).catch((error: unknown) => {
          throw error instanceof SystemError ? refusal('SNAPSHOT_FAIL', { cause: error }) : error;
        });
        if (!isMade) refuse('MAX_SIZE_INVALID');
        session.snapshotOutputs.recorded();
        return { path };
      }),
    'rotation.schedule': async ({ session: name, schedule }, caller) =>
      await inSession(name, caller, async (session) => {
        if (session.identity.outputPath === null) refuse('ROTATION_NOT_AVAILABLE');
        const [value, member] =
          schedule.kind === 'timer'
            ? ([schedule.periodUs, 'timerUs'] as const)
            : ([schedule.sizeBytes, 'sizeBytes'] as const);
        if (value === 0) refuse('INVALID');
        if (session.schedules[member] !== null) refuse('ROTATION_SCHEDULE_SET');
        session.schedules[member] = value;
        applySchedules(session);
        return {};
      }),
    'rotation.unschedule': async ({ session: name, kind }, caller) =>
      await inSession(name, caller, async (session) => {
        const member = kind === 'timer' ? 'timerUs' : 'sizeBytes';
        if (session.schedules[member] === null) refuse('ROTATION_SCHEDULE_NOT_SET');
        session.schedules[member] = null;
        applySchedules(session);
        return {};
      }),
    'session.destroy': async ({ session: name, wait }, caller) => {
      const done = inSession(name, caller, async (session) => {
        session.take({ kind: 'destroy' });
        applySchedules(session);
        try {
          const archivePath = session.chunks.destroy(now());
          const statistics = await ust.destroy(session.identity.id, archivePath);
          const losses = lossesByChannel(statistics);
          return {
            archivePath,
            session: session.info(losses, statistics.faults),
            losses: channelLosses(session.channelNames, losses),
          };
        } finally {
          registry.remove(session);
        }
      });
      if (wait) return await done;
      done.catch((error: unknown) => {
        options.log(
          'error',
          describe('Session not destroyed in order', { name, reason: toError(error).message }),
        );
      });
      const session = registry.require(name, caller);
      return { session: session.info(new Map(), []), losses: [], archivePath: null };
    },
    'channel.enable': async ({ session: name, domain, channel, attributes }, caller) =>
      await inSession(name, caller, async (session) => {
        requireDomain(domain);
        const made = session.enableChannel(channel, attributes);
        await update(session);
        return { attributes: made };
      }),
    'channel.disable': async ({ session: name, domain, channel }, caller) =>
      await inSession(name, caller, async (session) => {
        requireDomain(domain);
        session.disableChannel(channel);
        await update(session);
        return {};
      }),
    'event.disable': async ({ session: name, domain, channel, pattern }, caller) =>
      await inSession(name, caller, async (session) => {
        requireDomain(domain);
        const found = session.disableEvents(channel, pattern);
        await update(session);
        return { channel: found };
      }),
    'event.enable': async ({ session: name, domain, channel, ownership, rule }, caller) =>
      await inSession(name, caller, async (session) => {
        requireDomain(domain);
        const made = session.enableEvent(channel, ownership, rule, ++lastRuleId);
        await update(session);
        return made;
      }),
    'context.add': async ({ session: name, domain, channel, context }, caller) =>
      await inSession(name, caller, async (session) => {
        requireDomain(domain);
        session.addContext(channel, context);
        return {};
      }),
    'application.list': async ({ domain }) => ({
      applications: domain === 'ust' ? ust.applications() : [],
    }),
    'tracepoint.list': async ({ domain, withFields }) => {
      if (domain === 'kernel') refuse('KERN_NA');
      return { applications: domain === 'ust' ? await ust.listTracepoints(withFields) : [] };
    },
  };
}

function newSession(
  { name: asked, output, sharedMemoryPath, isSnapshotMode }: ParamsOf<'session.create'>,
  caller: Caller,
  id: number,
  { nowMs, utcOffsetMinutes }: SessionsOptions,
): Session {
  const creationTimeS = Math.floor(nowMs() / 1000);
  const { name, traceName, folderName } = sessionNames(asked, creationTimeS, utcOffsetMinutes(creationTimeS));
  const path = outputPathOf(output, folderName);
  if (path !== null) requireAbsolutePath(path);
  const session = new Session({
    id,
    name,
    traceName,
    ownerUid: caller.uid,
    ownerGid: caller.gid,
    creationTimeS,
    outputPath: isSnapshotMode ? null : path,
    sharedMemoryPath: sharedMemoryPath === null ? null : requirePath(`${sharedMemoryPath}/${folderName}`),
    isSnapshotMode,
  });
  if (isSnapshotMode && path !== null) {
    session.snapshotOutputs.add({ name: null, path, maxSizeBytes: null });
  }
  return session;
}

function outputPathOf(output: ParamsOf<'session.create'>['output'], folderName: string): string | null {
  switch (output.kind) {
    case 'default':
      return `${output.homePath}/${TRACES_FOLDER}/${folderName}`;
    case 'path':
      return output.path;
    case 'none':
      return null;
  }
}

/** What upstream answers when the next chunk cannot be made. */
function refusalOfChange(error: unknown): unknown {
  if (!(error instanceof SystemError)) return error;
  return refusal('ROTATION_FAIL_CONSUMER', { cause: error });
}

/** What upstream answers when a session cannot start, for what the machine refused. */
function refusalOfStart(error: unknown): unknown {
  if (!(error instanceof SystemError)) return error;
  // The consumer could not be started, or has died; what it refuses has the errno of its system call.
  const isGone = error.syscall === 'spawn' || (error.syscall === 'consumer' && error.errnoName === 'EPIPE');
  if (isGone) return refusal('UST_CONSUMER64_FAIL', { cause: error });
  if (error.errnoName === 'ENOMEM') return refusal('NOMEM', { cause: error });
  return refusal('CREATE_DIR_FAIL', { cause: error });
}
