/** The archived chunks of one session, its archive policy, and what that has done. */
import type { ArchivePolicy, ArchivePolicyInfo } from '@lttng-ts/protocols';
import type { ArchivedChunk } from './archive-retention.ts';

/** A chunk whose work goes on. */
export interface KnownChunk extends ArchivedChunk {
  sizeBytes: number | null;
  isSettled: boolean;
}

export class SessionArchives {
  policy: ArchivePolicy | null = null;
  /** Ends the wait for the next chunk that is too old. */
  cancelExpiry: () => void = () => undefined;
  processedCount = 0;
  deletedCount = 0;
  failedCount = 0;
  lastFailure: string | null = null;
  /** By path, oldest first. */
  readonly #chunks = new Map<string, KnownChunk>();

  get chunks(): readonly KnownChunk[] {
    return [...this.#chunks.values()];
  }

  add(path: string, endS: number): KnownChunk {
    const chunk: KnownChunk = { path, endS, sizeBytes: null, isSettled: true };
    this.#chunks.set(path, chunk);
    return chunk;
  }

  remove(path: string): void {
    this.#chunks.delete(path);
  }

  fail(reason: string): void {
    this.failedCount++;
    this.lastFailure = reason;
  }

  /** As callers see it; null without a policy. */
  get info(): ArchivePolicyInfo | null {
    const { policy, processedCount, deletedCount, failedCount, lastFailure } = this;
    if (policy === null) return null;
    const waitingCount = this.chunks.filter(({ isSettled }) => !isSettled).length;
    return { policy, waitingCount, processedCount, deletedCount, failedCount, lastFailure };
  }
}
