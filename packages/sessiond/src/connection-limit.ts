/**
 * How many connections a server keeps, so that nobody can take all descriptors: a number per user and one
 * in all. A user above the own number loses the own connection that was idle longest; other users lose
 * nothing, and root always has its number. Pure.
 */

/** A connection as far as its place in the count goes. */
export interface CountedConnection {
  readonly uid: number;
  /** It is being served, and must not be ended for the sake of another. */
  readonly isBusy: boolean;
}

export interface Admission<C> {
  readonly isAdmitted: boolean;
  /** To be ended to make room; it is not counted any more. */
  readonly evicted: C | null;
}

const ROOT_UID = 0;

export class ConnectionLimit<C extends CountedConnection> {
  readonly #perUser: number;
  readonly #total: number;
  /** In order of their last activity, oldest first. */
  readonly #members = new Set<C>();

  constructor({ perUser, total }: { readonly perUser: number; readonly total: number }) {
    this.#perUser = perUser;
    this.#total = total;
  }

  get members(): ReadonlySet<C> {
    return this.#members;
  }

  /** Decides about a new connection, and counts it when it is admitted. */
  admit(connection: C): Admission<C> {
    const ofUser = [...this.#members].filter(({ uid }) => uid === connection.uid);
    // Root is never kept out by other users.
    const isCrowded = connection.uid !== ROOT_UID && this.#members.size >= this.#total;
    const isFull = ofUser.length >= this.#perUser || isCrowded;
    const evicted = isFull ? (ofUser.find(({ isBusy }) => !isBusy) ?? null) : null;
    if (isFull && evicted === null) return { isAdmitted: false, evicted: null };
    if (evicted !== null) this.#members.delete(evicted);
    this.#members.add(connection);
    return { isAdmitted: true, evicted };
  }

  /** The connection has done something just now. */
  touch(connection: C): void {
    if (this.#members.delete(connection)) this.#members.add(connection);
  }

  remove(connection: C): void {
    this.#members.delete(connection);
  }
}
