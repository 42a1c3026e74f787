/**
 * JSON texts, one a line: the framing of the control API. JSON never holds a raw newline, so the framer
 * needs no lengths; a line above the limit ends the connection before it is kept in memory.
 */
import { ProtocolError } from '@lttng-ts/base';

/** A request holds at most a filter (64 KiB) and some names. */
export const MAX_REQUEST_BYTES = 1 << 20;
/** A reply may list the tracepoints of thousands of applications. */
export const MAX_REPLY_BYTES = 256 << 20;

export class JsonLines {
  readonly #limitBytes: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #parts: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Takes what arrived and yields the values that are complete; throws `ProtocolError` on anything else. */
  *push(chunk: Uint8Array): Generator<unknown> {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      yield this.#parse();
    }
    // The rest may alias the caller's buffer, which the caller may use again.
    this.#keep(chunk.slice(start));
  }

  #keep(part: Uint8Array): void {
    this.#pendingBytes += part.length;
    if (this.#pendingBytes > this.#limitBytes) {
      throw new ProtocolError(`JSON text too long: limit=${this.#limitBytes}`);
    }
    if (part.length > 0) this.#parts.push(part);
  }

  #parse(): unknown {
    const line = new Uint8Array(this.#pendingBytes);
    let at = 0;
    for (const part of this.#parts) {
      line.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#pendingBytes = 0;
    try {
      return JSON.parse(this.#decoder.decode(line));
    } catch (cause) {
      // Whatever is wrong with the text, it is the peer's fault.
      throw new ProtocolError('Malformed JSON text', { cause });
    }
  }
}

export function encodeJsonLine(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}
