/** A connection by Node's own sockets. Its module is loaded here: a program that connects in another way saves that. */
import { SystemError } from '@lttng-ts/base';
import type { ControlTransport, TransportListener } from '../transport.ts';

export async function openSocketTransport(
  path: string,
  listener: TransportListener,
): Promise<ControlTransport> {
  const { createConnection } = await import('node:net');
  const socket = createConnection(path);
  await new Promise<void>((settle, fail) => {
    socket.once('connect', settle);
    socket.once('error', (cause: NodeJS.ErrnoException) =>
      fail(new SystemError('connect', cause.code ?? 'EIO', { path }, { cause })),
    );
  });
  socket.removeAllListeners('error');
  socket.on('data', (chunk: Uint8Array) => listener.receive(chunk));
  socket.on('error', (cause) => listener.end(cause));
  socket.on('close', () => listener.end(null));
  return {
    send: (bytes) => void socket.write(bytes),
    close: () => void socket.destroy(),
  };
}
