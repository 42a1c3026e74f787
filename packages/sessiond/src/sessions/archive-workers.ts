/**
 * Who works on archived chunks: an archiver process for each session that has work, a few for each user, none that
 * waits. Tasks of a session are done one after the other.
 */
import type { ArchiveOwner, ArchivePorts, Archiver } from './archive-ports.ts';

/** A task must not throw. */
export type ArchiveTask = (archiver: Archiver) => Promise<void>;

interface Worker {
  readonly owner: ArchiveOwner;
  readonly tasks: ArchiveTask[];
}

/** Compressing takes a processor: some are left for what is recorded. */
const WORKERS_PER_USER = 2;

export class ArchiveWorkers {
  readonly #ports: ArchivePorts;
  /** By owner and session; those that wait for their turn too, in order. */
  readonly #workers = new Map<string, Worker>();
  readonly #running = new Map<string, Archiver>();
  constructor(ports: ArchivePorts) {
    this.#ports = ports;
  }

  /** Does a task after those that the session has already. */
  add(session: string, owner: ArchiveOwner, task: ArchiveTask): void {
    if (this.#ports.isClosing) return;
    // Names are used again, by other users too.
    const key = `${owner.uid} ${session}`;
    const worker = this.#workers.get(key) ?? { owner, tasks: [] };
    worker.tasks.push(task);
    this.#workers.set(key, worker);
    this.#startNext();
  }

  #startNext(): void {
    for (const [key, worker] of this.#workers) {
      if (this.#running.has(key) || this.#runningOf(worker.owner) >= WORKERS_PER_USER) continue;
      const archiver = this.#ports.launch(worker.owner);
      this.#running.set(key, archiver);
      void this.#run(key, worker, archiver);
    }
  }

  async #run(key: string, { tasks }: Worker, archiver: Archiver): Promise<void> {
    try {
      for (let task = tasks.shift(); task !== undefined && !this.#ports.isClosing; task = tasks.shift()) {
        await task(archiver);
      }
    } finally {
      archiver.close();
      this.#running.delete(key);
      this.#workers.delete(key);
      if (!this.#ports.isClosing) this.#startNext();
    }
  }

  #runningOf({ uid }: ArchiveOwner): number {
    return [...this.#running.keys()].filter((key) => this.#workers.get(key)?.owner.uid === uid).length;
  }
}
