/**
 * Archivers as child processes, and the notes of their work in the run folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as zlib from 'node:zlib';
import { SystemError, toError } from '@lttng-ts/base';
import {
  type ArchiveReply,
  type ArchiveRequest,
  checkArchiveReply,
  encodeJsonLine,
  JsonLines,
  MAX_ARCHIVE_REPLY_BYTES,
} from '@lttng-ts/protocols';
import type { ArchiveJob, ArchiveOwner, ArchivePorts, Archiver } from '../../sessions/archive-ports.ts';
import type { ConsumerCommand } from '../../ust/edge/consumer-process.ts';
import type { Log } from '../../ust/ports.ts';
import { NoteFolder } from './note-folder.ts';

/** How long the end of the daemon waits for files that are being compressed. */
const CLOSE_DEADLINE_MS = 3000;

interface ArchiversOptions {
  readonly command: ConsumerCommand;
  /** Of the notes; made when it is needed. */
  readonly folder: string;
  readonly log: Log;
}

export class Archivers implements ArchivePorts, AsyncDisposable {
  readonly hasZstd = 'createZstdCompress' in zlib;
  readonly left: readonly ArchiveJob[];
  readonly #options: ArchiversOptions;
  readonly #notes: NoteFolder<ArchiveJob>;
  readonly #processes = new Set<ArchiverProcess>();
  #isClosing = false;

  constructor(options: ArchiversOptions) {
    this.#options = options;
    this.#notes = new NoteFolder(options.folder, options.log);
    this.left = this.#notes.left;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  launch(owner: ArchiveOwner): Archiver {
    const archiver = new ArchiverProcess(this.#options.command, owner);
    this.#processes.add(archiver);
    void archiver.ended.then(() => this.#processes.delete(archiver));
    return archiver;
  }

  newId(): string {
    return randomBytes(12).toString('hex');
  }

  note(job: ArchiveJob): void {
    this.#notes.put(job.id, job);
  }

  forget(id: string): void {
    this.#notes.remove(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    const processes = [...this.#processes];
    for (const archiver of processes) archiver.close();
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((settle) => {
      timer = setTimeout(settle, CLOSE_DEADLINE_MS);
    });
    await Promise.race([Promise.all(processes.map(({ ended }) => ended)), deadline]);
    clearTimeout(timer);
    for (const archiver of processes) archiver.abandon();
    this.#notes.tidy();
  }
}

interface PendingCall {
  settle(reply: ArchiveReply): void;
  fail(error: Error): void;
}

class ArchiverProcess implements Archiver {
  readonly ended: Promise<void>;
  /** Null: it could not be started. */
  readonly #child: ChildProcess | null;
  readonly #lines = new JsonLines(MAX_ARCHIVE_REPLY_BYTES);
  #pending: PendingCall | null = null;
  #endReason: string | null = null;

  constructor(command: ConsumerCommand, owner: ArchiveOwner) {
    let end: (reason: string) => void = () => undefined;
    this.ended = new Promise((settle) => {
      end = (reason) => {
        this.#end(reason);
        settle();
      };
    });
    this.#child = start(command, owner, end);
    this.#child?.stdout?.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    // Its end tells more.
    this.#child?.stdin?.on('error', () => undefined);
  }

  async call(request: ArchiveRequest): Promise<ArchiveReply> {
    if (this.#endReason !== null) throw this.#goneError();
    return await new Promise<ArchiveReply>((settle, fail) => {
      this.#pending = { settle, fail };
      this.#child?.stdin?.write(encodeJsonLine(request));
    });
  }

  close(): void {
    this.#child?.stdin?.end();
  }

  /** It goes on alone, and nobody waits for it. */
  abandon(): void {
    this.#child?.stdout?.destroy();
    this.#child?.unref();
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const value of this.#lines.push(chunk)) {
        const reply = checkArchiveReply(value);
        this.#pending?.settle(reply);
        this.#pending = null;
      }
    } catch (error) {
      // Whatever it was: this process cannot be understood any more.
      this.#child?.kill('SIGKILL');
      this.#end(toError(error).message);
    }
  }

  #end(reason: string): void {
    this.#endReason ??= reason;
    this.#pending?.fail(this.#goneError());
    this.#pending = null;
  }

  #goneError(): SystemError {
    return new SystemError('archiver', 'EPIPE', { reason: this.#endReason ?? '' });
  }
}

/** Starts an archiver; `onEnd` hears how it ended, once, also when it did not begin. */
function start(
  { file, args }: ConsumerCommand,
  { uid, gid }: ArchiveOwner,
  onEnd: (reason: string) => void,
): ChildProcess | null {
  const words = ['--archiver', '--owner-uid', String(uid), '--owner-gid', String(gid)];
  try {
    // A group of its own: the terminal's Ctrl-C is for the daemon.
    const child = spawn(file, [...args, ...words], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    child.once('exit', (code, signal) =>
      onEnd(signal === null ? `exit status ${code}` : `killed by ${signal}`),
    );
    child.once('error', ({ message }) => onEnd(`cannot be started: ${message}`));
    return child;
  } catch (error) {
    // What Node does not tell by an event: no memory, for example.
    onEnd(`cannot be started: ${toError(error).message}`);
    return null;
  }
}
