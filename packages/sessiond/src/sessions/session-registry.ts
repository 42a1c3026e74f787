/** All sessions of the daemon, and who may see which. */
import type { Caller } from './caller.ts';
import { refuse } from './refusal.ts';
import type { Session } from './session.ts';

export class SessionRegistry {
  /** In order of creation. */
  readonly #sessions = new Map<string, Session>();
  #lastId = -1;

  /** Ids count from 0 and are never used again. */
  nextId(): number {
    return ++this.#lastId;
  }

  add(session: Session): void {
    const { name } = session.identity;
    // Names are the daemon's, not the user's: upstream refuses another user's name too.
    if (this.#sessions.has(name)) refuse('EXIST_SESS');
    this.#sessions.set(name, session);
  }

  remove(session: Session): void {
    this.#sessions.delete(session.identity.name);
  }

  /** The session of a name. Throws the refusal of one that is not there, or that the caller may not touch. */
  require(name: string, caller: Caller): Session {
    const session = this.#sessions.get(name);
    if (session === undefined) refuse('SESS_NOT_FOUND');
    if (!maySee(caller, session)) refuse('EPERM');
    return session;
  }

  get all(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  visibleTo(caller: Caller): readonly Session[] {
    return [...this.#sessions.values()].filter((session) => maySee(caller, session));
  }
}

/** Root sees everything, everybody else what is theirs. */
function maySee({ uid }: Caller, { identity }: Session): boolean {
  return uid === 0 || uid === identity.ownerUid;
}
