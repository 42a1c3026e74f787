#!/usr/bin/env node
/**
 * `lttng-consumerd`: started by the session daemon only, one per session owner; with `--archiver` as its first word
 * the process that works on archived chunks.
 */
import { LttngError } from '@lttng-ts/base';
import { parseConsumerOptions, runConsumer } from '@lttng-ts/consumer';

// A terminal's signals reach the whole group; this process ends with its link, so that nothing recorded is
// lost while the session daemon still stops its sessions.
// SIGUSR1 without a listener would open Node's debugger.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const) process.on(signal, () => undefined);

const words = process.argv.slice(2);
if (words.includes('--help') || words.includes('-h')) {
  console.log(
    'Usage: lttng-consumerd --owner-uid=UID --owner-gid=GID\n\nThe session daemon starts this program; it is of no use by hand.',
  );
  process.exit();
}

try {
  const [first, ...others] = words;
  if (first === '--archiver') {
    // Loaded by the few that need it: a consumer must stay small.
    const { runArchiver } = await import('@lttng-ts/consumer/archiver');
    await runArchiver(parseConsumerOptions(others));
  } else await runConsumer(parseConsumerOptions(words));
} catch (error) {
  // A bug is printed with its stack by Node itself.
  if (!(error instanceof LttngError)) throw error;
  console.error(`lttng-consumerd: ${error.story}`);
  process.exitCode = 1;
}
