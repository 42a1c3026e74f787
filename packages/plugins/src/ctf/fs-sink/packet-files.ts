/**
 * Files of packets. A packet goes to its file in pieces, so that neither long packets nor many streams take much memory; what
 * its first bytes say of the whole packet is written over them when it ends.
 */
import type { PacketEnd, PacketWriter } from '@lttng-ts/ctf';
import type { OutputFile, OutputFiles } from '../../host.ts';

/** All streams together hold so much of their packets in memory, and each one at most and at least. */
const HELD_BYTES = 4 * 1024 * 1024;
const MOST_HELD_BYTES = 64 * 1024;
const LEAST_HELD_BYTES = 4 * 1024;

/** The files of a sink. */
export class PacketFiles {
  readonly output: OutputFiles;
  #openCount = 0;

  constructor(output: OutputFiles) {
    this.output = output;
  }

  /** What is held of a packet before a piece of it is written. */
  get shareBytes(): number {
    return Math.min(Math.max(HELD_BYTES / this.#openCount, LEAST_HELD_BYTES), MOST_HELD_BYTES);
  }

  create(path: string): PacketFile {
    const file = new PacketFile(this.output.create(path), this);
    this.#openCount++;
    return file;
  }

  /** A file is closed. */
  forget(): void {
    this.#openCount--;
  }
}

/** Takes the packets of one stream, one after another. */
export class PacketFile {
  readonly #file: OutputFile;
  readonly #files: PacketFiles;
  #packetOffsetBytes = 0;
  #writtenBytes = 0;

  constructor(file: OutputFile, files: PacketFiles) {
    this.#file = file;
    this.#files = files;
  }

  /** Writes what the packet holds if that is more than its share. */
  relieve(packet: PacketWriter): void {
    if (packet.heldBytes >= this.#files.shareBytes) packet.drain(this.#write);
  }

  /** Ends the packet and writes what is left of it. */
  endPacket(packet: PacketWriter, end: PacketEnd): void {
    const { head, bytes } = packet.endInPlace(end);
    this.#write(bytes);
    if (head !== null) this.#file.writeAt(this.#packetOffsetBytes, head);
    this.#packetOffsetBytes = this.#writtenBytes;
  }

  close(): void {
    this.#files.forget();
    this.#file.close();
  }

  readonly #write = (bytes: Uint8Array): void => {
    this.#file.write(bytes);
    this.#writtenBytes += bytes.length;
  };
}
