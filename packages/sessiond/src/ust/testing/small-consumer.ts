/**
 * A consumer program for tests of the process around it: answers every request with nothing (the daemon's own
 * questions on a slow machine with sense), and prints garbage when it is asked to flush. Arguments are those of the real one.
 */
import { Socket } from 'node:net';
import process from 'node:process';
import { ConsumerFramer, encodeFrame } from '@lttng-ts/protocols';

const option = (name: string): number => Number(process.argv[process.argv.indexOf(name) + 1]);
const link = new Socket({ fd: option('--link-fd') });
const framer = new ConsumerFramer();
const results: Readonly<Record<string, object>> = {
  hello: { pid: process.pid, cpuCount: option('--owner-uid') },
  'session.progress': { streamCount: 0, bytes: 0 },
};
link.on('data', (chunk: Buffer) => {
  for (const { message } of framer.push(chunk, [])) {
    if (message.kind !== 'request') continue;
    if (message.command === 'session.flush') {
      link.write('this is no frame');
      continue;
    }
    const result = results[message.command] ?? {};
    link.write(encodeFrame({ kind: 'reply', id: message.id, result }, 0));
  }
});
link.on('end', () => process.exit(0));
// The daemon has given it up.
link.on('error', () => process.exit(0));
