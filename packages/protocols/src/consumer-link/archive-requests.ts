/**
 * What the session daemon asks of an archiver: a process with the rights of a session's owner that works on archived
 * trace chunks. JSON texts, one a line, requests on its standard input and replies on its standard output, one
 * request at a time. It ends when its input ends.
 */
import { ProtocolError } from '@lttng-ts/base';
import * as v from 'valibot';

export type Compression = 'zstd' | 'gzip';

export type ArchiveRequest =
  /** Whether the recipients are public keys of age. */
  | { readonly kind: 'check'; readonly recipients: readonly string[] }
  /**
   * Compresses, then encrypts each file of the chunk in its place, and gives the size of all. What an earlier attempt
   * did stays done. With neither it only measures.
   */
  | {
      readonly kind: 'transform';
      readonly path: string;
      readonly compression: Compression | null;
      readonly recipients: readonly string[];
    }
  /** Runs a command of the shell with the chunk's path as its last word, to its end. */
  | { readonly kind: 'run'; readonly path: string; readonly command: string; readonly session: string }
  /** Removes the chunk. One that is gone is fine. */
  | { readonly kind: 'remove'; readonly path: string };

export type ArchiveReply =
  | { readonly kind: 'done'; readonly sizeBytes: number }
  /** `isMissing`: there is no such chunk. */
  | { readonly kind: 'failed'; readonly reason: string; readonly isMissing: boolean };

/** No reply is longer: a reason holds the end of what a command printed. */
export const MAX_ARCHIVE_REPLY_BYTES = 64 << 10;

const reply = v.variant('kind', [
  v.object({ kind: v.literal('done'), sizeBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) }),
  v.object({
    kind: v.literal('failed'),
    reason: v.pipe(v.string(), v.maxLength(16 << 10)),
    isMissing: v.boolean(),
  }),
]);

/** Checks what an archiver says: it has less rights than who asks it. Throws `ProtocolError`. */
export function checkArchiveReply(value: unknown): ArchiveReply {
  const outcome = v.safeParse(reply, value);
  if (outcome.success) return outcome.output;
  throw new ProtocolError('Reply of an archiver makes no sense');
}
