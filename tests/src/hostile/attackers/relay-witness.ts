/**
 * A producer that streams to the relay daemon of this network namespace while others misbehave: what it sends must be
 * taken, and be in its files at the end, exactly.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeIndexFile } from '@lttng-ts/ctf';
import { ScriptedProducer, Wire } from '@lttng-ts/relayd/testing';

const [CONTROL, DATA] = [5342, 5343];
const PACKET_BYTES = 5000;
const PAUSE_MS = 5;

const contentOf = (number: number): Buffer => Buffer.alloc(PACKET_BYTES, `packet ${number};`);

export class RelayWitness {
  readonly #producer: ScriptedProducer;
  readonly #stream: bigint;
  #packets = 0;

  private constructor(producer: ScriptedProducer, stream: bigint) {
    this.#producer = producer;
    this.#stream = stream;
  }

  static async begin(): Promise<RelayWitness> {
    const producer = new ScriptedProducer(await Wire.connect(CONTROL), await Wire.connect(DATA));
    await producer.begin();
    await producer.createSession('witness', {
      basePath: 'witness',
      daemon: { uuid: new Uint8Array(16).fill(99), sessionId: 9n, creationTimeS: 0, chunkId: null },
    });
    await producer.createChunk(0);
    const stream = await producer.addStream('c_0');
    if (stream === null) throw new Error('The witness has no stream');
    const witness = new RelayWitness(producer, stream);
    await witness.#send();
    // Its data connection is known as its own once the packet is there.
    await producer.settle(stream, 0);
    return witness;
  }

  async #send(): Promise<void> {
    const number = this.#packets++;
    await this.#producer.sendPacket(this.#stream, number, contentOf(number));
    const packetSizeBits = BigInt(PACKET_BYTES * 8);
    const code = await this.#producer.sendIndex(this.#stream, number, { packetSizeBits });
    if (code !== 10) throw new Error(`The witness is refused: packet=${number}, code=${code}`);
  }

  async streamUntil(endMs: number): Promise<void> {
    while (Date.now() < endMs) {
      await this.#send();
      await new Promise((settle) => setTimeout(settle, PAUSE_MS));
    }
  }

  /** Compares its files below the relay's folder with what it sent; gives the number of packets. */
  async end(folder: string): Promise<number> {
    const packets = this.#packets;
    await this.#producer.settle(this.#stream, packets - 1);
    const place = join(folder, 'host/witness/ust/uid/0/64-bit');
    const file = readFileSync(join(place, 'c_0'));
    const expected = Buffer.concat(Array.from({ length: packets }, (_, number) => contentOf(number)));
    if (!file.equals(expected)) {
      throw new Error(`The witness's file differs: bytes=${file.length}, expected=${expected.length}`);
    }
    const { entries } = decodeIndexFile(readFileSync(join(place, 'index/c_0.idx')));
    if (entries.length !== packets) throw new Error(`The witness's index differs: entries=${entries.length}`);
    this.#producer.end();
    return packets;
  }
}
