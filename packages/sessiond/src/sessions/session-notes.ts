/**
 * Notes of the sessions that are there, which survive a daemon that is killed: its successor tells what it finds.
 * They are not made again; what they recorded is in their output.
 */
import { describe } from '@lttng-ts/base';
import type { LeftSession } from '@lttng-ts/protocols';
import type { Log } from '../ust/ports.ts';
import type { Caller } from './caller.ts';
import type { Session } from './session.ts';

/** Where notes are kept. A call may throw when the run folder is full, or gone. */
export interface SessionNotePorts {
  put(name: string, note: LeftSession): void;
  remove(name: string): void;
  /** Of an earlier daemon, which did not end in order. */
  readonly left: readonly LeftSession[];
}

/** Nothing is kept. For tests. */
export const noSessionNotes: SessionNotePorts = {
  put: () => undefined,
  remove: () => undefined,
  left: [],
};

export class SessionNotes {
  readonly #ports: SessionNotePorts;
  readonly #log: Log;

  constructor(ports: SessionNotePorts, log: Log) {
    this.#ports = ports;
    this.#log = log;
    for (const { name, outputPath, ownerUid, wasActive } of ports.left) {
      const details = { name, uid: ownerUid, output: outputPath, wasActive };
      log('warning', describe('A session was there when an earlier daemon died', details));
    }
  }

  /** The session is new, or began or ceased to record. */
  update(session: Session): void {
    const { id, name, ownerUid, outputPath } = session.identity;
    this.#attempt(() =>
      this.#ports.put(String(id), {
        name,
        ownerUid,
        outputPath: outputPath ?? '',
        wasActive: session.isActive,
      }),
    );
  }

  forget({ identity }: Session): void {
    this.#attempt(() => this.#ports.remove(String(identity.id)));
  }

  /** What an earlier daemon left, as far as it is the caller's business. */
  leftFor({ uid }: Caller): readonly LeftSession[] {
    return this.#ports.left.filter(({ ownerUid }) => uid === 0 || uid === ownerUid);
  }

  #attempt(call: () => void): void {
    try {
      call();
    } catch (error) {
      // The session records all the same; only a successor would know nothing of it.
      this.#log('warning', describe('Cannot note the sessions', { reason: String(error) }));
    }
  }
}
