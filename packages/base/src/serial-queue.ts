/**
 * One thing after the other: what is asked of a session, in order of asking, each to its end. With it an
 * aggregate needs no locks, and no step sees another one's half-done work.
 */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `task` when everything that was asked before has ended; settles as the task does. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task);
    // The next task runs whether this one fails or not; its failure goes to its caller.
    this.#last = turn.catch(() => undefined);
    return await turn;
  }
}
