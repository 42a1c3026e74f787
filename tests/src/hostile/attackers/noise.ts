/**
 * Bytes that no peer would send, on one socket: `noise SOCKET SEED CONNECTIONS`. Random bytes, requests cut
 * and changed, connections that say half, or nothing, and stay. Prints "done".
 */
import { createConnection, type Socket } from 'node:net';
import { fakeRegistration } from '@lttng-ts/sessiond/testing';
import { Random } from './random.ts';

const [path = '', seed = '1', count = '100'] = process.argv.slice(2);
const random = new Random(Number(seed));
const open: Socket[] = [];

const control = (params: unknown): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'session.list', params })}\n`);

function nonsense(): Uint8Array {
  switch (random.below(6)) {
    case 0:
      return random.bytes(random.below(8192));
    case 1:
      return random.damaged(fakeRegistration(random.pick(['command', 'notify'])));
    case 2:
      return fakeRegistration(random.pick(['command', 'notify'])).slice(0, random.below(136));
    case 3:
      return random.damaged(control({}));
    case 4:
      return control('x'.repeat(random.below(4096)));
    default:
      return new Uint8Array(1 << 21).fill(random.below(256));
  }
}

async function one(): Promise<void> {
  const socket = createConnection(path);
  // Being closed is what this is for.
  socket.on('error', () => socket.destroy());
  const isConnected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
  if (!isConnected) return;
  socket.resume();
  switch (random.below(4)) {
    case 0:
      // Says nothing, and stays.
      open.push(socket);
      return;
    case 1:
      socket.write(nonsense());
      open.push(socket);
      return;
    case 2:
      // Ends its side, and stays.
      socket.end(nonsense());
      open.push(socket);
      return;
    default:
      socket.write(nonsense(), () => socket.destroy());
  }
}

for (let index = 0; index < Number(count); index++) await one();
console.log(`done ${open.length}`);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
