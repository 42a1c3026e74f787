/**
 * Does what archive policies say, in the background: after a chunk was archived it is compressed, encrypted and
 * given to a command, and chunks that are not kept are removed. Every job is noted before it begins
 * (`ArchivePorts.note`), so that a daemon that was killed has a successor that takes it up: compressing is repeated
 * without harm, a command is started once at most, and nothing is done to a chunk that is not archived.
 */
import { describe, LttngError, PeerError, toError } from '@lttng-ts/base';
import { type ArchivePolicy, type ArchiveReply, type ArchiveRequest, lttngErrors } from '@lttng-ts/protocols';
import type { ArchiveJob, ArchiveOwner, Archiver } from './archive-ports.ts';
import { chunksToRemove, nextExpiryS } from './archive-retention.ts';
import { ArchiveWorkers } from './archive-workers.ts';
import { refuse } from './refusal.ts';
import type { Session } from './session.ts';
import type { KnownChunk } from './session-archives.ts';
import type { SessionEventBody, SessionsContext } from './sessions-context.ts';

/** How long a chunk may still appear that a rotation was making when the daemon died: its consumer drains that long. */
const EXPECTED_WAIT_MS = 30_000;
const EXPECTED_PERIOD_MS = 1000;
const MAX_COMMAND_CHARS = 4096;

/** A session, or what is left of one of an earlier daemon. */
interface Subject {
  readonly name: string;
  readonly owner: ArchiveOwner;
  /** Null: an earlier daemon's. */
  readonly session: Session | null;
}

export class ArchiveKeeper {
  readonly #context: SessionsContext;
  readonly #workers: ArchiveWorkers;
  readonly #expected = new Map<string, ArchiveJob>();

  constructor(context: SessionsContext) {
    this.#context = context;
    this.#workers = new ArchiveWorkers(context.options.archives);
    for (const job of context.options.archives.left) this.#resume(job);
  }

  /** Sets a policy. Throws the refusal of one that makes no sense, or that cannot be followed. */
  async set(session: Session, asked: ArchivePolicy): Promise<ArchivePolicy> {
    const { hasZstd } = this.#context.options.archives;
    const compression = asked.compression === 'zstd' && !hasZstd ? 'gzip' : asked.compression;
    const policy: ArchivePolicy = { ...asked, compression };
    requirePolicy(policy);
    if (policy.recipients.length > 0) await this.#requireRecipients(session, policy.recipients);
    session.archives.policy = policy;
    // What is there already may be more than is kept.
    this.#enqueueRetention(session);
    return policy;
  }

  remove(session: Session): void {
    const { archives } = session;
    if (archives.policy === null) refuseFor('No archive policy is set');
    archives.policy = null;
    archives.cancelExpiry();
  }

  /** The session ends by itself: no chunk becomes too old any more. */
  forget({ archives }: Session): void {
    archives.cancelExpiry();
  }

  /** A rotation may make this chunk: noted now, because the daemon may not live to see it. */
  expect(session: Session, path: string): void {
    const { policy } = session.archives;
    if (policy === null || !hasWork(policy)) return;
    const job = this.#jobFor(subjectOf(session), path, policy, 'expected');
    this.#expected.set(path, job);
    this.#note(job);
  }

  /** The rotation failed. */
  expectNoMore(path: string): void {
    const job = this.#expected.get(path);
    this.#expected.delete(path);
    if (job !== undefined) this.#context.options.archives.forget(job.id);
  }

  /** The chunk is archived, and was ended at `endS`. */
  archived(session: Session, path: string, endS: number): void {
    const { archives } = session;
    const chunk = archives.add(path, endS);
    const expected = this.#expected.get(path);
    this.#expected.delete(path);
    // A policy that was removed meanwhile held when the rotation began.
    const policy = archives.policy ?? expected?.policy ?? null;
    if (policy !== null && hasWork(policy)) {
      const job = expected ?? this.#jobFor(subjectOf(session), path, policy, 'transform');
      this.#process({ ...job, policy, step: 'transform' }, subjectOf(session), chunk);
    } else if (expected !== undefined) {
      this.#context.options.archives.forget(expected.id);
    }
    this.#enqueueRetention(session);
  }

  #process(job: ArchiveJob, subject: Subject, chunk: KnownChunk | null): void {
    this.#note(job);
    if (chunk !== null) chunk.isSettled = false;
    this.#workers.add(subject.name, subject.owner, async (archiver) => {
      const outcome = await this.#attempt(job, subject, async () => {
        const { path, policy, step, session } = job;
        const { compression, recipients, command } = policy;
        const { sizeBytes } = await ask(archiver, { kind: 'transform', path, compression, recipients });
        if (command !== null && step !== 'command-started') {
          this.#note({ ...job, step: 'command-started' });
          await ask(archiver, { kind: 'run', path, command, session });
        }
        return sizeBytes;
      });
      if (outcome === 'interrupted') return;
      if (chunk !== null) chunk.isSettled = true;
      if (outcome === 'failed') return;
      if (chunk !== null) chunk.sizeBytes = outcome;
      if (subject.session !== null) subject.session.archives.processedCount++;
      this.#tell(subject, { kind: 'chunk-processed', archivePath: job.path, sizeBytes: outcome });
    });
  }

  /** Removes what is kept no longer, when all that the session has to do now is done. */
  #enqueueRetention(session: Session): void {
    const { policy } = session.archives;
    if (policy === null || !isLimited(policy)) return;
    const subject = subjectOf(session);
    this.#workers.add(subject.name, subject.owner, async (archiver) => await this.#retain(session, archiver));
  }

  async #retain(session: Session, archiver: Archiver): Promise<void> {
    const { archives } = session;
    const { policy } = archives;
    if (policy === null) return;
    const subject = subjectOf(session);
    if (policy.keep.totalBytes !== null) await this.#measure(archives.chunks, archiver);
    const { timeS } = this.#context.now;
    for (const { path } of chunksToRemove(archives.chunks, policy.keep, timeS)) {
      const job = this.#jobFor(subject, path, policy, 'remove');
      this.#note(job);
      await this.#removeChunk(job, subject, archiver);
      if (this.#context.options.archives.isClosing) return;
    }
    archives.cancelExpiry();
    const expiryS = nextExpiryS(archives.chunks, policy.keep, timeS);
    if (expiryS === null || session.state === 'destroyed') return;
    archives.cancelExpiry = this.#context.options.after(Math.min(expiryS * 1000, 2 ** 31 - 1), () =>
      this.#enqueueRetention(session),
    );
  }

  async #removeChunk(job: ArchiveJob, subject: Subject, archiver: Archiver): Promise<void> {
    const outcome = await this.#attempt(job, subject, async () => {
      await ask(archiver, { kind: 'remove', path: job.path });
      return 0;
    });
    if (outcome === 'interrupted') return;
    // One that cannot be removed is not tried again with every chunk that follows.
    subject.session?.archives.remove(job.path);
    if (outcome === 'failed') return;
    if (subject.session !== null) subject.session.archives.deletedCount++;
    this.#tell(subject, { kind: 'chunk-deleted', archivePath: job.path });
  }

  /** Sizes of chunks that no policy worked on. */
  async #measure(chunks: readonly KnownChunk[], archiver: Archiver): Promise<void> {
    for (const chunk of chunks) {
      if (chunk.sizeBytes !== null || !chunk.isSettled) continue;
      const { path } = chunk;
      const reply = await archiver
        .call({ kind: 'transform', path, compression: null, recipients: [] })
        .catch(() => null);
      // What cannot be measured, because it is gone for example, takes no room.
      chunk.sizeBytes = reply?.kind === 'done' ? reply.sizeBytes : 0;
    }
  }

  /** Runs a job's work and ends its note, unless the daemon ends meanwhile: then the note is for its successor. */
  async #attempt(
    job: ArchiveJob,
    subject: Subject,
    work: () => Promise<number>,
  ): Promise<number | 'failed' | 'interrupted'> {
    try {
      const result = await work();
      this.#context.options.archives.forget(job.id);
      return result;
    } catch (error) {
      if (!(error instanceof LttngError)) throw error;
      if (this.#context.options.archives.isClosing) return 'interrupted';
      const reason = error.message;
      this.#context.options.archives.forget(job.id);
      subject.session?.archives.fail(reason);
      this.#log('error', 'Archive policy failed', job, reason);
      this.#tell(subject, { kind: 'archive-policy-failed', archivePath: job.path, reason });
      return 'failed';
    }
  }

  /** Takes up what an earlier daemon left. */
  #resume(job: ArchiveJob): void {
    const subject: Subject = { name: job.session, owner: job.owner, session: null };
    this.#log('warning', 'Archive policy of an earlier daemon goes on', job, job.step);
    switch (job.step) {
      case 'expected':
        this.#awaitExpected(job, subject, this.#context.options.nowMs() + EXPECTED_WAIT_MS);
        return;
      case 'transform':
      case 'command-started':
        this.#process(job, subject, null);
        return;
      case 'remove':
        this.#workers.add(subject.name, subject.owner, async (archiver) => {
          await this.#removeChunk(job, subject, archiver);
        });
    }
  }

  /** The chunk appears, complete, by one rename, or it never will. */
  #awaitExpected(job: ArchiveJob, subject: Subject, deadlineMs: number): void {
    this.#workers.add(subject.name, subject.owner, async (archiver) => {
      const { path } = job;
      const request = { kind: 'transform', path, compression: null, recipients: [] } as const;
      const reply = await archiver.call(request).catch(() => null);
      if (reply?.kind === 'done') {
        this.#process({ ...job, step: 'transform' }, subject, null);
      } else if (this.#context.options.nowMs() >= deadlineMs) {
        this.#context.options.archives.forget(job.id);
        this.#log('warning', 'The rotation was not completed', job, reply?.reason ?? 'no archiver');
      } else {
        this.#context.options.after(EXPECTED_PERIOD_MS, () => this.#awaitExpected(job, subject, deadlineMs));
      }
    });
  }

  async #requireRecipients(session: Session, recipients: readonly string[]): Promise<void> {
    const archiver = this.#context.options.archives.launch(subjectOf(session).owner);
    try {
      const reply = await archiver.call({ kind: 'check', recipients });
      if (reply.kind === 'failed') refuseFor(reply.reason);
    } finally {
      archiver.close();
    }
  }

  #jobFor(
    { name, owner }: Subject,
    path: string,
    policy: ArchivePolicy,
    step: ArchiveJob['step'],
  ): ArchiveJob {
    return { id: this.#context.options.archives.newId(), session: name, owner, path, step, policy };
  }

  #note(job: ArchiveJob): void {
    try {
      this.#context.options.archives.note(job);
    } catch (error) {
      // A full run folder: the work is done all the same, but no successor could take it up.
      this.#log('error', 'Cannot note the work on an archive', job, toError(error).message);
    }
  }

  #tell({ name, owner }: Subject, body: SessionEventBody): void {
    this.#context.tellOf(name, owner.uid, body);
  }

  #log(level: 'error' | 'warning', what: string, { session, path }: ArchiveJob, reason: string): void {
    this.#context.options.log(level, describe(what, { session, path, reason }));
  }
}

function subjectOf(session: Session): Subject {
  const { name, ownerUid, ownerGid } = session.identity;
  return { name, owner: { uid: ownerUid, gid: ownerGid }, session };
}

const hasWork = ({ compression, recipients, command }: ArchivePolicy): boolean =>
  compression !== null || recipients.length > 0 || command !== null;

const isLimited = ({ keep }: ArchivePolicy): boolean =>
  keep.chunkCount !== null || keep.totalBytes !== null || keep.ageS !== null;

function requirePolicy(policy: ArchivePolicy): void {
  const { command, keep } = policy;
  if (!hasWork(policy) && !isLimited(policy)) refuseFor('The policy is empty');
  if (keep.chunkCount === 0 || keep.ageS === 0) refuse('INVALID');
  if (command !== null && (command.trim() === '' || command.includes('\0'))) refuse('INVALID');
  if (command !== null && command.length > MAX_COMMAND_CHARS) refuse('INVALID');
}

/** Throws what the archiver refused. */
async function ask(
  archiver: Archiver,
  request: ArchiveRequest,
): Promise<Extract<ArchiveReply, { readonly kind: 'done' }>> {
  const reply = await archiver.call(request);
  if (reply.kind === 'done') return reply;
  throw new LttngError('LTTNG_ARCHIVE', reply.reason);
}

function refuseFor(reason: string): never {
  const { number, text } = lttngErrors.INVALID;
  throw new PeerError(number, 'INVALID', `${text}: ${reason}`);
}
