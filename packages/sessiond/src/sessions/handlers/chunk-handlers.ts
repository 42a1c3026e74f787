/** Trace chunks of a session: rotations, their schedules, clears. */
import type { ChunkChanges } from '../chunk-changes.ts';
import { refuse } from '../refusal.ts';
import type { HandlersOf, SessionsContext } from '../sessions-context.ts';

type Methods = 'session.rotate' | 'session.clear' | 'rotation.schedule' | 'rotation.unschedule';

export function chunkHandlers(context: SessionsContext, chunkChanges: ChunkChanges): HandlersOf<Methods> {
  return {
    'session.rotate': async ({ session: name, wait }, caller) => {
      const { session, archived } = await context.inSession(name, caller, async (rotated) => {
        const { liveTimerUs } = rotated.identity;
        if (rotated.wasStarted && liveTimerUs > 0) refuse('ROTATION_NOT_AVAILABLE');
        // Asked before anything is refused for other reasons, as upstream does.
        const relay = rotated.wasStarted ? await context.connect(rotated) : null;
        if (relay?.canRotate === false) refuse('ROTATION_NOT_AVAILABLE_RELAY');
        return { session: rotated, archived: chunkChanges.rotate(rotated) };
      });
      const { network } = session.identity;
      // Whoever does not wait does not hear of a failure either; it is listed as a fault of the session.
      archived.catch(() => undefined);
      return wait
        ? { isCompleted: true, archivePath: await chunkChanges.inTime(session, archived), network }
        : { isCompleted: false, archivePath: null, network };
    },
    'session.clear': async ({ session: name }, caller) => {
      for (;;) {
        const waiting = context.registry.require(name, caller);
        // A chunk on its way to the archives is not to be dropped.
        if (waiting.rotation !== null) await chunkChanges.inTime(waiting, waiting.rotation);
        const isCleared = await context.inSession(name, caller, async (session) => {
          if (session.rotation !== null) return false;
          await chunkChanges.clear(session);
          return true;
        });
        if (isCleared) return {};
      }
    },
    'rotation.schedule': async ({ session: name, schedule }, caller) =>
      await context.inSession(name, caller, async (session) => {
        const { outputPath, liveTimerUs } = session.identity;
        if (outputPath === null || liveTimerUs > 0) refuse('ROTATION_NOT_AVAILABLE');
        const [value, member] =
          schedule.kind === 'timer'
            ? ([schedule.periodUs, 'timerUs'] as const)
            : ([schedule.sizeBytes, 'sizeBytes'] as const);
        if (value === 0) refuse('INVALID');
        if (session.schedules[member] !== null) refuse('ROTATION_SCHEDULE_SET');
        session.schedules[member] = value;
        chunkChanges.applySchedules(session);
        return {};
      }),
    'rotation.unschedule': async ({ session: name, kind }, caller) =>
      await context.inSession(name, caller, async (session) => {
        const member = kind === 'timer' ? 'timerUs' : 'sizeBytes';
        if (session.schedules[member] === null) refuse('ROTATION_SCHEDULE_NOT_SET');
        session.schedules[member] = null;
        chunkChanges.applySchedules(session);
        return {};
      }),
  };
}
