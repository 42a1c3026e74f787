/** The life of a session as one pure step: what it is now, what is asked, what comes of it. */
import type { LttngErrorName } from '@lttng-ts/protocols';

/** `created`: never started; only then may channels and contexts be added. */
export type SessionState = 'created' | 'active' | 'stopped' | 'destroyed';

export type SessionEvent =
  | { readonly kind: 'start'; readonly channelCount: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'add-channel' }
  | { readonly kind: 'add-context' }
  | { readonly kind: 'destroy' };

export type SessionStep =
  | { readonly state: SessionState; readonly refusal: null }
  | { readonly state: SessionState; readonly refusal: LttngErrorName };

/** The state after `event`, or the same state with upstream's name of the refusal. */
export function nextSession(state: SessionState, event: SessionEvent): SessionStep {
  const go = (to: SessionState): SessionStep => ({ state: to, refusal: null });
  const refuse = (refusal: LttngErrorName): SessionStep => ({ state, refusal });
  if (state === 'destroyed') return refuse('SESS_NOT_FOUND');
  switch (event.kind) {
    case 'start':
      if (state === 'active') return refuse('TRACE_ALREADY_STARTED');
      return event.channelCount === 0 ? refuse('NO_CHANNEL') : go('active');
    case 'stop':
      return state === 'active' ? go('stopped') : refuse('TRACE_ALREADY_STOPPED');
    case 'add-channel':
    case 'add-context':
      return state === 'created' ? go(state) : refuse('TRACE_ALREADY_STARTED');
    case 'destroy':
      return go('destroyed');
  }
}
