/** This thread's scratch memory in the addon: payloads are encoded at its start, then emitted. */
import type { Recorder } from '@lttng-ts/native';

/** Enough for nearly every event. */
const FIRST_BYTES = 4096;
/** The addon's limit. */
const MAX_BYTES = 1 << 20;

export class Scratch {
  bytes: Buffer;
  view: DataView;
  readonly #recorder: Pick<Recorder, 'scratch'>;

  constructor(recorder: Pick<Recorder, 'scratch'>) {
    this.#recorder = recorder;
    const buffer = recorder.scratch(FIRST_BYTES);
    this.bytes = Buffer.from(buffer);
    this.view = new DataView(buffer);
  }

  /** Makes room for events whose fixed part has this many bytes. */
  reserve(sizeBytes: number): void {
    if (sizeBytes > this.bytes.length) this.#resize(Math.min(MAX_BYTES, sizeBytes + FIRST_BYTES));
  }

  /** Makes it four times as large; `false` at the limit. What was encoded is gone. */
  grow(): boolean {
    if (this.bytes.length >= MAX_BYTES) return false;
    this.#resize(Math.min(MAX_BYTES, this.bytes.length * 4));
    return true;
  }

  #resize(sizeBytes: number): void {
    const buffer = this.#recorder.scratch(sizeBytes);
    this.bytes = Buffer.from(buffer);
    this.view = new DataView(buffer);
  }
}
