/**
 * A ring reader for tests of what stands above it: packets are put in by the test, one sub-buffer each, with
 * consistent headers. The real ring buffer has tests of its own.
 */
import { assert } from '@lttng-ts/base';
import type { FlushMode, NoPacket, RingPacket, RingReader, RingRecovery } from '@lttng-ts/native';

export const FAKE_SUBBUFFER_BYTES = 4096;
export const FAKE_SUBBUFFER_COUNT = 4;

type SubbufferState = 'committed' | 'uncommitted';

export class FakeRing implements RingReader {
  readonly memory = new Uint8Array(FAKE_SUBBUFFER_BYTES * FAKE_SUBBUFFER_COUNT);
  readonly #states: SubbufferState[] = [];
  readonly #streamId: number;
  readonly #discarded: number[] = [];
  #consumed = 0;
  #held: number | null = null;
  /** Changes of the header of the next packets, as an application could scribble. */
  scribble: Partial<RingPacket> = {};
  isCorrupt = false;
  /** What writers counted; packets carry it as it is when they are written. */
  lostFull = 0;
  finalFlushes = 0;

  constructor(streamId = 0) {
    this.#streamId = streamId;
  }

  /** Fills the next sub-buffer; `false` when the ring is full. */
  write(state: SubbufferState = 'committed'): boolean {
    if (this.#states.length - this.#consumed >= FAKE_SUBBUFFER_COUNT) {
      this.lostFull++;
      return false;
    }
    const index = this.#states.length % FAKE_SUBBUFFER_COUNT;
    this.memory.fill(this.#states.length, index * FAKE_SUBBUFFER_BYTES, (index + 1) * FAKE_SUBBUFFER_BYTES);
    this.#states.push(state);
    this.#discarded.push(this.lostFull);
    return true;
  }

  commit(number: number): void {
    this.#states[number] = 'committed';
  }

  next(): RingPacket | NoPacket {
    return this.get(this.#consumed * FAKE_SUBBUFFER_BYTES);
  }

  get(positionBytes: number): RingPacket | NoPacket {
    assert(this.#held === null, 'A packet is held');
    if (this.isCorrupt) return 'corrupt';
    const number = positionBytes / FAKE_SUBBUFFER_BYTES;
    const state = this.#states[number];
    if (state === undefined) return 'no-data';
    if (state === 'uncommitted') return 'uncommitted';
    this.#held = number;
    return {
      positionBytes,
      memoryOffsetBytes: (number % FAKE_SUBBUFFER_COUNT) * FAKE_SUBBUFFER_BYTES,
      dataSizeBytes: 1000,
      paddedSizeBytes: FAKE_SUBBUFFER_BYTES,
      timestampBegin: BigInt(number),
      timestampEnd: BigInt(number + 1),
      contentSizeBits: 8000n,
      packetSizeBits: BigInt(FAKE_SUBBUFFER_BYTES) * 8n,
      sequenceNumber: BigInt(number),
      eventsDiscarded: BigInt(this.#discarded[number] ?? 0),
      streamId: this.#streamId,
      streamInstanceId: 0n,
      cpu: 0,
      ...this.scribble,
    };
  }

  setDiscarded(count: number): void {
    assert(this.#held !== null, 'No packet is held');
    const at = (this.#held % FAKE_SUBBUFFER_COUNT) * FAKE_SUBBUFFER_BYTES + 72;
    new DataView(this.memory.buffer).setBigUint64(at, BigInt(count), true);
  }

  putNext(): void {
    assert(this.#held === this.#consumed, 'Not the next packet');
    this.#held = null;
    this.#consumed++;
  }

  put(): void {
    assert(this.#held !== null, 'No packet is held');
    this.#held = null;
  }

  hasData(): boolean {
    return this.#states[this.#consumed] === 'committed';
  }

  flush(mode: FlushMode): void {
    if (mode === 'active' || this.#states.length - this.#consumed >= FAKE_SUBBUFFER_COUNT) return;
    this.finalFlushes++;
    this.write();
  }

  samplePositions() {
    return {
      producedBytes: this.#states.length * FAKE_SUBBUFFER_BYTES,
      consumedBytes: this.#consumed * FAKE_SUBBUFFER_BYTES,
    };
  }

  snapshotPositions() {
    return this.samplePositions();
  }

  lost() {
    return { full: this.lostFull, wrap: 0, big: 0 };
  }

  commitCounters() {
    return { hotBytes: 100n, sequenceBytes: 100n, coldBytes: 0n };
  }

  hasUncommitted(throughBytes: number): boolean {
    return this.#states.some(
      (state, i) => state === 'uncommitted' && i * FAKE_SUBBUFFER_BYTES < throughBytes,
    );
  }

  recover(throughBytes: number): RingRecovery {
    let completedCount = 0;
    for (const [i, state] of this.#states.entries()) {
      if (state === 'committed' || i * FAKE_SUBBUFFER_BYTES >= throughBytes) continue;
      this.#states[i] = 'committed';
      completedCount++;
    }
    const droppedBytes = completedCount * (FAKE_SUBBUFFER_BYTES - 1000);
    return { outcome: 'done', completedCount, truncatedCount: completedCount, droppedBytes };
  }

  activate(): boolean {
    return true;
  }
  deactivate(): void {
    this.#held = null;
  }
  clear(): void {
    this.#consumed = this.#states.length;
  }
  close(): void {
    this.#held = null;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}
