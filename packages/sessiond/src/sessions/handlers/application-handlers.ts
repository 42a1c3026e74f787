/** Programs that could be recorded, and their tracepoints. */
import { refuse } from '../refusal.ts';
import type { HandlersOf, SessionsContext } from '../sessions-context.ts';

export function applicationHandlers({
  ust,
}: SessionsContext): HandlersOf<'application.list' | 'tracepoint.list'> {
  return {
    'application.list': async ({ domain }) => ({
      applications: domain === 'ust' ? ust.applications() : [],
    }),
    'tracepoint.list': async ({ domain, withFields }) => {
      if (domain === 'kernel') refuse('KERN_NA');
      return { applications: domain === 'ust' ? await ust.listTracepoints(withFields) : [] };
    },
  };
}
