/**
 * `registrar COUNT PAUSE_MS`: an application with COUNT event classes, all registered while its session is enabled, with a pause
 * before each; prints "enabled" when the daemon has answered all. `registrar forever`: registers new events until its
 * standard input ends; prints "refused" when it is refused for the first time.
 */
import { type FakeTracepoint, plainTracepoint } from '@lttng-ts/sessiond/testing';
import { HandMadeApplication } from './hand-made-application.ts';

/** As long as the protocol allows: what is kept of an event grows fastest this way. */
const LONG_SIGNATURE = 'int, value'.repeat(6000);

const [count = '10000', pauseMs = '0'] = process.argv.slice(2);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));

if (count === 'forever') await registerForEver();
else {
  const tracepoints = Array.from(
    { length: Number(count) },
    (_, index): FakeTracepoint => ({ ...plainTracepoint, name: `fake:event_${index}` }),
  );
  const never = new Int32Array(new SharedArrayBuffer(4));
  const application = new HandMadeApplication({
    tracepoints,
    tamper: (socket, bytes) => {
      if (socket === 'notify') Atomics.wait(never, 0, 0, Number(pauseMs));
      return bytes;
    },
  });
  await application.commanded('REGISTER_DONE');
  console.log('enabled');
}

async function registerForEver(): Promise<void> {
  const application = new HandMadeApplication();
  await application.commanded('REGISTER_DONE');
  const [, session = ''] =
    application.commands.map((line) => /^CHANNEL (\d+)/.exec(line)).find(Boolean) ?? [];
  let isRefused = false;
  for (let index = 0; ; index++) {
    const { code } = await application.register({
      kind: 'event',
      sessionHandle: Number(session),
      channelHandle: Number(session) + 1,
      name: `fake:event_${index}`,
      logLevel: 13,
      signature: LONG_SIGNATURE,
      fields: plainTracepoint.fields,
      modelEmfUri: null,
    });
    if (code < 0 && !isRefused) {
      isRefused = true;
      console.log(`refused ${index}`);
    }
  }
}
