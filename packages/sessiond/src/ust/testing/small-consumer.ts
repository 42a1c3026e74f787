/**
 * A consumer program for tests of the process around it: answers every request with nothing, and prints
 * garbage when it is asked to flush. Arguments are those of the real one.
 */
import { Socket } from 'node:net';
import process from 'node:process';
import { ConsumerFramer, encodeFrame } from '@lttng-ts/protocols';

const option = (name: string): number => Number(process.argv[process.argv.indexOf(name) + 1]);
const link = new Socket({ fd: option('--link-fd') });
const framer = new ConsumerFramer();
link.on('data', (chunk: Buffer) => {
  for (const { message } of framer.push(chunk, [])) {
    if (message.kind !== 'request') continue;
    if (message.command === 'session.flush') {
      link.write('this is no frame');
      continue;
    }
    const result = message.command === 'hello' ? { pid: process.pid, cpuCount: option('--owner-uid') } : {};
    link.write(encodeFrame({ kind: 'reply', id: message.id, result }, 0));
  }
});
link.on('end', () => process.exit(0));
