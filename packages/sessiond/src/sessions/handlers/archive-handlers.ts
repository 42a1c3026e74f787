/** Archive policies of sessions. */
import type { ArchiveKeeper } from '../archive-keeper.ts';
import { refuse } from '../refusal.ts';
import type { HandlersOf, SessionsContext } from '../sessions-context.ts';

export function archiveHandlers(
  context: SessionsContext,
  archives: ArchiveKeeper,
): HandlersOf<'archive-policy.set' | 'archive-policy.remove'> {
  return {
    'archive-policy.set': async ({ session: name, policy }, caller) =>
      await context.inSession(name, caller, async (session) => {
        // Nothing of such a session is ever archived.
        if (session.identity.outputPath === null) refuse('ROTATION_NOT_AVAILABLE');
        // Archives on a relay daemon are not here.
        if (session.identity.network !== null) refuse('NOT_SUPPORTED');
        return { policy: await archives.set(session, policy) };
      }),
    'archive-policy.remove': async ({ session: name }, caller) =>
      await context.inSession(name, caller, async (session) => {
        archives.remove(session);
        return {};
      }),
  };
}
