/**
 * Stands before a relay daemon of this network namespace and makes it one of an older minor of 2.x: what VERSION tells
 * either side is changed, all else goes through. Listens one thousand ports higher.
 *
 *   node version-proxy.js MINOR
 */
import { createConnection, createServer } from 'node:net';

const minor = Number(process.argv[2]);
const HIGHER = 1000;
const [CONTROL, DATA] = [5342, 5343] as const;
/** Of the minor in the first request (behind the header) and in the first reply. */
const [REQUEST_AT, REPLY_AT] = [28, 4];

/** The bytes of a connection, of which the four at `at` say the minor. */
function changing(at: number): (chunk: Buffer) => Buffer {
  let passed = 0;
  return (chunk) => {
    for (let byte = 0; byte < 4; byte++) {
      const place = at + byte - passed;
      if (place >= 0 && place < chunk.length) chunk[place] = byte === 3 ? minor : 0;
    }
    passed += chunk.length;
    return chunk;
  };
}

function serve(port: number): Promise<void> {
  const isControl = port === CONTROL;
  const server = createServer((client) => {
    const relay = createConnection(port, '127.0.0.1');
    const [ask, answer] = [changing(REQUEST_AT), changing(REPLY_AT)];
    client.on('data', (chunk: Buffer) => relay.write(isControl ? ask(chunk) : chunk));
    relay.on('data', (chunk: Buffer) => client.write(isControl ? answer(chunk) : chunk));
    for (const [one, other] of [
      [client, relay],
      [relay, client],
    ] as const) {
      one.on('end', () => other.end());
      one.on('error', () => other.destroy());
    }
  });
  return new Promise((settle) => server.listen(port + HIGHER, '127.0.0.1', settle));
}

await Promise.all([CONTROL, DATA].map(serve));
process.stdout.write('listening\n');
