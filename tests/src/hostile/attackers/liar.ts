/**
 * `liar SEED ROUNDS`: registers as an application, obeys, and now and then sends something wrong on its command
 * or notify socket; begins again when the daemon gives it up. Prints "done".
 */
import { setTimeout as delay } from 'node:timers/promises';
import { plainTracepoint } from '@lttng-ts/sessiond/testing';
import { HandMadeApplication } from './hand-made-application.ts';
import { Random } from './random.ts';

const [seed = '1', rounds = '50'] = process.argv.slice(2);
const random = new Random(Number(seed));
/** A lie that leaves the daemon waiting: it gives up by its own time-out, and this attack does not wait. */
const PATIENCE_MS = 100;

for (let round = 0; round < Number(rounds); round++) {
  const honest = random.below(12);
  let sent = 0;
  const application = new HandMadeApplication({
    tracepoints: [plainTracepoint, { ...plainTracepoint, name: `fake:${round}` }],
    tamper: (_socket, bytes) => (sent++ < honest || random.chance(0.5) ? bytes : random.damaged(bytes)),
  });
  // What its lies bring back confuses the liar itself.
  process.removeAllListeners('uncaughtException').on('uncaughtException', () => application.close());
  const patience = new AbortController();
  await Promise.race([
    application.closed,
    delay(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
  application.close();
}
console.log('done');
