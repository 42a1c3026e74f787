/** A {@link FakeDaemon} behind a real socket, for tests of the connection and of whole processes. */
import { createServer, type Socket } from 'node:net';
import { PeerError } from '@lttng-ts/base';
import { encodeJsonLine, JsonLines, MAX_REQUEST_BYTES, type RpcRequest } from '@lttng-ts/protocols';
import type { FakeDaemon } from './fake-daemon.ts';

/** Answers on a socket at `path` until it is disposed. */
export async function serveFakeDaemon(path: string, daemon: FakeDaemon): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const lines = new JsonLines(MAX_REQUEST_BYTES);
    socket.on('error', () => socket.destroy());
    socket.on('data', async (chunk) => {
      for (const value of lines.push(chunk)) {
        socket.write(encodeJsonLine(await answer(value as RpcRequest, daemon)));
      }
    });
  });
  await new Promise<void>((settle) => server.listen(path, settle));
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((settle) => server.close(() => settle()));
    },
  };
}

async function answer({ id, method, params }: RpcRequest, daemon: FakeDaemon): Promise<unknown> {
  try {
    const result = await daemon.call(method as 'session.list', params as Record<string, never>);
    return { jsonrpc: '2.0', id, result };
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    const { number: code, message, peerName: name } = error;
    return { jsonrpc: '2.0', id, error: { code, message, data: { name } } };
  }
}
