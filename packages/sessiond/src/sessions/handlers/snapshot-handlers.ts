/** Snapshots of sessions without output: where they go, and recording them. */
import { folderDateTime, SystemError } from '@lttng-ts/base';
import type { Caller } from '../caller.ts';
import { refusal, refuse } from '../refusal.ts';
import type { Session } from '../session.ts';
import { requireAbsolutePath } from '../session-names.ts';
import type { HandlersOf, SessionsContext } from '../sessions-context.ts';

type Methods = 'snapshot.add-output' | 'snapshot.remove-output' | 'snapshot.list-outputs' | 'snapshot.record';

export function snapshotHandlers(context: SessionsContext): HandlersOf<Methods> {
  /** A task of a session that snapshots can be made of. */
  const inSession = async <T>(
    name: string,
    caller: Caller,
    task: (session: Session) => Promise<T>,
  ): Promise<T> =>
    await context.inSession(name, caller, async (session) => {
      if (session.identity.outputPath !== null) refuse('NOT_SNAPSHOT_SESSION');
      return await task(session);
    });
  return {
    'snapshot.add-output': async ({ session: name, name: outputName, path, maxSizeBytes }, caller) =>
      await inSession(name, caller, async ({ snapshotOutputs }) => ({
        output: snapshotOutputs.add({ name: outputName, path: requireAbsolutePath(path), maxSizeBytes }),
      })),
    'snapshot.remove-output': async ({ session: name, output }, caller) =>
      await inSession(name, caller, async ({ snapshotOutputs }) => {
        snapshotOutputs.remove(output);
        return {};
      }),
    'snapshot.list-outputs': async ({ session: name }, caller) =>
      await inSession(name, caller, async ({ snapshotOutputs }) => ({ outputs: snapshotOutputs.all })),
    'snapshot.record': async ({ session: name, ...asked }, caller) =>
      await inSession(name, caller, async (session) => {
        if (!session.wasStarted) refuse('START_SESSION_ONCE');
        if (asked.path !== null) requireAbsolutePath(asked.path);
        const { timeS, utcOffsetMinutes } = context.now;
        const dateTime = folderDateTime(timeS, utcOffsetMinutes);
        const { path, maxSizeBytes } = session.snapshotOutputs.next(asked, dateTime);
        const { id } = session.identity;
        const isMade = await context.ust.snapshot(id, path, maxSizeBytes).catch((error: unknown) => {
          throw error instanceof SystemError ? refusal('SNAPSHOT_FAIL', { cause: error }) : error;
        });
        if (!isMade) refuse('MAX_SIZE_INVALID');
        session.snapshotOutputs.recorded();
        context.tell(session, { kind: 'snapshot-recorded', path });
        return { path };
      }),
  };
}
