/**
 * Stands between producers (ports 6342, 6343) and a relay daemon (5342, 5343), and cuts all connections again and again:
 * at any byte, both ways at once or one.
 *
 *   node attackers/cutting-proxy.js INTERVAL-MS SEED
 *   begins to cut with the first line on standard input; prints "listening", and "cut N" for each
 */
import { createConnection, createServer, type Socket } from 'node:net';
import { Random } from './random.ts';

const [intervalMs = '100', seed = '1'] = process.argv.slice(2);
const random = new Random(Number(seed));
const sockets = new Set<Socket>();
let isCutting = false;
process.stdin.once('data', () => {
  isCutting = true;
});
const PORTS = [
  [6342, 5342],
  [6343, 5343],
] as const;

for (const [from, to] of PORTS) {
  const server = createServer((near) => {
    const far = createConnection(to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      // Now and then only a part of what came gets through before the cut.
      one.on('data', (chunk: Uint8Array) => {
        if (!isCutting || random.below(200) > 0) other.write(chunk);
        else {
          other.write(chunk.subarray(0, random.below(chunk.length)), () => other.destroy());
          one.pause();
        }
      });
    }
  });
  server.listen(from, '127.0.0.1');
}
let cuts = 0;
setInterval(() => {
  if (sockets.size === 0 || !isCutting) return;
  for (const socket of sockets) if (random.below(3) > 0) socket.resetAndDestroy();
  process.stdout.write(`cut ${++cuts}\n`);
}, Number(intervalMs));
process.stdout.write('listening\n');
