/**
 * The archiver process (`lttng-consumerd --archiver`): gives up the daemon's rights for the owner's, then does what is
 * asked on its standard input, one request after the other, until that ends.
 */
import * as fs from 'node:fs';
import { constants, setPriority } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { LttngError, SystemError, systemCall, toError } from '@lttng-ts/base';
import { fd, loadNative, type Native, nativeUnavailableReason } from '@lttng-ts/native';
import { type ArchiveReply, type ArchiveRequest, encodeJsonLine, JsonLines } from '@lttng-ts/protocols';
import { Encrypter } from 'age-encryption';
import { becomeOwner } from '../credentials.ts';
import { runCommand } from './run-command.ts';
import { transformChunk } from './transform-chunk.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = fs.constants;
const MAX_REQUEST_BYTES = 1 << 20;
const STDOUT = 1;
/** How long the archiver of a daemon that died may still work on a chunk. */
const LOCK_WAIT_MS = 120_000;
const LOCK_PERIOD_MS = 100;
const MAX_REASON_CHARS = 4000;

/** Serves until the daemon closes the input. Throws `SystemError` when the rights cannot be given up. */
export async function runArchiver(owner: {
  readonly ownerUid: number;
  readonly ownerGid: number;
}): Promise<void> {
  const native = loadNative();
  becomeOwner(owner.ownerUid, owner.ownerGid);
  process.title = 'lttng-archiver';
  if (native === null) {
    throw new SystemError('dlopen', 'ENOEXEC', { what: nativeUnavailableReason() ?? 'no native addon' });
  }
  // Recording comes first.
  setPriority(constants.priority.PRIORITY_LOW);
  const archiver = new Archiver(native);
  const lines = new JsonLines(MAX_REQUEST_BYTES);
  process.stdin.on('end', () => archiver.cancel());
  process.stdin.on('error', () => archiver.cancel());
  let last: Promise<void> = Promise.resolve();
  process.stdin.on('data', (chunk: Uint8Array) => {
    for (const value of lines.push(chunk)) {
      last = last.then(async () => reply(await archiver.answer(value as ArchiveRequest)));
    }
  });
  await new Promise((settle) => process.stdin.once('close', settle));
  await last;
}

function reply(answer: ArchiveReply): void {
  try {
    fs.writeSync(STDOUT, encodeJsonLine(answer));
  } catch (error) {
    // The daemon is gone: what was done stays done, and its successor finds it so.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

class Archiver {
  readonly #native: Native;
  #isCancelled = false;

  constructor(native: Native) {
    this.#native = native;
  }

  /** Nobody waits any more: files that are begun are finished, others are left. */
  cancel(): void {
    this.#isCancelled = true;
  }

  async answer(request: ArchiveRequest): Promise<ArchiveReply> {
    try {
      return { kind: 'done', sizeBytes: await this.#do(request) };
    } catch (error) {
      // Also what a library says of a key: the daemon tells the owner.
      const { message } = error instanceof LttngError ? error : toError(error);
      const isMissing = error instanceof SystemError && error.errnoName === 'ENOENT';
      return { kind: 'failed', reason: message.slice(0, MAX_REASON_CHARS), isMissing };
    }
  }

  async #do(request: ArchiveRequest): Promise<number> {
    switch (request.kind) {
      case 'check':
        encrypterFor(request.recipients);
        return 0;
      case 'transform': {
        const { compression, recipients, path } = request;
        const encrypter = recipients.length === 0 ? null : encrypterFor(recipients);
        const isCancelled = () => this.#isCancelled;
        return await this.#inChunk(path, (folder) =>
          transformChunk(folder, path, { compression, encrypter, isCancelled }),
        );
      }
      case 'run': {
        const failure = await runCommand(request);
        if (failure !== null) throw new Error(failure);
        return 0;
      }
      case 'remove':
        return this.#remove(request.path);
    }
  }

  /** Opens the chunk and keeps other archivers, of a daemon that died, away from it. */
  async #inChunk(path: string, work: (folderFd: number) => Promise<number>): Promise<number> {
    const folder = systemCall({ path }, () => fs.openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    try {
      for (const end = performance.now() + LOCK_WAIT_MS; !this.#native.flock(fd(folder), 'exclusive'); ) {
        if (this.#isCancelled || performance.now() > end) throw new SystemError('flock', 'EAGAIN', { path });
        await delay(LOCK_PERIOD_MS);
      }
      return await work(folder);
    } finally {
      fs.closeSync(folder);
    }
  }

  /** Readers of the archives see all of the chunk or nothing: its name goes first. */
  #remove(path: string): number {
    const removed = join(dirname(path), `.removed-${basename(path)}`);
    systemCall({ path }, () => {
      try {
        fs.renameSync(path, removed);
      } catch (error) {
        // An earlier attempt got as far as this, or somebody else removed it.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
      fs.rmSync(removed, { recursive: true, force: true });
    });
    return 0;
  }
}

/** Throws what the library says of a recipient that is none. */
function encrypterFor(recipients: readonly string[]): Encrypter {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter;
}
