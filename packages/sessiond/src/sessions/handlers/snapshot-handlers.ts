/** Snapshots of sessions without output: where they go, and recording them. */
import { folderDateTime, SystemError } from '@lttng-ts/base';
import type { ParamsOf } from '@lttng-ts/protocols';
import type { Caller } from '../caller.ts';
import { isConsumerSilence, refusalOfSilence } from '../consumer-silence.ts';
import { refusalOfRelay, requireNetworkOutput, snapshotOutputText } from '../network-output.ts';
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
    'snapshot.add-output': async ({ session: name, name: outputName, output, maxSizeBytes }, caller) =>
      await inSession(name, caller, async ({ snapshotOutputs }) => ({
        output: snapshotOutputs.add({ name: outputName, ...placeOf(output), maxSizeBytes }),
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
        const { name: snapshotName, maxSizeBytes } = asked;
        const place = asked.output === null ? { path: null, network: null } : placeOf(asked.output);
        const { timeS, utcOffsetMinutes } = context.now;
        const dateTime = folderDateTime(timeS, utcOffsetMinutes);
        const next = session.snapshotOutputs.next({ name: snapshotName, ...place, maxSizeBytes }, dateTime);
        const { path } = next;
        const { id } = session.identity;
        const desired = { ...next, creationTimeS: timeS };
        const isMade = await context.ust.snapshot(id, desired).catch((error: unknown) => {
          if (isConsumerSilence(error)) throw refusalOfSilence(error);
          throw next.network === null ? refusalOfFolder(error) : refusalOfRelay(error);
        });
        if (!isMade) refuse('MAX_SIZE_INVALID');
        session.snapshotOutputs.recorded();
        context.tell(session, { kind: 'snapshot-recorded', path });
        return { path };
      }),
  };
}

type Place = NonNullable<ParamsOf<'snapshot.record'>['output']>;

/** Throws the refusal of a place that cannot be. */
function placeOf(place: Place) {
  if (place.kind === 'path') return { path: requireAbsolutePath(place.path), network: null };
  const network = requireNetworkOutput(place.network);
  return { path: snapshotOutputText(network), network };
}

function refusalOfFolder(error: unknown): unknown {
  return error instanceof SystemError ? refusal('SNAPSHOT_FAIL', { cause: error }) : error;
}
