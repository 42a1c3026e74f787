/** `lttng rotate`: archives the current trace chunk of a session. */
import { type CommandContext, sessionName } from '../command.ts';
import { attempt } from '../control-caller.ts';
import { whileWaiting } from '../progress.ts';
import { failed, type Outcome, refused, succeeded } from '../results.ts';

/** Rotates a session. Words after its name are ignored, as upstream does. */
export async function rotate(context: CommandContext): Promise<Outcome> {
  const { client, options, reporter } = context;
  const session = sessionName(context, options.positionals[0]);
  // Upstream has begun no document by then.
  if (session === null) return refused();
  if (options.has('no-wait')) {
    const { failure } = await attempt(client, 'session.rotate', { session, wait: false });
    if (failure !== null) return refuse(context, failure.text);
    reporter.item({ kind: 'session-rotated', session, archivePath: null, network: null });
    return succeeded;
  }
  const rotation = () => attempt(client, 'session.rotate', { session, wait: true });
  const answer = await whileWaiting(
    context,
    {
      text: 'Waiting for rotation to complete..',
      session,
      isToldOf: ({ failure }) => failure === null,
    },
    rotation,
  );
  if (answer.failure !== null) return refuse(context, answer.failure.text);
  const { archivePath, network } = answer.result;
  reporter.item({ kind: 'session-rotated', session, archivePath, network });
  return succeeded;
}

function refuse({ reporter }: CommandContext, text: string): Outcome {
  reporter.error(text);
  return failed();
}
