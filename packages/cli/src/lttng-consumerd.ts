#!/usr/bin/env node
/**
 * `lttng-consumerd`: started by the session daemon only, one per session owner.
 */
import { LttngError } from '@lttng-ts/base';
import { parseConsumerOptions, runConsumer } from '@lttng-ts/consumer';

// A terminal's signals reach the whole group; this process ends with its link, so that nothing recorded is
// lost while the session daemon still stops its sessions.
// SIGUSR1 without a listener would open Node's debugger.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) process.on(signal, () => undefined);

try {
  await runConsumer(parseConsumerOptions(process.argv.slice(2)));
} catch (error) {
  // A bug is printed with its stack by Node itself.
  if (!(error instanceof LttngError)) throw error;
  console.error(`lttng-consumerd: ${error.story}`);
  process.exitCode = 1;
}
