/**
 * The two TCP connections to a relay daemon; with TLS and a token where the environment says so. After
 * {@link RelaySockets.keepAcrossCuts} what the relay daemon has not acknowledged is kept, and connections that are cut go
 * on with new sockets, unnoticed by whoever uses them.
 */
import type { Socket } from 'node:net';
import { LttngError, SystemError } from '@lttng-ts/base';
import type { NetworkOutput, RelayPort } from '@lttng-ts/protocols';
import {
  encodeRelayContinuation,
  RELAY_UNSET,
  relayAcknowledgement,
  relayIdentifier,
} from '@lttng-ts/protocols/relay';
import { connectRelay as connectAny, relayAccessOf } from '@lttng-ts/protocols/relay-connector';
import { ByteQueue } from '@lttng-ts/wire';
import type { ConnectRelay, RelaySockets, RelaySocketsListener } from '../relay/relay-ports.ts';
import { UnacknowledgedBytes } from './unacknowledged-bytes.ts';

/** How long a connection may take. A host that drops what is sent to it answers nothing at all. */
const CONNECT_TIMEOUT_MS = 30_000;
/** Between attempts to come back. */
const RETRY_MS = 200;
/** Of one attempt: what is dropped by a network that is cut is not sent again soon. */
const ATTEMPT_MS = 3000;

/** Connects to the control and the data port. */
export const connectRelay: ConnectRelay = async (output, listener) => {
  const control = await connect(output.control, CONNECT_TIMEOUT_MS);
  try {
    return new Sockets(output, listener, control, await connect(output.data, CONNECT_TIMEOUT_MS));
  } catch (error) {
    control.destroy();
    throw error;
  }
};

async function connect({ family, address, port }: RelayPort, timeoutMs: number): Promise<Socket> {
  const access = relayAccessOf(process.env);
  const socket = await connectAny({ family, host: address, port }, access, timeoutMs);
  socket.setKeepAlive(true);
  // Its end follows, which is listened for once both connections are there.
  socket.on('error', () => undefined);
  return socket;
}

/** What is known since the relay daemon gave a key. */
interface Keeping {
  readonly key: Uint8Array;
  readonly timeoutMs: number;
  readonly control: UnacknowledgedBytes;
  readonly data: UnacknowledgedBytes;
  /** Bytes that came on the control connection. */
  controlReceivedBytes: number;
  readonly acknowledgements: ByteQueue;
  /** Whether bytes on the data connection are acknowledgements yet. */
  isDataBegun: boolean;
}

class Sockets implements RelaySockets {
  readonly #output: NetworkOutput;
  readonly #listener: RelaySocketsListener;
  /** Null: cut, and not back. */
  #control: Socket | null = null;
  #data: Socket | null = null;
  #keeping: Keeping | null = null;
  #isComingBack = false;
  #isOver = false;

  constructor(output: NetworkOutput, listener: RelaySocketsListener, control: Socket, data: Socket) {
    this.#output = output;
    this.#listener = listener;
    this.#adopt(control, data);
  }

  sendControl(bytes: Uint8Array): void {
    this.#keeping?.control.add(bytes, () => undefined);
    this.#control?.write(bytes);
  }

  sendData(bytes: Uint8Array, onSent: () => void): void {
    const keeping = this.#keeping;
    if (keeping !== null) {
      keeping.data.add(bytes, onSent);
      if (keeping.isDataBegun) this.#data?.write(bytes);
      return;
    }
    this.#data?.write(bytes, (error) => {
      if (error == null) onSent();
    });
  }

  keepAcrossCuts(key: Uint8Array, timeoutS: number, receivedBytes: number): void {
    this.#keeping = {
      key,
      timeoutMs: timeoutS * 1000,
      control: new UnacknowledgedBytes(),
      data: new UnacknowledgedBytes(),
      controlReceivedBytes: receivedBytes,
      acknowledgements: new ByteQueue(),
      isDataBegun: false,
    };
    this.#data?.write(encodeRelayContinuation({ key, receivedBytes: 0 }));
  }

  replace(reason: string): boolean {
    if (this.#keeping === null || this.#isOver) return false;
    this.#beginComingBack(this.#keeping, reason);
    return true;
  }

  forgetCuts(): void {
    this.#keeping = null;
  }

  close(): void {
    this.#isOver = true;
    for (const socket of [this.#data, this.#control]) {
      socket?.end();
      // Whoever does not close his side in time is not waited for.
      socket?.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy());
    }
  }

  destroy(): void {
    this.#isOver = true;
    this.#control?.destroy();
    this.#data?.destroy();
  }

  #adopt(control: Socket, data: Socket): void {
    this.#control = control;
    this.#data = data;
    for (const [name, socket] of [['control', control] as const, ['data', data] as const]) {
      socket.on('error', (error) => this.#cut(socket, `${name} connection: ${error.message}`));
      socket.on('close', () => this.#cut(socket, `${name} connection was closed`));
    }
    control.on('data', (chunk: Uint8Array) => {
      if (this.#isOver || control !== this.#control) return;
      if (this.#keeping !== null) this.#keeping.controlReceivedBytes += chunk.length;
      this.#listener.receiveControl(chunk);
    });
    // Without a reader its end would not be noticed.
    data.on('data', (chunk: Uint8Array) => {
      if (!this.#isOver && data === this.#data) this.#receiveData(chunk);
    });
  }

  /** Acknowledgements; before them, what the relay daemon has of the connection. */
  #receiveData(chunk: Uint8Array): void {
    const keeping = this.#keeping;
    if (keeping === null) return;
    const { acknowledgements, control, data } = keeping;
    acknowledgements.push(chunk);
    if (!keeping.isDataBegun) {
      const answer = acknowledgements.take(relayIdentifier.sizeBytes);
      if (answer === null) return;
      if (relayIdentifier.decode(answer).id === RELAY_UNSET) {
        this.#end('it does not take the data connection');
        return;
      }
      keeping.isDataBegun = true;
      for (const bytes of data.from(0)) this.#data?.write(bytes);
    }
    for (;;) {
      const message = acknowledgements.take(relayAcknowledgement.sizeBytes);
      if (message === null) return;
      const { controlBytes, dataBytes } = relayAcknowledgement.decode(message);
      control.acknowledge(Number(controlBytes));
      data.acknowledge(Number(dataBytes));
    }
  }

  #cut(socket: Socket, reason: string): void {
    if (this.#isOver || (socket !== this.#control && socket !== this.#data)) return;
    if (this.#keeping === null) {
      this.#end(reason);
      return;
    }
    this.#beginComingBack(this.#keeping, reason);
  }

  #beginComingBack(keeping: Keeping, reason: string): void {
    if (!this.#isComingBack) void this.#comeBack(keeping, reason);
  }

  /** Both connections are made anew, also when one of them still seems to live. */
  async #comeBack(keeping: Keeping, reason: string): Promise<void> {
    this.#isComingBack = true;
    const endMs = performance.now() + keeping.timeoutMs;
    while (!this.#isOver) {
      const [control, data] = [this.#control, this.#data];
      this.#control = null;
      this.#data = null;
      control?.destroy();
      data?.destroy();
      const leftMs = endMs - performance.now();
      const outcome = leftMs <= 0 ? 'refused' : await this.#attempt(keeping, Math.min(leftMs, ATTEMPT_MS));
      if (outcome === 'back') break;
      if (outcome === 'refused') {
        this.#end(reason);
        break;
      }
      await new Promise((settle) => setTimeout(settle, RETRY_MS));
    }
    this.#isComingBack = false;
  }

  async #attempt(keeping: Keeping, timeoutMs: number): Promise<'back' | 'refused' | 'later'> {
    const sockets: Socket[] = [];
    try {
      const taken: bigint[] = [];
      for (const name of ['control', 'data'] as const) {
        const socket = await connect(this.#output[name], timeoutMs);
        sockets.push(socket);
        const receivedBytes = name === 'control' ? keeping.controlReceivedBytes : 0;
        taken.push(await goOn(socket, { key: keeping.key, receivedBytes }, timeoutMs));
      }
      const [control, data] = sockets;
      const [controlBytes = RELAY_UNSET, dataBytes = RELAY_UNSET] = taken;
      if (control === undefined || data === undefined || this.#isOver) throw new Error('No connections');
      if (controlBytes === RELAY_UNSET || dataBytes === RELAY_UNSET) {
        for (const socket of sockets) socket.destroy();
        return 'refused';
      }
      // One may have ended while the other was made: nobody would hear of that any more.
      if (sockets.some(({ destroyed }) => destroyed)) throw new SystemError('read', 'ECONNRESET');
      keeping.acknowledgements.take(keeping.acknowledgements.lengthBytes);
      keeping.isDataBegun = true;
      this.#adopt(control, data);
      for (const bytes of keeping.control.from(Number(controlBytes))) control.write(bytes);
      for (const bytes of keeping.data.from(Number(dataBytes))) data.write(bytes);
      keeping.data.acknowledge(Number(dataBytes));
      keeping.control.acknowledge(Number(controlBytes));
      return 'back';
    } catch (error) {
      for (const socket of sockets) socket.destroy();
      if (this.#isOver) return 'refused';
      // Nobody listens yet, or the network is still cut.
      if (!(error instanceof LttngError)) throw error;
      return 'later';
    }
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.destroy();
    this.#listener.end(reason);
  }
}

/**
 * Says on a new socket which connection goes on; gives how many bytes the relay daemon has of it. What comes behind its
 * answer stays in the socket.
 */
async function goOn(
  socket: Socket,
  continuation: Parameters<typeof encodeRelayContinuation>[0],
  timeoutMs: number,
): Promise<bigint> {
  const { sizeBytes } = relayIdentifier;
  socket.write(encodeRelayContinuation(continuation));
  return await new Promise<bigint>((settle, fail) => {
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      socket.off('readable', look);
      socket.off('close', lost);
      socket.off('error', lost);
      finish();
    };
    const lost = (): void => end(() => fail(new SystemError('read', 'ECONNRESET')));
    const look = (): void => {
      const answer: Buffer | null = socket.read(sizeBytes);
      if (answer === null) return;
      // A stream that has ended gives what there is.
      if (answer.length < sizeBytes) lost();
      else end(() => settle(relayIdentifier.decode(answer).id));
    };
    const timer = setTimeout(lost, timeoutMs);
    socket.on('readable', look);
    socket.on('close', lost);
    socket.on('error', lost);
    look();
  });
}
