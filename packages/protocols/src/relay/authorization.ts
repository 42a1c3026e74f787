/**
 * The token that a peer of ours may send before anything else, on any port of a relay daemon of ours. No message of the
 * original protocols begins like it: theirs begin with a zero byte (a circuit that is always 0, the upper half of a
 * length). There is no reply; a relay that does not take the token closes the connection.
 */
import { ProtocolError } from '@lttng-ts/base';

const MAGIC = new TextEncoder().encode('LTTNG-TS');
const HEADER_BYTES = MAGIC.length + 2;
/** In bytes of UTF-8. */
export const MAX_RELAY_TOKEN_BYTES = 512;

/** What a client sends first. Throws `RangeError` for a token that is empty or too long. */
export function encodeRelayToken(token: string): Uint8Array {
  const text = new TextEncoder().encode(token);
  if (text.length === 0 || text.length > MAX_RELAY_TOKEN_BYTES) {
    throw new RangeError(`Length of a token: bytes=${text.length}, limit=${MAX_RELAY_TOKEN_BYTES}`);
  }
  const message = new Uint8Array(HEADER_BYTES + text.length);
  message.set(MAGIC);
  new DataView(message.buffer).setUint16(MAGIC.length, text.length);
  message.set(text, HEADER_BYTES);
  return message;
}

/** How a connection begins. */
export interface RelayBeginning {
  /** Null: the peer sent none. */
  readonly token: string | null;
  /** What came after it. */
  readonly rest: Uint8Array;
}

/** Takes a token off the start of a connection. */
export class RelayTokenFramer {
  #bytes = new Uint8Array(0);

  /** Whether a part of a token has come. */
  get isInsideToken(): boolean {
    return this.#bytes.length > 0;
  }

  /** Gives the beginning once it is whole, else null. Throws `ProtocolError` for what only looks like a token. */
  push(chunk: Uint8Array): RelayBeginning | null {
    const bytes = new Uint8Array(this.#bytes.length + chunk.length);
    bytes.set(this.#bytes);
    bytes.set(chunk, this.#bytes.length);
    if (bytes.length === 0) return null;
    if (bytes[0] !== MAGIC[0]) return { token: null, rest: bytes };
    if (bytes.subarray(0, MAGIC.length).some((byte, at) => byte !== MAGIC[at])) {
      throw new ProtocolError('Connection begins with neither a message nor a token');
    }
    this.#bytes = bytes.slice(0, HEADER_BYTES + MAX_RELAY_TOKEN_BYTES);
    if (bytes.length < HEADER_BYTES) return null;
    const sizeBytes = new DataView(bytes.buffer).getUint16(MAGIC.length);
    if (sizeBytes === 0 || sizeBytes > MAX_RELAY_TOKEN_BYTES) {
      throw new ProtocolError(`Length of a token: bytes=${sizeBytes}, limit=${MAX_RELAY_TOKEN_BYTES}`);
    }
    const end = HEADER_BYTES + sizeBytes;
    if (bytes.length < end) return null;
    return { token: new TextDecoder().decode(bytes.subarray(HEADER_BYTES, end)), rest: bytes.subarray(end) };
  }
}
