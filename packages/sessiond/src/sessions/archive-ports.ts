/** What the archive policies need of the world; `daemon/edge` gives the real ones. */
import { SystemError } from '@lttng-ts/base';
import type { ArchivePolicy, ArchiveReply, ArchiveRequest } from '@lttng-ts/protocols';

export interface ArchiveOwner {
  readonly uid: number;
  readonly gid: number;
}

/** A process that works on chunks with the rights of their owner. */
export interface Archiver {
  /** One call at a time. Throws `SystemError` when the process ends before it answers. */
  call(request: ArchiveRequest): Promise<ArchiveReply>;
  /** Lets it end. */
  close(): void;
}

/**
 * Work on one chunk, noted where it survives the daemon. The steps: a rotation may make the chunk; it is there and is
 * worked on; its command was started, and must not be again; it is to be removed.
 */
export interface ArchiveJob {
  /** Names the note. */
  readonly id: string;
  readonly session: string;
  readonly owner: ArchiveOwner;
  readonly path: string;
  readonly step: 'expected' | 'transform' | 'command-started' | 'remove';
  readonly policy: ArchivePolicy;
}

export interface ArchivePorts {
  launch(owner: ArchiveOwner): Archiver;
  /** Notes a job, or its next step; returns when it would survive the daemon. */
  note(job: ArchiveJob): void;
  forget(id: string): void;
  /** Never given before, by earlier daemons either. */
  newId(): string;
  /** The jobs that an earlier daemon left. */
  readonly left: readonly ArchiveJob[];
  /** The daemon ends: what is noted and not done is its successor's. */
  readonly isClosing: boolean;
  /** Whether chunks can be compressed with zstd here. */
  readonly hasZstd: boolean;
}

/** Ports of a daemon without archivers: policies can be set, but nothing is done. For tests. */
export const noArchivePorts: ArchivePorts = {
  launch: () => ({
    call: async () => {
      throw new SystemError('spawn', 'ENOSYS', { what: 'there is no archiver' });
    },
    close: () => undefined,
  }),
  note: () => undefined,
  forget: () => undefined,
  newId: () => '',
  left: [],
  isClosing: false,
  hasZstd: false,
};
