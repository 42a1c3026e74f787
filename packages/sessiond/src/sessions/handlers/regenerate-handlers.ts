/** What a session that records writes again: its metadata, or the state of its programs. */
import { refuse } from '../refusal.ts';
import type { HandlersOf, SessionsContext } from '../sessions-context.ts';

type Methods = 'session.regenerate-metadata' | 'session.regenerate-statedump';

export function regenerateHandlers(context: SessionsContext): HandlersOf<Methods> {
  return {
    'session.regenerate-metadata': async ({ session: name }, caller) =>
      await context.inSession(name, caller, async (session) => {
        if (!session.isActive) refuse('SESSION_NOT_STARTED');
        if (session.identity.liveTimerUs > 0) refuse('LIVE_SESSION');
        if (session.ownership === 'process') refuse('PER_PID_SESSION');
        await context.ust.regenerateMetadata(session.identity.id);
        return {};
      }),
    'session.regenerate-statedump': async ({ session: name }, caller) =>
      await context.inSession(name, caller, async (session) => {
        if (!session.isActive) refuse('SESSION_NOT_STARTED');
        await context.ust.regenerateStateDump(session.identity.id);
        return {};
      }),
  };
}
