/**
 * `flood SOCKET CONNECTIONS`: opens connections and keeps all of them, silent, until its standard input ends.
 * A full queue of the listener is waited for. Prints "held N" when it has tried all.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { SystemError } from '@lttng-ts/base';
import { requireNative } from './hand-made-application.ts';

const [path = '', count = '1000'] = process.argv.slice(2);
const native = requireNative();
const held: number[] = [];
const PATIENCE_MS = 20_000;
const deadline = Date.now() + PATIENCE_MS;

while (held.length < Number(count) && Date.now() < deadline) {
  try {
    held.push(native.connectUnix(path));
  } catch (error) {
    if (!(error instanceof SystemError) || error.errnoName !== 'EAGAIN') throw error;
    await delay(1);
  }
}
console.log(`held ${held.length}`);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
