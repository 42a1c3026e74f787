/**
 * One metadata stream: text in order of its offsets, each piece in the output before its promise resolves. A
 * piece that the output refuses is tried again, and what comes later waits behind it. Every chunk has the whole
 * text, so the stream keeps it.
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
  readonly kind: 'text';
  readonly text: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The chunk ends behind the text before it; null: there is no next one yet. */
interface Switch {
  readonly kind: 'switch';
  readonly next: MetadataSink | null;
}

/** The text before is dropped. */
interface Restart {
  readonly kind: 'restart';
}

type Item = Piece | Switch | Restart;

export class MetadataStream {
  readonly #ports: PumpPorts;
  readonly #onFault: (fault: FaultChange) => void;
  readonly #waiting: Item[] = [];
  /** What is in the output, or would be if there were one. */
  readonly #written: Uint8Array[] = [];
  readonly #retryTask = { run: () => this.#retry() };
  #sink: MetadataSink | null;
  #waitingBytes = 0;
  #lengthChars = 0;
  #lastAppended: Promise<void> = Promise.resolve();
  #condition = flowing;

  constructor(sink: MetadataSink, ports: PumpPorts, onFault: (fault: FaultChange) => void) {
    this.#sink = sink;
    this.#ports = ports;
    this.#onFault = onFault;
  }

  get isPending(): boolean {
    return this.#waiting.length > 0;
  }

  /** All text so far, also what waits for the output. */
  get text(): Uint8Array {
    const restartAt = this.#waiting.findLastIndex(({ kind }) => kind === 'restart');
    const waiting = this.#waiting.slice(restartAt + 1);
    const texts = waiting.flatMap((item) => (item.kind === 'text' ? [item.text] : []));
    return Buffer.concat(restartAt < 0 ? [...this.#written, ...texts] : texts);
  }

  /** Whether text of the chunk before is still to be written. */
  get isSwitching(): boolean {
    return this.#waiting.some(({ kind }) => kind === 'switch');
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
    const appended = new Promise<void>((resolve, reject) => {
      this.#enqueue({ kind: 'text', text: bytes, resolve, reject });
    });
    this.#lastAppended = appended.catch(() => undefined);
    return appended;
  }

  /** Resolves when the text so far is in the output, or was given up. */
  async written(): Promise<void> {
    await this.#lastAppended;
  }

  /** Drops the text so far; the next text has offset 0. */
  restart(): void {
    this.#lengthChars = 0;
    this.#enqueue({ kind: 'restart' });
  }

  /**
   * Ends the open chunk, if there is one, behind the text so far; `next` gets the whole text and is owned from
   * now on. Null: there is no next chunk yet.
   */
  switchTo(next: MetadataSink | null): void {
    this.#enqueue({ kind: 'switch', next });
  }

  /** Tries once more, gives up what is left and closes the output. */
  finish(): void {
    this.#ports.cancel(this.#retryTask);
    this.#drain();
    this.#ports.cancel(this.#retryTask);
    for (const item of this.#waiting.splice(0)) {
      if (item.kind === 'switch') this.#replaceSink(item.next);
      else if (item.kind === 'text')
        item.reject(new SystemError('write', 'ECANCELED', { what: 'metadata stream closed' }));
    }
    this.#sink?.close(true);
  }

  #enqueue(item: Item): void {
    this.#waiting.push(item);
    if (this.#waiting.length === 1) this.#drain();
  }

  #replaceSink(next: MetadataSink | null): void {
    this.#sink?.close();
    this.#sink = next;
  }

  #retry(): null {
    this.#drain();
    return null;
  }

  #drain(): void {
    for (let item = this.#waiting[0]; item !== undefined; item = this.#waiting[0]) {
      if (item.kind === 'switch') {
        this.#waiting.shift();
        this.#replaceSink(item.next);
        if (item.next !== null) this.#rewrite();
        continue;
      }
      try {
        if (item.kind === 'restart') this.#sink?.restart();
        else this.#sink?.append(item.text);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        this.#step({ kind: 'write-failed', errnoName: error.errnoName, detail: error.message });
        return;
      }
      this.#waiting.shift();
      if (item.kind === 'restart') {
        this.#written.length = 0;
        continue;
      }
      this.#waitingBytes -= item.text.length;
      this.#written.push(item.text);
      item.resolve();
      this.#step({ kind: 'progress' });
    }
  }

  /** Puts the text so far in front of what waits. */
  #rewrite(): void {
    const pieces = this.#written.splice(0);
    if (pieces.length === 0) return;
    const texts = this.#sink?.keepsPieces === true ? pieces : [Buffer.concat(pieces)];
    const ignore = (): void => undefined;
    for (const { length } of texts) this.#waitingBytes += length;
    this.#waiting.unshift(
      ...texts.map((text) => ({ kind: 'text', text, resolve: ignore, reject: ignore }) as const),
    );
  }

  #step(event: StreamEvent): void {
    const { condition, faults } = nextCondition(this.#condition, event, this.#ports.now());
    this.#condition = condition;
    for (const fault of faults) this.#onFault(fault);
    const retryAt = retryTime(condition);
    if (retryAt !== null) this.#ports.schedule(this.#retryTask, monotonicNs(retryAt));
  }
}
