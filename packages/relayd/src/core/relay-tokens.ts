/**
 * Who may connect, by a text that both sides know. A token file has one token a line; `producer TOKEN` and `viewer TOKEN`
 * are good for one kind of connection, others for both. Empty lines and lines from `#` on are passed over.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { UsageError } from '@lttng-ts/base';
import { MAX_RELAY_TOKEN_BYTES } from '@lttng-ts/protocols/relay';

export type TokenRole = 'producer' | 'viewer';

interface Entry {
  readonly role: TokenRole | null;
  readonly digest: Buffer;
}

export class RelayTokens {
  readonly #entries: readonly Entry[];

  private constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /** Reads the text of a token file. Throws `UsageError`. */
  static parse(text: string): RelayTokens {
    const lines = text.split('\n').map((line) => line.trim());
    const entries = lines.filter((line) => line !== '' && !line.startsWith('#')).map(parseLine);
    if (entries.length === 0) throw new UsageError('Token file without a token');
    return new RelayTokens(entries);
  }

  /** Whether a connection of that kind may be. Takes as long for wrong tokens as for right ones. */
  accepts(role: TokenRole, token: string | null): boolean {
    const digest = digestOf(token ?? '');
    let isGood = false;
    for (const entry of this.#entries) {
      const isSame = timingSafeEqual(digest, entry.digest);
      if (isSame && (entry.role ?? role) === role) isGood = true;
    }
    return isGood && token !== null;
  }
}

function parseLine(line: string, index: number): Entry {
  const [, role, token = ''] = /^(?:(producer|viewer)\s+)?(\S+)$/.exec(line) ?? [];
  if (token === '' || Buffer.byteLength(token) > MAX_RELAY_TOKEN_BYTES) {
    throw new UsageError(`Not a token: entry=${index + 1}`);
  }
  return { role: (role as TokenRole | undefined) ?? null, digest: digestOf(token) };
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
