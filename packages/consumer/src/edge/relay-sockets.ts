/** The two TCP connections to a relay daemon; with TLS and a token where the environment says so. */
import type { Socket } from 'node:net';
import type { RelayPort } from '@lttng-ts/protocols';
import { connectRelay as connectAny, relayAccessOf } from '@lttng-ts/protocols/relay-connector';
import type { ConnectRelay, RelaySockets, RelaySocketsListener } from '../relay/relay-ports.ts';

/** How long a connection may take. A host that drops what is sent to it answers nothing at all. */
const CONNECT_TIMEOUT_MS = 30_000;

/** Connects to the control and the data port. */
export const connectRelay: ConnectRelay = async (output, listener) => {
  const control = await connect(output.control);
  try {
    return serve(control, await connect(output.data), listener);
  } catch (error) {
    control.destroy();
    throw error;
  }
};

async function connect({ family, address, port }: RelayPort): Promise<Socket> {
  const access = relayAccessOf(process.env);
  const socket = await connectAny({ family, host: address, port }, access, CONNECT_TIMEOUT_MS);
  socket.setKeepAlive(true);
  return socket;
}

function serve(control: Socket, data: Socket, listener: RelaySocketsListener): RelaySockets {
  let isOver = false;
  const end = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    control.destroy();
    data.destroy();
    listener.end(reason);
  };
  for (const [name, socket] of [['control', control] as const, ['data', data] as const]) {
    socket.on('error', (error) => end(`${name} connection: ${error.message}`));
    socket.on('close', () => end(`${name} connection was closed`));
  }
  control.on('data', (chunk: Uint8Array) => {
    if (!isOver) listener.receiveControl(chunk);
  });
  // Nothing comes on it; without a reader its end would not be noticed.
  data.resume();
  return {
    sendControl: (bytes) => void control.write(bytes),
    sendData: (bytes, onSent) => {
      data.write(bytes, (error) => {
        if (error == null) onSent();
      });
    },
    close: () => {
      isOver = true;
      data.end();
      control.end();
      // Whoever does not close his side in time is not waited for.
      for (const socket of [control, data]) socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy());
    },
    destroy: () => {
      isOver = true;
      control.destroy();
      data.destroy();
    },
  };
}
