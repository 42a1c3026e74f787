export type { Caller } from './sessions/caller.ts';
export type { SessionsOptions } from './sessions/create-sessions.ts';
export { createSessions } from './sessions/create-sessions.ts';
export type { UstDomain } from './ust/ust-domain.ts';
