/** What a session records: channels, event rules, contexts. */
import { requireDomain } from '../domains.ts';
import { requireFilter } from '../event-rules.ts';
import type { HandlersOf, SessionsContext } from '../sessions-context.ts';

type Methods = 'channel.enable' | 'channel.disable' | 'event.enable' | 'event.disable' | 'context.add';

export function channelHandlers(context: SessionsContext): HandlersOf<Methods> {
  return {
    'channel.enable': async ({ session: name, domain, channel, attributes }, caller) =>
      await context.inSession(name, caller, async (session) => {
        requireDomain(domain);
        await context.connect(session);
        const made = session.enableChannel(channel, attributes);
        await context.update(session);
        return { attributes: made };
      }),
    'channel.disable': async ({ session: name, domain, channel }, caller) =>
      await context.inSession(name, caller, async (session) => {
        requireDomain(domain);
        session.disableChannel(channel);
        await context.update(session);
        return {};
      }),
    'event.enable': async ({ session: name, domain, channel, ownership, rule }, caller) => {
      // Upstream's client says this without a daemon: before any word about the session.
      requireFilter(rule.filter);
      return await context.inSession(name, caller, async (session) => {
        requireDomain(domain);
        await context.connect(session);
        const made = session.enableEvent(channel, ownership, rule, context.nextRuleId());
        await context.update(session);
        return made;
      });
    },
    'event.disable': async ({ session: name, domain, channel, pattern }, caller) =>
      await context.inSession(name, caller, async (session) => {
        requireDomain(domain);
        const found = session.disableEvents(channel, pattern);
        await context.update(session);
        return { channel: found };
      }),
    'context.add': async ({ session: name, domain, channel, context: type }, caller) =>
      await context.inSession(name, caller, async (session) => {
        requireDomain(domain);
        await context.connect(session);
        session.addContext(channel, type);
        return {};
      }),
  };
}
