export type { Caller, SessionsOptions } from './sessions/create-sessions.ts';
export { createSessions } from './sessions/create-sessions.ts';
export type { UstDomain } from './ust/ust-domain.ts';
