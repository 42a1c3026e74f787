/**
 * What a peer of ours may send before anything else on a connection to a relay daemon of ours: a token, and on the ports
 * of producers that this connection continues one that was cut. No message of the original protocols begins like
 * them: theirs begin with a zero byte (a circuit that is always 0, the upper half of a length).
 *
 * A token has no reply; a relay that does not take it closes the connection. A continuation is answered with the number
 * of bytes that the relay has taken of the connection (all ones: there is nothing to continue); then the relay sends
 * its bytes from `receivedBytes` on, and the producer its own from that number on.
 */
import { ProtocolError } from '@lttng-ts/base';
import { RELAY_RESUME_KEY_BYTES } from './constants.ts';

const TOKEN_MAGIC = new TextEncoder().encode('LTTNG-TS');
const CONTINUATION_MAGIC = new TextEncoder().encode('LTTNG-RS');
const MAGIC_BYTES = 8;
const TOKEN_HEADER_BYTES = MAGIC_BYTES + 2;
const CONTINUATION_BYTES = MAGIC_BYTES + RELAY_RESUME_KEY_BYTES + 8;
/** In bytes of UTF-8. */
export const MAX_RELAY_TOKEN_BYTES = 512;

/** Which connection goes on, and how much of what the relay sent on it has come. */
export interface RelayContinuation {
  readonly key: Uint8Array;
  readonly receivedBytes: number;
}

/** What a client sends first. Throws `RangeError` for a token that is empty or too long. */
export function encodeRelayToken(token: string): Uint8Array {
  const text = new TextEncoder().encode(token);
  if (text.length === 0 || text.length > MAX_RELAY_TOKEN_BYTES) {
    throw new RangeError(`Length of a token: bytes=${text.length}, limit=${MAX_RELAY_TOKEN_BYTES}`);
  }
  const message = new Uint8Array(TOKEN_HEADER_BYTES + text.length);
  message.set(TOKEN_MAGIC);
  new DataView(message.buffer).setUint16(MAGIC_BYTES, text.length);
  message.set(text, TOKEN_HEADER_BYTES);
  return message;
}

export function encodeRelayContinuation({ key, receivedBytes }: RelayContinuation): Uint8Array {
  const message = new Uint8Array(CONTINUATION_BYTES);
  message.set(CONTINUATION_MAGIC);
  message.set(key, MAGIC_BYTES);
  new DataView(message.buffer).setBigUint64(MAGIC_BYTES + RELAY_RESUME_KEY_BYTES, BigInt(receivedBytes));
  return message;
}

/** How a connection begins. */
export interface RelayBeginning {
  /** Null: the peer sent none. */
  readonly token: string | null;
  readonly continuation: RelayContinuation | null;
  /** What came after them. */
  readonly rest: Uint8Array;
}

/** Takes token and continuation off the start of a connection. */
export class RelayBeginningFramer {
  #bytes = new Uint8Array(0);
  #token: string | null = null;

  /** Whether nothing has come, or nothing behind a token. */
  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  /** Whether a token has come. */
  get hasToken(): boolean {
    return this.#token !== null;
  }

  /** Gives the beginning once it is whole, else null. Throws `ProtocolError` for what only looks like one. */
  push(chunk: Uint8Array): RelayBeginning | null {
    const bytes = new Uint8Array(this.#bytes.length + chunk.length);
    bytes.set(this.#bytes);
    bytes.set(chunk, this.#bytes.length);
    this.#bytes = bytes;
    if (this.#token === null && startsWith(bytes, TOKEN_MAGIC) && !this.#takeToken()) return null;
    return this.#finish();
  }

  /** False: it is not whole. */
  #takeToken(): boolean {
    const bytes = this.#bytes;
    if (bytes.length < TOKEN_HEADER_BYTES) return false;
    const sizeBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint16(MAGIC_BYTES);
    if (sizeBytes === 0 || sizeBytes > MAX_RELAY_TOKEN_BYTES) {
      throw new ProtocolError(`Length of a token: bytes=${sizeBytes}, limit=${MAX_RELAY_TOKEN_BYTES}`);
    }
    const end = TOKEN_HEADER_BYTES + sizeBytes;
    if (bytes.length < end) return false;
    this.#token = new TextDecoder().decode(bytes.subarray(TOKEN_HEADER_BYTES, end));
    this.#bytes = bytes.slice(end);
    return true;
  }

  #finish(): RelayBeginning | null {
    const bytes = this.#bytes;
    // Something follows a token: only then it is known whether that is a continuation.
    if (bytes.length === 0) return null;
    const token = this.#token;
    if (bytes[0] !== CONTINUATION_MAGIC[0]) return { token, continuation: null, rest: bytes };
    if (!startsWith(bytes, CONTINUATION_MAGIC)) {
      throw new ProtocolError('Connection begins with neither a message nor a token');
    }
    if (bytes.length < CONTINUATION_BYTES) return null;
    const received = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(
      MAGIC_BYTES + RELAY_RESUME_KEY_BYTES,
    );
    const key = bytes.slice(MAGIC_BYTES, MAGIC_BYTES + RELAY_RESUME_KEY_BYTES);
    const continuation = { key, receivedBytes: Number(received) };
    return { token, continuation, rest: bytes.subarray(CONTINUATION_BYTES) };
  }
}

/** Whether bytes begin like `magic`, as far as they go. */
function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return bytes.length > 0 && magic.every((byte, at) => at >= bytes.length || bytes[at] === byte);
}
