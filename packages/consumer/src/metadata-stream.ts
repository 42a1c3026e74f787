/**
 * One metadata stream: text in order of its offsets, each piece in the output before its promise resolves. A
 * piece that the output refuses is tried again, and what comes later waits behind it.
 */
import { monotonicNs, ProtocolError, SystemError } from '@lttng-ts/base';
import {
  type FaultChange,
  flowing,
  nextCondition,
  retryTime,
  type StreamEvent,
} from './core/stream-condition.ts';
import type { PumpPorts } from './pump.ts';
import type { MetadataSink } from './sink.ts';

/** Text that waits for a full disk, before the daemon is told to stop sending more. */
const MAX_WAITING_BYTES = 64 << 20;

interface Piece {
  readonly text: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class MetadataStream {
  readonly #sink: MetadataSink;
  readonly #ports: PumpPorts;
  readonly #onFault: (fault: FaultChange) => void;
  readonly #waiting: Piece[] = [];
  readonly #retryTask = { run: () => this.#retry() };
  #waitingBytes = 0;
  #lengthChars = 0;
  #condition = flowing;

  constructor(sink: MetadataSink, ports: PumpPorts, onFault: (fault: FaultChange) => void) {
    this.#sink = sink;
    this.#ports = ports;
    this.#onFault = onFault;
  }

  get isPending(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * Appends `text`; resolves when it is in the output. Throws `ProtocolError` unless `offsetChars` is where
   * the text so far ends.
   */
  append(offsetChars: number, text: string): Promise<void> {
    if (offsetChars !== this.#lengthChars) {
      throw new ProtocolError(
        `Metadata is not contiguous: expected=${this.#lengthChars}, got=${offsetChars}`,
      );
    }
    const bytes = new TextEncoder().encode(text);
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      throw new SystemError('write', 'EAGAIN', { what: 'too much metadata waits for the output' });
    }
    this.#lengthChars += text.length;
    if (bytes.length === 0) return Promise.resolve();
    this.#waitingBytes += bytes.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text: bytes, resolve, reject });
      if (this.#waiting.length === 1) this.#drain();
    });
  }

  /** Tries once more, gives up what is left and closes the output. */
  finish(): void {
    this.#ports.cancel(this.#retryTask);
    this.#drain();
    this.#ports.cancel(this.#retryTask);
    for (const piece of this.#waiting.splice(0)) {
      piece.reject(new SystemError('write', 'ECANCELED', { what: 'metadata stream closed' }));
    }
    this.#sink.close();
  }

  #retry(): null {
    this.#drain();
    return null;
  }

  #drain(): void {
    for (let piece = this.#waiting[0]; piece !== undefined; piece = this.#waiting[0]) {
      try {
        this.#sink.append(piece.text);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        this.#step({ kind: 'write-failed', errnoName: error.errnoName, detail: error.message });
        return;
      }
      this.#waiting.shift();
      this.#waitingBytes -= piece.text.length;
      piece.resolve();
      this.#step({ kind: 'progress' });
    }
  }

  #step(event: StreamEvent): void {
    const { condition, faults } = nextCondition(this.#condition, event, this.#ports.now());
    this.#condition = condition;
    for (const fault of faults) this.#onFault(fault);
    const retryAt = retryTime(condition);
    if (retryAt !== null) this.#ports.schedule(this.#retryTask, monotonicNs(retryAt));
  }
}
