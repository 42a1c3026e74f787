/**
 * A data sink for tests: keeps the first byte and the number of each packet, and refuses when told.
 */
import { SystemError } from '@lttng-ts/base';
import type { DataStreamSink, PacketDescription } from '../sink.ts';

export class MemorySink implements DataStreamSink {
  readonly packets: number[] = [];
  /** The errno with which writes are refused, or `null`. */
  refusal: string | null = null;
  attempts = 0;
  isClosed = false;

  writePacket(memory: Uint8Array, packet: PacketDescription): void {
    this.attempts++;
    if (this.refusal !== null) throw new SystemError('write', this.refusal);
    this.packets.push(memory[packet.memoryOffsetBytes]!);
  }

  restart(): boolean {
    this.packets.length = 0;
    return true;
  }

  close(): void {
    this.isClosed = true;
  }
}
