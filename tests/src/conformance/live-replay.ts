/**
 * A stand-in for a relay daemon that answers from a recorded transcript. An answer is looked up by command and
 * payload, in recorded order, the last one staying. Data of packets (command 5) may be asked for in any
 * pieces: they are put together from all recorded answers.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

const CONNECT = 1;
const GET_PACKET = 5;
const HEADER_BYTES = 16;
const PACKET_REQUEST_BYTES = 20;
const PACKET_ANSWER_BYTES = 12;
const STATUS_OK = 1;

interface Exchange {
  readonly req: string;
  readonly resp: string;
}

export class LiveReplay implements AsyncDisposable {
  readonly #answers = new Map<string, Buffer[]>();
  readonly #positions = new Map<string, number>();
  /** Bytes of each stream by its number. */
  readonly #streams = new Map<bigint, Buffer>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  /** Requests that the transcript does not have. */
  readonly unknownRequests: string[] = [];

  private constructor(transcriptPath: string) {
    const transcript = JSON.parse(readFileSync(transcriptPath, 'utf8')) as {
      readonly conns: readonly (readonly Exchange[])[];
    };
    for (const exchange of transcript.conns.flat()) this.#record(exchange);
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(transcriptPath: string): Promise<LiveReplay> {
    const replay = new LiveReplay(transcriptPath);
    await new Promise<void>((settle) => replay.#server.listen(0, '127.0.0.1', settle));
    return replay;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((settle) => this.#server.close(() => settle()));
  }

  #record({ req, resp }: Exchange): void {
    const [request, answer] = [Buffer.from(req, 'base64'), Buffer.from(resp, 'base64')];
    const command = request.readUInt32BE(8);
    const payload = request.subarray(HEADER_BYTES);
    if (command === GET_PACKET) this.#recordPacket(payload, answer);
    const key = keyOf(command, payload);
    this.#answers.set(key, [...(this.#answers.get(key) ?? []), answer]);
  }

  #recordPacket(payload: Buffer, answer: Buffer): void {
    if (payload.length < PACKET_REQUEST_BYTES || answer.length < PACKET_ANSWER_BYTES) return;
    const lengthBytes = answer.readUInt32BE(4);
    if (answer.readUInt32BE(0) !== STATUS_OK || lengthBytes !== answer.length - PACKET_ANSWER_BYTES) return;
    const stream = payload.readBigUInt64BE(0);
    const offsetBytes = Number(payload.readBigUInt64BE(8));
    const before = this.#streams.get(stream) ?? Buffer.alloc(0);
    const after = Buffer.alloc(Math.max(before.length, offsetBytes + lengthBytes));
    before.copy(after);
    answer.copy(after, offsetBytes, PACKET_ANSWER_BYTES);
    this.#streams.set(stream, after);
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let pending = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        if (pending.length < HEADER_BYTES) return;
        const sizeBytes = HEADER_BYTES + Number(pending.readBigUInt64BE(0));
        if (pending.length < sizeBytes) return;
        this.#answer(socket, pending.readUInt32BE(8), pending.subarray(HEADER_BYTES, sizeBytes));
        pending = pending.subarray(sizeBytes);
      }
    });
  }

  #answer(socket: Socket, command: number, payload: Buffer): void {
    const key = keyOf(command, payload);
    const answers = this.#answers.get(key);
    if (answers !== undefined) {
      const position = this.#positions.get(key) ?? 0;
      this.#positions.set(key, position + 1);
      socket.write(answers[Math.min(position, answers.length - 1)] ?? Buffer.alloc(0));
    } else if (command === GET_PACKET && payload.length >= PACKET_REQUEST_BYTES) {
      socket.write(this.#packet(payload));
    } else {
      this.unknownRequests.push(`command=${command}, payload=${payload.toString('hex')}`);
      socket.destroy();
    }
  }

  #packet(payload: Buffer): Buffer {
    const offsetBytes = Number(payload.readBigUInt64BE(8));
    const stream = this.#streams.get(payload.readBigUInt64BE(0)) ?? Buffer.alloc(0);
    const part = stream.subarray(offsetBytes, offsetBytes + payload.readUInt32BE(16));
    const header = Buffer.alloc(PACKET_ANSWER_BYTES);
    header.writeUInt32BE(STATUS_OK, 0);
    header.writeUInt32BE(part.length, 4);
    return Buffer.concat([header, part]);
  }
}

/** A viewer may say another version of the protocol when it connects. */
const keyOf = (command: number, payload: Buffer): string =>
  command === CONNECT ? String(command) : `${command} ${payload.toString('hex')}`;
