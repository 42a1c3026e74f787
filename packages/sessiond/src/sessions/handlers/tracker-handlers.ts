/** Which processes a session records. */
import { requireDomain } from '../domains.ts';
import { resolveChange } from '../process-trackers.ts';
import type { HandlersOf, SessionsContext } from '../sessions-context.ts';

type Methods = 'tracker.list' | 'tracker.change';

export function trackerHandlers(context: SessionsContext): HandlersOf<Methods> {
  return {
    'tracker.list': async ({ session: name, domain }, caller) => {
      const session = context.registry.require(name, caller);
      requireDomain(domain);
      return { trackers: session.trackers.values };
    },
    'tracker.change': async ({ session: name, domain, attribute, change }, caller) => {
      context.registry.require(name, caller);
      requireDomain(domain);
      // Before the session's queue: a name service may be slow.
      const resolved = await resolveChange(attribute, change, context.options.findAccountId);
      return await context.inSession(name, caller, async (session) => {
        try {
          session.trackers.change(attribute, resolved);
        } finally {
          // Even a refusal may have changed the set: see `SessionTrackers.change`.
          await context.update(session);
        }
        return {};
      });
    },
  };
}
